"""The events of a stack, newest first as CloudFormation gives them, and the operations they make up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

    from ops.aws.account import Account

_STACK = "AWS::CloudFormation::Stack"
_WAITING = "REVIEW_IN_PROGRESS"
"""The stack has been made by a change set that nobody has executed: nothing goes on."""

_VERBS = (
    ("CREATE", "creating", "created", "failed to create"),
    ("UPDATE", "updating", "updated", "failed to update"),
    ("DELETE", "deleting", "deleted", "failed to delete"),
    ("IMPORT", "importing", "imported", "failed to import"),
    ("EXPORT", "releasing", "released", "failed to release"),
)
_UNDOING = ("rolling back", "rolled back", "failed to roll back")
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
"""How the reason begins of what failed only because CloudFormation stopped it when something else failed."""


@dataclass(frozen=True, slots=True)
class OperationEvent:
    """What happened to a resource, or to the stack as a whole."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    of_stack: bool

    @property
    def failed(self) -> bool:
        """Whether something went wrong here, and not because it did elsewhere."""
        return self.status.endswith("_FAILED") and not self.reason.startswith(_CANCELLED)

    @property
    def ends(self) -> bool:
        """Whether it ends the stack's operation."""
        return self.of_stack and self.status.endswith(("_COMPLETE", "_FAILED"))

    @property
    def settles(self) -> bool:
        """Whether nothing goes on after it."""
        return self.ends or (self.of_stack and self.status == _WAITING)

    @property
    def rolls_back(self) -> bool:
        """Whether the stack begins to go back."""
        return self.of_stack and self.status.endswith("ROLLBACK_IN_PROGRESS")

    def __str__(self) -> str:
        """Write it in plain words."""
        subject = f"the stack {self.logical_id}" if self.of_stack else f"{self.logical_id} ({self.type})"
        reason = f": {' '.join(self.reason.split())}" if self.reason else ""
        return f"{_doing(self.status)} {subject}{reason}"


def _doing(status: str) -> str:
    if status == "DELETE_SKIPPED":
        return "kept, outside the stack,"
    if status == _WAITING:
        return "waiting for a change set to be executed:"
    if status.endswith("CLEANUP_IN_PROGRESS"):
        return "cleaning up after"
    verbs = _UNDOING if "ROLLBACK" in status else next((v[1:] for v in _VERBS if status.startswith(v[0])), None)
    if verbs is None:
        return status
    doing, done, failed = verbs
    if status.endswith("_FAILED"):
        return failed
    return done if status.endswith("_COMPLETE") else doing


@dataclass(frozen=True, slots=True)
class StackOperation:
    """What was done to a stack at one go: from its start to its end, its rollback with it."""

    events: tuple[OperationEvent, ...]
    """The oldest first; never empty."""

    @property
    def ended(self) -> bool:
        """Whether the last event ends it."""
        return self.events[-1].settles

    @property
    def status(self) -> str:
        """The stack's status after it, or as it goes on."""
        return next((event.status for event in reversed(self.events) if event.of_stack), "in progress")

    @property
    def was_to_roll_back(self) -> bool:
        """Whether somebody asked for the rollback, as with `continue-update-rollback`; it is no failure's then."""
        return self.events[0].rolls_back and self.events[0].reason == "User Initiated"

    @property
    def succeeded(self) -> bool:
        """Whether it ended as it was meant to."""
        return self.status.endswith("_COMPLETE") and (self.was_to_roll_back or "ROLLBACK" not in self.status)


def last_operation(account: Account, stack: str) -> StackOperation:
    """Return the operation that goes on, or else the last one.

    Raises:
        OpsError: the stack has no events: CloudFormation keeps them for 90 days.
        BotoCoreError, ClientError: as any call.
    """
    found: list[OperationEvent] = []
    for event in _newest_first(account, stack):
        if event.ends and found:
            break  # the operation before ends here
        found.append(event)
    if not found:
        raise OpsError(f"{stack}: has no events of the last 90 days")
    return StackOperation(tuple(reversed(found)))


def events_after(account: Account, stack: str, known: Collection[str]) -> list[OperationEvent]:
    """Return the events that are not known yet, the oldest first.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    new: list[OperationEvent] = []
    for event in _newest_first(account, stack):
        if event.id in known:
            break
        new.append(event)
    return new[::-1]


def _newest_first(account: Account, stack: str) -> Iterator[OperationEvent]:
    following: dict[str, str] = {}
    while True:
        page = account.cloudformation.describe_stack_events(StackName=stack, **following)
        yield from map(_event, page["StackEvents"])
        token = page.get("NextToken")
        if not token or token == following.get("NextToken"):
            return
        following = {"NextToken": token}


def _event(event: StackEventTypeDef) -> OperationEvent:
    time = event["Timestamp"]
    physical_id = event.get("PhysicalResourceId", "")
    type_name = event.get("ResourceType", "")
    return OperationEvent(
        id=event["EventId"],
        time=time if time.tzinfo else time.replace(tzinfo=UTC),
        logical_id=event.get("LogicalResourceId", ""),
        physical_id=physical_id,
        type=type_name,
        status=event.get("ResourceStatus", ""),
        reason=event.get("ResourceStatusReason", ""),
        of_stack=type_name == _STACK and physical_id == event["StackId"],
    )
