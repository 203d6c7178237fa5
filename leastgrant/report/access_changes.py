"""Who gains and loses what, as text, JSON and a comment of a pull request."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from leastgrant import __version__
from leastgrant.proof.access_changes import AccessChange, Sign
from leastgrant.text import counted, first_few, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.proof.assembly_changes import Moved

VERSION = 1
"""Of the JSON; raised when what is there already changes, not when something is added."""
LARGEST_COMMENT = 65_536
"""Characters of a comment on GitHub, and of a check's summary (REST API, "Check runs": 65,535 characters)."""
_ACTIONS = 8
"""Actions that are named one by one; of more, how the statements write them."""
_LONGEST_CELL = 600
_NEEDED = "What the execution roles must newly be able to do, or no longer"
_MOVED = "Compared with what they were by other logical ids"
_NOTHING_NEEDED: tuple[AccessChange, ...] = ()
_NOTHING_MOVED: tuple[Moved, ...] = ()


def access_changes_text(
    changes: Iterable[AccessChange],
    base: str,
    needs: Sequence[AccessChange] = _NOTHING_NEEDED,
    moved: Sequence[Moved] = _NOTHING_MOVED,
) -> str:
    """Write the changes for a terminal: a block for each, under who it is about."""
    changes = list(changes)
    lines = [*_blocks(changes)]
    if moved:
        lines += [f"{_MOVED}: {len(moved):,}", *(f"  {one.before} ({one.type}), now {one.after}" for one in moved), ""]
    if needs:
        lines += [_NEEDED, "", *_blocks(needs)]
    return "\n".join([*map(printable, lines), access_changes_verdict(changes, base)]) + "\n"


def _blocks(changes: Iterable[AccessChange]) -> Iterator[str]:
    for who, of_them in groupby(changes, key=lambda change: change.who):
        yield who
        for change in of_them:
            yield from (f"  {change.sign.value} {_what(change)}", f"      on {change.on}", f"      for {change.cause}")
        yield ""


def _what(change: AccessChange) -> str:
    if len(change.actions) <= _ACTIONS:
        return change.what
    granted = change.granted if len(change.granted) <= _ACTIONS else change.actions
    return f"{first_few(granted, 'action', _ACTIONS)} ({counted(len(change.actions), 'action')})"


def access_changes_verdict(changes: Sequence[AccessChange], base: str) -> str:
    """Say in one sentence how many changes there are."""
    if not changes:
        return f"Nobody gains or loses access, compared with {base}."
    gained = sum(change.sign is Sign.GAINED for change in changes)
    lost = sum(change.sign is Sign.LOST for change in changes)
    verdict = f"Compared with {base}: {counted(gained, 'gain')}, {counted(lost, 'loss', 'losses')}"
    unclear = len(changes) - gained - lost
    return f"{verdict}, {counted(unclear, 'change')} not compared exactly." if unclear else f"{verdict}."


# --- Markdown -----------------------------------------------------------------------------------------------------

_GAINED_FIRST = (Sign.GAINED, Sign.CHANGED, Sign.LOST)
_HEAD = ("| | who | what | on | for |", "| --- | --- | --- | --- | --- |")
_ROOM_FOR_NEEDS = 8_000
"""Characters of the comment that are kept for what is needed, if that is so many."""


def access_changes_markdown(
    changes: Iterable[AccessChange],
    base: str,
    needs: Sequence[AccessChange] = _NOTHING_NEEDED,
    moved: Sequence[Moved] = _NOTHING_MOVED,
) -> str:
    """Write the changes for a pull request: one table, what is gained first, cut to what a comment can hold.

    What is left out is counted; the verdict is always of all changes.
    """
    changes = list(changes)
    parts = [f"### Permissions, compared with `{base}`", access_changes_verdict(changes, base)]
    if moved:
        parts.append(f"{_MOVED}: {counted(len(moved), 'resource')}.")
    ordered = sorted(changes, key=lambda change: _GAINED_FIRST.index(change.sign))
    of_needs = [_row(change) for change in needs]
    kept = min(_ROOM_FOR_NEEDS, sum(len(row) + 1 for row in of_needs))
    left = LARGEST_COMMENT - sum(map(len, parts)) - kept - _MARGIN
    if changes:
        parts.append("\n".join(_table([_row(change) for change in ordered], left)))
    if needs:
        left = LARGEST_COMMENT - sum(map(len, parts)) - _MARGIN
        table = "\n".join(_table(of_needs, left))
        parts.append(f"<details><summary>{_NEEDED}: {len(needs):,}</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(parts) + "\n"


_MARGIN = 1_000
"""Characters for what stands around the tables."""


def _table(rows: Sequence[str], most: int) -> Iterator[str]:
    """Yield the rows that fit, and how many do not."""
    yield from _HEAD
    for number, row in enumerate(rows):
        most -= len(row) + 1
        if most < 0:
            yield from ("", f"**{counted(len(rows) - number, 'other change')}** did not fit; the text lists all.")
            return
        yield row


def _row(change: AccessChange) -> str:
    cells = (change.who, _what(change), change.on, change.cause)
    return f"| {change.sign.value} | {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Escape text for a cell: no Markdown, no HTML, no end of the cell."""
    short = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
    plain = printable(short).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


# --- JSON ---------------------------------------------------------------------------------------------------------


def access_changes_schema() -> str:
    """Read the JSON Schema (2020-12) of the output."""
    return files("leastgrant.report").joinpath("access_changes.schema.json").read_text("utf-8")


def access_changes_json(
    changes: Iterable[AccessChange],
    base: str,
    compared: str,
    needs: Sequence[AccessChange],
    moved: Sequence[Moved] = _NOTHING_MOVED,
) -> str:
    """Write one object: `version`, `tool`, `base`, `compared`, `verdict`, `widens`; `changes`, `needs` and `moved`."""
    changes = list(changes)
    report = {
        "version": VERSION,
        "tool": {"name": "leastgrant", "version": __version__},
        "base": base,
        "compared": compared,
        "verdict": access_changes_verdict(changes, base),
        "widens": any(change.sign is not Sign.LOST for change in changes),
        "changes": list(map(_change, changes)),
        "needs": list(map(_change, needs)),
        "moved": [{"stack": one.stack, "type": one.type, "before": one.before, "after": one.after} for one in moved],
    }
    return json.dumps(report, indent=2) + "\n"


def _change(change: AccessChange) -> dict[str, object]:
    return {
        "who": change.who,
        "change": change.sign.name.lower(),
        "what": change.what,
        "on": change.on,
        "for": change.cause,
        "actions": list(change.actions),
    }
