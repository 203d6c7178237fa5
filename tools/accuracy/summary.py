"""How right leastgrant is, in a table of five rows, made of those of docs/accuracy.md: for the first pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (_ROOT / "docs" / "index.md", _ROOT / "leastgrant" / "README.md")
"""Where it is shown."""
_BEGIN, _END = "<!-- how right -->\n\n", "\n\n<!-- /how right -->"


def shown(page: str) -> str:
    """Return what a page shows between its marks."""
    return page.partition(_BEGIN)[2].partition(_END)[0]


def with_summary(page: str, summed: str) -> str:
    """Return a page with the table between its marks."""
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}{summed}{_END}{rest.partition(_END)[2]}"


def summary(tables: str) -> str:
    """Sum the tables up, in Markdown.

    Args:
        tables: As docs/accuracy.md shows them.
    """
    denials, roles = _table(tables, "What was said of a denial beforehand"), _table(tables, "Roles that are known")
    known, workflows = _table(tables, "What is known"), _table(tables, "Workflows of public repositories")
    held_out, every = denials["held out, collected last"], roles["all"]
    reports, asked = held_out["reports"], held_out["required"] + held_out["on change"]
    at_all = asked + held_out["read back"] + held_out["advisory"]
    right = held_out["right resource"]
    recorded = right + held_out["wide resource"] + held_out["wrong resource"]
    false = every["FALSE"] + every["UNDECIDED"] + every["NEVER"] + every["READ"]
    types, modelled = known["types of the registry"]["count"], known["types whose calls are known"]["count"]
    newest = workflows[max(name for name in workflows if name.startswith("held out"))]
    rows = [
        (
            "denials by AWS, held out: was the call asked for?",
            f"{reports:,}",
            f"{_share(asked, reports)} required or on change, {_share(at_all, reports)} at all",
        ),
        ("and on the right resource, where it is recorded?", f"{recorded:,}", _share(right, recorded)),
        (
            f"calls asked of {len(roles) - 1} roles that deploy their app: which were missing?",
            f"{every['asked']:,}",
            f"{every['missing']:,} reported: {every['missing'] - false:,} true, {false:,} false or undecided",
        ),
        ("types of CloudFormation's registry: which are known?", f"{types:,}", _share(modelled, types)),
        (
            f"findings in {newest['workflows']:,} workflows, held out: which were true and of use?",
            f"{newest['findings']:,}",
            _share(newest["findings"] - newest["false"] - newest["useless"], newest["findings"]),
        ),
    ]
    lines = ["| measured | of | right |", "| --- | ---: | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _share(count: int, of: int) -> str:
    return f"{count:,} ({100 * count / of:.0f} %)"


def _table(tables: str, title: str) -> Mapping[str, Mapping[str, int]]:
    """Return the numbers of a table, by row and column."""
    part = tables.partition(f"### {title}")[2].partition("\n### ")[0]
    head, _, *rows = ([*map(str.strip, line.strip("| ").split("|"))] for line in part.splitlines() if line[:1] == "|")
    return {
        row[0]: {
            name: int(number[0].replace(",", ""))
            for name, cell in zip(head[-len(row) + 1 :], row[1:], strict=True)
            if (number := re.match(r"[\d,]+", cell))
        }
        for row in rows
    }
