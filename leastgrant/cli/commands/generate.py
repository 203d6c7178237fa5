"""Write the smallest policy that the templates need, and prove it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import InputOptions, add_deployed, add_example, add_output, add_role_arn
from leastgrant.cli.commands.common import FOUND, PROVED, all_needs, stack_tags
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.iam.document import parse_policy
from leastgrant.proof.finding import Kind
from leastgrant.proof.generation import inline_policy, least_statements, managed_policies
from leastgrant.proof.prove import prove
from leastgrant.proof.service_role import TRUST, as_passed_by
from leastgrant.role import Role
from leastgrant.text import printable

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser
    from leastgrant.iam.pattern import Pattern


class Options(InputOptions):
    """The arguments of the command."""

    role_arn: Pattern | None = None
    service_role: bool = False
    managed: bool = False


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    inputs = read_inputs(options)
    role = _role_to_write_for(options)
    needs, unknown = all_needs(options, inputs)
    statements = least_statements(as_passed_by(role, needs))
    if not statements:
        types = ", ".join(dict.fromkeys(one.subject.type for one in unknown))
        why = f"it is not known what {types} needs" if unknown else "the templates require no permission"
        raise ArgumentError(f"--app: {why}, so there is no policy to write")
    policies = managed_policies(statements) if options.managed else [inline_policy(statements)]
    role = replace(role, policies=tuple(parse_policy(policy, "generated") for policy in policies))
    proof = prove(
        role,
        inputs.deployed,
        uses=inputs.uses,
        stack_tags=stack_tags(options),
        on_change=True,
        existing=options.existing,
    )
    for finding in proof.findings:
        print(printable(f"{finding.id}: {finding.message}"), file=sys.stderr)
    write(json.dumps(policies if options.managed else policies[0], indent=2, ensure_ascii=False) + "\n", options.output)
    # the ways to more permissions are those that the templates need, so no other policy would have fewer
    return PROVED if len(proof.findings) == len(proof.of(Kind.ESCALATION)) else FOUND


def _role_to_write_for(options: Options) -> Role:
    arns = () if options.role_arn is None else (options.role_arn,)
    if not options.service_role:
        return Role("the generated policy", (), arns=arns)
    if options.role_arn is None:
        raise ArgumentError("--service-role: the role passes itself to nested stacks; give --role-arn too")
    if options.tool:
        raise ArgumentError("--service-role: CloudFormation assumes it, and no tool does; leave --tool out")
    return Role("the generated policy", (), TRUST, arns=arns)


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant generate --app app.yaml --stack-name shop --account 123456789012 --region eu-west-1",
    )
    add_deployed(parser, required=True)
    add_role_arn(parser)
    parser.add_argument(
        "--service-role",
        action="store_true",
        help="the role is one that CloudFormation assumes: it passes itself to nested stacks (with --role-arn)",
    )
    parser.add_argument(
        "--managed",
        action="store_true",
        help="write a list of managed policies, for what is too large for the 10,240 characters of inline policies",
    )
    add_output(parser, ())
