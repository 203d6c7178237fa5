"""Prove the delivery chain of a CDK app, or write the least policies of its execution roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.arguments import add_example, add_output, managed_policy
from leastgrant.cli.chain_arguments import (
    LINKS,
    AppOptions,
    add_app,
    add_ci_role,
    add_generate,
    add_per,
    add_shown,
    add_walls,
)
from leastgrant.cli.chain_inputs import read_chain
from leastgrant.cli.commands.chain_report import prove_and_write
from leastgrant.cli.commands.generated import generate
from leastgrant.proof.link import Link

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser


class Options(AppOptions):
    """The arguments of the command."""


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if options.generate is not None:
        assembly = read_assembly(options.assembly, account=options.account, region=options.region)
        return generate(assembly, options, options.generate)
    return prove_and_write(read_chain(options), options, [Link(name) for name in options.link] or [*Link])


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant cdk cdk.out --generate policies\n"
        "  leastgrant cdk cdk.out --bootstrap bootstrap.yaml --exec-policy policies --link deploy --link files \\\n"
        "    --link images --link lookup --link execution",
    )
    add_app(parser)
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=managed_policy,
        metavar="ARN=FILE",
        help="the document of a managed policy that a role of the bootstrap template has (repeat it)",
    )
    parser.add_argument(
        "--account-details",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="the roles of an account, as aws iam get-account-authorization-details writes them (repeat it)",
    )
    add_ci_role(parser)
    add_walls(parser)
    parser.add_argument(
        "--link",
        action="append",
        default=[],
        choices=LINKS,
        help="prove this link alone (repeat it; default: all of them)",
    )
    parser.add_argument(
        "--stack",
        dest="only_stack",
        action="append",
        default=[],
        metavar="NAME",
        help="show what concerns this stack (repeat it)",
    )
    add_shown(parser)
    add_generate(parser)
    add_per(parser)
    add_output(parser, ("text", "json", "markdown", "sarif", "html"))
