"""Show who gains and loses what between two synthesised states of a CDK app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.arguments import PlaceOptions, add_example, add_output
from leastgrant.cli.chain_arguments import add_unstated_place
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.output import write, write_lines
from leastgrant.proof.assembly_changes import assembly_changes
from leastgrant.report.access_changes import access_changes_json, access_changes_markdown, access_changes_text

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser


class Options(PlaceOptions):
    """The arguments of the command."""

    old: Path
    assembly: Path


def run(options: Options) -> int:
    """Run the command; returns the exit status: 0 nobody gains access, 1 somebody does, or may."""
    before, after = (
        read_assembly(folder, account=options.account, region=options.region)
        for folder in (options.old, options.assembly)
    )
    names = str(options.old), str(options.assembly)
    changes = assembly_changes(before, after, names)
    match options.format:
        case "json":
            write(access_changes_json(changes.access, *names, changes.needs, changes.moved), options.output)
        case "markdown":
            write(access_changes_markdown(changes.access, names[0], changes.needs, changes.moved), options.output)
        case _:
            text = access_changes_text(changes.access, names[0], changes.needs, changes.moved)
            write_lines(text.splitlines(), options.output)
    return FOUND if changes.widens else PROVED


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant diff cdk.out.main cdk.out --format markdown",
    )
    parser.add_argument("old", type=Path, metavar="OLD_CDK_OUT", help="what cdk synth wrote before the change")
    parser.add_argument("assembly", type=Path, metavar="NEW_CDK_OUT", help="what it writes now")
    add_unstated_place(parser)
    add_output(parser, ("text", "json", "markdown"))
