"""How often `leastgrant workflow` is right about public repositories: what was judged, as rows of a table.

Each repository was fetched on 2026-11-29, its workflows and composite actions read as they are, and held against a role
whose trust policy was rebuilt from the repository where it has one; where it has none, `repo:OWNER/NAME:*` was taken.
Every finding was judged by hand: true, false, or useless (true, and of no use, such as one cause told twice). Ten
repositories, chosen by the hash of their names, were held out: nothing was changed for them before they were judged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

HEADER = ("Repository", "Workflows", "Jobs", "Findings", "True", "False", "Useless", "Missed")
_FILE = Path(__file__).with_name("workflows.json")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a repository, and how much of it is right."""

    repository: str
    held_out: bool
    """It was judged before anything was changed for it."""
    workflows: int
    jobs: int
    findings: int
    true: int
    false: int
    useless: int
    missed: int
    """Over-wide trusts and refused subjects that are there and were not told."""


def judged() -> tuple[Verdict, ...]:
    """Return the verdicts, the held-out ones last."""
    return tuple(Verdict(**one) for one in json.loads(_FILE.read_text()))


def totals() -> tuple[Verdict, Verdict]:
    """Return the sums of the repositories that kinds were fixed on, and of those that were held out."""
    return _sum("all that kinds were fixed on", held_out=False), _sum("all that were held out", held_out=True)


def _sum(name: str, *, held_out: bool) -> Verdict:
    of_these = [one for one in judged() if one.held_out is held_out]
    return Verdict(
        name,
        held_out,
        sum(one.workflows for one in of_these),
        sum(one.jobs for one in of_these),
        sum(one.findings for one in of_these),
        sum(one.true for one in of_these),
        sum(one.false for one in of_these),
        sum(one.useless for one in of_these),
        sum(one.missed for one in of_these),
    )


def rows() -> tuple[tuple[str, ...], ...]:
    """Return a row for each repository, and for both sums, in the order of `HEADER`."""
    return tuple(
        (
            one.repository,
            *map(str, (one.workflows, one.jobs, one.findings, one.true, one.false, one.useless, one.missed)),
        )
        for one in (*judged(), *totals())
    )


def table() -> str:
    """Return the rows as Markdown."""
    lines = (HEADER, tuple("---" if number == 0 else "---:" for number in range(len(HEADER))), *rows())
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
