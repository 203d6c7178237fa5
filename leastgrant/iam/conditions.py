"""The `Condition` of a statement.

Sources: AWS IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple
context keys or values", "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import components
from leastgrant.iam.json_values import PolicyError, kind, read_items, read_object, read_text
from leastgrant.iam.string import Context, PolicyString
from leastgrant.iam.values import (
    Arn,
    Binary,
    Network,
    Order,
    Ordered,
    Text,
    Value,
    binary,
    moment,
    network,
    number,
)

if TYPE_CHECKING:
    from decimal import Decimal


class Quantifier(Enum):
    """How the values of a multivalued key are taken together."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A context key compared with values: any of them or, if `negated`, none of them matches."""

    operator: str
    key: str
    values: tuple[Value, ...]
    negated: bool
    quantifier: Quantifier | None
    if_exists: bool
    keys: frozenset[str] = field(init=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Collect all the context keys it reads."""
        said = (self.operator, self.key, self.values, self.negated, self.quantifier, self.if_exists)
        object.__setattr__(self, "keys", frozenset({self.key}).union(*(value.keys for value in self.values)))
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        """Give it, computed once: conditions are looked up by the thousand."""
        return self._hash

    def holds(self, context: Context) -> bool:
        """Tell whether the request satisfies it.

        Without a value in the request a negated comparison is true and another is false, unless it is
        `IfExists`; `ForAllValues` is true; `ForAnyValue` is false, `IfExists` or not. Several values without
        a quantifier match nothing: the guide says such keys require one.
        """
        present = context.get(self.key, ())
        if self.quantifier is Quantifier.ALL:
            return all(self._satisfied(value, context) for value in present)
        if self.quantifier is Quantifier.ANY:
            return any(self._satisfied(value, context) for value in present)
        if not present:
            return self.negated or self.if_exists
        return len(present) == 1 and self._satisfied(present[0], context)

    def _satisfied(self, text: str, context: Context) -> bool:
        return any(value.matches(text, context) for value in self.values) != self.negated


@dataclass(frozen=True, slots=True)
class Presence:
    """The `Null` operator: whether a context key is absent, or present with a value. With neither, it never holds."""

    key: str
    absent: frozenset[bool]
    operator: str = "Null"

    @property
    def keys(self) -> frozenset[str]:
        """The context keys it reads."""
        return frozenset({self.key})

    def holds(self, context: Context) -> bool:
        """Tell whether the request satisfies it."""
        return (not context.get(self.key)) in self.absent


Condition: TypeAlias = Comparison | Presence


_Read = Callable[[str, bool], Value]


def _text(*, wildcards: bool = False, ignore_case: bool = False) -> _Read:
    def read(text: str, variables: bool) -> Value:
        return Text(PolicyString.parse(text, wildcards=wildcards, variables=variables), ignore_case)

    return read


def _boolean(text: str, variables: bool) -> Value:
    if text.lower() not in ("true", "false") and not (variables and "${" in text):
        raise ValueError(f"{text!r} is not a boolean; write true or false")
    return _text(ignore_case=True)(text, variables)


def _ordered(order: Order, parse: Callable[[str], Decimal | None], what: str) -> _Read:
    def read(text: str, variables: bool) -> Value:  # noqa: ARG001  (IAM has no variables here)
        bound = parse(text)
        if bound is None:
            raise ValueError(f"{text!r} is not {what}")
        return Ordered(order, bound, parse)

    return read


def _network(text: str, variables: bool) -> Value:  # noqa: ARG001
    parsed = network(text)
    if parsed is None:
        raise ValueError(f"{text!r} is not an IP address or range; write it like 203.0.113.0/24 or 2001:db8::/32")
    return Network(parsed)


def _arn(text: str, variables: bool) -> Value:
    parts = components(text)
    if parts is None:
        raise ValueError(
            f"{text!r} is not an ARN of six components; write arn:partition:service:region:account:resource"
        )
    return Arn(tuple(PolicyString.parse(part, wildcards=True, variables=variables) for part in parts))


def _binary(text: str, variables: bool) -> Value:  # noqa: ARG001
    content = binary(text)
    if content is None:
        raise ValueError(f"{text!r} is not base 64")
    return Binary(content)


def _operators() -> dict[str, tuple[_Read, bool]]:
    """Return each operator with how its values are read, and whether it is negated."""
    operators: dict[str, tuple[_Read, bool]] = {
        "StringEquals": (_text(), False),
        "StringEqualsIgnoreCase": (_text(ignore_case=True), False),
        "StringLike": (_text(wildcards=True), False),
        "StringNotEquals": (_text(), True),
        "StringNotEqualsIgnoreCase": (_text(ignore_case=True), True),
        "StringNotLike": (_text(wildcards=True), True),
        "Bool": (_boolean, False),
        "BinaryEquals": (_binary, False),
        "IpAddress": (_network, False),
        "NotIpAddress": (_network, True),
        "ArnEquals": (_arn, False),
        "ArnLike": (_arn, False),
        "ArnNotEquals": (_arn, True),
        "ArnNotLike": (_arn, True),
    }
    for family, parse, what in (
        ("Numeric", number, "a number"),
        ("Date", moment, "a date; write it like 2026-01-31T00:00:00Z or in seconds since 1970"),
    ):
        operators |= {f"{family}{order.value}": (_ordered(order, parse, what), False) for order in Order}
        operators[f"{family}NotEquals"] = (_ordered(Order.EQUALS, parse, what), True)
    return operators


_OPERATORS = _operators()


def parse_conditions(data: object, where: str, *, variables: bool) -> tuple[Condition, ...]:
    """Read the conditions of a `Condition` element; all must hold.

    Raises:
        PolicyError: an operator is unknown or a value does not suit it.
    """
    return tuple(
        _condition(operator, key, values, f"{where}.{operator}.{key}", variables)
        for operator, keys in read_object(data, where).items()
        for key, values in read_object(keys, f"{where}.{operator}").items()
    )


def _condition(operator: str, key: str, data: object, where: str, variables: bool) -> Condition:
    texts = [_scalar(value, where) for value in read_items(data)]
    if operator == "Null":
        unknown = [text for text in texts if text.lower() not in ("true", "false")]
        if unknown:
            raise PolicyError(where, f"{unknown[0]!r} is not a boolean; write true or false")
        return Presence(key.lower(), frozenset(text.lower() == "true" for text in texts))
    quantifier, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base not in _OPERATORS or quantifier not in ("", *(q.value for q in Quantifier)):
        raise PolicyError(where, f"unknown condition operator {operator!r}; write one such as StringEquals")
    if not texts:
        return Presence(key.lower(), frozenset(), operator)  # never: the statement has no effect
    read, negated = _OPERATORS[base]
    try:
        values = tuple(read(text, variables) for text in texts)
    except ValueError as problem:
        raise PolicyError(where, str(problem)) from None
    return Comparison(
        operator=operator,
        key=key.lower(),
        values=values,
        negated=negated,
        quantifier=Quantifier(quantifier) if quantifier else None,
        if_exists=rest != base,
    )


def _scalar(value: object, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise PolicyError(where, f"expected text, a number or a boolean, found {kind(value)}")
    return read_text(str(value), where)
