"""What a template's expressions give, as CloudFormation computes them: each a value, or known only after the execution.

Where leastgrant resolves to all that a value may be, this computes the one that it is. Source: "Intrinsic function
reference", AWS CloudFormation Template Reference; what CloudFormation says of a wrong one was recorded on AWS.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from leastgrant.template import (
    Base64,
    FindInMap,
    GetAtt,
    If,
    ImportValue,
    Join,
    Length,
    Opaque,
    Ref,
    Select,
    Split,
    StackOutput,
    ToJsonString,
    holds,
)
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import ValueRefused, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastgrant.template import Condition, Expression

UNKNOWN_YET: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set shows for a value that is known only once it is executed ("View a change set")."""


class _Left:
    """What `AWS::NoValue` gives: the property or item is left out."""


LEFT_OUT: Final = _Left()
_JOIN: Final = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to"
    " be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
_SELECT: Final = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
_SPLIT: Final = (
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be"
    " split or a function that returns a string to be split."
)


class Scope(Protocol):
    """What names mean to one stack at one moment."""

    def ref(self, name: str) -> Any:
        """Return what `Ref` gives: a text or list, `LEFT_OUT`, or `UNKNOWN_YET`."""
        ...

    def attribute(self, resource: str, attribute: str) -> Any:
        """Return what `Fn::GetAtt` gives."""
        ...

    def exported(self, name: str) -> str:
        """Return what `Fn::ImportValue` gives.

        Raises:
            AwsError: no stack exports it.
        """
        ...

    def zones(self, region: str) -> list[str]:
        """Return what `Fn::GetAZs` gives."""
        ...


class Outcomes(dict[str, bool | None]):
    """Whether each condition of a template holds, decided when it is asked for."""

    def __init__(self, conditions: Mapping[str, Condition], equal: Callable[[Expression, Expression], bool]) -> None:
        """Take the conditions, and what compares the operands of `Fn::Equals`."""
        super().__init__()
        self._conditions = conditions
        self._equal = equal

    def __missing__(self, name: str) -> bool | None:
        self[name] = holds(self._conditions[name], self, self._equal)
        return self[name]


