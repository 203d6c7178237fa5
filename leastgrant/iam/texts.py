"""Sets of strings with policy variables in them, as far as the variables are known.

A variable may have a value, have none, or have one of which only some sets are known that it is in. Then a set with it
is held to be at most what it is for all such values, and at least what it is whatever the value: so what is found not
to be possible is not, and what is found to be may be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from leastgrant.iam.arn import COMPONENTS
from leastgrant.iam.pattern import ANY, Budget, Pattern, Wildcard, member
from leastgrant.iam.string import PolicyString, Variable
from leastgrant.iam.values import Arn, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Fixed(NamedTuple):
    """A key has these values; none: it is absent."""

    values: tuple[str, ...]


class One(NamedTuple):
    """A key has one value, of which is known what sets it is in."""

    inside: tuple[Texts, ...] = ()
    outside: tuple[Texts, ...] = ()


class Several(NamedTuple):
    """A key has several values, whichever."""


State: TypeAlias = "Fixed | One | Several"
States: TypeAlias = "Mapping[str, State]"
_SYMBOLS = 0xE000
"""The first of the characters that stand for a variable's value: Unicode's private ones."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A set of strings, as far as it is known: it is in all of `within`, and in none of `beyond`."""

    within: tuple[Pattern, ...]
    beyond: tuple[Pattern, ...] = ()
    symbolic: Pattern | None = None
    """If it is not all of `within`: with a character for each value that is not known."""
    is_arn: bool = False
    in_any_case: bool = False
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the hash once: sets are looked up by the thousand."""
        object.__setattr__(self, "_hash", hash((self.within, self.beyond, self.symbolic)))

    def __hash__(self) -> int:
        """Of what it has."""
        return self._hash

    @property
    def exact(self) -> bool:
        """Whether it is all of `within`."""
        return self.symbolic is None

    def covering(self, other: Texts) -> Pattern | None:
        """Return a pattern that it surely includes, to compare with another set's symbolic one; None: not known."""
        pattern = self.symbolic or self.within[0]
        tokens = frozenset(token for token in pattern.tokens if isinstance(token, Wildcard))
        if not tokens.isdisjoint({Wildcard.ONE, Wildcard.ONE_WITHIN}):
            return None  # how long the value is, is not known
        if Wildcard.WITHIN in tokens and not (other.is_arn and self.is_arn):
            return None  # nor whether it has a colon
        if other.in_any_case and self.symbolic is not None and not self.in_any_case:
            return None
        return pattern


def common(inside: Sequence[Texts], outside: Sequence[Texts], budget: Budget) -> str | None:
    """Find a string that seems to be in all of some sets and in none of others; it is, if all are exact."""
    found = member(
        [pattern for texts in inside for pattern in texts.within],
        [*(texts.within[0] for texts in outside if texts.exact), *(p for texts in inside for p in texts.beyond)],
        budget,
    )
    if found is None:
        return None
    for texts in inside:
        if texts.symbolic is not None:
            covers = [cover for other in outside if (cover := other.covering(texts)) is not None]
            if covers and member([texts.symbolic], covers, budget) is None:
                return None
    return found


def texts_of(value: Text | Arn | PolicyString, states: States) -> Texts | None:
    """Return the set that a value of a condition, or a resource, names; None if a variable has no value."""
    in_any_case = isinstance(value, Text) and value.ignore_case
    tokens = tokens_of(value)
    unknown: dict[str, One] = {}
    resolved: list[str | Wildcard | Variable] = []
    for component, token in tokens:
        if not isinstance(token, Variable):
            resolved.append(token)
            continue
        state = states.get(token.key, Fixed(()))
        if isinstance(state, One):
            unknown[token.key] = state
            resolved.append(token)
            continue
        text = state.values[0] if isinstance(state, Fixed) and len(state.values) == 1 else token.default
        if text is None or (component and ":" in text):
            return None
        resolved.append(text)
    is_arn = isinstance(value, Arn)
    if not unknown:
        return Texts((pattern_of(resolved, {}, in_any_case),), is_arn=is_arn, in_any_case=in_any_case)
    symbols = {key: (chr(_SYMBOLS + number),) for number, key in enumerate(sorted(states)) if key in unknown}
    alone = len(unknown) == 1 and sum(isinstance(token, Variable) for token in resolved) == 1
    alone = alone and not any(isinstance(token, Wildcard) for token in resolved)
    choices = {
        key: [p for texts in one.inside for p in texts.within if in_any_case or not p.any_case] or [ANY]
        for key, one in unknown.items()
    }
    return Texts(
        tuple(
            pattern_of(resolved, dict(zip(choices, (p.tokens for p in chosen), strict=True)), in_any_case)
            for chosen in product(*choices.values())
        ),
        tuple(
            pattern_of(resolved, {key: pattern.tokens}, in_any_case=False)
            for key, one in unknown.items()
            for texts in one.outside
            for pattern in texts.within
            if alone and not in_any_case
        ),
        pattern_of(resolved, symbols, in_any_case),
        is_arn,
        in_any_case,
    )


