"""The stack is there, and in a state in which CloudFormation updates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.checks.result import CheckFinding, found, good
from ops.stack.state import read_stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


def stack_can_be_updated(cloudformation: CloudFormationClient, name: str) -> CheckFinding:
    """Call `DescribeStacks`.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    stack = read_stack(cloudformation, name)
    if stack is None:
        return found(f"there is no stack {name}: this would be its first deployment, not an update")
    if stack.obstacle is None:
        return good(f"{name} is in {stack.status}: it can be updated")
    return found(stack.obstacle, *([f"reason: {stack.reason}"] if stack.reason else []))
