"""What the conditions on one context key come to, for each value that it can have, and each set of values."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from leastgrant.iam.conditions import Comparison, Quantifier
from leastgrant.iam.keys import is_multivalued
from leastgrant.iam.values import Arn, Ordered, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.pattern import Budget


class Combination(NamedTuple):
    """Which of the conditions on a key hold, as bits, with some of the values."""

    holds: int
    values: tuple[str, ...]


class Summed:
    """What the conditions on a key come to, from which of its comparisons each of its values matches."""

    def __init__(self, conditions: Sequence[Condition], comparisons: Sequence[Comparison]) -> None:
        """Take the conditions, and the comparisons among them in the order of their bits."""
        self._conditions = conditions
        self._place = {comparison: number for number, comparison in enumerate(comparisons)}
        self._negated = sum(1 << number for number, c in enumerate(comparisons) if c.negated)
        self._every = (1 << len(comparisons)) - 1
        self.is_documented = all(c.quantifier or not is_multivalued(c.key) for c in comparisons)

    def single(self, vectors: Iterable[tuple[int, str | None]], *, exact: bool) -> Iterator[Combination]:
        """Yield the combinations of one value; if all is to be exact, only of values that are known."""
        for bits, text in vectors:
            if text is not None or not exact:
                yield from self.of([bits], (text or "",))

    def several(self, vectors: Sequence[tuple[int, str | None]], budget: Budget) -> Iterator[Combination]:
        """Yield all that two values or more can have: each further value adds to some, and takes from all."""
        satisfied = {bits ^ self._negated: text or "" for bits, text in reversed(vectors)}
        seen: dict[tuple[int, int, bool], tuple[str, ...]] = {(b, b, False): (t,) for b, t in satisfied.items()}
        queue = list(seen)
        for some, all_, is_several in queue:
            for bits, text in satisfied.items():
                budget.spend()
                after = (some | bits, all_ & bits, True)
                texts = seen[some, all_, is_several]
                if after not in seen:
                    seen[after] = (*texts, text) if text not in texts or len(texts) == 1 else texts
                    queue.append(after)
        for (some, all_, is_several), texts in seen.items():
            if is_several:
                yield from self._held(some, all_, texts, count=2)

    def of(self, vectors: Sequence[int], values: tuple[str, ...]) -> Iterator[Combination]:
        """Yield the combinations of these values."""
        satisfied = [bits ^ self._negated for bits in vectors]
        some = reduce(lambda one, other: one | other, satisfied, 0)
        all_ = reduce(lambda one, other: one & other, satisfied, self._every)
        yield from self._held(some, all_, values, count=len(vectors))

    def _held(self, some: int, all_: int, values: tuple[str, ...], count: int) -> Iterator[Combination]:
        """Yield one combination; of several values one for each reading of what is not documented."""
        holds, either = 0, list[int]()
        for number, condition in enumerate(self._conditions):
            bit = 1 << number
            if not isinstance(condition, Comparison):
                holds |= bit if (count == 0) in condition.absent else 0
                continue
            place = self._place[condition]
            if condition.quantifier is Quantifier.ALL:
                is_held = bool(all_ >> place & 1)
            elif condition.quantifier is Quantifier.ANY:
                is_held = bool(some >> place & 1)
            elif count == 0:
                is_held = condition.negated or condition.if_exists
            elif count > 1:
                either += [] if self.is_documented else [bit]
                continue
            else:
                is_held = bool(some >> place & 1)
            holds |= bit if is_held else 0
        for chosen in product(*((0, bit) for bit in either)):
            yield Combination(holds | sum(chosen), values)


def way_of(comparison: Comparison) -> object:
    """Return what the values are taken for: None for text and ARNs."""
    first = comparison.values[0]
    if isinstance(first, Text | Arn):
        return None
    return getattr(first, "read", type(first))


def matched(comparisons: Iterable[Comparison], text: str) -> int:
    """Return which comparisons with anything else than text and ARNs a value matches, as bits."""
    return sum(
        1 << number
        for number, comparison in enumerate(comparisons)
        if way_of(comparison) is not None and any(value.matches(text, {}) for value in comparison.values)
    )


def between(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """Yield a number between each two that follow one another."""
    bounds = sorted({v.bound for c in comparisons for v in c.values if isinstance(v, Ordered)})
    yield from (f"{(low + high) / 2:f}" for low, high in pairwise(bounds))
