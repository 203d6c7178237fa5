"""Whether one change of a change set may go ahead, and why: the rules, change by change.

What is lost when a change goes wrong decides: data, or the role that deploys. The rules know nothing of templates;
`ops.change_set.comparison` says what the change set's template grants, and how it differs from the reviewed source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ops.change_set.change_set import EvaluationType, ReplacementType, ResourceAction, ResourceAttribute
from ops.stack.resource_types import DATA_BEARING, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.change_set.change_set import DescribedChange, DescribedDetail

TRUST = "AssumeRolePolicyDocument"
INLINE_POLICIES = "Policies"
BOUNDARY = "AWS::IAM::ManagedPolicy"
"""The type of the functions' boundary, the one of its type in the deploy role's stack."""
_NESTED = "AWS::CloudFormation::Stack"
_KEPT_BY = frozenset({ResourceAttribute.DELETION_POLICY, ResourceAttribute.UPDATE_REPLACE_POLICY})


class ReviewVerdict(IntEnum):
    """What to do, from good to bad."""

    SAFE = 0
    HUMAN = 1
    REFUSED = 2

    @property
    def label(self) -> str:
        """As it is shown."""
        return {ReviewVerdict.SAFE: "safe", ReviewVerdict.HUMAN: "needs a human", ReviewVerdict.REFUSED: "refused"}[
            self
        ]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, with its reason in words."""

    verdict: ReviewVerdict
    reason: str


def rulings(
    change: DescribedChange, *, deploy_role: bool, role_stack: bool, narrows_trust: bool = False
) -> Iterator[Ruling]:
    """Yield what each rule says of a change; nothing, if none objects.

    Args:
        change: The change.
        deploy_role: Whether the resource is the deploy role.
        role_stack: Whether the stack is the deploy role's.
        narrows_trust: Whether it is proved that nobody can newly assume the deploy role.
    """
    what = "holds data" if change.type in DATA_BEARING else None
    if deploy_role:
        what = "the deploy role"
    elif role_stack and change.type == BOUNDARY:
        what = "without it the functions can do nothing"
    yield from _of_loss(change, what)
    yield from _of_nested(change)
    if deploy_role:
        yield from _of_deploy_role(change, narrows_trust=narrows_trust)
    elif role_stack and change.type == BOUNDARY:
        yield from _of_boundary(change)
    elif role_stack:
        yield Ruling(
            ReviewVerdict.HUMAN, "the role's stack has the deploy role, the functions' boundary, and nothing else"
        )
    if change.type in DATA_BEARING:
        yield from _of_keeping(change)


def _of_loss(change: DescribedChange, protected: str | None) -> Iterator[Ruling]:
    """Refuse that something protected is removed or replaced; leave the rest to a human."""
    lost = _loss(change)
    if lost is not None and protected is not None:
        yield Ruling(ReviewVerdict.REFUSED, f"{protected}: {lost}")
    elif lost is not None:
        yield Ruling(ReviewVerdict.HUMAN, f"{lost}; it holds no data")
    elif change.action is ResourceAction.SYNC_WITH_ACTUAL:
        yield Ruling(
            ReviewVerdict.HUMAN, "has drifted, and CloudFormation will take what is live for what was deployed"
        )


def _loss(change: DescribedChange) -> str | None:
    match change.action, change.replacement:
        case ResourceAction.REMOVE, _:
            after = {"Retain": "; it stays behind, outside the stack", "Snapshot": " after a snapshot"}
            told = change.policy_action.value if change.policy_action else ""
            return f"would be removed{after.get(told, '')}"
        case ResourceAction.DYNAMIC, _:
            return "what becomes of it is not known before the execution; it may be replaced or removed"
        case _, ReplacementType.TRUE:
            return f"would be replaced by another{_because(change)}"
        case _, ReplacementType.CONDITIONAL:
            return f"may be replaced by another{_because(change)}"
        case _:
            return None


def _because(change: DescribedChange) -> str:
    """Return what makes another resource of it, and on what that depends."""
    causes = dict.fromkeys(_cause(one) for one in change.details if one.replacement is not ReplacementType.FALSE)
    return f" ({', '.join(causes)})" if causes else ""


def _cause(detail: DescribedDetail) -> str:
    """Name the cause; of a value not known before the execution, CloudFormation tells only what it is taken from."""
    if detail.evaluation is EvaluationType.DYNAMIC and detail.causing_entity:
        return f"{detail.target}, if {detail.causing_entity} changes"
    return str(detail.target)


def _of_nested(change: DescribedChange) -> Iterator[Ruling]:
    if change.type == _NESTED or change.change_set_id:
        yield Ruling(ReviewVerdict.HUMAN, "what changes inside a nested stack is not shown here")


def _of_deploy_role(change: DescribedChange, *, narrows_trust: bool) -> Iterator[Ruling]:
    """Refuse a change of its trust but a narrowing; leave a change of more than that and its policy to a human."""
    touched = {name for detail in change.details for name in detail.target.properties}
    trusting = any(TRUST in detail.target.properties and not detail.target.is_rewording for detail in change.details)
    if trusting and narrows_trust:
        yield Ruling(
            ReviewVerdict.SAFE, f"changes in place; fewer may assume the deploy role, and nobody new ({TRUST})"
        )
    elif trusting:
        yield Ruling(ReviewVerdict.REFUSED, f"who may assume the deploy role would change ({TRUST})")
    expected = {INLINE_POLICIES, TRUST} if narrows_trust else {INLINE_POLICIES}
    others = {str(detail.target) for detail in change.details if not detail.target.properties <= expected}
    others |= {str(one.target) for one in change.details if one.target.attribute is not ResourceAttribute.PROPERTIES}
    others |= {attribute.value for attribute in change.scope if attribute is not ResourceAttribute.PROPERTIES}
    if others:
        named = ", ".join(sorted(others))
        yield Ruling(ReviewVerdict.HUMAN, f"more than the deploy role's inline policy changes: {named}")
    if change.action is not ResourceAction.MODIFY:
        yield Ruling(ReviewVerdict.HUMAN, "the deploy role is not modified in place")
    elif not touched and not others:
        yield Ruling(ReviewVerdict.HUMAN, "it is not told which properties of the deploy role change")


def _of_boundary(change: DescribedChange) -> Iterator[Ruling]:
    """Let the boundary be made; what it bounds was compared. A later change of it is a human's to judge."""
    if change.action is not ResourceAction.ADD:
        yield Ruling(ReviewVerdict.HUMAN, "what the functions can do at most changes")


def _of_keeping(change: DescribedChange) -> Iterator[Ruling]:
    for detail in change.details:
        target = detail.target
        if target.attribute in _KEPT_BY and not keeps(target.after_value):
            named = f"{target.attribute.value} becomes {target.after_value or 'unknown'}"
            yield Ruling(ReviewVerdict.HUMAN, f"holds data, and would no longer be kept: {named}")
