"""What the pipeline itself called with the deploy role, against what its role is declared to be used for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leastgrant.pattern import Pattern
from leastgrant.uses import load_uses
from ops.deployment import USES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from leastgrant.needs import Use
    from ops.emulator.gateway import Recorded

_TOLERATED: Final = {
    "cloudformation:DescribeStacks": "stack/CDKToolkit/",
    "cloudformation:DescribeStackResources": ":stack/",
    "cloudtrail:LookupEvents": "",
}
"""What the CDK CLI 2.1148.1 asks and goes on without, with a part of the resource: the bootstrap stack, which there is
none of; and after a failed deployment, hints from CloudTrail (both are caught in its source)."""


@dataclass(frozen=True, slots=True, order=True)
class PipelineCall:
    """An action on a resource, asked for with the deploy role."""

    action: str
    resource: str
    granted: bool

    @property
    def is_tolerated(self) -> bool:
        """Whether it was refused, and the tool goes on without."""
        return not self.granted and _TOLERATED.get(self.action, "nothing") in self.resource


def calls_of(role_arn: str, recorded: Iterable[Recorded]) -> tuple[PipelineCall, ...]:
    """Every call that sessions of a role have made, each once."""
    session = role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/"
    return tuple(sorted({call for one in recorded if one.caller.startswith(session) for call in _asked(one)}))


def _asked(recorded: Recorded) -> Iterator[PipelineCall]:
    """What IAM was asked; of an operation that the emulator knows no action of, the operation."""
    granted = recorded.error is None
    for request in recorded.requests:
        yield PipelineCall(request.action, request.resource, granted)
    if not recorded.requests and not granted:
        yield PipelineCall(f"{recorded.call.service}:{recorded.call.operation}", "*", granted)


def undeclared(calls: Iterable[PipelineCall], assembly: Path) -> Iterator[PipelineCall]:
    """The calls that no declared use explains.

    Raises:
        TemplateError: the uses cannot be read.
    """
    uses = load_uses(assembly / USES)
    return (call for call in calls if not call.is_tolerated and not _explained(call, uses))


def refused(calls: Iterable[PipelineCall]) -> Iterator[PipelineCall]:
    """The calls that the role may not make, but for those that the CLI goes on without."""
    return (call for call in calls if not call.granted and not call.is_tolerated)


def _explained(call: PipelineCall, uses: Sequence[Use]) -> bool:
    """Whether a use has the action on the resource; a stack that is not there yet has a wildcard in its ARN."""
    asked = Pattern.parse(call.resource)
    return any(call.action in use.actions and any(pattern.includes(asked) for pattern in use.resources) for use in uses)
