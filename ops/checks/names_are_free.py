"""No name that the stack's template will create is taken by something outside the stack, such as a leftover."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from leastgrant.report.words import counted
from ops.checks.result import Finding, found, good, not_asked
from ops.checks.stack_can_be_updated import is_missing
from ops.error import explained
from ops.fixed_names import FixedName, fixed_names, is_taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from leastgrant.template import ResolvedTemplate
    from ops.account import Account

_THREADS = 4

_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_FAILED"})
"""States of a resource that the stack once had, or tried to make, and does not have. `DELETE_SKIPPED`: it was kept by
its `DeletionPolicy` ("Resource status codes", AWS CloudFormation User Guide)."""


def names_are_free(account: Account, stack: str, template: ResolvedTemplate) -> Finding:
    """Calls `ListStackResources`, and for each fixed name that the stack does not have, asks its service.

    Raises:
        BotoCoreError, ClientError: the stack's resources could not be listed.
    """
    owned = _owned(account.cloudformation, stack)
    names = list(fixed_names(template))
    fixed = [name for name in names if isinstance(name, FixedName)]
    asked = [name for name in fixed if not any(_is_named(one, name.name) for one in owned.get(name.type, ()))]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = dict(zip(asked, pool.map(partial(_is_taken, account), asked), strict=True))
    taken = [f"{name} exists outside {stack}" for name, answer in answers.items() if answer is True]
    unknown = [f"not checked: {name}: {answer}" for name, answer in answers.items() if isinstance(answer, str)]
    unknown += [f"not checked: {name}" for name in names if not isinstance(name, FixedName)]
    if taken:
        left = counted(len(taken), "resource")
        return found(f"{left} outside {stack} with a name that it will create: run ops reconcile", *taken, *unknown)
    if unknown:
        return not_asked(f"not for every name that {stack} will create is it known whether it is taken", *unknown)
    return good(f"{stack} has, or can create, all its {counted(len(fixed), 'fixed name')}")


def _is_taken(account: Account, name: FixedName) -> bool | str:
    """Whether the name is taken, or why that could not be asked."""
    try:
        return is_taken(account, name)
    except (BotoCoreError, ClientError) as error:
        return explained(error)


def _owned(cloudformation: CloudFormationClient, stack: str) -> Mapping[str, set[str]]:
    """The physical ids of what the stack has, by type; nothing, if there is no such stack."""
    owned: defaultdict[str, set[str]] = defaultdict(set)
    try:
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                if resource["ResourceStatus"] not in _GONE and (physical_id := resource.get("PhysicalResourceId")):
                    owned[resource["ResourceType"]].add(physical_id)
    except ClientError as error:
        if not is_missing(error):
            raise
    return owned


def _is_named(physical_id: str, name: str) -> bool:
    """Whether it is the name, or a secret's ARN, which ends in the name and six random characters."""
    return physical_id == name or re.fullmatch(rf"arn:.*:secret:{re.escape(name)}-.{{6}}", physical_id) is not None
