"""List what CloudFormation calls for templates."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import InputOptions, add_deployed, add_example, add_output
from leastgrant.cli.commands.common import PROVED, all_needs
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.listing import described, listed
from leastgrant.cli.output import write, write_lines
from leastgrant.knowledge import Tier
from leastgrant.report.json_ import VERSION, need_object
from leastgrant.text import counted, printable

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser


class Options(InputOptions):
    """The arguments of the command."""


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    needs, unknown = all_needs(options, read_inputs(options))
    if options.format == "json":
        report = {
            "version": VERSION,
            "needs": [need_object(need) for need in needs],
            "unknown": [
                {
                    "stack": one.subject.stack,
                    "logical_id": one.subject.name,
                    "type": one.subject.type,
                    "reason": one.reason,
                }
                for one in unknown
            ],
        }
        write(json.dumps(report, indent=2) + "\n", options.output)
        return PROVED
    of_tier = Counter(need.tier for need in needs)
    lines = [
        *listed(needs),
        *(printable(f"{described(one.subject)}: not known, it {one.reason}") for one in unknown),
        f"{counted(len(needs), 'need')}: {', '.join(f'{of_tier[tier]:,} {tier.value}' for tier in Tier)}",
    ]
    write_lines(lines, options.output)
    return PROVED


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant needs --app app.yaml --stack-name shop --account 123456789012 --region eu-west-1",
    )
    add_deployed(parser, required=True)
    add_output(parser, ("text", "json"))
