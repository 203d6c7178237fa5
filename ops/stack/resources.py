"""What a stack has: its resources by type and physical id."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.stack.state import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackResourceSummaryTypeDef

GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_FAILED", "IMPORT_FAILED", "IMPORT_ROLLBACK_COMPLETE"})
"""States of a resource that the stack once had, or tried to make or import, and does not have. `DELETE_SKIPPED`: it
was kept by its `DeletionPolicy` ("Resource status codes", AWS CloudFormation User Guide)."""


def owned_by(cloudformation: CloudFormationClient, stack: str) -> Mapping[str, set[str]]:
    """Return the physical ids of what the stack has, by type; nothing, if there is no such stack.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    owned: defaultdict[str, set[str]] = defaultdict(set)
    try:
        for resource in _listed(cloudformation, stack):
            owned[resource["ResourceType"]].add(resource.get("PhysicalResourceId", ""))
    except ClientError as error:
        if not is_missing(error):
            raise
    return owned


def physical_ids(cloudformation: CloudFormationClient, stack: str) -> Mapping[str, str]:
    """Return the physical id of each resource that the stack has, by logical id. Calls `ListStackResources`.

    Raises:
        BotoCoreError, ClientError: as any call, and if there is no such stack.
    """
    listed = _listed(cloudformation, stack)
    return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in listed}


def _listed(cloudformation: CloudFormationClient, stack: str) -> Iterator[StackResourceSummaryTypeDef]:
    """Yield what the stack has; what has no physical id was never made."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceStatus"] not in GONE and resource.get("PhysicalResourceId"):
                yield resource


def is_named(physical_id: str, name: str) -> bool:
    """Tell whether it is the name, or an ARN of it: a policy's, or a secret's, which ends in six random characters."""
    own = re.escape(name)
    return re.fullmatch(rf"{own}|arn:.*:policy/{own}|arn:.*:secret:{own}-.{{6}}", physical_id) is not None


def other_owner(cloudformation: CloudFormationClient, stack: str, physical_id: str) -> str | None:
    """Return the name of another stack that has the resource, if there is one.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    try:
        resources = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)["StackResources"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    owners = {
        resource.get("StackName")
        for resource in resources
        if resource.get("PhysicalResourceId") == physical_id and resource["ResourceStatus"] not in GONE
    }
    return next((owner for owner in owners if owner and owner != stack), None)
