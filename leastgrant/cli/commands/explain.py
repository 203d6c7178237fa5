"""Explain an action: what needs it, and what grants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.commands.common import PROVED, stack_tags
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.explanation import explanation
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    inputs = read_inputs(options, *([options.role] if options.role else []))
    lines = explanation(
        options.action,
        options.arn,
        proof_of(options, inputs),
        [stack for deployed in inputs.deployed for stack in deployed.stacks],
        with_role=bool(inputs.roles),
        stack_tags=stack_tags(options).some,
    )
    write("\n".join(lines) + "\n", options.output)
    return PROVED
