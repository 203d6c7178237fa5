"""Prove the delivery chain of a CDK app, or write the least policies of its execution roles."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.chain_inputs import file_of, read_chain
from leastgrant.cli.commands.common import FOUND, PROVED, acknowledged
from leastgrant.cli.output import write
from leastgrant.cli.terminal import has_colour, width
from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.proof.chain import Roles, executions, least_policies, prove_chain
from leastgrant.proof.finding import Kind
from leastgrant.proof.generation import LARGEST_MANAGED, PolicyTooLarge, policy_size
from leastgrant.proof.link import Link, Room
from leastgrant.proof.needs import Operation
from leastgrant.proof.service_role import TRUST
from leastgrant.report.chain import Shown, chain_json, chain_markdown, chain_sarif, chain_text
from leastgrant.role import Role
from leastgrant.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leastgrant.assembly import Assembly
    from leastgrant.cli.arguments import Options
    from leastgrant.proof.chain import Execution
    from leastgrant.proof.generation import Document


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if options.generate is not None:
        return _generate(options, options.generate)
    inputs = read_chain(options)
    stacks = [stack.name for stack in inputs.assembly.stacks]
    for name in options.stack:
        if name not in stacks:
            raise ArgumentError(f"--stack {name}: the app has no such stack; it has {', '.join(stacks)}")
    links = [Link(name) for name in options.link] or [*Link]
    chain = prove_chain(
        inputs.assembly,
        inputs.roles,
        walls=inputs.walls,
        organization=options.organization,
        links=links,
        uses=inputs.uses,
        room=Room(options.room),
    )
    chain = acknowledged(chain, options)
    shown = Shown(
        kinds=frozenset(map(Kind, options.only)),
        operations=frozenset(map(Operation, options.operation)),
        stacks=frozenset(options.stack),
        every_finding=options.all,
    )
    match options.format:
        case "json":
            text = chain_json(chain, inputs.assembly, shown)
        case "markdown":
            text = chain_markdown(chain, inputs.assembly, shown)
        case "sarif":
            text = chain_sarif(chain, inputs.assembly, shown)
        case _:
            colour, columns = has_colour(options.output), width(options.output)
            text = chain_text(chain, inputs.assembly, shown, width=columns, colour=colour)
    write(text, options.output)
    return PROVED if chain.proved else FOUND


def _generate(options: Options, folder: Path) -> int:
    """Write a template of managed policies for each execution role, and print how to put them to use."""
    assembly = read_assembly(options.assembly, account=options.account, region=options.region)
    found = executions(assembly)
    if not found:
        raise ArgumentError(f"{options.assembly}: no stack has an execution role, so there is no policy to write")
    files = [file_of(one.place, one.qualifier) for one in found]
    if len({*files}) < len(files):
        raise ArgumentError(
            f"{options.assembly}: two execution roles of one environment have the same qualifier; give each its own"
        )
    room = Room(options.room)
    written = [(one, _least(one, room)) for one in found]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"--generate {folder}: cannot be made: {error.strerror}") from None
    for one, policies in written:
        write(json.dumps(_template(one, policies), indent=1) + "\n", folder / file_of(one.place, one.qualifier))
    lines = [line for one, policies in written for line in _commands(one, policies, folder)]
    left = _not_proved(assembly, written, room)
    write("\n".join([*lines, *left]) + "\n", options.output)
    return FOUND if left else PROVED


def _least(one: Execution, room: Room) -> list[Document]:
    try:
        return least_policies(one, room)
    except PolicyTooLarge as error:
        also = "" if room is Room.TYPES else ", or give --room types, which names less"
        raise ArgumentError(f"{one.place}: {error}{also}") from None


def _name(one: Execution, number: int) -> str:
    return f"cdk-{one.qualifier}-cfn-exec-{one.place.region}-{number}"


def _template(one: Execution, policies: Sequence[Document]) -> dict[str, object]:
    """Return the template that makes the policies."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What CloudFormation may do for {', '.join(stack.name for stack, _ in one.stacks)}"[:1024],
        "Resources": {
            f"Policy{number}": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"ManagedPolicyName": _name(one, number), "PolicyDocument": policy},
            }
            for number, policy in enumerate(policies, 1)
        },
    }


def _commands(one: Execution, policies: Sequence[Document], folder: Path) -> list[str]:
    """Say what was written, and which commands put it to use."""
    place, file = one.place, folder / file_of(one.place, one.qualifier)
    size = sum(map(policy_size, policies))
    statements = sum(len(_statements(policy)) for policy in policies)
    arns = [
        f"arn:{place.partition}:iam::{place.account}:policy/{_name(one, number)}"
        for number in range(1, len(policies) + 1)
    ]
    qualifier = "" if one.qualifier == DEFAULT_QUALIFIER else f" --qualifier {one.qualifier}"
    written = (
        f"# {place}: {counted(len(policies), 'policy', 'policies')}, {counted(statements, 'statement')}, {size:,} of "
        f"{len(policies) * LARGEST_MANAGED:,} characters, for {counted(len(one.stacks), 'stack')}"
    )
    deploying = (
        f"aws cloudformation deploy --region {place.region} --stack-name cdk-{one.qualifier}-cfn-exec "
        f"--capabilities CAPABILITY_NAMED_IAM --template-file {quote(str(file))}"
    )
    attaching = f"cdk bootstrap aws://{place}{qualifier} --cloudformation-execution-policies {','.join(arns)}"
    return [written, deploying, attaching, ""]


def _statements(policy: Document) -> list[object]:
    statements = policy["Statement"]
    return statements if isinstance(statements, list) else []  # pyright: ignore[reportUnknownVariableType]  (it is JSON)


def _not_proved(assembly: Assembly, written: Sequence[tuple[Execution, Sequence[Document]]], room: Room) -> list[str]:
    """Return what the policies leave open, held against the app."""
    roles = {
        one.arn: Role(
            one.arn,
            tuple(parse_policy(policy, _name(one, number)) for number, policy in enumerate(policies, 1)),
            TRUST,
            arns=(Pattern.literal(one.arn),),
        )
        for one, policies in written
    }
    chain = prove_chain(assembly, Roles(roles), links=[Link.EXECUTION], room=room)
    return [printable(f"# not proved: {finding.message}") for link in chain.links for finding in link.findings]
