"""The verdict on a whole change set: each of its changes, and what concerns none of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam import COMPONENTS
from ops.change_set import in_place
from ops.change_set.change_set import ChangeSetStatus, ExecutionStatus, ResourceAction
from ops.change_set.verdict import TRUST, ReviewVerdict, Ruling, rulings
from ops.stack.resource_types import DATA_BEARING, grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.change_set.change_set import ChangeSet, DescribedChange
    from ops.change_set.comparison import ReviewComparison
    from ops.project.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Judged:
    """A change, with what the rules say of it."""

    change: DescribedChange
    rulings: tuple[Ruling, ...]
    """The worst first; never empty."""

    @property
    def verdict(self) -> ReviewVerdict:
        """The worst."""
        return self.rulings[0].verdict

    @property
    def reason(self) -> str:
        """In words, all that is said against it; or, if nothing is, for it."""
        against = [ruling.reason for ruling in self.rulings if ruling.verdict is not ReviewVerdict.SAFE]
        return "; ".join(against or [ruling.reason for ruling in self.rulings])


def of_whole(
    deployment: Deployment, stack: str, change_set: ChangeSet, comparison: ReviewComparison | None
) -> Iterator[Ruling]:
    """Yield what is said of the change set as such, and of resources that it does not change."""
    yield from _of_place(deployment, stack, change_set)
    if change_set.empty:
        yield Ruling(ReviewVerdict.SAFE, "nothing to do: the stack is as the template says")
        return
    yield from _of_status(change_set)
    if comparison is None or change_set.status is not ChangeSetStatus.CREATE_COMPLETE:
        return
    changed = {change.logical_id for change in change_set.changes}
    for section in comparison.sections:
        yield Ruling(ReviewVerdict.HUMAN, f"{section} of its template: not as in the reviewed template")
    for logical_id, difference in comparison.resources.items():
        if logical_id not in changed:
            yield Ruling(ReviewVerdict.HUMAN, f"{logical_id} {difference}")
    for gain in comparison.gains:
        if gain.logical_id not in changed:
            yield Ruling(ReviewVerdict.REFUSED, f"{gain.logical_id} {gain.what}")


def _of_place(deployment: Deployment, stack: str, change_set: ChangeSet) -> Iterator[Ruling]:
    settings = deployment.settings
    place = change_set.stack_id.split(":")
    there = place[3 : COMPONENTS - 1] == [settings.region, settings.account]
    if change_set.stack != stack or not change_set.stack_id.partition(":stack/")[2].startswith(f"{stack}/"):
        yield Ruling(
            ReviewVerdict.REFUSED, f"is of another stack: {change_set.stack} ({change_set.stack_id}), not {stack}"
        )
    elif not there:
        named = f"{settings.account} in {settings.region}"
        yield Ruling(ReviewVerdict.REFUSED, f"is of another account or region ({change_set.stack_id}), not of {named}")
    if stack not in {settings.app_stack_name, settings.role_stack_name}:
        yield Ruling(ReviewVerdict.REFUSED, f"{stack} is no stack of the settings")


def _of_status(change_set: ChangeSet) -> Iterator[Ruling]:
    if change_set.status is ChangeSetStatus.FAILED:
        yield Ruling(
            ReviewVerdict.REFUSED, f"CloudFormation could not make it: {change_set.reason or 'no reason is given'}"
        )
    elif change_set.status is not ChangeSetStatus.CREATE_COMPLETE:
        yield Ruling(ReviewVerdict.REFUSED, f"is not complete: {change_set.status.value}")
    elif change_set.execution is not ExecutionStatus.AVAILABLE:
        why = {
            ExecutionStatus.OBSOLETE: ": the stack has changed since it was made; make another",
            ExecutionStatus.EXECUTE_COMPLETE: ": it was executed already",
        }.get(change_set.execution, "")
        yield Ruling(ReviewVerdict.REFUSED, f"cannot be executed: {change_set.execution.value}{why}")
    elif not change_set.changes:
        yield Ruling(ReviewVerdict.SAFE, "changes no resource")


def of_changes(
    deployment: Deployment,
    stack: str,
    change_set: ChangeSet,
    comparison: ReviewComparison | None,
    *,
    narrows_trust: bool = False,
) -> Iterator[Judged]:
    """Yield each change with its rulings."""
    role_stack = stack == deployment.settings.role_stack_name
    for change in change_set.changes:
        deploy_role = _is_deploy_role(deployment, change, role_stack=role_stack)
        said = [
            *rulings(change, deploy_role=deploy_role, role_stack=role_stack, narrows_trust=narrows_trust),
            *(() if deploy_role else in_place.rulings(change, change_set.changes, compared=comparison is not None)),
            *_of_access(change, comparison, deploy_role=deploy_role),
            *_of_import(change, comparison),
        ] or [Ruling(ReviewVerdict.SAFE, _SAFE.get(change.action, "changes in place"))]
        yield Judged(change, tuple(sorted(said, key=lambda ruling: -ruling.verdict)))


_SAFE = {ResourceAction.ADD: "is new"}


def _is_deploy_role(deployment: Deployment, change: DescribedChange, *, role_stack: bool) -> bool:
    """Tell whether it is the deploy role: by its physical name anywhere, by its logical id in its own stack."""
    named = change.physical_id == deployment.settings.deploy_role_name
    return change.type == "AWS::IAM::Role" and (named or (role_stack and change.logical_id == deployment.role.name))


def _of_access(change: DescribedChange, comparison: ReviewComparison | None, *, deploy_role: bool) -> Iterator[Ruling]:
    touched = {name for detail in change.details for name in detail.target.properties}
    if comparison is None:
        if grants(change.type) or any("Polic" in name for name in touched):
            yield Ruling(ReviewVerdict.HUMAN, "its access was not compared with the reviewed source")
        return
    for gain in comparison.gains:
        if gain.logical_id == change.logical_id:
            yield Ruling(ReviewVerdict.REFUSED, gain.what)
    if change.logical_id in comparison.resources:
        yield Ruling(ReviewVerdict.HUMAN, comparison.resources[change.logical_id])
    trusting = [detail.target for detail in change.details if TRUST in detail.target.properties]
    if not all(target.is_rewording for target in trusting) and not deploy_role:
        yield Ruling(ReviewVerdict.HUMAN, f"who may assume the role changes ({TRUST})")
    elif trusting and not deploy_role:
        yield Ruling(ReviewVerdict.SAFE, "changes in place; its trust is only written otherwise")


def _of_import(change: DescribedChange, comparison: ReviewComparison | None) -> Iterator[Ruling]:
    if change.action is not ResourceAction.IMPORT:
        return
    if change.type not in DATA_BEARING:
        yield Ruling(ReviewVerdict.HUMAN, "import: only what holds data is expected to be imported")
    elif comparison is None:
        yield Ruling(
            ReviewVerdict.HUMAN, "import: whether its DeletionPolicy keeps it is in the template, not in the file"
        )
    elif change.logical_id not in comparison.kept:
        yield Ruling(ReviewVerdict.HUMAN, "import: its DeletionPolicy does not keep it; a rollback could delete it")
    else:
        yield Ruling(ReviewVerdict.SAFE, "import: the stack takes it over as it is, and its DeletionPolicy keeps it")
