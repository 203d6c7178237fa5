"""Contexts that tell conditions apart.

Where a context key may have any value, a question is asked for a few values in turn: for each condition on
the key some that satisfy it and some that do not.
"""

from __future__ import annotations

from itertools import chain, combinations_with_replacement, pairwise, product
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.conditions import Comparison
from leastgrant.iam.pattern import Pattern, PatternTooComplex, member
from leastgrant.iam.values import Ordered, Text, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.string import Context

_SOME_VALUE = "x"
Cell: TypeAlias = tuple[tuple[Pattern, ...], tuple[Pattern, ...], str]
"""A part of all strings, in some patterns and not in others, with one of its strings."""
_ALL: Cell = ((), (), "")
_MAX_CELLS = 1024


def cases(conditions: Sequence[Condition], variables: frozenset[str], known: Context) -> Iterator[Context]:
    """Contexts that extend `known` with values of the keys in `conditions` and of policy `variables`.

    The values of a key show every combination of outcomes that its comparisons can have, if these are all of
    strings (in their case), or all of numbers, dates or addresses, and at most two have a quantifier.
    Otherwise they show at least, where samples do, each outcome of each comparison.
    """
    unknown = sorted(variables.union(*(c.keys for c in conditions)) - known.keys())
    stand_in = {**dict.fromkeys(unknown, (_SOME_VALUE,)), **known}
    for values in product(*(_choices(key, key in variables, conditions, stand_in) for key in unknown)):
        yield {**known, **dict(zip(unknown, values, strict=True))}


def _choices(key: str, is_variable: bool, conditions: Sequence[Condition], context: Context) -> list[tuple[str, ...]]:
    """Absent, each single value, and pairs if conditions with a quantifier may speak of different values.

    Of those with which the conditions on the key come out alike one is enough, unless the value counts too.
    """
    about = [c for c in conditions if c.key == key]
    comparisons = [c for c in about if isinstance(c, Comparison)]
    values = _values([value for c in comparisons for value in c.values], context)
    several = len(comparisons) > 1 and any(c.quantifier for c in comparisons)
    pairs = combinations_with_replacement(values, 2) if several else ()
    choices = [(), *((value,) for value in values), *pairs]
    if is_variable or any(c.keys - {key} for c in about):
        return choices
    outcomes = {tuple(c.holds({key: choice}) for c in about): choice for choice in reversed(choices)}
    return sorted(outcomes.values(), key=choices.index)


def _values(compared: list[Value], context: Context) -> list[str]:
    texts = [value for value in compared if isinstance(value, Text)]
    exact = [p for text in texts if not text.ignore_case and (p := text.string.resolve(context))]
    samples = chain.from_iterable(value.samples(context) for value in compared)
    others = (sample.swapcase() for text in texts if text.ignore_case for sample in text.samples(context))
    return list(
        dict.fromkeys(chain(samples, (text for _, _, text in cells(exact)), others, _between(compared), [_SOME_VALUE]))
    )


def cells(patterns: Iterable[Pattern], whole: Cell = _ALL) -> list[Cell]:
    """A cell for each combination of patterns that a string of the whole can be in and others that it is not in.

    Raises:
        PatternTooComplex: there are too many, or one is too complex.
    """
    found = [whole]
    for pattern in dict.fromkeys(patterns):
        divided: list[Cell] = []
        for inside, outside, known in found:
            for more, less, has_known in (
                ((*inside, pattern), outside, pattern.matches(known)),
                (inside, (*outside, pattern), not pattern.matches(known)),
            ):
                text = known if has_known else member(more, less)
                if text is not None:
                    divided.append((more, less, text))
        found = divided
        if len(found) > _MAX_CELLS:
            raise PatternTooComplex(f"patterns divide the strings into more than {_MAX_CELLS} parts")
    return found


def _between(compared: Iterable[Value]) -> list[str]:
    """A number between each two that follow one another."""
    bounds = sorted({value.bound for value in compared if isinstance(value, Ordered)})
    return [f"{(low + high) / 2:f}" for low, high in pairwise(bounds)]
