"""Needs as a text table: by what they are for, then by why, so that each fact is told once."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from leastgrant.report.columns import aligned
from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.proof.needs import Need, Subject


def listed(needs: Iterable[Need], note: Callable[[Need], str] = lambda _: "") -> Iterator[str]:
    """Yield lines that give each need's operations, tier, action and resource, and what `note` adds."""
    by_subject: defaultdict[Subject, list[Need]] = defaultdict(list)
    for need in needs:
        by_subject[need.subject].append(need)
    for subject, those in by_subject.items():
        yield printable(described(subject))
        yield from _of_subject(those, note)


def described(subject: Subject) -> str:
    """Name a resource or a use for a heading."""
    stack = f" in {subject.stack}" if subject.stack else ""
    return f"{subject.name} ({subject.type}){stack}"


def why(trigger: str | None, reason: str, source: str) -> str:
    """Say what makes the call, why, and where the fact is from."""
    return printable(f"{f'{trigger} is set: ' if trigger else ''}{reason} [{source}]")


def table(rows: Sequence[Sequence[str]], indent: int) -> Iterator[str]:
    """Yield the rows with their columns aligned."""
    return aligned(rows, indent)


def _of_subject(needs: Iterable[Need], note: Callable[[Need], str]) -> Iterator[str]:
    groups: defaultdict[str, defaultdict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for need in needs:
        row = (need.tier.value, need.action, need.on, note(need))
        groups[why(need.trigger, need.reason, need.source)][row].append(need.operation.value)
    every = [(", ".join(dict.fromkeys(done)), *row) for rows in groups.values() for row, done in rows.items()]
    lines = table(every, 4)  # of all of them, so that columns are the same below each reason
    for reason, rows in groups.items():
        yield f"  {reason}"
        yield from islice(lines, len(rows))
