"""Where a stack is: whether it exists, in which state, and with what.

Source of the states: AWS CloudFormation User Guide, "Understand CloudFormation stack creation events" and "Stack status
codes"; a test compares them with those of botocore's model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.errors import code_of, message_of
from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

CAN_BE_UPDATED = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
)

_WAIT = "something is changing it: wait until that is over (ops watch), and ask again"
_ONLY_DELETED = "it can only be deleted, and nobody should do that alone: stop, and escalate"
_HALF_MADE = "an operation failed and was not rolled back: ops watch tells why, and how to roll it back"

CANNOT_BE_UPDATED: Mapping[str, str] = {
    "CREATE_IN_PROGRESS": _WAIT,
    "ROLLBACK_IN_PROGRESS": _WAIT,
    "DELETE_IN_PROGRESS": "somebody is deleting it: stop, and escalate",
    "UPDATE_IN_PROGRESS": _WAIT,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": _WAIT,
    "UPDATE_ROLLBACK_IN_PROGRESS": _WAIT,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": _WAIT,
    "IMPORT_IN_PROGRESS": _WAIT,
    "IMPORT_ROLLBACK_IN_PROGRESS": _WAIT,
    "REVIEW_IN_PROGRESS": "a change set for its creation was never executed, so nothing is deployed: this would be its"
    " first deployment, not an update",
    "CREATE_FAILED": _HALF_MADE,
    "UPDATE_FAILED": _HALF_MADE,
    "ROLLBACK_COMPLETE": f"its creation failed and was rolled back: {_ONLY_DELETED}",
    "ROLLBACK_FAILED": f"its creation failed, and so did the rollback: {_ONLY_DELETED}",
    "DELETE_FAILED": f"its deletion failed: {_ONLY_DELETED}",
    "DELETE_COMPLETE": "it was deleted: this would be a first deployment, not an update",
    "UPDATE_ROLLBACK_FAILED": "the rollback of an update failed: ops watch tells why, and how to go on",
    "IMPORT_ROLLBACK_FAILED": "the rollback of an import failed: look at its events, and escalate",
}
"""Why not, and what to do."""


@dataclass(frozen=True, slots=True)
class StackState:
    """What CloudFormation has on record of a stack."""

    name: str
    id: str
    """Its ARN, by which it can be asked for after it is deleted."""
    status: str
    reason: str = ""
    """Why it is in this status; empty if CloudFormation gives no reason."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """The value of each parameter; of one that is stored in Parameter Store, the value from there."""
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be updated now, and what to do; None: it can."""
        if self.status in CAN_BE_UPDATED:
            return None
        why = CANNOT_BE_UPDATED.get(self.status, "no such state is known here: look it up before anything else")
        return f"{self.name} is in {self.status}: {why}"

    @property
    def is_changing(self) -> bool:
        """Whether an operation goes on."""
        return self.status.endswith("_IN_PROGRESS")


def read_stack(cloudformation: CloudFormationClient, name: str) -> StackState | None:
    """Read where a stack is, by its name or id; None: there is no such stack. Calls `DescribeStacks`.

    Raises:
        OpsError: the name is empty.
        BotoCoreError, ClientError: as any call.
    """
    if not name:
        raise OpsError("'' is no stack's name")  # asked for it, CloudFormation would describe every stack
    try:
        (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return StackState(
        name=name,
        id=described.get("StackId", name),
        status=described["StackStatus"],
        reason=described.get("StackStatusReason", ""),
        parameters={
            one.get("ParameterKey", ""): one.get("ResolvedValue") or one.get("ParameterValue", "")
            for one in described.get("Parameters", [])
        },
        outputs={one.get("OutputKey", ""): one.get("OutputValue", "") for one in described.get("Outputs", [])},
        tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", [])},
    )


def existing_stack(cloudformation: CloudFormationClient, name: str) -> StackState:
    """Read where a stack is that must exist.

    Raises:
        OpsError: there is no such stack.
        BotoCoreError, ClientError: as any call.
    """
    stack = read_stack(cloudformation, name)
    if stack is None:
        raise OpsError(f"there is no stack {name!r} in {cloudformation.meta.region_name}")
    return stack


def is_missing(error: ClientError) -> bool:
    """Tell whether an error of CloudFormation means that there is no such stack; it has no code of its own for that."""
    return code_of(error) == "ValidationError" and "does not exist" in message_of(error)
