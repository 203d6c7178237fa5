"""The delivery chain of plain templates, read from the files that the arguments name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.assembly import Assembly, Place, Stack
from leastgrant.cli.arguments import InputOptions
from leastgrant.cli.chain_inputs import ChainInputs, ExecPolicy, attached_policies, ci_role, limits
from leastgrant.cli.inputs import read_inputs, read_policy
from leastgrant.cli.parser import ArgumentError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.proof.chain import Roles
from leastgrant.proof.link import Link
from leastgrant.proof.service_role import TRUST
from leastgrant.proof.uses import load_uses
from leastgrant.role import Role
from leastgrant.template import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastgrant.cli.chain_arguments import PlainOptions


def plain_assembly(
    options: PlainOptions, deploy_role: str | None = None, execution_role: str | None = None
) -> Assembly:
    """Return the stacks of the arguments, in their order, as one app.

    Raises:
        ArgumentError: a stack is given twice, or the ARN of the execution role is not.
    """
    for name, count in Counter(name for name, _ in options.templates).items():
        if count > 1:
            raise ArgumentError(f"--stack {name}: is given twice; a stack has one template")
    given = dict(options.parameter)
    if len(given) < len(options.parameter):
        raise ArgumentError("--parameter: one is given twice; keep one value")
    declared = {name for _, path in options.templates for name in load(path).parameters}
    for name in given:
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise ArgumentError(f"--parameter {name}: no template declares it; declared are: {known}")
    arn = execution_role or options.exec_role_arn
    if arn is None:
        raise ArgumentError("--exec-role-arn: is needed, as no template tells the ARN of the execution role")
    place = Place(str(options.account), str(options.region))
    stacks = tuple(
        Stack(
            id=name,
            name=name,
            display_name=name,
            template=path,
            place=place,
            deploy_role=deploy_role,
            execution_role=arn,
            parameters=tuple(options.parameter),
        )
        for name, path in options.templates
    )
    return Assembly(options.templates[0][1].parent, stacks, is_plain=True)


def read_plain_chain(options: PlainOptions) -> tuple[ChainInputs, Sequence[Link]]:
    """Read the templates and the roles, and say which links are proved: of those that are not named, the given ones.

    Raises:
        ArgumentError: an argument names what is not there, or what is needed is not given.
        InputError: a file cannot be used.
    """
    executing = _role(options, options.exec_role, options.exec_role_arn, "exec-role")
    deploying = _role(options, options.deploy_role, options.deploy_role_arn, "deploy-role")
    ci, ci_arn = ci_role(options)
    assembly = plain_assembly(options, deploying and deploying[0], executing and executing[0])
    by_arn = dict(filter(None, (executing, deploying)))
    of_execution = str(assembly.stacks[0].execution_role)
    policies = [ExecPolicy.read(environment, path, assembly) for environment, path in options.exec_policy]
    (place,) = assembly.places
    attached = attached_policies(policies, place, DEFAULT_QUALIFIER).values()
    if attached:
        role = by_arn.get(of_execution) or Role(
            of_execution.rpartition("/")[2], (), TRUST, template=str(policies[0].path)
        )
        by_arn[of_execution] = replace(role, policies=(*role.policies, *attached))
    boundary = None if options.boundary is None else read_policy(options.boundary)
    if boundary is not None and of_execution in by_arn:
        by_arn[of_execution] = replace(by_arn[of_execution], boundary=boundary)
    inputs = ChainInputs(
        assembly,
        Roles(by_arn, ci, ci_arn),
        tuple(limits(options)),
        load_uses(options.uses) if options.uses else (),
    )
    given = [*([Link.CI] if ci else []), *([Link.DEPLOY] if deploying else []), Link.EXECUTION]
    links = [Link(name) for name in options.link] or given
    if (Link.CI in links or Link.DEPLOY in links) and deploying is None:
        raise ArgumentError(
            "--deploy-role: is needed for the links ci and deploy; give it, or leave them out with --link"
        )
    return inputs, links


def _role(options: PlainOptions, files: Sequence[str], arn: str | None, option: str) -> tuple[str, Role] | None:
    """Read a role, with its ARN."""
    if not files:
        return None
    given = InputOptions(account=options.account, region=options.region, managed_policy=options.managed_policy)
    (role,) = read_inputs(given, files).roles
    if arn is None and len(role.arns) == 1 and role.arns[0].is_literal:
        arn = str(role.arns[0])
    if arn is None:
        raise ArgumentError(f"--{option}-arn: is needed, as {files[0]} does not tell the role's ARN")
    return arn, replace(role, arns=(Pattern.literal(arn),))
