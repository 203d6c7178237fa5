"""A delivery chain as text, JSON, Markdown and code-scanning results: one page first, then causes, then findings."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from leastgrant import __version__
from leastgrant.proof.causes import Cause, Entry, causes
from leastgrant.report.chain_model import DO_FIRST, URGENCY, Placed, chain_verdict, notes, of_links, overview, placed
from leastgrant.report.kinds import TITLES
from leastgrant.report.sarif import RULES, SarifResult, sarif
from leastgrant.text import counted, printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.assembly import Assembly, SourceLine
    from leastgrant.proof.chain import Chain, LinkProof
    from leastgrant.report.chain_model import Shown

VERSION = 1
"""Of the JSON; raised when what is there already changes, not when something is added."""
WIDTH = 100
"""Columns where there is no terminal."""
_NARROWEST = 40
_BOLD, _RED, _GREEN, _DIM, _END = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"  # ECMA-48, SGR


# --- text ---------------------------------------------------------------------------------------------------------


def chain_text(
    chain: Chain, assembly: Assembly, shown: Shown, *, width: int | None = None, colour: bool = False
) -> str:
    """Write the table, what to do first, and the causes.

    Args:
        chain: What to report.
        assembly: The app.
        shown: Which findings.
        width: The terminal's columns; None: there is none.
        colour: Set it with a terminal's control sequences.
    """
    found = placed(chain, shown)
    page = _Page(max(width or WIDTH, _NARROWEST), colour)
    page.line(chain_verdict(chain, found, shown), _BOLD + (_GREEN if chain.proved else _RED))
    environments = counted(len(assembly.places), "environment")
    page.line(f"{assembly.title}: {counted(len(assembly.stacks), 'stack')} in {environments}")
    page.line("")
    page.table(overview(chain, shown))
    if found:
        page.line("")
        page.line("Do first", _BOLD)
        for number, one in enumerate(found[:DO_FIRST], 1):
            page.line(f"{number}. {one.where}: {upper_first(one.cause.fix)}", indent=2)
    for kind in URGENCY:
        of_kind = [one for one in found if one.cause.kind is kind]
        if of_kind:
            page.line("")
            page.line(f"{TITLES[kind]} ({kind.value}): {len(of_kind):,}", _BOLD)
            for one in of_kind:
                page.cause(one, every_finding=shown.every_finding)
    known = [*notes(chain)]
    if known:
        page.line("")
        page.line("To know", _BOLD)
        for note in known:
            page.line(note, indent=2)
    return page.text


class _Page:
    """Lines that fit a width; what can be copied is not broken."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width, self._colour = width, colour
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, text: str, codes: str = "", indent: int = 0) -> None:
        wrapper = TextWrapper(self._width, break_long_words=False, break_on_hyphens=False)
        wrapper.initial_indent, wrapper.subsequent_indent = " " * indent, " " * (indent + 2 if indent else 0)
        for part in wrapper.wrap(printable(text)) or [""]:
            self._lines.append(f"{codes}{part}{_END}" if codes and self._colour else part)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write columns; where they do not fit, one line for each cell."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        if sum(widths) + 2 * (len(widths) - 1) <= self._width:
            for row in rows:
                cells = (cell.ljust(size) for cell, size in zip(row, widths, strict=True))
                self.line_as_is("  ".join(cells).rstrip())
            return
        head, *body = rows
        for name, *cells in body:
            self.line_as_is(name)
            for title, cell in zip(head[1:], cells, strict=True):
                if cell != "-":
                    self.line_as_is(f"  {title.ljust(max(map(len, head[1:])))}  {cell}")

    def line_as_is(self, text: str, codes: str = "") -> None:
        shown = printable(text)
        self._lines.append(f"{codes}{shown}{_END}" if codes and self._colour else shown)

    def cause(self, one: Placed, *, every_finding: bool) -> None:
        self.line(f"{one.where}: {upper_first(one.cause.message)}", indent=2)
        self.line(f"To fix: {one.cause.fix}", indent=4)
        entries = one.cause.entries
        if len(entries) > 1 and not every_finding:
            self.line(f"{counted(len(entries), 'finding')}; --all lists them", _DIM, indent=4)
        for entry in entries if every_finding else ():
            if len(entries) > 1:
                self.line(upper_first(entry.first.message), indent=6)
            if len(entry.operations) > 1:
                self.line(f"Fails: {', '.join(each.value for each in entry.operations)}", indent=6)
            for name in entry.ids:
                self.line_as_is(f"      {name}", _DIM)  # not wrapped, so that it can be copied


