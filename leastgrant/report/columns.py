"""Rows with aligned columns, for a terminal, and as a table of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.report.markdown import sentence
from leastgrant.table import paragraph
from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def aligned(rows: Sequence[Sequence[str]], indent: int = 2, width: int | None = None) -> Iterator[str]:
    """Yield the rows with their columns aligned.

    Args:
        rows: The cells.
        indent: Columns before the first.
        width: The terminal's; where the table is wider, each row is a paragraph, whose cells the first row names.
    """
    widths = [max(len(printable(row[at])) for row in rows) for at in range(len(rows[0]))] if rows else []
    if width is not None and indent + sum(widths) + 2 * (len(widths) - 1) > width:
        head, *others = [[printable(cell) for cell in row] for row in rows]
        yield from (line for row in others for line in paragraph(head, row, width, " " * indent))
        return
    for row in rows:
        cells = (printable(cell).ljust(size) for cell, size in zip(row, widths, strict=True))
        yield f"{' ' * indent}{'  '.join(cells)}".rstrip()


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Write the rows as a table of GitHub's Markdown; the first is its head."""
    head, *others = rows
    lines = [head, ["---"] * len(head), *([sentence(cell) for cell in row] for row in others)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
