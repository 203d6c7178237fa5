"""An IMPORT change set: made, or found as an earlier run has left it, reviewed, executed and followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.errors import code_of, explained, message_of
from ops.aws.waiting import attempts
from ops.change_set.calls import (
    CAPABILITIES,
    NoSuchChangeSetError,
    await_change_set,
    delete_change_set,
    describe_change_set,
    proposed_template,
)
from ops.change_set.change_set import ExecutionStatus, ResourceAction
from ops.change_set.comparison import compare
from ops.change_set.review import Review, judge
from ops.change_set.verdict import ReviewVerdict
from ops.errors import OpsError
from ops.stack.state import existing_stack

if TYPE_CHECKING:
    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.importing.request import ImportRequest
    from ops.project.deployment import Deployment

_OPEN = frozenset({ExecutionStatus.AVAILABLE, ExecutionStatus.EXECUTE_IN_PROGRESS})
_STARTED = frozenset({ExecutionStatus.EXECUTE_IN_PROGRESS, ExecutionStatus.EXECUTE_COMPLETE})


def prepare(account: Account, request: ImportRequest) -> ChangeSet:
    """Find the change set of a request if it is there and can still be executed; else make it.

    Raises:
        OpsError: CloudFormation refuses it, does not make it in time, or executes it already, for another run.
        BotoCoreError, ClientError: as any call.
    """
    stack, name = request.stack.name, request.name
    if _is_there(account, stack, name):
        left = await_change_set(account, stack, name)
        if left.execution in _OPEN | _STARTED:
            return _not_started(left)
        delete_change_set(account, left)
    _create(account, request)
    return _not_started(await_change_set(account, stack, name))


def _not_started(change_set: ChangeSet) -> ChangeSet:
    if change_set.execution in _STARTED:
        raise OpsError(
            f"another run of reconcile was quicker with the change set {change_set.name}: run this again to see its end"
        )
    return change_set


def _is_there(account: Account, stack: str, name: str) -> bool:
    pages = account.cloudformation.get_paginator("list_change_sets").paginate(StackName=stack)
    return any(one.get("ChangeSetName") == name for page in pages for one in page["Summaries"])


def _create(account: Account, request: ImportRequest) -> None:
    try:
        account.cloudformation.create_change_set(
            StackName=request.stack.name,
            ChangeSetName=request.name,
            ChangeSetType="IMPORT",
            TemplateBody=request.body,
            ResourcesToImport=request.resources,
            Parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in request.stack.parameters],
            Tags=[{"Key": key, "Value": value} for key, value in request.stack.tags.items()],
            Capabilities=CAPABILITIES,
            Description="made by ops reconcile",
        )
    except ClientError as error:
        if code_of(error) == "ValidationError":
            raise OpsError(
                f"{request.stack.name} has changed, and CloudFormation makes no change set {request.name}:"
                f" {message_of(error)}; run this again"
            ) from None
        if code_of(error) != "AlreadyExistsException":  # another run was quicker, and asks for the same
            raise


def review_import(deployment: Deployment, account: Account, request: ImportRequest, change_set: ChangeSet) -> Review:
    """Judge the change set, which must import what was asked for, and do nothing else.

    Raises:
        InputError: it is not safe, or a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    stack = deployment.app
    comparison = compare(request.template, proposed_template(account, change_set))
    review = judge(deployment, stack.name, change_set, comparison)
    unsafe = [*_objections(review), *_unexpected(request, change_set)]
    if unsafe:
        raise OpsError(
            f"the change set {change_set.name} of {stack.name} is not executed: {'; '.join(unsafe)}"
            f" (python -m ops review {stack.name} --change-set {change_set.name})"
        )
    return review


def _unexpected(request: ImportRequest, change_set: ChangeSet) -> list[str]:
    """List each change that is not one of the imports, and each import that is missing."""
    wanted = {(o.name.logical_id, o.name.type, o.name.name, ResourceAction.IMPORT) for o in request.orphans}
    changes = {(one.logical_id, one.type, one.physical_id, one.action) for one in change_set.changes}
    return [
        *(
            f"{one[3].value} of {one[0]} ({one[1]} {one[2]}) was not asked for"
            for one in sorted(changes - wanted, key=str)
        ),
        *(f"it does not import {one[0]} ({one[1]} {one[2]})" for one in sorted(wanted - changes, key=str)),
    ]


def _objections(review: Review) -> list[str]:
    said = [*review.rulings, *(ruling for judged in review.changes for ruling in judged.rulings)]
    return [one.reason for one in sorted(said, key=lambda one: -one.verdict) if one.verdict is not ReviewVerdict.SAFE]


def execute(account: Account, change_set: ChangeSet) -> None:
    """Let CloudFormation execute it. It may be executing it already, for another run.

    Raises:
        OpsError: it can no longer be executed; nothing was imported.
        BotoCoreError, ClientError: as any call.
    """
    token = f"reconcile-{change_set.id.rpartition('/')[2]}"  # the same for a call that the SDK repeats
    try:
        account.cloudformation.execute_change_set(ChangeSetName=change_set.id, ClientRequestToken=token)
    except ClientError as error:
        if code_of(error) not in _REFUSALS:
            raise
        if not _has_started(account, change_set):
            raise OpsError(
                f"{change_set.stack} has changed since its change set {change_set.name} was reviewed, and nothing was"
                f" imported: run this again ({message_of(error)})"
            ) from None


_REFUSALS = frozenset(
    {
        "ChangeSetNotFound",
        "ChangeSetNotFoundException",
        "InvalidChangeSetStatus",
        "InvalidChangeSetStatusException",
        "ValidationError",
    }
)
"""Codes of `ExecuteChangeSet` for a change set that is gone or obsolete, or a stack that something else changes."""


def _has_started(account: Account, change_set: ChangeSet) -> bool:
    """Tell whether it is executed all the same: by another run, or by a call whose answer was lost."""
    try:
        return describe_change_set(account, change_set.stack, change_set.id).execution in _STARTED
    except OpsError:
        return False


def follow(account: Account, change_set: ChangeSet, timeout: float) -> None:
    """Wait until the import is complete.

    Raises:
        OpsError: it was rolled back, is not over in time, or cannot be followed; it goes on all the same.
    """
    try:
        execution, status = _end(account, change_set, timeout)
    except (BotoCoreError, ClientError, NoSuchChangeSetError) as error:
        said = str(error) if isinstance(error, NoSuchChangeSetError) else explained(error)
        raise OpsError(
            f"{said}; the import {change_set.name} has begun, and goes on by itself: run this again to see its end"
        ) from None
    if execution is not ExecutionStatus.EXECUTE_COMPLETE:
        raise OpsError(
            f"{change_set.stack} is in {status}: the import was not carried out, and no table was changed"
            f" ('python -m ops watch {change_set.stack}' names the cause)"
        )


def _end(account: Account, change_set: ChangeSet, timeout: float) -> tuple[ExecutionStatus, str]:
    """Wait until neither the change set nor the stack is being worked on; return the status of both."""
    for _ in attempts(timeout):
        execution = describe_change_set(account, change_set.stack, change_set.id).execution
        stack = existing_stack(account.cloudformation, change_set.stack)
        if execution not in _OPEN and not stack.is_changing:
            return execution, stack.status
    raise OpsError(
        f"{change_set.stack}: the import is not over after {timeout:.0f} s; it goes on by itself: run this again to see"
        " its end"
    )
