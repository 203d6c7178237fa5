"""What JSON can hold, for the type checker, which takes `isinstance(value, dict)` for a dict of nobody knows what."""

from typing import Any, TypeGuard


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def as_list(value: Any) -> list[Any]:
    """The list itself, or a list of one: IAM takes either."""
    return value if is_array(value) else [value]
