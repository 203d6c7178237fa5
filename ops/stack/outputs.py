"""The outputs of a deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.errors import OpsError
from ops.stack.state import read_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient


def stack_outputs(cloudformation: CloudFormationClient, name: str, *wanted: str) -> Mapping[str, str]:
    """Read the stack's outputs, which have at least those wanted.

    Raises:
        OpsError: there is no such stack, or it lacks an output.
        BotoCoreError, ClientError: as any call.
    """
    stack = read_stack(cloudformation, name)
    if stack is None:
        raise OpsError(f"there is no stack {name}: deploy it first")
    for key in wanted:
        if not stack.outputs.get(key):
            raise OpsError(f"{name} ({stack.status}) has no output {key}: deploy it first")
    return stack.outputs
