"""The verdict on a whole change set: each of its changes, and what concerns none of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam import COMPONENTS
from ops.change_set.change_set import ChangeAction, ChangeSetStatus, ExecutionStatus
from ops.change_set.verdict import TRUST, Decision, Verdict, decisions
from ops.stack.resource_types import DATA_BEARING, grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.change_set.change_set import ChangeSet, ResourceChange
    from ops.change_set.comparison import Comparison
    from ops.project.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Judged:
    """A change, with what the rules say of it."""

    change: ResourceChange
    decisions: tuple[Decision, ...]
    """The worst first; never empty."""

    @property
    def verdict(self) -> Verdict:
        """The worst."""
        return self.decisions[0].verdict

    @property
    def reason(self) -> str:
        """In words, all that is said against it; or, if nothing is, for it."""
        against = [decision.reason for decision in self.decisions if decision.verdict is not Verdict.SAFE]
        return "; ".join(against or [decision.reason for decision in self.decisions])


def of_whole(
    deployment: Deployment, stack: str, change_set: ChangeSet, comparison: Comparison | None
) -> Iterator[Decision]:
    """What is said of the change set as such, and of resources that it does not change."""
    yield from _of_place(deployment, stack, change_set)
    if change_set.empty:
        yield Decision(Verdict.SAFE, "nothing to do: the stack is as the template says")
        return
    yield from _of_status(change_set)
    if comparison is None or change_set.status is not ChangeSetStatus.CREATE_COMPLETE:
        return
    changed = {change.logical_id for change in change_set.changes}
    for section in comparison.sections:
        yield Decision(Verdict.HUMAN, f"{section} of its template: not as in the reviewed template")
    for logical_id, difference in comparison.resources.items():
        if logical_id not in changed:
            yield Decision(Verdict.HUMAN, f"{logical_id} {difference}")
    for gain in comparison.gains:
        if gain.logical_id not in changed:
            yield Decision(Verdict.REFUSED, f"{gain.logical_id} {gain.what}")


def _of_place(deployment: Deployment, stack: str, change_set: ChangeSet) -> Iterator[Decision]:
    settings = deployment.settings
    place = change_set.stack_id.split(":")
    there = place[3 : COMPONENTS - 1] == [settings.region, settings.account]
    if change_set.stack != stack or not change_set.stack_id.partition(":stack/")[2].startswith(f"{stack}/"):
        yield Decision(Verdict.REFUSED, f"is of another stack: {change_set.stack} ({change_set.stack_id}), not {stack}")
    elif not there:
        named = f"{settings.account} in {settings.region}"
        yield Decision(Verdict.REFUSED, f"is of another account or region ({change_set.stack_id}), not of {named}")
    if stack not in {settings.app_stack_name, settings.role_stack_name}:
        yield Decision(Verdict.REFUSED, f"{stack} is no stack of the settings")


def _of_status(change_set: ChangeSet) -> Iterator[Decision]:
    if change_set.status is ChangeSetStatus.FAILED:
        yield Decision(
            Verdict.REFUSED, f"CloudFormation could not make it: {change_set.reason or 'no reason is given'}"
        )
    elif change_set.status is not ChangeSetStatus.CREATE_COMPLETE:
        yield Decision(Verdict.REFUSED, f"is not complete: {change_set.status.value}")
    elif change_set.execution is not ExecutionStatus.AVAILABLE:
        why = {
            ExecutionStatus.OBSOLETE: ": the stack has changed since it was made; make another",
            ExecutionStatus.EXECUTE_COMPLETE: ": it was executed already",
        }.get(change_set.execution, "")
        yield Decision(Verdict.REFUSED, f"cannot be executed: {change_set.execution.value}{why}")
    elif not change_set.changes:
        yield Decision(Verdict.SAFE, "changes no resource")


def of_changes(
    deployment: Deployment, stack: str, change_set: ChangeSet, comparison: Comparison | None
) -> Iterator[Judged]:
    """Each change with its decisions."""
    role_stack = stack == deployment.settings.role_stack_name
    for change in change_set.changes:
        deploy_role = _is_deploy_role(deployment, change, role_stack=role_stack)
        said = [
            *decisions(change, deploy_role=deploy_role, role_stack=role_stack),
            *_of_access(change, comparison, deploy_role=deploy_role),
            *_of_import(change, comparison),
        ] or [Decision(Verdict.SAFE, _SAFE.get(change.action, "changes in place"))]
        yield Judged(change, tuple(sorted(said, key=lambda decision: -decision.verdict)))


_SAFE = {ChangeAction.ADD: "is new"}


def _is_deploy_role(deployment: Deployment, change: ResourceChange, *, role_stack: bool) -> bool:
    """By its physical name wherever it is, and by its logical id in its own stack."""
    named = change.physical_id == deployment.settings.deploy_role_name
    return change.type == "AWS::IAM::Role" and (named or (role_stack and change.logical_id == deployment.role.name))


def _of_access(change: ResourceChange, comparison: Comparison | None, *, deploy_role: bool) -> Iterator[Decision]:
    touched = {name for detail in change.details for name in detail.target.properties}
    if comparison is None:
        if grants(change.type) or any("Polic" in name for name in touched):
            yield Decision(Verdict.HUMAN, "its access was not compared with the reviewed source")
        return
    for gain in comparison.gains:
        if gain.logical_id == change.logical_id:
            yield Decision(Verdict.REFUSED, gain.what)
    if change.logical_id in comparison.resources:
        yield Decision(Verdict.HUMAN, comparison.resources[change.logical_id])
    trusting = [detail.target for detail in change.details if TRUST in detail.target.properties]
    if not all(target.is_rewording for target in trusting) and not deploy_role:
        yield Decision(Verdict.HUMAN, f"who may assume the role changes ({TRUST})")
    elif trusting and not deploy_role:
        yield Decision(Verdict.SAFE, "changes in place; its trust is only written otherwise")


def _of_import(change: ResourceChange, comparison: Comparison | None) -> Iterator[Decision]:
    if change.action is not ChangeAction.IMPORT:
        return
    if change.type not in DATA_BEARING:
        yield Decision(Verdict.HUMAN, "import: only what holds data is expected to be imported")
    elif comparison is None:
        yield Decision(Verdict.HUMAN, "import: whether its DeletionPolicy keeps it is in the template, not in the file")
    elif change.logical_id not in comparison.kept:
        yield Decision(Verdict.HUMAN, "import: its DeletionPolicy does not keep it; a rollback could delete it")
    else:
        yield Decision(Verdict.SAFE, "import: the stack takes it over as it is, and its DeletionPolicy keeps it")
