"""The outputs of a deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.checks.stack_can_be_updated import is_missing
from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient


def stack_outputs(cloudformation: CloudFormationClient, stack: str, *wanted: str) -> Mapping[str, str]:
    """The stack's outputs, which have at least those wanted; calls `DescribeStacks`.

    Raises:
        OpsError: there is no such stack, or it lacks an output.
        BotoCoreError, ClientError: as any call.
    """
    try:
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if is_missing(error):
            raise OpsError(f"there is no stack {stack}: deploy it first") from None
        raise
    outputs = {output.get("OutputKey", ""): output.get("OutputValue", "") for output in described.get("Outputs", [])}
    for key in wanted:
        if not outputs.get(key):
            raise OpsError(f"{stack} ({described['StackStatus']}) has no output {key}: deploy it first")
    return outputs
