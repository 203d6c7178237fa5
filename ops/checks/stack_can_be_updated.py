"""The stack is there, and in a state in which CloudFormation updates it.

Source: AWS CloudFormation User Guide, "Understand CloudFormation stack creation events" and "Stack status codes"; a
test compares the states here with those of botocore's model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.errors import code_of, message_of
from ops.checks.result import Finding, found, good

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


def stack_can_be_updated(cloudformation: CloudFormationClient, stack: str) -> Finding:
    """Calls `DescribeStacks`.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    try:
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if not is_missing(error):
            raise
        return found(f"there is no stack {stack}: this would be its first deployment, not an update")
    status = described["StackStatus"]
    if status in CAN_BE_UPDATED:
        return good(f"{stack} is in {status}: it can be updated")
    why = CANNOT_BE_UPDATED.get(status, "no such state is known here: look it up before anything else")
    reason = described.get("StackStatusReason")
    return found(f"{stack} is in {status}: {why}", *([f"reason: {reason}"] if reason else []))


def is_missing(error: ClientError) -> bool:
    """Whether an error of CloudFormation means that there is no such stack; it has no code of its own for that."""
    return code_of(error) == "ValidationError" and "does not exist" in message_of(error)
