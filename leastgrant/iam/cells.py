"""Contexts that tell conditions apart.

Where a context key may have any value, a question is asked for a few values in turn: for each condition on
the key some that satisfy it and some that do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.pattern import Pattern, PatternTooComplex, member

if TYPE_CHECKING:
    from collections.abc import Iterable


Cell: TypeAlias = tuple[tuple[Pattern, ...], tuple[Pattern, ...], str]
"""A part of all strings, in some patterns and not in others, with one of its strings."""
_ALL: Cell = ((), (), "")
_MAX_CELLS = 1024


def cells(patterns: Iterable[Pattern], whole: Cell = _ALL) -> list[Cell]:
    """Divide the whole into cells: one for each combination of the patterns that a string can be in.

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
