"""Write the smallest policy that the templates need, and prove it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands.common import FOUND, PROVED, all_needs, stack_tags
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.iam.document import parse_policy
from leastgrant.proof.finding import Kind
from leastgrant.proof.generation import inline_policy, least_statements, managed_policies
from leastgrant.proof.prove import prove
from leastgrant.proof.service_role import TRUST, as_passed_by
from leastgrant.role import Role
from leastgrant.text import printable

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


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
