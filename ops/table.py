"""Tables for a terminal."""

from __future__ import annotations

import sys
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from leastgrant.report.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 110
"""Columns that a table is kept to where there is no terminal, if its cells can be wrapped to fit; words, such as ARNs,
are not broken."""
_COLUMN = 36
_NARROWEST = 30
_GAP = "  "


def table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """The lines of a table; the last column takes the room that the others leave."""
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    *columns, last = ([*column] for column in zip(*cells, strict=True))
    widths = [_width(column) for column in columns]
    width = get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    room = max(width - len(indent) - sum(widths) - len(_GAP) * len(widths), _NARROWEST)
    widths.append(min(max(map(len, last)), room))
    rule = indent + _GAP.join("-" * width for width in widths)
    head, *body = (_row(row, widths, indent) for row in cells)
    return [*head, rule, *(line for row in body for line in row)]


def _width(column: list[str]) -> int:
    """As wide as its cells, or as one of its words, or as much as a column gets."""
    longest_word = max((len(word) for cell in column for word in cell.split()), default=0)
    return max(longest_word, min(max(map(len, column)), _COLUMN))


def _row(cells: list[str], widths: list[int], indent: str) -> list[str]:
    wrapped = [
        wrap(cell, width, break_long_words=False, break_on_hyphens=False) if width else []
        for cell, width in zip(cells, widths, strict=True)
    ]
    lines = zip_longest(*wrapped, fillvalue="") if any(wrapped) else [[""] * len(cells)]
    return [
        (indent + _GAP.join(f"{part:<{width}}" for part, width in zip(line, widths, strict=True))).rstrip()
        for line in lines
    ]
