"""Compare what two roles allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.access import access_json, access_text
from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.proof.new_access import new_access

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options
    from leastgrant.role import Role


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    baseline, candidate = read_inputs(options, [options.baseline], [options.candidate]).roles
    _refuse_unread(baseline, candidate)
    access = new_access(baseline, candidate)
    write((access_json if options.format == "json" else access_text)(access), options.output)
    return FOUND if access.gained or access.admitted or access.undecided else PROVED


def _refuse_unread(baseline: Role, candidate: Role) -> None:
    """Refuses to compare roles if one has a policy that is not known, and the other has it not."""
    for arn in set(baseline.unread) ^ set(candidate.unread):
        name = candidate.name if arn in candidate.unread else baseline.name
        raise ArgumentError(f"{name}: has the policy {arn}, whose document is not known; write its statements inline")
