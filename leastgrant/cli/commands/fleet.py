"""Prove all roles of accounts against all stacks."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.account_details import roles_of_account
from leastgrant.cli.arguments import PlaceOptions, add_example, add_output, environment
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.progress import Progress
from leastgrant.cli.terminal import width
from leastgrant.documents.document import read_file
from leastgrant.fleet.prove import Fleet, matched, of_aws, prove_fleet
from leastgrant.fleet.stacks import stacks_in, with_roles
from leastgrant.report.fleet import fleet_json, fleet_markdown, fleet_text
from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leastgrant.cli.parser import Parser
    from leastgrant.role import Role

_BROKEN = 2
_FEW = 32
"""Stacks and roles that one process has done before others have started."""
_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")


class Options(PlaceOptions):
    """The arguments of the command."""

    fleet: Path
    account_details: Sequence[Path]
    map: Path | None = None
    jobs: int = 0


def run(options: Options) -> int:
    """Run the command; returns the exit status, which is 2 if a file of many could not be read."""
    files = stacks_in(options.fleet, account=options.account, region=options.region)
    roles = _roles(options.account_details)
    stacks = with_roles(files.stacks, _map(options.map) if options.map else {})
    by_role, without = matched(stacks, roles)
    asked = [arn for arn in roles if not of_aws(arn)]
    size = len(stacks) - len(without) + len(asked)
    with Progress("Proving", size, "stacks and roles") as progress:
        processes = min(options.jobs or _processors(), size) if size > _FEW else 1
        rows = prove_fleet(options.account_details, by_role, asked, processes=processes, progress=progress.advance)
    fleet = Fleet(rows, without, files.broken, len(roles) - len(asked))
    report = _REPORTS.get(options.format)
    write(report(fleet) if report else fleet_text(fleet, width(options.output)), options.output)
    broken = [*files.broken, *(problem for row in rows for problem in row.not_read)]
    if broken:
        print(printable(f"{len(broken):,} could not be read, of which the report tells: {broken[0]}"), file=sys.stderr)
    return _BROKEN if broken else PROVED if fleet.proved else FOUND


_REPORTS: Mapping[str, Callable[[Fleet], str]] = {"json": fleet_json, "markdown": fleet_markdown}


def _roles(details: Sequence[Path]) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for path in details:
        roles = roles_of_account(path)
        for arn in roles:
            if arn in found:
                raise ArgumentError(f"--account-details {path}: has {arn}, as another of the files; keep one of them")
        found |= roles
    return found


def _map(path: Path) -> dict[str, str]:
    tree = read_file(path).tree
    if not isinstance(tree, dict):
        raise ArgumentError(f"--map {path}: is no object; write STACK: ROLE_ARN, a line for each stack")
    found: dict[str, str] = {}
    for name, role in tree.items():
        if not isinstance(role, str) or not _ARN.fullmatch(role):
            raise ArgumentError(
                f"--map {path}: {name}: {role!r} is no role's ARN; write arn:aws:iam::ACCOUNT:role/NAME"
            )
        found[name] = role
    return found


def _processors() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant fleet stacks/ --account-details 123456789012.json --map roles.yaml",
    )
    parser.add_argument(
        "fleet",
        type=Path,
        metavar="DIR",
        help="a folder with cloud assemblies, templates named after their stacks, what aws cloudformation get-template "
        "prints, in folders named after account and region, and what describe-stacks prints, for roles and tags",
    )
    parser.add_argument(
        "--account-details",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="the roles of an account, as aws iam get-account-authorization-details writes them (repeat it)",
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="which role deploys a stack, whatever assemblies and exports tell: the role's ARN by the stack's name, or "
        "by ACCOUNT/REGION/NAME, YAML or JSON",
    )
    parser.add_argument(
        "--account", type=environment("account"), metavar="ID", help="the account of the stacks that none is told of"
    )
    parser.add_argument("--region", metavar="R", help="the region of the stacks that none is told of")
    parser.add_argument(
        "--jobs", type=_jobs, default=0, metavar="N", help="how many processes work (default: one for each processor)"
    )
    add_output(parser, ("text", "json", "markdown"))


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; write 1 to {_MOST_JOBS}")
    return int(text)


_MOST_JOBS = 61
"""What Windows can wait for ("ProcessPoolExecutor", Python docs)."""
