"""Property values as a template writes them: plain values, and intrinsic functions as typed nodes.

Every function's shape and every name it refers to is checked here, once; who resolves an expression meets no
malformed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.documents.source import Path, Source, TemplateError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leastgrant.documents.source import Json

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)


@dataclass(frozen=True, slots=True)
class Ref:
    """`Ref` to a parameter, a pseudo parameter or a resource."""

    name: str


@dataclass(frozen=True, slots=True)
class GetAtt:
    """`Fn::GetAtt`; the attribute's name may itself be computed."""

    resource: str
    attribute: Expression


@dataclass(frozen=True, slots=True)
class Join:
    """`Fn::Join`, and `Fn::Sub` as a join of its parts with nothing between them."""

    delimiter: str
    items: Expression


@dataclass(frozen=True, slots=True)
class Select:
    """`Fn::Select`."""

    index: Expression
    items: Expression


@dataclass(frozen=True, slots=True)
class Split:
    """`Fn::Split`."""

    delimiter: str
    text: Expression


@dataclass(frozen=True, slots=True)
class If:
    """`Fn::If`."""

    condition: str
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class FindInMap:
    """`Fn::FindInMap`, with the default value that AWS::LanguageExtensions allows."""

    mapping: Expression
    top: Expression
    second: Expression
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Base64:
    """`Fn::Base64`."""

    text: Expression


@dataclass(frozen=True, slots=True)
class Length:
    """`Fn::Length` of AWS::LanguageExtensions."""

    items: Expression


@dataclass(frozen=True, slots=True)
class ToJsonString:
    """`Fn::ToJsonString` of AWS::LanguageExtensions."""

    value: Expression


@dataclass(frozen=True, slots=True)
class ImportValue:
    """`Fn::ImportValue`."""

    name: Expression


@dataclass(frozen=True, slots=True)
class StackOutput:
    """`Fn::GetStackOutput`: an output of another stack, read while this one is deployed."""

    stack: Expression
    region: Expression | None
    role: Expression | None
    """The role that reads it instead of the one that deploys."""
    name: Expression


@dataclass(frozen=True, slots=True)
class Opaque:
    """A function whose result only the deployment knows; `is_text` if the result is surely a string."""

    arguments: Expression
    is_text: bool
    function: str | None = None
    """Its name, such as `Fn::GetAZs`; None: it is in what is not read."""


Function: TypeAlias = (
    Ref
    | GetAtt
    | Join
    | Select
    | Split
    | If
    | FindInMap
    | Base64
    | Length
    | ToJsonString
    | ImportValue
    | StackOutput
    | Opaque
)
Expression: TypeAlias = "str | bool | int | float | tuple[Expression, ...] | Mapping[str, Expression] | Function"


@dataclass(frozen=True, slots=True)
class Names:
    """What expressions may refer to."""

    parameters: frozenset[str]
    resources: frozenset[str]
    conditions: frozenset[str]
    mappings: frozenset[str]
    open: bool = False
    """Whether more names may be declared, in what is not read."""


def references(expression: Expression, outcomes: Mapping[str, bool | None]) -> Iterator[Ref | GetAtt]:
    """Return every `Ref` and `Fn::GetAtt` within `expression`, save in branches that `outcomes` rule out."""
    return (node for node in _nodes(expression, outcomes) if isinstance(node, (Ref, GetAtt)))


def stack_outputs(expression: Expression, outcomes: Mapping[str, bool | None]) -> Iterator[StackOutput]:
    """Return every `Fn::GetStackOutput` within `expression`, save in branches that `outcomes` rule out."""
    return (node for node in _nodes(expression, outcomes) if isinstance(node, StackOutput))


def lists_zones(expression: Expression, outcomes: Mapping[str, bool | None]) -> bool:
    """Tell whether `Fn::GetAZs` is within `expression`, save in branches that `outcomes` rule out."""
    return any(isinstance(node, Opaque) and node.function == "Fn::GetAZs" for node in _nodes(expression, outcomes))


def _nodes(expression: Expression, outcomes: Mapping[str, bool | None]) -> Iterator[Expression]:
    waiting = [expression]
    seen: set[int] = set()  # a variable of Fn::Sub is one object wherever it is used
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, If) and (outcome := outcomes[node.condition]) is not None:
            waiting.append(node.then if outcome else node.otherwise)
        else:
            waiting.extend(_parts(node))


def _parts(expression: Expression) -> Iterable[Expression]:
    """Return the expressions directly within `expression`."""
    found: Iterable[Expression] = ()
    match expression:
        case str() | bool() | int() | float() | Ref():  # first: most are texts
            pass
        case tuple():
            found = expression
        case (
            GetAtt(_, part)
            | Join(_, part)
            | Split(_, part)
            | Base64(part)
            | Length(part)
            | ToJsonString(part)
            | ImportValue(part)
            | Opaque(part)
        ):
            found = (part,)
        case Select(one, other) | If(_, one, other):
            found = (one, other)
        case StackOutput(stack, region, role, name):
            found = tuple(part for part in (stack, region, role, name) if part is not None)
        case FindInMap(mapping, top, second, default):
            found = (mapping, top, second, () if default is None else default)
        case _:
            found = expression.values()
    return found


