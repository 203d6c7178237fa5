"""Explain an action: what needs it, and what grants it; or what a finding means."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ProofOptions, add_deployed, add_example, add_output, add_role, arn_pattern
from leastgrant.cli.commands.common import PROVED, stack_tags
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.explanation import explanation
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write, write_lines
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.terminal import width
from leastgrant.knowledge import authorization
from leastgrant.knowledge.schema import is_listed
from leastgrant.report.reference import REFERENCES, reference_of, reference_text

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser
    from leastgrant.iam.pattern import Pattern


class Options(ProofOptions):
    """The arguments of the command."""

    action: str
    arn: Pattern | None = None


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    reference = reference_of(options.action)
    if reference is not None:
        write(reference_text(reference, width(options.output)), options.output)
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
    write_lines(lines, options.output)
    return PROVED


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant explain events:DescribeRule\n"
        "  leastgrant explain events:DescribeRule 'arn:aws:events:*:*:rule/shop-*' --role role.yaml --app app.yaml \\\n"
        "    --stack-name shop --account 123456789012 --region eu-west-1",
    )
    parser.add_argument(
        "action",
        type=_action_or_finding,
        metavar="ACTION|FINDING-ID",
        help="an IAM action, such as events:DescribeRule, or a finding by its id, such as missing or workflow-subject",
    )
    parser.add_argument(
        "arn", nargs="?", type=arn_pattern, metavar="ARN", help="only what concerns this ARN or ARN pattern"
    )
    add_role(parser, required=False)
    add_deployed(parser, required=False)
    add_output(parser, ())


def _action_or_finding(text: str) -> str:
    if ":" not in text.partition("[")[0]:
        return text  # no action; of a finding the command knows whether there is one
    known = authorization.action(text)
    if known is None and is_listed(text):
        return text
    if known is None:
        nearest = authorization.nearest(text)
        remedy = f"did you mean {nearest}?" if nearest else "write service:Name"
        raise argparse.ArgumentTypeError(f"IAM has no action {text!r}; {remedy}")
    return str(known)