# --- Markdown -----------------------------------------------------------------------------------------------------


def chain_markdown(chain: Chain, assembly: Assembly, shown: Shown) -> str:
    """Write a comment of a pull request: the table, what to do first, and the causes, as many as a comment holds."""
    found = placed(chain, shown)
    head, *body = overview(chain, shown)
    parts = [
        f"### {'✅' if chain.proved else '❌'} Delivery chain of {_code(assembly.title)}",
        chain_verdict(chain, found, shown),
        *_within(_LARGEST_TABLE, [_row(head), _row(["---"] * len(head))], list(map(_row, body)), "environment"),
    ]
    if found:
        first = (f"{n}. {one.where}: {_plain(upper_first(one.cause.fix))}" for n, one in enumerate(found[:DO_FIRST], 1))
        rows = [
            _row([one.where, one.cause.kind.value, _plain(one.cause.message), _plain(one.cause.fix), _number(one)])
            for one in found
        ]
        titles = [_row(["Where", "Kind", "What is wrong", "To fix", "Findings"]), _row(["---"] * 5)]
        parts += [
            "**Do first**",
            "\n".join(first),
            f"<details><summary>{counted(len(found), 'cause')}</summary>",
            *_within(_LARGEST_TABLE, titles, rows, "cause"),
            "</details>",
        ]
    parts += _within(_LARGEST_NOTES, [], [f"- {_plain(note)}" for note in notes(chain)], "note")
    return "\n\n".join(parts) + "\n"


_LARGEST_TABLE, _LARGEST_NOTES = 25_000, 8_000
"""Characters: a comment has 65,536 at most (GitHub's), of which the rest is the head and what to do first."""


def _within(most: int, head: Sequence[str], rows: Sequence[str], noun: str) -> Iterator[str]:
    """Yield the lines as one block, and how many rows are left out of so many characters."""
    kept: list[str] = []
    for row in rows:
        most -= len(row) + 1
        if most < 0:
            break
        kept.append(row)
    if kept:
        yield "\n".join((*head, *kept))
    if len(kept) < len(rows):
        yield f"and {counted(len(rows) - len(kept), f'other {noun}')}, which the text report lists"


def _number(one: Placed) -> str:
    return f"{len(one.cause.entries):,}"


