"""The least policies of execution roles: written to files, and put to use by the commands that are printed."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING

from leastgrant.cli.chain_inputs import file_of
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.proof.chain import Roles, executions, least_policies, prove_chain
from leastgrant.proof.generation import LARGEST_MANAGED, PolicyTooLarge, check_number, policy_size
from leastgrant.proof.link import Link, Per, Room
from leastgrant.proof.service_role import TRUST
from leastgrant.role import Role
from leastgrant.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from leastgrant.assembly import Assembly
    from leastgrant.cli.chain_arguments import ChainOptions
    from leastgrant.proof.chain import Execution
    from leastgrant.proof.generation import Document


@dataclass(frozen=True, slots=True)
class _Written:
    """A template of policies, and the execution roles that are given them."""

    executions: tuple[Execution, ...]
    file: str
    stack: str
    """The stack that makes the policies."""
    policies: tuple[tuple[str, Document], ...]
    """Each with its name."""


def generate(assembly: Assembly, options: ChainOptions, folder: Path) -> int:
    """Write a template of managed policies for each execution role, and print how to put them to use.

    Returns the exit status: 1 if the policies leave something open.

    Raises:
        ArgumentError: there is no execution role, or no policies within IAM's quotas grant what it needs.
    """
    per, room = Per(options.per), Room(options.room)
    groups: defaultdict[str, list[Execution]] = defaultdict(list)
    for one in executions(assembly, per):
        groups[file_of(one.place, one.qualifier, per)].append(one)
    if not groups:
        raise ArgumentError(f"{assembly.title}: no stack has an execution role, so there is no policy to write")
    if per is not Per.ACCOUNT and any(len(alike) > 1 for alike in groups.values()):
        raise ArgumentError(
            f"{assembly.title}: two execution roles of one environment have the same qualifier; give each its own"
        )
    written = [_written(tuple(of_file), file, assembly, options) for file, of_file in groups.items()]
    _check_folder(folder, written, per)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"--generate {folder}: cannot be made: {error.strerror}") from None
    for one in written:
        write(json.dumps(_template(one), indent=1) + "\n", folder / one.file)
    lines = [line for one in written for line in _commands(one, folder, is_plain=assembly.is_plain)]
    left = _not_proved(assembly, written, room, per)
    write("\n".join([*lines, *left]) + "\n", options.output)
    return FOUND if left else PROVED


def _check_folder(folder: Path, written: Sequence[_Written], per: Per) -> None:
    """Refuse a folder with files of the same environments that would be read too, or instead."""
    other = Per.APP if per is Per.ACCOUNT else Per.ACCOUNT
    for execution in (execution for one in written for execution in one.executions):
        file = folder / file_of(execution.place, execution.qualifier, other)
        if file.is_file():
            what = "environment" if other is Per.APP else "account"
            raise ArgumentError(
                f"--generate {folder}: has policies that were written per {what} ({file.name}); give another folder"
            )


def _written(alike: tuple[Execution, ...], file: str, assembly: Assembly, options: ChainOptions) -> _Written:
    first, per, room = alike[0], Per(options.per), Room(options.room)
    stack = f"{first.arn.rpartition('/')[2]}-policies" if assembly.is_plain else f"cdk-{first.qualifier}-cfn-exec"
    prefix = f"{stack}-" if per is Per.ACCOUNT else f"{stack}-{first.place.region}-"
    try:
        if per is Per.STACK:
            named = [
                (f"{prefix}{of_stack.name}-{number}"[-_LONGEST_NAME:], policy)
                for of_stack, template in first.stacks
                for number, policy in enumerate(
                    least_policies([replace(first, stacks=((of_stack, template),))], room, options.most_policies), 1
                )
            ]
        else:
            policies = least_policies(alike, room, options.most_policies)
            named = [(f"{prefix}{number}", policy) for number, policy in enumerate(policies, 1)]
        check_number(len(named), options.most_policies)
    except PolicyTooLarge as error:
        also = "" if room is Room.TYPES else ", or give --room types, which names less"
        raise ArgumentError(f"{first.place}: {error}, give --most-policies if the quota is higher{also}") from None
    return _Written(alike, file, stack, tuple(named))


_LONGEST_NAME = 128
"""Characters of a managed policy's name ("IAM and AWS STS quotas", AWS IAM User Guide)."""


def _template(one: _Written) -> dict[str, object]:
    """Return the template that makes the policies."""
    stacks = dict.fromkeys(stack.name for execution in one.executions for stack, _ in execution.stacks)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What CloudFormation may do for {', '.join(stacks)}"[:1024],
        "Resources": {
            f"Policy{number}": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"ManagedPolicyName": name, "PolicyDocument": policy},
            }
            for number, (name, policy) in enumerate(one.policies, 1)
        },
    }


def _commands(one: _Written, folder: Path, *, is_plain: bool) -> Iterator[str]:
    """Say what was written, and which commands put it to use."""
    first = one.executions[0]
    documents = [policy for _, policy in one.policies]
    size = sum(map(policy_size, documents))
    statements = sum(len(_statements(policy)) for policy in documents)
    stacks = len({stack.id: None for execution in one.executions for stack, _ in execution.stacks})
    yield (
        f"# {', '.join(str(execution.place) for execution in one.executions)}: "
        f"{counted(len(documents), 'policy', 'policies')}, {counted(statements, 'statement')}, {size:,} of "
        f"{len(documents) * LARGEST_MANAGED:,} characters, for {counted(stacks, 'stack')}"
    )
    yield (
        f"aws cloudformation deploy --region {first.place.region} --stack-name {one.stack} "
        f"--capabilities CAPABILITY_NAMED_IAM --template-file {quote(str(folder / one.file))}"
    )
    place = first.place
    arns = [f"arn:{place.partition}:iam::{place.account}:policy/{name}" for name, _ in one.policies]
    if is_plain:
        role = first.arn.rpartition("/")[2]
        yield from (f"aws iam attach-role-policy --role-name {role} --policy-arn {arn}" for arn in arns)
    else:
        for execution in one.executions:
            qualifier = "" if first.qualifier == DEFAULT_QUALIFIER else f" --qualifier {first.qualifier}"
            given = f"--cloudformation-execution-policies {','.join(arns)}"
            yield f"cdk bootstrap aws://{execution.place}{qualifier} {given}"
    yield ""


def _statements(policy: Document) -> list[object]:
    statements = policy["Statement"]
    return statements if isinstance(statements, list) else []  # pyright: ignore[reportUnknownVariableType]  (it is JSON)


def _not_proved(assembly: Assembly, written: Sequence[_Written], room: Room, per: Per) -> list[str]:
    """Return what the policies leave open, held against the app."""
    roles = {
        execution.arn: Role(
            execution.arn,
            tuple(parse_policy(policy, name) for name, policy in one.policies),
            TRUST,
            arns=(Pattern.literal(execution.arn),),
        )
        for one in written
        for execution in one.executions
    }
    chain = prove_chain(assembly, Roles(roles), links=[Link.EXECUTION], room=room, per=per)
    return [printable(f"# not proved: {finding.message}") for link in chain.links for finding in link.findings]
