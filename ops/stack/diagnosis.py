"""Why an operation failed, what it left behind, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant import least_statement, refusals
from leastgrant.denial import FailedResource, denial_in, need_denied
from ops.stack.resource_types import DATA_BEARING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant import Need
    from leastgrant.denial import Denial
    from ops.project.deployment import Deployment
    from ops.stack.events import OperationEvent, StackOperation


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong."""

    event: OperationEvent
    denial: Denial | None
    """The call that was denied, if that is why."""
    need: Need | None
    """What leastgrant knows the call is made for."""
    fix: tuple[str, ...]
    """How to fix it, in words."""

    @property
    def by_grant(self) -> bool:
        """Whether a grant in the role's own policy fixes it, as far as is told."""
        return self.denial is not None and self.denial.by_grant


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is to be known of an operation that has ended."""

    operation: StackOperation
    cause: Failure | None
    """The first thing that went wrong of itself, before any rollback; None if nothing did."""
    left_behind: tuple[OperationEvent, ...]
    """The last event of each resource that exists outside the stack because of the operation."""
    stuck: tuple[Failure, ...]
    """What could not be rolled back."""


def diagnose(deployment: Deployment, operation: StackOperation) -> Diagnosis:
    """Find the cause, what was left behind and what is stuck in an operation's events.

    Raises:
        InputError: what was synthesised cannot be read.
        PatternTooComplex: the denied resource is too complex to compare.
    """
    cause = None if operation.succeeded else _cause(operation)
    return Diagnosis(
        operation=operation,
        cause=_failure(deployment, cause) if cause else None,
        left_behind=tuple(_left_behind(operation)),
        stuck=tuple(_failure(deployment, event) for event in _stuck(operation)),
    )


def _failure(deployment: Deployment, event: OperationEvent) -> Failure:
    denial = denial_in(event.reason)
    if denial is not None:
        denial = replace(denial, failed=FailedResource(event.logical_id, event.type))
    need = need_denied(denial, deployment.needs, deployment.settings.account) if denial else None
    return Failure(event, denial, need, tuple(_fix(deployment, denial, need)) if denial else ())


def _cause(operation: StackOperation) -> OperationEvent | None:
    """Return the first failure of a resource; without any, what CloudFormation says of the stack.

    What fails once the stack goes back is not what it goes back for: `_stuck` tells that.
    """
    starts = (number for number, event in enumerate(operation.events) if event.rolls_back)
    begun = None if operation.was_to_roll_back else next(starts, None)
    failed = [event for event in operation.events[:begun] if event.failed and not event.of_stack]
    told = [event for event in operation.events if event.of_stack and event.reason and _went_wrong(event)]
    return next(iter([*failed, *(told[1:] if operation.was_to_roll_back else told)]), None)


def _went_wrong(event: OperationEvent) -> bool:
    return event.status.endswith("_FAILED") or "ROLLBACK" in event.status


def _fix(deployment: Deployment, denial: Denial, need: Need | None) -> Iterator[str]:
    """Yield what to do about a denial."""
    settings = deployment.settings
    if denial.encoded:
        yield (
            f"to read why: aws sts decode-authorization-message --region {settings.region}"
            f" --encoded-message {denial.encoded}"
        )
    if not denial.by_grant:
        kind = denial.policy.value if denial.policy else "policy"
        why = f"denied explicitly, by {kind}" if denial.explicit else f"no {kind} allows it"
        yield f"no grant in the role fixes it: {why}"
        return
    if denial.principal and f":assumed-role/{settings.deploy_role_name}/" not in denial.principal:
        yield f"the caller is not the deploy role {settings.deploy_role_name}: deploy with that role"
        return
    if denial.action is None:
        yield "the message names no action: CloudTrail has the call, 'python -m ops simulate' asks for all of them"
    elif need is None:
        yield f'allow "{denial.action}" on "{denial.resource or "*"}"; leastgrant does not know this call:'
        yield "add it to tests/leastgrant/incidents.json, as CONTRIBUTING.md says, so that the proof finds it"
    elif refusals([need], deployment.role.permissions)[need] is None:
        yield f"{least_statement(need)}: the synthesised role grants this, so the live role is stale;"
        yield f"update the role's stack first: python -m ops review {settings.role_stack_name}"
    else:
        yield f"{least_statement(need)}: the synthesised role does not grant it either; add it to the role's grants"


def _left_behind(operation: StackOperation) -> Iterator[OperationEvent]:
    """Yield what was kept when it left the stack, or was created and not deleted by the rollback."""
    last = {(event.logical_id, event.physical_id): event for event in operation.events if not event.of_stack}
    created = {
        (event.logical_id, event.physical_id)
        for event in operation.events
        if event.status == "CREATE_COMPLETE" and event.physical_id and not event.of_stack
    }
    rolled_back = operation.ended and any(event.rolls_back for event in operation.events)
    for key, event in last.items():
        if event.status == "DELETE_SKIPPED" or (rolled_back and key in created and event.status != "DELETE_COMPLETE"):
            yield event


def _stuck(operation: StackOperation) -> Iterator[OperationEvent]:
    """Yield what failed in the rollback itself: only what is `UPDATE_FAILED` can be skipped.

    Source: "Continue rolling back an update", AWS CloudFormation User Guide.
    """
    if operation.status != "UPDATE_ROLLBACK_FAILED":
        return
    begun = max((number for number, event in enumerate(operation.events) if event.rolls_back), default=0)
    last = {event.logical_id: event for event in operation.events[begun:] if not event.of_stack}
    failed = [event for event in last.values() if event.failed and event.status == "UPDATE_FAILED"]
    yield from failed or [operation.events[-1]]  # without any, what CloudFormation says of the stack


def next_steps(deployment: Deployment, diagnosis: Diagnosis, stack: str) -> Iterator[str]:
    """Yield the commands that come next, each on a line."""
    operation, settings = diagnosis.operation, deployment.settings
    status, on = operation.status, f"--region {settings.region} --stack-name {stack}"
    if operation.succeeded and not operation.was_to_roll_back:
        if stack == settings.app_stack_name and not status.startswith("DELETE"):
            yield "python -m ops smoke"
        return
    if status == "UPDATE_ROLLBACK_FAILED":
        if any(failure.by_grant for failure in diagnosis.stuck):
            yield f"python -m ops review {settings.role_stack_name}"
        yield from _continue(diagnosis.stuck, on)
        return
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}:
        yield f"aws cloudformation delete-stack {on}   (what was never created cannot be updated)"
    elif status in {"CREATE_FAILED", "UPDATE_FAILED"}:
        yield f"aws cloudformation rollback-stack {on}   (its rollback was turned off)"
    if any(event.type in DATA_BEARING for event in diagnosis.left_behind):
        yield "python -m ops reconcile   (what was left behind stands in the way of the next deployment)"
    if diagnosis.cause is not None and diagnosis.cause.by_grant:
        yield f"python -m ops review {settings.role_stack_name}"
    yield "python -m ops preflight"


def _continue(stuck: Sequence[Failure], on: str) -> Iterator[str]:
    command = f"aws cloudformation continue-update-rollback {on}"
    yield f"{command}   (once the cause is fixed: it tries again)"
    skipped = [failure.event.logical_id for failure in stuck if not failure.event.of_stack]
    if skipped:
        yield f"{command} --resources-to-skip {' '.join(skipped)}   (only if it cannot be fixed)"
