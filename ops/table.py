"""Tables for a terminal."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from leastgrant.report.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 110
"""Columns that a table is kept to, if its last column can be wrapped to fit."""
_NARROWEST = 30


def table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """The lines of a table: each column as wide as it needs, the last one wrapped."""
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header) - 1)]
    room = max(WIDTH - len(indent) - sum(widths) - 2 * len(widths), _NARROWEST)
    lines: list[str] = []
    for number, (*first, last) in enumerate(cells):
        head = indent + "".join(f"{cell:<{width}}  " for cell, width in zip(first, widths, strict=True))
        parts = wrap(last, room, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [f"{head if part == 0 else ' ' * len(head)}{text}".rstrip() for part, text in enumerate(parts)]
        if number == 0:
            longest = max((len(row[-1]) for row in cells), default=0)
            rule = [*widths, min(longest, room)]
            lines.append(indent + "  ".join("-" * width for width in rule))
    return lines
