"""Show who gains and loses what between two synthesised states of a CDK app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.output import write
from leastgrant.proof.assembly_changes import assembly_changes
from leastgrant.report.access_changes import access_changes_json, access_changes_markdown, access_changes_text

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


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
            text = access_changes_json(changes.access, *names, changes.needs, changes.moved)
        case "markdown":
            text = access_changes_markdown(changes.access, names[0], changes.needs, changes.moved)
        case _:
            text = access_changes_text(changes.access, names[0], changes.needs, changes.moved)
    write(text, options.output)
    return FOUND if changes.widens else PROVED