@dataclass(frozen=True)
class Evaluation:
    """An evaluation of one template's expressions."""

    scope: Scope
    mappings: Mapping[str, Mapping[str, Mapping[str, Expression]]]
    conditions: Mapping[str, Condition]
    outcomes: Outcomes = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no condition decided."""
        object.__setattr__(self, "outcomes", Outcomes(self.conditions, self._equal))

    def value(self, expression: Expression) -> Any:
        """Return the JSON that an expression gives, or `LEFT_OUT`.

        Raises:
            AwsError: CloudFormation would refuse it.
            NotModelled: the emulator cannot compute it.
        """
        match expression:
            case str() | bool() | int() | float():
                return expression
            case tuple():
                return self._list(expression)
            case Mapping():
                members = ((name, self.value(member)) for name, member in expression.items())
                return {name: value for name, value in members if value is not LEFT_OUT}
            case _:
                return self._function(expression)

    def members(self, expressions: Mapping[str, Expression]) -> dict[str, Any]:
        """Return the JSON of a resource's properties, without those that are left out."""
        return cast("dict[str, Any]", self.value(expressions))

    def text(self, expression: Expression) -> str:
        """Return the text that an expression gives; `UNKNOWN_YET` if a part of it is not known."""
        return as_text(self.value(expression))

    def _equal(self, left: Expression, right: Expression) -> bool:
        one, other = self.value(left), self.value(right)
        return _comparable(one) == _comparable(other)

    def _list(self, items: tuple[Expression, ...]) -> list[Any]:
        return [value for item in items if (value := self.value(item)) is not LEFT_OUT]

    def _function(self, function: Expression) -> Any:  # noqa: C901, PLR0911, PLR0912  (a case for each function)
        match function:
            case Ref(name):
                return self.scope.ref(name)
            case GetAtt(resource, attribute):
                return self.scope.attribute(resource, self.text(attribute))
            case Join(delimiter, items):
                return self._join(delimiter, items)
            case Select(index, items):
                return self._select(index, items)
            case Split(delimiter, text):
                return self._split(delimiter, text)
            case If(condition, then, otherwise):
                return self.value(then if self.outcomes[condition] else otherwise)
            case FindInMap():
                return self._find_in_map(function)
            case Base64(text):
                given = self.text(text)
                return given if is_unknown(given) else b64encode(given.encode()).decode()
            case Length(items):
                found = self.value(items)
                return found if is_unknown(found) else len(found)
            case ToJsonString(written):
                found = self.value(written)
                return UNKNOWN_YET if is_unknown(found) else json.dumps(found, separators=(",", ":"))
            case ImportValue(name):
                return self.scope.exported(self.text(name))
            case Opaque():
                return self._opaque(function)
            case StackOutput():
                raise NotModelled("Fn::GetStackOutput")
            case _:
                raise NotModelled(f"the expression {function}")

    def _join(self, delimiter: str, items: Expression) -> str:
        found = self.value(items)
        if is_unknown(found):
            return UNKNOWN_YET
        if not isinstance(found, list) or any(isinstance(one, list | dict) for one in cast("list[Any]", found)):
            raise ValueRefused(_JOIN)
        return delimiter.join(map(as_text, cast("list[Any]", found)))

    def _select(self, index: Expression, items: Expression) -> Any:
        position, found = self.text(index), self.value(items)
        if is_unknown(position) or is_unknown_wholly(found):
            return UNKNOWN_YET
        if not position.isdigit() or not isinstance(found, list) or int(position) >= len(cast("list[Any]", found)):
            raise invalid(_SELECT)
        return cast("list[Any]", found)[int(position)]

    def _split(self, delimiter: str, text: Expression) -> Any:
        found = self.value(text)
        if is_unknown(found):
            return UNKNOWN_YET
        if isinstance(found, list | dict):
            raise ValueRefused(_SPLIT)
        return as_text(found).split(delimiter)

    def _find_in_map(self, find: FindInMap) -> Any:
        mapping, top, second = (self.text(key) for key in (find.mapping, find.top, find.second))
        if UNKNOWN_YET in (mapping, top, second):
            return UNKNOWN_YET
        found = self.mappings.get(mapping, {}).get(top, {}).get(second)
        if found is None and find.default is not None:
            return self.value(find.default)
        if found is None:
            raise invalid(f"Template error: Unable to get mapping for {mapping}::{top}::{second}")
        return self.value(found)

    def _opaque(self, function: Opaque) -> Any:
        match function.function:
            case "Fn::GetAZs":
                return self.scope.zones(self.text(function.arguments))
            case "Fn::Cidr":
                return _cidr(self.value(function.arguments))
            case "Ref":
                return self.scope.ref(self.text(function.arguments))
            case "Fn::GetAtt":
                resource, attribute = self._list(cast("tuple[Expression, ...]", function.arguments))
                return self.scope.attribute(resource, attribute)
            case name:
                raise NotModelled(f"the function {name}" if name else "what is not read of the template")


def as_text(value: Any) -> str:
    """Return a value as the text that CloudFormation makes of it."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case list():
            return UNKNOWN_YET if is_unknown(value) else ",".join(map(as_text, cast("list[Any]", value)))
        case _:
            return json.dumps(value)


def _comparable(value: Any) -> Any:
    return [as_text(one) for one in cast("list[Any]", value)] if isinstance(value, list) else as_text(value)


def is_unknown(value: Any) -> bool:
    """Tell whether a value, or a part of it, is known only after the execution."""
    return UNKNOWN_YET in value if isinstance(value, str) else UNKNOWN_YET in json.dumps(value, default=str)


def is_unknown_wholly(value: Any) -> bool:
    """Tell whether not even a list's items are known."""
    return isinstance(value, str) and UNKNOWN_YET in value


def _cidr(arguments: Any) -> Any:
    """Return as many blocks as are asked for, the first of the block ("Fn::Cidr": 32 - 8 bits if none are given)."""
    if is_unknown(arguments):
        return UNKNOWN_YET
    block, count, *bits = cast("list[Any]", arguments)
    network = ip_network(str(block))
    new = network.max_prefixlen - int(bits[0] if bits else 8)
    subnets = network.subnets(new_prefix=new)
    found = [str(subnet) for _, subnet in zip(range(int(count)), subnets, strict=False)]
    if len(found) < int(count):
        raise invalid(f"Template error: Fn::Cidr cannot make {count} blocks of {block}")
    return found