_LONGEST_CELL = 600


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Write text so that nothing in it is Markdown, and a cell holds it."""
    short = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in printable(short))


_SPECIAL = frozenset("\\*_[]<>|#@~")


def _code(text: str) -> str:
    return f"`{printable(text).replace('`', '')}`"


# --- JSON ---------------------------------------------------------------------------------------------------------


def chain_schema() -> str:
    """Read the JSON Schema (2020-12) of the output."""
    return files("leastgrant.report").joinpath("chain.schema.json").read_text("utf-8")


def chain_json(chain: Chain, assembly: Assembly, shown: Shown) -> str:
    """Write one object: `version`, `tool`, `proved`, `environments`, and `links`, each with its causes and findings."""
    report = {
        "version": VERSION,
        "tool": {"name": "leastgrant", "version": __version__},
        "assembly": assembly.title,
        "proved": chain.proved,
        "environments": [{"account": place.account, "region": place.region} for place in assembly.places],
        "stacks": [{"name": s.name, "path": s.display_name, "environment": str(s.place)} for s in assembly.stacks],
        "links": [_link(link, shown) for link in chain.links],
    }
    return json.dumps(report, indent=2) + "\n"


def _link(link: LinkProof, shown: Shown) -> dict[str, object]:
    return {
        "link": link.link.value,
        "environment": None if link.place is None else str(link.place),
        "role": link.role,
        "state": link.state.value,
        "needs": link.needs,
        "administrator": link.is_administrator,
        "causes": [_cause(cause) for cause in causes(shown.of(link))],
        "acknowledged": [
            {**_entry(Entry((each.finding,))), "reason_acknowledged": each.reason} for each in link.acknowledged
        ],
        "ways_of_the_app": [finding.id for finding in link.own_ways],
        "as_shipped": list(link.shipped),
    }


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "kind": cause.kind.value,
        "message": cause.message,
        "fix": cause.fix,
        "operation": None if cause.operation is None else cause.operation.value,
        "operations": sorted({operation.value for entry in cause.entries for operation in entry.operations}),
        "statements": [statement.document for statement in cause.statements],
        "findings": [_entry(entry) for entry in cause.entries],
    }


def _entry(entry: Entry) -> dict[str, object]:
    finding = entry.first
    need, subject, statement = finding.need, finding.subject, finding.statement
    return {
        "id": finding.id,
        "also": list(entry.ids[1:]),
        "action": finding.action or None,
        "resource": finding.resource or None,
        "operation": None if need is None else need.operation.value,
        "operations": [operation.value for operation in entry.operations],
        "tier": None if need is None else need.tier.value,
        "stack": None if subject is None else subject.stack or None,
        "logical_id": None if subject is None else subject.name,
        "construct_path": None if subject is None else subject.construct_path,
        "statement": None if statement is None else {"where": statement.where, "sid": statement.sid},
        "layer": finding.layer or None,
        "reason": finding.message,
        "fix": finding.fix,
    }


# --- SARIF --------------------------------------------------------------------------------------------------------


def chain_sarif(chain: Chain, assembly: Assembly, shown: Shown) -> str:
    """Write each cause where it is put right, as far as that is known, and never in what `cdk synth` wrote.

    That is the line of the app that makes the first construct, as CDK traced it; else the file of the role, which has
    to change; else the app's `cdk.json`.
    """
    lines = {stack.name: stack.source_lines() for stack in assembly.stacks}
    results: list[SarifResult] = []
    for one in of_links(chain, shown):
        link, made = one.links[0], _made_at(one.cause, lines)
        results.append(
            SarifResult(
                rule=RULES[one.cause.kind],
                message=f"{one.where}: {one.cause.message}",
                fix=one.cause.fix,
                file=made.file if made else link.file or str(assembly.source),
                line=made.line if made else link.line,
                identity=(one.where, one.cause.kind.value, link.role, one.cause.message),
                resource=(link.role.rpartition("/")[2], link.role),
            )
        )
    return sarif(list(RULES.values()), results)


def _made_at(cause: Cause, lines: Mapping[str, Mapping[str, SourceLine]]) -> SourceLine | None:
    """Return the line that makes the first construct of a cause whose line is known."""
    for finding in cause.findings:
        subject = finding.subject
        if subject is None:
            continue
        for known in lines.values():
            if subject.construct_path is not None and subject.construct_path in known:
                return _from_here(known[subject.construct_path])
        if (found := lines.get(subject.stack, {}).get(subject.name)) is not None:
            return _from_here(found)
    return None


def _from_here(line: SourceLine) -> SourceLine:
    """Return the line with its file relative to the current folder, if it is in there: reports name files so."""
    path = Path(line.file)
    here = Path.cwd()
    return replace(line, file=path.relative_to(here).as_posix()) if path.is_relative_to(here) else line
