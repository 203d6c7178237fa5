"""Explain an action: what needs it, and what grants it; or what a finding means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands.common import PROVED, stack_tags
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.explanation import explanation
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.report.reference import REFERENCES, reference_of, reference_text

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    reference = reference_of(options.action)
    if reference is not None:
        write(reference_text(reference), options.output)
        return PROVED
    if ":" not in options.action.partition("[")[0]:
        raise ArgumentError(
            f"leastgrant explain: {options.action!r} is no action and no finding; write service:Name, or one of "
            f"{', '.join(REFERENCES)}"
        )
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
