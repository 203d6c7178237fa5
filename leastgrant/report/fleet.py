"""A fleet's roles as a table: for a terminal, a pull request and programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from leastgrant.proof.finding import Kind
from leastgrant.report.columns import aligned, markdown_table
from leastgrant.report.markdown import sentence
from leastgrant.report.text import wrapped
from leastgrant.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.fleet.prove import Fleet, RoleRow

VERSION: Final = 1
"""Of the JSON; raised when what is there already changes, not when something is added."""

_COLUMNS = {
    "excess": (Kind.EXCESS,),
    "open ways": (Kind.ESCALATION,),
    "missing": (Kind.MISSING,),
    "broad": (Kind.BROAD,),
    "escape": (Kind.ESCAPE,),
    "trust": (Kind.TRUST,),
    "not known": (Kind.UNKNOWN, Kind.UNDECIDED),
}
_SHOWN = 20
"""How many stacks and roles of a kind a list names; the JSON has all."""


def fleet_text(fleet: Fleet, width: int | None = None) -> str:
    """Write the table of roles, what could not be matched or read, and the numbers."""
    lines: list[str] = []
    for title, rows in _tables(fleet):
        lines += [title, *aligned(rows, width=width), ""]
    for title, items in _lists(fleet):
        lines += [title, *(wrapped(item, 2, width) for item in items), ""]
    return "\n".join([*lines, *(wrapped(line, 0, width) for line in _numbers(fleet))]) + "\n"


def fleet_markdown(fleet: Fleet) -> str:
    """Write the same in GitHub's Markdown."""
    parts = [f"### {'✅' if fleet.proved else '❌'} Roles of the fleet"]
    for title, rows in _tables(fleet):
        parts += [f"**{sentence(title)}**", markdown_table(rows)]
    for title, items in _lists(fleet):
        parts += [f"**{sentence(title)}**", "\n".join(f"- {sentence(item)}" for item in items)]
    return "\n\n".join([*parts, *map(sentence, _numbers(fleet))]) + "\n"


def fleet_json(fleet: Fleet) -> str:
    """Write all of it, with every finding, as one JSON object."""
    report = {
        "version": VERSION,
        "proved": fleet.proved,
        "roles": [asdict(row) | {"counts": dict(row.counts), "proved": row.proved} for row in _sorted(fleet.rows)],
        "without_role": fleet.without_role,
        "not_read": fleet.broken + [problem for row in fleet.rows for problem in row.not_read],
        "service_linked": fleet.of_aws,
    }
    return json.dumps(report, indent=2) + "\n"


def _sorted(rows: Sequence[RoleRow]) -> list[RoleRow]:
    """Sort roles by excess, open ways and missing, the most first."""
    order = (Kind.EXCESS, Kind.ESCALATION, Kind.MISSING)
    return sorted(rows, key=lambda row: (*(-row.counts.get(kind.value, 0) for kind in order), row.arn))


def _tables(fleet: Fleet) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    rows = _sorted(fleet.rows)
    deploying = [row for row in rows if row.stacks or row.not_read]
    if deploying:
        head = ("role", "stacks", *_COLUMNS, "")
        yield f"Roles that deploy ({len(deploying):,})", [head, *map(_row, deploying)]
    others = [row for row in rows if row not in deploying and row.findings]
    if others:
        shown = [(_name(row.arn), *_counts(row, ("open ways", "not known"))) for row in others[:_SHOWN]]
        more = f", of which the first {_SHOWN}" if len(others) > _SHOWN else ""
        yield (
            f"Roles that deploy no stack here, and have open ways ({len(others):,}{more})",
            [("role", "open ways", "not known"), *shown],
        )


def _row(row: RoleRow) -> tuple[str, ...]:
    verdict = "proved" if row.proved else f"{counted(len(row.not_read), 'stack')} not read" if row.not_read else ""
    return _name(row.arn), f"{len(row.stacks):,}", *_counts(row, _COLUMNS), verdict


def _counts(row: RoleRow, columns: Sequence[str] | dict[str, tuple[Kind, ...]]) -> Iterator[str]:
    for column in columns:
        yield f"{sum(row.counts.get(kind.value, 0) for kind in _COLUMNS[column]):,}"


def _name(arn: str) -> str:
    account, _, name = arn.partition(":role/")
    return f"{account.rpartition(':')[2]}/{name}"


def _lists(fleet: Fleet) -> Iterator[tuple[str, list[str]]]:
    if fleet.without_role:
        items = [f"{stack}: {reason}" for stack, reason in fleet.without_role.items()]
        yield f"Stacks whose role is not known, so that nothing is proved of them ({len(items):,})", _few(items)
    not_read = fleet.broken + [problem for row in fleet.rows for problem in row.not_read]
    if not_read:
        yield f"Not read ({len(not_read):,})", _few(not_read)


def _few(items: list[str]) -> list[str]:
    more = len(items) - _SHOWN
    return [*items[:_SHOWN], *([f"and {more:,} more; --format json has all"] if more > 0 else [])]


def _numbers(fleet: Fleet) -> Iterator[str]:
    deploying = [row for row in fleet.rows if row.stacks]
    stacks, resources = sum(len(row.stacks) for row in deploying), sum(row.resources for row in deploying)
    proved = sum(row.proved for row in deploying)
    held = f"{counted(stacks, 'stack')} with {counted(resources, 'resource')}"
    others = counted(len(fleet.rows) - len(deploying), "other role")
    yield f"{held} held against {counted(len(deploying), 'role')}: {proved:,} proved. {others}."
    if fleet.of_aws:
        yield f"Not asked about: {counted(fleet.of_aws, 'service-linked role')}, which AWS keeps."
