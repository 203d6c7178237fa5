"""`python -m permissions_diff --base REF`: who gains and loses what, for a pull request, and why."""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from leastgrant import InputError
from leastgrant.text import counted, printable
from ops.errors import OpsError
from ops.project.deployment import open_deployment
from permissions_diff.access_changes import AccessChange, Sign, access_changes
from permissions_diff.baseline import committed, synthesised

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ANSWERED, _PROBLEM = 0, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OpsError(f"{message} (see --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the changes; 0: here they are, also if there is none; 2, with one line: there is no answer."""
    parser = _Parser(prog="permissions_diff", description=__doc__)
    parser.add_argument("--base", required=True, metavar="REF", help="the git ref to compare with, such as main")
    parser.add_argument("--format", choices=("text", "markdown"), default="text", help="(text)")
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"), metavar="DIR", help="what 'make synth' made")
    try:
        options = parser.parse_args(arguments)
        after = synthesised(open_deployment(Path("cdk.json"), options.assembly))
        changes = access_changes(committed(options.base, Path()), after)
    except InputError as error:
        print(f"permissions-diff: {printable(str(error))}", file=sys.stderr)
        return _PROBLEM
    print((markdown if options.format == "markdown" else text)(changes, options.base), end="")
    return _ANSWERED


def text(changes: Iterable[AccessChange], base: str) -> str:
    """Write the changes for a terminal: a block for each, under who it is about."""
    changes = list(changes)
    lines: list[str] = []
    for who, of_them in groupby(changes, key=lambda change: change.who):
        lines.append(who)
        for change in of_them:
            lines += [f"  {change.sign.value} {change.what}", f"      on {change.on}", f"      for {change.cause}"]
        lines.append("")
    return "\n".join([*map(printable, lines), _verdict(changes, base)]) + "\n"


def markdown(changes: Iterable[AccessChange], base: str) -> str:
    """Write the changes for the summary of a pull request: one table."""
    changes = list(changes)
    lines = [f"### Permissions, compared with `{base}`", "", _verdict(changes, base), ""]
    if changes:
        lines += ["| | who | what | on | for |", "| --- | --- | --- | --- | --- |"]
    for change in changes:
        cells = (change.who, change.what, change.on, change.cause)
        lines.append(f"| {change.sign.value} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Escape text for a cell: no Markdown, no HTML, no end of the cell."""
    plain = printable(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


def _verdict(changes: Sequence[AccessChange], base: str) -> str:
    if not changes:
        return f"Nobody gains or loses access, compared with {base}."
    gained = sum(change.sign is Sign.GAINED for change in changes)
    lost = sum(change.sign is Sign.LOST for change in changes)
    verdict = f"Compared with {base}: {counted(gained, 'gain')}, {counted(lost, 'loss', 'losses')}"
    unclear = len(changes) - gained - lost
    return f"{verdict}, {counted(unclear, 'change')} not compared exactly." if unclear else f"{verdict}."