class Compiler:
    """A compiler of one template's values to expressions."""

    def __init__(self, source: Source, names: Names) -> None:
        """Take where errors point (`source`), and what the expressions may refer to."""
        self._source = source
        self._names = names
        self.undeclared: set[str] = set()
        """The conditions that only what is not read may declare."""
        self._functions: dict[str, Callable[[Json, Path], Expression]] = {
            "Ref": self._ref,
            "Fn::Base64": self._base64,
            "Fn::Cidr": partial(self._opaque, function="Fn::Cidr"),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": partial(self._opaque, function="Fn::GetAZs"),
            "Fn::GetAtt": self._get_att,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::Transform": partial(self._opaque, function="Fn::Transform"),
        }

    def expression(self, value: Json, path: Path) -> Expression:
        """Compile the expression that `value` writes; `path` is where it stands.

        Raises:
            TemplateError: a function is unknown, malformed or names what does not exist, or a value is null.
        """
        if isinstance(value, (str, bool, int, float)):
            return value
        if isinstance(value, list):
            return tuple(self.expression(item, (*path, index)) for index, item in enumerate(value))
        if value is None:
            raise self.error(path, "is null, which CloudFormation refuses; give a value or remove the key")
        for key in value:
            if key.startswith("Fn::") or (key == "Ref" and len(value) == 1):
                return self._function(key, value, path)
        return {key: self.expression(item, (*path, key)) for key, item in value.items()}

    def error(self, path: Path, problem: str) -> TemplateError:
        """Make the error for `problem` at `path`."""
        return self._source.error(path, problem)

    def _function(self, name: str, value: dict[str, Json], path: Path) -> Expression:
        inside = (*path, name)
        if name == "Fn::Transform":
            return Opaque(tuple(self.expression(part, inside) for part in value.values()), is_text=False, function=name)
        if len(value) > 1:
            others = ", ".join(quoted(key) for key in list(value)[:4] if key != name)
            raise self.error(path, f"has {name} beside {others}; a function must be the only key")
        if name not in self._functions:
            known = ", ".join(self._functions)
            raise self.error(inside, f"is no function for properties; these are: {known}")
        return self._functions[name](value[name], inside)

    def _list(self, value: Json, path: Path, form: str, lengths: tuple[int, ...]) -> list[Json]:
        if not isinstance(value, list) or len(value) not in lengths:
            raise self.error(path, f"must be the list [{form}]")
        return value

    def _text(self, value: Json, path: Path, what: str) -> str:
        if not isinstance(value, str):
            raise self.error(path, f"{what} must be text, and is {quoted(value)}")
        return value

    def _ref(self, value: Json, path: Path) -> Expression:
        if isinstance(value, dict):  # a name that a function writes, with AWS::LanguageExtensions
            return self._opaque(value, path, function="Ref")
        return self._named(self._text(value, path, "the name"), path)

    def _named(self, name: str, path: Path) -> Expression:
        names = self._names
        if name in names.resources or name in names.parameters or name in PSEUDO_PARAMETERS:
            return Ref(name)
        if names.open or name.partition(".")[0] in names.resources:  # a module's resource is named so
            return _UNDECLARED
        problem = f"there is no parameter or resource {quoted(name)} here; correct the name or declare it"
        raise self.error(path, problem)

    def _get_att(self, value: Json, path: Path) -> Expression:
        if isinstance(value, str):
            value = list(value.partition(".")[::2])
        resource, attribute = self._list(value, path, "logical id, attribute", (2,))
        if isinstance(resource, dict):  # as in a Ref
            return self._opaque([resource, attribute], path, function="Fn::GetAtt")
        return self._attribute(
            self._text(resource, path, "the logical id"), self.expression(attribute, (*path, 1)), path
        )

    def _attribute(self, resource: str, attribute: Expression, path: Path) -> Expression:
        if self._names.open and resource not in self._names.resources:
            return _UNDECLARED
        if resource not in self._names.resources:
            problem = f"there is no resource {quoted(resource)} here; correct the logical id or declare it"
            raise self.error(path, problem)
        return GetAtt(resource, attribute)

    def _stack_output(self, value: Json, path: Path) -> Expression:
        if not isinstance(value, dict) or not {"StackName", "OutputName"} <= value.keys() <= _OF_STACK_OUTPUT:
            raise self.error(path, "must be a map of StackName and OutputName, and Region and RoleArn if need be")
        parts = {name: self.expression(part, (*path, name)) for name, part in value.items()}
        return StackOutput(parts["StackName"], parts.get("Region"), parts.get("RoleArn"), parts["OutputName"])

    def _sub(self, value: Json, path: Path) -> Expression:
        if isinstance(value, str):
            return self._substituted(value, {}, path)
        text, variables = self._list(value, path, "text, map of variables", (2,))
        if not isinstance(variables, dict):
            raise self.error((*path, 1), f"the variables must be a map, and are {quoted(variables)}")
        inside = {name: self.expression(item, (*path, 1, name)) for name, item in variables.items()}
        return self._substituted(self._text(text, (*path, 0), "the first item"), inside, path)

    def _substituted(self, text: str, variables: Mapping[str, Expression], path: Path) -> Expression:
        pieces: list[Expression] = []
        after = 0
        for match in _VARIABLE.finditer(text):
            pieces.append(text[after : match.start()])
            pieces.append(self._variable(match[1], variables, path))
            after = match.end()
        pieces.append(text[after:])
        return Join("", tuple(piece for piece in pieces if piece != ""))

    def _variable(self, name: str, variables: Mapping[str, Expression], path: Path) -> Expression:
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in variables:
            return variables[name]
        resource, dot, attribute = name.partition(".")
        return self._attribute(resource, attribute, path) if dot else self._named(name, path)

    def _join(self, value: Json, path: Path) -> Expression:
        delimiter, items = self._list(value, path, "delimiter, list", (2,))
        text = self._text(delimiter, (*path, 0), "the delimiter")
        return Join(text, self.expression(items, (*path, 1)))

    def _select(self, value: Json, path: Path) -> Expression:
        index, items = self._list(value, path, "index, list", (2,))
        return Select(self.expression(index, (*path, 0)), self.expression(items, (*path, 1)))

    def _split(self, value: Json, path: Path) -> Expression:
        delimiter, text = self._list(value, path, "delimiter, text", (2,))
        if delimiter == "":
            raise self.error((*path, 0), "the delimiter is empty; give at least one letter")
        return Split(self._text(delimiter, (*path, 0), "the delimiter"), self.expression(text, (*path, 1)))

    def _if(self, value: Json, path: Path) -> Expression:
        name, then, otherwise = self.choices(value, path)
        return If(name, self.expression(then, (*path, 1)), self.expression(otherwise, (*path, 2)))

    def choices(self, value: Json, path: Path) -> tuple[str, Json, Json]:
        """Read an `Fn::If`: its condition, and the values if it is true and if it is false.

        Raises:
            TemplateError: `value` is not that, or the template has no such condition.
        """
        condition, then, otherwise = self._list(value, path, "condition, value if true, value if false", (3,))
        return self.condition(condition, (*path, 0)), then, otherwise

    def condition(self, value: Json, path: Path) -> str:
        """Return the condition that `value` names.

        Raises:
            TemplateError: `value` is no text, or the template has no such condition.
        """
        name = self._text(value, path, "the condition's name")
        if self._names.open and name not in self._names.conditions:
            self.undeclared.add(name)
        elif name not in self._names.conditions:
            raise self.error(path, f"no condition {quoted(name)} here; correct the name or declare it")
        return name

    def _find_in_map(self, value: Json, path: Path) -> Expression:
        name, top, second, *rest = self._list(value, path, "map, top key, second key", (3, 4))
        if isinstance(name, str) and name not in self._names.mappings and not self._names.open:
            raise self.error((*path, 0), f"there is no mapping {quoted(name)}; correct the name or declare it")
        return FindInMap(
            self.expression(name, (*path, 0)),
            self.expression(top, (*path, 1)),
            self.expression(second, (*path, 2)),
            self._default(rest[0], (*path, 3)) if rest else None,
        )

    def _default(self, value: Json, path: Path) -> Expression:
        if not isinstance(value, dict) or set(value) != {"DefaultValue"}:
            raise self.error(path, 'the fourth item must be the map {"DefaultValue": value}')
        return self.expression(value["DefaultValue"], (*path, "DefaultValue"))

    def _base64(self, value: Json, path: Path) -> Expression:
        return Base64(self.expression(value, path))

    def _length(self, value: Json, path: Path) -> Expression:
        return Length(self.expression(value, path))

    def _to_json_string(self, value: Json, path: Path) -> Expression:
        return ToJsonString(self.expression(value, path))

    def _opaque(self, value: Json, path: Path, *, function: str) -> Expression:
        return Opaque(self.expression(value, path), is_text=False, function=function)

    def _import_value(self, value: Json, path: Path) -> Expression:
        return ImportValue(self.expression(value, path))


_UNDECLARED = Opaque((), is_text=False)

_OF_STACK_OUTPUT = {"StackName", "OutputName", "Region", "RoleArn"}

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
