"""A response of AWS, live or kept in a file, as a typed value; what is not as expected is one line that names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from ops.errors import OpsError

if TYPE_CHECKING:
    from enum import Enum
    from pathlib import Path

    Kind = TypeVar("Kind")

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that must be there."""


def decoded(document: object, kind: type[Kind], source: str) -> Kind:
    """Decode the document of a response. A key that is null counts as absent, as the AWS CLI prints it.

    Args:
        document: The response, as the AWS SDK or a reader of JSON gives it.
        kind: What it must be.
        source: The file or the operation, for errors.

    Raises:
        OpsError: a key is missing or malformed, or holds a value that is not known: that cannot be judged.
    """
    try:
        return msgspec.convert(_without_nulls(document), kind)
    except msgspec.ValidationError as error:
        raise OpsError(f"{source}: {_explained(str(error), kind)}") from None
    except RecursionError:
        raise OpsError(f"{source}: nested too deep to be a response of AWS") from None


def read_response(path: Path, kind: type[Kind]) -> Kind:
    """Read the response in a JSON file, as the AWS CLI prints it.

    Raises:
        OpsError: the file cannot be read, or as `decoded`.
    """
    try:
        document: object = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise OpsError(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise OpsError(f"{path}: nested too deep to be a response of AWS") from None
    except ValueError as error:  # among them msgspec's own, and of bytes that are no UTF-8
        raise OpsError(f"{path}: not JSON: {error}") from None
    return decoded(document, kind, str(path))


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[object, object]", value)
        return {key: _without_nulls(member) for key, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in cast("list[object]", value)]
    return value


_MESSAGE = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`")
_UNKNOWN = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
_STEP = re.compile(r"\[\d+\]|[^.\[]+")


def _explained(message: str, kind: type[object]) -> str:
    """Return a message of msgspec with its place first, and with the values that are known."""
    match = _MESSAGE.fullmatch(message)
    problem, path = (match["problem"], match["path"] or "") if match else (message, "")
    if missing := _MISSING.fullmatch(problem):
        return f"{path}.{missing['key']}: missing".removeprefix(".")
    if unknown := _UNKNOWN.fullmatch(problem):
        problem = f"{unknown['value']} is not known, so it cannot be judged (known: {_known(kind, path)})"
    return " ".join((f"{path}: {problem}" if path else problem).split())


def _known(kind: type[object], path: str) -> str:
    """Return the values of the enum at a path."""
    node = inspect.type_info(kind)
    for step in _STEP.findall(path):
        node = _inside(node, step)
    members: type[Enum] | None = node.cls if isinstance(node := _present(node), inspect.EnumType) else None
    return ", ".join(str(member.value) for member in members or ())


def _inside(node: inspect.Type, step: str) -> inspect.Type:
    """Return the type of an item or of a field."""
    match _present(node):
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return item
        case inspect.StructType(fields=fields):
            return next((one.type for one in fields if one.encode_name == step), node)
        case found:
            return found


def _present(node: inspect.Type) -> inspect.Type:
    """Return the type without null."""
    if isinstance(node, inspect.UnionType):
        return next(one for one in node.types if not isinstance(one, inspect.NoneType))
    return node
