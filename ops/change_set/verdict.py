"""Whether one change of a change set may go ahead, and why: the rules, change by change.

What is lost when a change goes wrong decides: data, or the role that deploys. The rules know nothing of templates;
`ops.change_set.comparison` says what the change set's template grants, and how it differs from the reviewed source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ops.change_set.change_set import Action, Attribute, Evaluation, Recreation, Replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.change_set.change_set import Change, Detail

DATA_BEARING = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"})
"""The types that hold what cannot be made anew: items, objects, a secret's value. All else comes from the source."""

GRANTING = frozenset(
    {
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::S3::BucketPolicy",
        "AWS::SecretsManager::ResourcePolicy",
    }
)
"""The types, beside all of `AWS::IAM`, that say who may do what."""

TRUST = "AssumeRolePolicyDocument"
INLINE_POLICIES = "Policies"
_NESTED = "AWS::CloudFormation::Stack"
_KEEPING = frozenset({"Retain", "RetainExceptOnCreate"})
_KEPT_BY = frozenset({Attribute.DELETION_POLICY, Attribute.UPDATE_REPLACE_POLICY})


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


def grants(type_name: str) -> bool:
    """Whether a resource of this type says who may do what."""
    return type_name.startswith("AWS::IAM::") or type_name in GRANTING


def keeps(policy: object) -> bool:
    """Whether a `DeletionPolicy` or `UpdateReplacePolicy` leaves the resource where it is."""
    return policy in _KEEPING


def decisions(change: Change, *, deploy_role: bool, role_stack: bool) -> Iterator[Decision]:
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


def _of_loss(change: Change, protected: str | None) -> Iterator[Decision]:
    """Removal and replacement: of what is protected refused, of the rest for a human."""
    lost = _loss(change)
    if lost is not None and protected is not None:
        yield Decision(Verdict.REFUSED, f"{protected}: {lost}")
    elif lost is not None:
        yield Decision(Verdict.HUMAN, f"{lost}; it holds no data")
    elif change.action is Action.SYNC_WITH_ACTUAL:
        yield Decision(Verdict.HUMAN, "has drifted, and CloudFormation will take what is live for what was deployed")


def _loss(change: Change) -> str | None:
    match change.action, change.replacement:
        case Action.REMOVE, _:
            after = {"Retain": "; it stays behind, outside the stack", "Snapshot": " after a snapshot"}
            told = change.policy_action.value if change.policy_action else ""
            return f"would be removed{after.get(told, '')}"
        case Action.DYNAMIC, _:
            return "what becomes of it is not known before the execution; it may be replaced or removed"
        case _, Replacement.TRUE:
            return f"would be replaced by another{_because(change)}"
        case _, Replacement.CONDITIONAL:
            return f"may be replaced by another{_because(change)}"
        case _:
            return None


def _because(change: Change) -> str:
    """What makes another resource of it, and on what that depends."""
    causes = dict.fromkeys(map(_cause, (one for one in change.details if one.recreation is not Recreation.NEVER)))
    return f" ({', '.join(causes)})" if causes else ""


def _cause(detail: Detail) -> str:
    """Of a value that is not known before the execution, CloudFormation tells only what it is taken from."""
    if detail.evaluation is Evaluation.DYNAMIC and detail.cause:
        return f"{detail.what}, if {detail.cause} changes"
    return detail.what


def _of_nested(change: Change) -> Iterator[Decision]:
    if change.type == _NESTED or change.nested:
        yield Decision(Verdict.HUMAN, "what changes inside a nested stack is not shown here")


def _of_deploy_role(change: Change) -> Iterator[Decision]:
    """Its trust stays as it is, and only its inline policy may change without a human."""
    touched = {name for detail in change.details for name in detail.of_properties}
    if any(TRUST in detail.of_properties and not detail.is_rewording for detail in change.details):
        yield Decision(Verdict.REFUSED, f"who may assume the deploy role would change ({TRUST})")
    others = {detail.what for detail in change.details if not detail.of_properties <= {INLINE_POLICIES}}
    others |= {detail.what for detail in change.details if detail.attribute is not Attribute.PROPERTIES}
    others |= {attribute.value for attribute in change.scope if attribute is not Attribute.PROPERTIES}
    if others:
        named = ", ".join(sorted(others))
        yield Decision(Verdict.HUMAN, f"more than the deploy role's inline policy changes: {named}")
    if change.action is not Action.MODIFY:
        yield Decision(Verdict.HUMAN, "the deploy role is not modified in place")
    elif not touched and not others:
        yield Decision(Verdict.HUMAN, "it is not told which properties of the deploy role change")


def _of_keeping(change: Change) -> Iterator[Decision]:
    for detail in change.details:
        if detail.attribute in _KEPT_BY and not keeps(detail.after):
            named = f"{detail.attribute.value} becomes {detail.after or 'unknown'}"
            yield Decision(Verdict.HUMAN, f"holds data, and would no longer be kept: {named}")
