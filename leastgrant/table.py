"""Tables for a terminal."""

from __future__ import annotations

import sys
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 110
"""Columns that a table is kept to where there is no terminal, if its cells can be wrapped to fit; words, such as ARNs,
are not broken."""
_COLUMN = 36
_NARROWEST = 30
_GAP = "  "


def table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """Return the lines of a table; the last column takes the room that the others leave.

    On a terminal that is too narrow for it, each row is a paragraph instead, that no terminal need break.
    """
    cells = [[printable(cell) for cell in row] for row in (header, *rows)]
    *columns, last = ([*column] for column in zip(*cells, strict=True))
    widths = [_width(column) for column in columns]
    width = get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    left = width - len(indent) - sum(widths) - len(_GAP) * len(widths)
    wanted = max(map(len, last))
    if sys.stdout.isatty() and left < min(wanted, _NARROWEST):
        return [line for row in cells[1:] for line in paragraph(cells[0], row, width, indent)]
    widths.append(min(wanted, max(left, _NARROWEST)))
    rule = indent + _GAP.join("-" * width for width in widths)
    head, *body = (_row(row, widths, indent) for row in cells)
    return [*head, rule, *(line for row in body for line in row)]


def _width(column: list[str]) -> int:
    """Return the column's width: of its cells, or of one of its words, or as much as a column gets."""
    longest_word = max((len(word) for cell in column for word in cell.split()), default=0)
    return max(longest_word, min(max(map(len, column)), _COLUMN))


def paragraph(header: Sequence[str], cells: Sequence[str], width: int, indent: str) -> list[str]:
    """Return a row under its first cell; each other cell that is not empty after its column's name."""
    first, *others = zip(header, cells, strict=True)
    named = [(f"{indent}  ", f"{name}: {cell}") for name, cell in others if cell]
    return [
        line
        for begin, text in ((indent, first[1]), *named)
        for line in wrap(
            text,
            width,
            initial_indent=begin,
            subsequent_indent=f"{begin}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


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
