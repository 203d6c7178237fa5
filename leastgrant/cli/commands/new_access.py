"""Compare what two roles allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.access import access_json, access_text
from leastgrant.cli.arguments import InputOptions, add_example, add_output, add_place, add_role_stack
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write, write_lines
from leastgrant.cli.parser import ArgumentError
from leastgrant.proof.new_access import new_access

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser
    from leastgrant.role import Role


class Options(InputOptions):
    """The arguments of the command."""

    baseline: str
    candidate: str


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    baseline, candidate = read_inputs(options, [options.baseline], [options.candidate]).roles
    _refuse_unread(baseline, candidate)
    access = new_access(baseline, candidate)
    if options.format == "json":
        write(access_json(access), options.output)
    else:
        write_lines(access_text(access).splitlines(), options.output)
    return FOUND if access.gained or access.admitted or access.undecided else PROVED


def _refuse_unread(baseline: Role, candidate: Role) -> None:
    """Refuses to compare roles if one has a policy that is not known, and the other has it not."""
    for arn in set(baseline.unread) ^ set(candidate.unread):
        name = candidate.name if arn in candidate.unread else baseline.name
        raise ArgumentError(f"{name}: has the policy {arn}, whose document is not known; write its statements inline")


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant new-access --baseline role.main.yaml --candidate role.yaml",
    )
    for name in ("baseline", "candidate"):
        parser.add_argument(
            f"--{name}",
            required=True,
            metavar="ROLE[#LogicalId]",
            help=f"the {name}: a template that declares a role, or a policy, a list or a folder of policies",
        )
    add_place(parser, required=False)
    add_role_stack(parser)
    add_output(parser, ("text", "json"))
