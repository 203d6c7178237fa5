"""Resolved values: what a property will be, as far as it can be known before the deployment.

A string is a `Pattern`: literal where it is known, `*` where not. What may be this or that is a `OneOf`.
Whoever proves something of a value must prove it of every alternative.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from enum import Enum
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, TypeAlias

from leastgrant.iam.pattern import ANY, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Unknown(Enum):
    """A value of which not even the type is known."""

    UNKNOWN = "unknown"


class Absent(Enum):
    """No value: the property or item is left out, as with `AWS::NoValue`."""

    ABSENT = "absent"


UNKNOWN: Final = Unknown.UNKNOWN
ABSENT: Final = Absent.ABSENT

MOST = 16
"""The most alternatives kept apart; more are `UNKNOWN`, or `*` in text."""

LONGEST = 4096
"""The most letters of a text that is joined or referred to; a longer one is `*`. No name is near it. It keeps
templates from doubling a text over and over."""


MOST_ENTRIES = 200
"""The most items of a list that is referred to, and the attributes a mapping may have ("AWS CloudFormation
quotas"); what is in longer ones is `UNKNOWN`."""

_ENOUGH = MOST.bit_length()  # as many items of two alternatives have more than MOST together


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of two or more values, none of them a `OneOf`; which one, only the deployment knows."""

    values: tuple[Value, ...]


Value: TypeAlias = "Pattern | bool | int | float | tuple[Value, ...] | Mapping[str, Value] | OneOf | Unknown | Absent"


def alternatives(value: Value) -> tuple[Value, ...]:
    """Return each value that `value` may be; one, unless it is a `OneOf`."""
    return value.values if isinstance(value, OneOf) else (value,)


def one_of(values: Iterable[Value]) -> Value:
    """Make the value that is one of `values`: `UNKNOWN` if there are too many, `ABSENT` if there is none."""
    distinct: list[Value] = []
    for value in values:
        for alternative in alternatives(value):
            if not any(_same(alternative, other) for other in distinct):
                distinct.append(alternative)
        if len(distinct) > MOST:
            return UNKNOWN
    if len(distinct) > 1:
        return OneOf(tuple(distinct))
    return distinct[0] if distinct else ABSENT


def texts(value: Value) -> tuple[Pattern, ...]:
    """Return every text that `value` may be where a string is wanted; none for what is absent."""
    found = dict.fromkeys(text for alternative in alternatives(value) if (text := _text(alternative)) is not None)
    return tuple(found)


def joined(delimiter: str, items: Sequence[Value]) -> tuple[Pattern, ...]:
    """Return every text that joining `items` may give."""
    choices = [[_text(alternative) for alternative in alternatives(item)] for item in items]
    if prod(sorted((len(choice) for choice in choices), reverse=True)[:_ENOUGH]) > MOST:
        if any(None in choice for choice in choices):
            return (ANY,)
        choices = [choice if len(choice) == 1 else [ANY] for choice in choices]
    between = Pattern.literal(delimiter)
    return tuple(dict.fromkeys(_concatenated(between, chosen) for chosen in product(*choices)))


def _concatenated(delimiter: Pattern, chosen: Sequence[Pattern | None]) -> Pattern:
    present = [pattern.tokens for pattern in chosen if pattern is not None]
    if sum(len(token) for tokens in present for token in tokens if isinstance(token, str)) > LONGEST:
        return ANY
    spaced = [token for tokens in present for token in (*delimiter.tokens, *tokens)]
    return Pattern(tuple(spaced[len(delimiter.tokens) :]))


def _text(value: Value) -> Pattern | None:
    if isinstance(value, Pattern):
        return value
    if value is ABSENT:
        return None
    if isinstance(value, bool):
        return Pattern.literal("true" if value else "false")
    return Pattern.literal(str(value)) if isinstance(value, (int, float)) else ANY


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and one == other


def values_at(value: Value, path: Sequence[str]) -> Iterator[Pattern | None]:
    """Yield the texts at a path, one for each item of a list; `*` for one not known, None for what may be left out."""
    choices = alternatives(value)
    for alternative in choices:
        if alternative is ABSENT:
            if len(choices) > 1:
                yield None
        elif isinstance(alternative, tuple):
            for item in alternative:
                yield from (found for found in values_at(item, path) if found is not None)
        elif isinstance(alternative, MappingType) and path:
            yield from values_at(alternative.get(path[0], ABSENT), path[1:])
        elif path:
            yield ANY
        elif isinstance(alternative, MappingType):
            yield from tuple(_arns_within(alternative)) or (ANY,)
        else:
            yield from texts(alternative)


def _arns_within(value: Value) -> Iterator[Pattern]:
    """Yield the ARNs anywhere in a map of names of which none is told, such as an action's `Configuration`."""
    for alternative in alternatives(value):
        if isinstance(alternative, MappingType):
            for member in alternative.values():
                yield from _arns_within(member)
        elif isinstance(alternative, tuple):
            for item in alternative:
                yield from _arns_within(item)
        elif isinstance(alternative, Pattern) and str(alternative).startswith("arn:"):
            yield alternative
