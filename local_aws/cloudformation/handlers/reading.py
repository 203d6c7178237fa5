"""What services tell of resources, as a template would have written it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast


def as_written(written: Any, told: Any) -> Any:
    """Return what a service tells of a property; None: it is of another form, and cannot be compared.

    A single value is the same if its text is (`"30"` and 30), a list of texts if its members are. A document has a
    version only if the template gives it one.
    """
    match written, told:
        case Mapping(), str():
            return _document(cast("Mapping[str, Any]", written), told)
        case Mapping(), Mapping():
            return _with_version(cast("Mapping[str, Any]", written), cast("Mapping[str, Any]", told))
        case list(), list():
            return _texts(cast("list[Any]", written), cast("list[Any]", told))
        case ((str() | int() | float() | bool()), (str() | int() | float() | bool())):
            return written if _is_same(_text(written), _text(told)) else told
        case _:
            return None


def _document(written: Mapping[str, Any], told: str) -> Any:
    try:
        document: object = json.loads(told)
    except ValueError:
        return None
    return _with_version(written, cast("dict[str, Any]", document)) if isinstance(document, dict) else None


def _with_version(written: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the version that a handler gives a policy without one."""
    return {name: value for name, value in told.items() if name != "Version" or name in written}


def _texts(written: list[Any], told: list[Any]) -> list[Any] | None:
    if not all(isinstance(one, str) for one in (*written, *told)):
        return None
    return [*(one for one in written if one in told), *(one for one in told if one not in written)]


def _is_same(written: str, told: str) -> bool:
    try:
        return written == told or float(written) == float(told)
    except ValueError:
        return False


def _text(value: Any) -> str:
    return value.lower() if isinstance(value, str) else json.dumps(value)
