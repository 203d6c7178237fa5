"""What the pipeline itself called with the deploy role, against what its role is declared to be used for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leastgrant.iam import Pattern
from ops.terminal.table import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant import Need, Use
    from local_aws.gateway import Recorded
    from rehearsal.stage import Ran


@dataclass(frozen=True, slots=True)
class GoneWithout:
    """A call that the role may not make; the tool that makes it takes the refusal for an answer."""

    tool: str
    """How its command begins."""
    action: str
    resource: str
    """A part of the ARN."""
    reason: str


_BOOTSTRAP: Final = "asks for CDK's bootstrap stack, which there is none of, and catches the refusal"
_HINTS: Final = "looks for hints after a failed deployment, and catches the refusal"
_HOOKS: Final = "asks what CloudFormation hooks said of a change set that failed, and warns of the refusal"
GONE_WITHOUT: Final = (
    GoneWithout("cdk", "cloudformation:DescribeStacks", "stack/CDKToolkit/", _BOOTSTRAP),
    GoneWithout("cdk", "cloudformation:DescribeStackResources", ":stack/", _HINTS),
    GoneWithout("cdk", "cloudformation:ListHookResults", ":stack/", _HOOKS),
    GoneWithout("cdk", "cloudtrail:LookupEvents", "", _HINTS),
)
"""Each is still called (a test sees to that). What the CDK CLI catches is in the source of 2.1148.1."""

NOT_CALLED_BY_THE_PIPELINE: Final = {
    "cdk deploy: template": "CloudFormation reads the template with the role",
}
"""Declared uses that no tool's own call shows, by name, with the reason."""


@dataclass(frozen=True, slots=True)
class PipelineCall:
    """An action on a resource, asked for with the deploy role."""

    command: str
    """The tool that made it, as it was started."""
    action: str
    resource: str
    error: str | None = None
    """The code that it was refused with."""

    def __str__(self) -> str:
        """Return a line that names it."""
        return f"{self.action} on {self.resource}, by {self.command}"

    @property
    def is_gone_without(self) -> bool:
        """Whether it was refused, and the tool is known to go on without."""
        return self.error is not None and any(map(self.is_of, GONE_WITHOUT))

    def is_of(self, known: GoneWithout) -> bool:
        """Tell whether it is such a call."""
        return self.command.startswith(known.tool) and self.action == known.action and known.resource in self.resource


def calls_of(role_arn: str, ran: Iterable[Ran]) -> tuple[PipelineCall, ...]:
    """Return every call that the commands made in sessions of a role, in their order, each once a command."""
    session = role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/"
    made = (
        call
        for command in ran
        for recorded in command.recorded
        if recorded.caller.startswith(session)
        for call in _asked(command.command, recorded)
    )
    return tuple(dict.fromkeys(made))


def _asked(command: str, recorded: Recorded) -> Iterator[PipelineCall]:
    """Yield what IAM was asked; of an operation that the emulator knows no action of, the operation."""
    for request in recorded.requests:
        yield PipelineCall(command, request.action, request.resource, recorded.error)
    if not recorded.requests and recorded.error:
        yield PipelineCall(command, f"{recorded.call.service}:{recorded.call.operation}", "*", recorded.error)


def undeclared(calls: Iterable[PipelineCall], uses: Iterable[Use]) -> Iterator[PipelineCall]:
    """Return the calls that no declared use explains."""
    needs = _needs(uses)
    return (call for call in calls if not call.is_gone_without and _explaining(call, needs) is None)


def refused(calls: Iterable[PipelineCall], uses: Iterable[Use]) -> Iterator[PipelineCall]:
    """Return the calls that the role may not make: declared, or none that the tool is known to go on without."""
    needs = _needs(uses)
    return (call for call in calls if call.error and (_explaining(call, needs) or not call.is_gone_without))


def unexercised(calls: Iterable[PipelineCall], uses: Iterable[Use]) -> Iterator[Need]:
    """Yield what uses declare that no call shows, but for the uses that are not the pipeline's."""
    granted = [call for call in calls if not call.error]
    for need in _needs(uses):
        if need.subject.name not in NOT_CALLED_BY_THE_PIPELINE and not any(_explains(need, call) for call in granted):
            yield need


def calls_table(calls: Iterable[PipelineCall], uses: Iterable[Use]) -> str:
    """Write each call, whether the role grants it, and what it is declared for, in the order of the commands."""
    needs = _needs(uses)
    by_command: dict[str, dict[tuple[str, ...], None]] = {}
    for call in calls:
        rows = by_command.setdefault(call.command, {(f"$ {call.command}", "", "", ""): None})
        resource = _IDS.sub("…", call.resource.partition(":")[2].split(":", maxsplit=4)[-1])
        rows[call.action, resource, call.error or "granted", _why(call, needs)] = None
    every = (row for rows in by_command.values() for row in rows)
    return "\n".join(table(("call", "on", "the role", "declared for"), every)) + "\n"


_IDS: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What is another in each recording, and long: the hash of an upload, the id of a stack."""


def _why(call: PipelineCall, needs: Sequence[Need]) -> str:
    need = _explaining(call, needs)
    if need:
        return need.subject.name
    known = next((known.reason for known in GONE_WITHOUT if call.is_of(known)), None)
    return known if known and call.error else "UNDECLARED"


def _needs(uses: Iterable[Use]) -> list[Need]:
    return [need for use in uses for need in use.needs()]


def _explaining(call: PipelineCall, needs: Iterable[Need]) -> Need | None:
    return next((need for need in needs if _explains(need, call)), None)


def _explains(need: Need, call: PipelineCall) -> bool:
    """Tell whether it is the action on the resource; a stack that is not there yet has a wildcard in its ARN."""
    return need.action == call.action and (
        need.on == call.resource or need.resource.includes(Pattern.parse(call.resource))
    )
