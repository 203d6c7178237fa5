"""Prove the delivery chain of plain templates, or write the least policies of their execution role."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import (
    add_example,
    add_output,
    add_template_parameter,
    assets,
    environment,
    managed_policy,
    role_arn,
)
from leastgrant.cli.chain_arguments import PlainOptions, add_ci_role, add_generate, add_shown, add_walls, exec_policy
from leastgrant.cli.commands.chain_report import prove_and_write
from leastgrant.cli.commands.generated import generate
from leastgrant.cli.plain_chain import plain_assembly, read_plain_chain
from leastgrant.knowledge.tools import COMMANDS, DEFAULTS
from leastgrant.proof.link import Link

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser


class Options(PlainOptions):
    """The arguments of the command."""


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if options.generate is not None:
        return generate(plain_assembly(options), options, options.generate)
    inputs, links = read_plain_chain(options)
    return prove_and_write(inputs, options, links, options.deployed_with)


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant chain --stack shop=shop.yaml --account 123456789012 --region eu-west-1 \\\n"
        "    --exec-role roles.yaml#Execution --deploy-role roles.yaml#Deploy",
    )
    parser.add_argument(
        "--stack",
        dest="templates",
        action="append",
        required=True,
        type=_stack_template,
        metavar="NAME=TEMPLATE",
        help="a stack and its template, JSON or YAML (repeat it, each after those whose exports it imports)",
    )
    parser.add_argument(
        "--account", required=True, type=environment("account"), metavar="ID", help="the account, 12 digits"
    )
    parser.add_argument("--region", required=True, metavar="R", help="the region, such as eu-west-1")
    add_template_parameter(parser)
    for name, what in (("exec", "CloudFormation assumes"), ("deploy", "runs the tool, and passes the execution role")):
        parser.add_argument(
            f"--{name}-role",
            action="append",
            default=[],
            metavar="ROLE[#LogicalId]",
            help=f"the role that {what}, as check takes --role",
        )
        parser.add_argument(f"--{name}-role-arn", type=role_arn, metavar="ARN", help="its ARN, if no template tells it")
    parser.add_argument(
        "--exec-policy",
        action="append",
        default=[],
        type=exec_policy,
        metavar="FILE",
        help="what the execution role may do too: a policy, a list or a folder of policies, a template of managed "
        "policies, or the folder that --generate wrote (repeat it)",
    )
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=managed_policy,
        metavar="ARN=FILE",
        help="the document of a managed policy that a role has (repeat it)",
    )
    add_ci_role(parser)
    parser.add_argument("--boundary", type=Path, metavar="FILE", help="the permissions boundary of the execution role")
    add_walls(parser)
    parser.add_argument(
        "--tool",
        dest="deployed_with",
        choices=[name for name in (*DEFAULTS, *COMMANDS) if not name.startswith("cdk")],
        default="aws-cli",
        metavar="TOOL",
        help="what deploys the stacks with the deploy role (default: %(default)s)",
    )
    parser.add_argument("--assets", type=assets, metavar="BUCKET[/PREFIX]", help="where the tool uploads to")
    parser.add_argument(
        "--link",
        action="append",
        default=[],
        choices=[Link.CI.value, Link.DEPLOY.value, Link.EXECUTION.value],
        help="prove this link alone (repeat it; default: those whose role is given, and execution)",
    )
    add_shown(parser)
    parser.add_argument(
        "--only-stack", action="append", default=[], metavar="NAME", help="show what concerns this stack (repeat it)"
    )
    add_generate(parser)
    add_output(parser, ("text", "json", "markdown", "sarif", "html"))


def _stack_template(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign or not path:
        raise argparse.ArgumentTypeError(f"{text!r} gives no stack a template; write NAME=TEMPLATE")
    return environment("stack_name")(name), Path(path)
