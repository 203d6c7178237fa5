"""Whether one change of a change set may go ahead, and why: the rules, change by change.

What is lost when a change goes wrong decides: data, or the role that deploys. The rules know nothing of templates;
`ops.change_set.comparison` says what the change set's template grants, and how it differs from the reviewed source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ops.change_set.change_set import ChangeAction, EvaluationType, ReplacementType, ResourceAttribute
from ops.stack.resource_types import DATA_BEARING, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.change_set.change_set import ResourceChange, ResourceChangeDetail

TRUST = "AssumeRolePolicyDocument"
INLINE_POLICIES = "Policies"
_NESTED = "AWS::CloudFormation::Stack"
_KEPT_BY = frozenset({ResourceAttribute.DELETION_POLICY, ResourceAttribute.UPDATE_REPLACE_POLICY})


class Verdict(IntEnum):
    """What to do, from good to bad."""

    SAFE = 0
    HUMAN = 1
    REFUSED = 2

    @property
    def words(self) -> str:
        """As it is shown."""
        return {Verdict.SAFE: "safe", Verdict.HUMAN: "needs a human", Verdict.REFUSED: "refused"}[self]


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, with its reason in words."""

    verdict: Verdict
    reason: str


def decisions(change: ResourceChange, *, deploy_role: bool, role_stack: bool) -> Iterator[Decision]:
    """What each rule says of a change; nothing, if none objects.

    Args:
        change: The change.
        deploy_role: Whether the resource is the deploy role.
        role_stack: Whether the stack is the deploy role's.
    """
    what = "the deploy role" if deploy_role else "holds data" if change.type in DATA_BEARING else None
    yield from _of_loss(change, what)
    yield from _of_nested(change)
    if deploy_role:
        yield from _of_deploy_role(change)
    elif role_stack:
        yield Decision(Verdict.HUMAN, "the role's stack has the deploy role and nothing else")
    if change.type in DATA_BEARING:
        yield from _of_keeping(change)


def _of_loss(change: ResourceChange, protected: str | None) -> Iterator[Decision]:
    """Removal and replacement: of what is protected refused, of the rest for a human."""
    lost = _loss(change)
    if lost is not None and protected is not None:
        yield Decision(Verdict.REFUSED, f"{protected}: {lost}")
    elif lost is not None:
        yield Decision(Verdict.HUMAN, f"{lost}; it holds no data")
    elif change.action is ChangeAction.SYNC_WITH_ACTUAL:
        yield Decision(Verdict.HUMAN, "has drifted, and CloudFormation will take what is live for what was deployed")


def _loss(change: ResourceChange) -> str | None:
    match change.action, change.replacement:
        case ChangeAction.REMOVE, _:
            after = {"Retain": "; it stays behind, outside the stack", "Snapshot": " after a snapshot"}
            told = change.policy_action.value if change.policy_action else ""
            return f"would be removed{after.get(told, '')}"
        case ChangeAction.DYNAMIC, _:
            return "what becomes of it is not known before the execution; it may be replaced or removed"
        case _, ReplacementType.TRUE:
            return f"would be replaced by another{_because(change)}"
        case _, ReplacementType.CONDITIONAL:
            return f"may be replaced by another{_because(change)}"
        case _:
            return None


def _because(change: ResourceChange) -> str:
    """What makes another resource of it, and on what that depends."""
    causes = dict.fromkeys(_cause(one) for one in change.details if one.replacement is not ReplacementType.FALSE)
    return f" ({', '.join(causes)})" if causes else ""


def _cause(detail: ResourceChangeDetail) -> str:
    """Of a value that is not known before the execution, CloudFormation tells only what it is taken from."""
    if detail.evaluation is EvaluationType.DYNAMIC and detail.causing_entity:
        return f"{detail.target}, if {detail.causing_entity} changes"
    return str(detail.target)


def _of_nested(change: ResourceChange) -> Iterator[Decision]:
    if change.type == _NESTED or change.change_set_id:
        yield Decision(Verdict.HUMAN, "what changes inside a nested stack is not shown here")


def _of_deploy_role(change: ResourceChange) -> Iterator[Decision]:
    """Its trust stays as it is, and only its inline policy may change without a human."""
    touched = {name for detail in change.details for name in detail.target.properties}
    if any(TRUST in detail.target.properties and not detail.target.is_rewording for detail in change.details):
        yield Decision(Verdict.REFUSED, f"who may assume the deploy role would change ({TRUST})")
    others = {str(detail.target) for detail in change.details if not detail.target.properties <= {INLINE_POLICIES}}
    others |= {str(one.target) for one in change.details if one.target.attribute is not ResourceAttribute.PROPERTIES}
    others |= {attribute.value for attribute in change.scope if attribute is not ResourceAttribute.PROPERTIES}
    if others:
        named = ", ".join(sorted(others))
        yield Decision(Verdict.HUMAN, f"more than the deploy role's inline policy changes: {named}")
    if change.action is not ChangeAction.MODIFY:
        yield Decision(Verdict.HUMAN, "the deploy role is not modified in place")
    elif not touched and not others:
        yield Decision(Verdict.HUMAN, "it is not told which properties of the deploy role change")


def _of_keeping(change: ResourceChange) -> Iterator[Decision]:
    for detail in change.details:
        target = detail.target
        if target.attribute in _KEPT_BY and not keeps(target.after_value):
            named = f"{target.attribute.value} becomes {target.after_value or 'unknown'}"
            yield Decision(Verdict.HUMAN, f"holds data, and would no longer be kept: {named}")
