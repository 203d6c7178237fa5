"""A rule of the pack, and how cdk-nag applies it to a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import CfnResource, Stack
from cdk_nag import IApplyRule, NagMessageLevel, NagRuleCompliance

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class NagRule:
    """What it asserts of a resource, and how that is found out."""

    name: str
    says: str
    """What is wrong where it does not hold."""
    because: str
    """Why that matters."""
    findings: Callable[[CfnResource], list[str] | None]
    """A few words for each fault, none if all is well; None if the rule is not about such a resource."""


@jsii.implements(IApplyRule)
class AppliedRule:
    """A rule on one resource, as cdk-nag takes it."""

    def __init__(self, rule: NagRule, node: CfnResource) -> None:
        self._rule = rule
        self._node = node

    @property
    def node(self) -> CfnResource:
        """The resource."""
        return self._node

    @property
    def info(self) -> str:
        """What is wrong."""
        return self._rule.says

    @property
    def explanation(self) -> str:
        """Why it matters."""
        return self._rule.because

    @property
    def level(self) -> NagMessageLevel:
        """Every finding fails synthesis."""
        return NagMessageLevel.ERROR

    @property
    def rule_suffix_override(self) -> str:
        """The rule's name; cdk-nag puts the pack's before it."""
        return self._rule.name

    def rule(self, node: CfnResource) -> NagRuleCompliance | list[str]:
        """Check a resource, as cdk-nag calls it."""
        found = self._rule.findings(node)
        if found is None:
            return NagRuleCompliance.NOT_APPLICABLE
        return found or NagRuleCompliance.COMPLIANT


def resolved(node: CfnResource, value: object) -> Any:
    """Resolve a property to what the template will hold."""
    return Stack.of(node).resolve(value)


def found_by(node: CfnResource, reference: Any) -> CfnResource | None:
    """Find the resource of the same stack that a resolved `Ref` or `Fn::GetAtt` names."""
    members = cast("dict[str, Any]", reference) if isinstance(reference, dict) else {}
    logical_id = members.get("Ref") or next(iter(members.get("Fn::GetAtt", [])), None)
    resources = (one for one in Stack.of(node).node.find_all() if isinstance(one, CfnResource))
    return next((one for one in resources if resolved(node, one.logical_id) == logical_id), None)


def as_list(value: Any) -> list[Any]:
    """Return the value as a list: IAM takes one item in place of a list of one."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]