def tokens_of(value: Text | Arn | PolicyString) -> list[tuple[bool, str | Wildcard | Variable]]:
    """Return the tokens, each with whether it is in a component of an ARN that ends at a colon."""
    if isinstance(value, Text):
        value = value.string
    if isinstance(value, PolicyString):
        return [(False, token) for token in value.tokens]
    found: list[tuple[bool, str | Wildcard | Variable]] = []
    within = {Wildcard.ANY: Wildcard.WITHIN, Wildcard.ONE: Wildcard.ONE_WITHIN}
    for number, part in enumerate(value.parts):
        ends = number < COMPONENTS - 1
        found += [(ends, within[token] if ends and isinstance(token, Wildcard) else token) for token in part.tokens]
        found += [(False, ":")] if ends else []
    return found


def pattern_of(
    tokens: Iterable[str | Wildcard | Variable], values: Mapping[str, tuple[str | Wildcard, ...]], in_any_case: bool
) -> Pattern:
    """Fill a pattern's variables with the tokens of others."""
    plain = chain.from_iterable(values[token.key] if isinstance(token, Variable) else (token,) for token in tokens)
    return Pattern(tuple(plain), in_any_case)


class _Part(NamedTuple):
    """A part of all strings: in some sets and not in others, with which of the unions it is in, and a string of it."""

    inside: tuple[Texts, ...]
    outside: tuple[Texts, ...]
    unions: int
    text: str

    @property
    def exact(self) -> bool:
        """Whether the string is surely of it."""
        return all(texts.exact for texts in (*self.inside, *self.outside))


def parts_of(
    unions: Mapping[int, Sequence[Texts]],
    inside: tuple[Texts, ...],
    outside: tuple[Texts, ...],
    budget: Budget,
) -> Iterator[tuple[int, str | None]]:
    """Yield each set of unions that one string can be in, as bits, with such a string if all is exact.

    Args:
        unions: The unions, by the number of their bit.
        inside: What the strings are in.
        outside: What they are not in.
        budget: The work.

    Raises:
        PatternTooComplex: it takes more work.
    """
    first = common(inside, outside, budget)
    parts = [] if first is None else [_Part(inside, outside, 0, first)]
    for number, union in unions.items():
        budget.spend(len(parts))
        divided = {(d.inside, d.outside): d for part in parts for d in _divided(part, number, union, budget)}
        parts = list(divided.values())
    seen: dict[int, str | None] = {}
    for part in parts:
        if seen.get(part.unions) is None:
            seen[part.unions] = part.text if part.exact else None
    yield from seen.items()


def _divided(part: _Part, number: int, union: Sequence[Texts], budget: Budget) -> Iterator[_Part]:
    """Divide a part into what is outside a union, and what is in each of its sets."""
    if not any(texts in part.inside for texts in union):
        outside = tuple(dict.fromkeys((*part.outside, *union)))
        beyond = part._replace(outside=outside)
        is_known = not any(has(texts, part.text) for texts in union) and beyond.exact
        text = part.text if is_known else common(part.inside, outside, budget)
        if text is not None:
            yield beyond._replace(text=text)
    for texts in union:
        if texts in part.outside:
            continue
        within = part._replace(inside=tuple(dict.fromkeys((*part.inside, texts))), unions=part.unions | 1 << number)
        is_known = has(texts, part.text) and within.exact
        text = part.text if is_known else common(within.inside, part.outside, budget)
        if text is not None:
            yield within._replace(text=text)


def has(texts: Texts, text: str) -> bool:
    """Tell whether a string is surely in a set."""
    return texts.exact and texts.within[0].matches(text)


def literal(text: str) -> PolicyString:
    """Make the policy string that is this text alone."""
    return PolicyString(text, (text,))


def divided_by(whole: Pattern, others: Sequence[Pattern], budget: Budget) -> list[str]:
    """Return a string of each part into which others divide a pattern.

    Raises:
        PatternTooComplex: it takes more work than there is.
    """
    unions = {number: (Texts((pattern,)),) for number, pattern in enumerate(dict.fromkeys(others))}
    return [text for _, text in parts_of(unions, (Texts((whole,)),), (), budget) if text is not None]


def values_in(text: str, tokens: Sequence[str | Wildcard | Variable], key: str) -> Iterator[str]:
    """Yield what a variable can stand for if a string matches the pattern that holds it: the most, and the least."""
    place = next(n for n, token in enumerate(tokens) if isinstance(token, Variable) and token.key == key)
    before, after = (
        pattern_of(part, {t.key: ANY.tokens for t in part if isinstance(t, Variable)}, in_any_case=False)
        for part in (tokens[:place], tokens[place + 1 :])
    )
    starts = [n for n in range(len(text) + 1) if before.matches(text[:n])]
    ends = [n for n in range(len(text) + 1) if after.matches(text[n:])]
    if starts and ends:
        for start, end in ((starts[0], ends[-1]), (starts[-1], ends[-1]), (starts[0], ends[0])):
            if start <= end:
                yield text[start:end]
