"""`python -m permissions_diff --base REF`: who gains and loses what, for a pull request, and why."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from leastgrant import InputError
from leastgrant.report import access_changes_markdown, access_changes_text
from leastgrant.text import printable
from ops.errors import OpsError
from ops.project.deployment import open_deployment
from permissions_diff.baseline import committed, synthesised
from permissions_diff.changes import changes_between

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        changes = changes_between(committed(options.base, Path()), after)
    except InputError as error:
        print(f"permissions-diff: {printable(str(error))}", file=sys.stderr)
        return _PROBLEM
    write = access_changes_markdown if options.format == "markdown" else access_changes_text
    print(write(changes, options.base), end="")
    return _ANSWERED
