"""The functions' permissions boundary, put on their roles in the app's live stack: nothing else of it changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.change_set.calls import CAPABILITIES, LARGEST_BODY, proposed_template
from ops.change_set.change_set import EvaluationType, ResourceAction
from ops.change_set.comparison import compare
from ops.change_set.review import Review, judge
from ops.change_set.verdict import ReviewVerdict, Ruling
from ops.errors import OpsError
from ops.stack.template import place_of, placed_template

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet, DescribedDetail
    from ops.project.deployment import Deployment
    from ops.project.placed_template import PlacedTemplate
    from ops.stack.state import StackState

_ROLE = "AWS::IAM::Role"
_BOUNDARY = "PermissionsBoundary"


@dataclass(frozen=True, slots=True)
class BoundaryUpdate:
    """The live template with the boundary on each role that the synthesised one has it on."""

    stack: StackState
    template: PlacedTemplate
    roles: tuple[str, ...]
    """The logical ids of the roles that get it; none: all have it."""

    def create(self, account: Account, name: str) -> None:
        """Ask for the change set; it is not executed.

        Raises:
            OpsError: the template is too large.
            BotoCoreError, ClientError: as any call.
        """
        body = json.dumps(self.template.tree, separators=(",", ":"))
        if len(body.encode()) > LARGEST_BODY:
            raise OpsError(
                f"the template of {self.stack.name} has {len(body.encode()):,} bytes, and CloudFormation takes"
                f" {LARGEST_BODY:,} in a request: add {_BOUNDARY} by hand, with the template in a bucket"
            )
        account.cloudformation.create_change_set(
            StackName=self.stack.name,
            ChangeSetName=name,
            ChangeSetType="UPDATE",
            TemplateBody=body,
            Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in self.stack.parameters],
            Tags=[{"Key": key, "Value": value} for key, value in self.stack.tags.items()],
            Capabilities=list(CAPABILITIES),
            Description="made by ops bound-roles, to be reviewed",
        )

    def review(self, deployment: Deployment, account: Account, change_set: ChangeSet) -> Review:
        """Judge the change set, which must put the boundary on the roles and do nothing else.

        Raises:
            InputError: its template cannot be read.
            BotoCoreError, ClientError: as any call.
        """
        comparison = compare(self.template, proposed_template(account, change_set))
        found = judge(deployment, self.stack.name, change_set, comparison)
        return Review(
            found.change_set, found.changes, (*found.rulings, *self._unexpected(change_set)), found.comparison
        )

    def _unexpected(self, change_set: ChangeSet) -> Iterator[Ruling]:
        changed = {change.logical_id for change in change_set.changes}
        for change in change_set.changes:
            touched = {
                name for detail in change.details if not _follows(detail, changed) for name in detail.target.properties
            }
            wanted = {_BOUNDARY} if change.logical_id in self.roles else set[str]()
            if change.action is not ResourceAction.MODIFY or not change.details or touched != wanted:
                others = ", ".join(sorted(touched - wanted)) or "it"
                yield Ruling(ReviewVerdict.REFUSED, f"{change.logical_id}: {others} was not to be changed")
        for role in set(self.roles) - {change.logical_id for change in change_set.changes}:
            yield Ruling(ReviewVerdict.REFUSED, f"{role}: gets no boundary")


def _follows(detail: DescribedDetail, changed: Container[str]) -> bool:
    """Tell whether a property changes only if an attribute of a changed resource does; a role keeps its own."""
    cause = (detail.causing_entity or "").partition(".")[0]
    return detail.evaluation is EvaluationType.DYNAMIC and cause in changed


def boundary_update(
    account: Account, stack: StackState, live: PlacedTemplate, wanted: Mapping[str, Mapping[str, Any]]
) -> BoundaryUpdate:
    """Add to the live template the boundary of each role that the wanted one has it on, and the live one has not.

    Args:
        account: The account.
        stack: The app's stack.
        live: Its template, macros expanded.
        wanted: The resources of the synthesised template.

    Raises:
        TemplateError: it is no template.
    """
    boundaries = {
        name: boundary
        for name, resource in wanted.items()
        if resource["Type"] == _ROLE and (boundary := resource.get("Properties", {}).get(_BOUNDARY)) is not None
    }
    resources: dict[str, Any] = dict(live.resources)
    bounded: list[str] = []
    for name, boundary in boundaries.items():
        resource = resources.get(name)
        if resource is not None and resource.get("Properties", {}).get(_BOUNDARY) != boundary:
            resources[name] = {**resource, "Properties": {**resource.get("Properties", {}), _BOUNDARY: boundary}}
            bounded.append(name)
    tree = {**live.tree, "Resources": resources}
    place = place_of(account.settings, stack.name)
    name = f"{stack.name} with the functions' boundary"
    return BoundaryUpdate(stack, placed_template(tree, name, place, live.parameters), tuple(bounded))
