"""No statement allows an action by a wildcard, or all actions but some."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam

from leastgrant.cdk.nag.rule import NagRule, as_list, resolved


def findings(node: CfnResource) -> list[str] | None:
    """Return the actions with a wildcard, of a role's or a policy's allowing statements."""
    documents = _documents(node)
    if documents is None:
        return None
    return [
        f"Action::{action}"
        for document in documents
        for statement in as_list(document.get("Statement", []))
        if statement.get("Effect") == "Allow"
        for action in (["NotAction"] if "NotAction" in statement else as_list(statement.get("Action", [])))
        if action == "NotAction" or "*" in action or "?" in action
    ]


def _documents(node: CfnResource) -> list[dict[str, Any]] | None:
    if isinstance(node, iam.CfnRole):
        policies: list[dict[str, Any]] = resolved(node, node.policies) or []
        return [policy["policyDocument"] for policy in policies]
    if isinstance(node, iam.CfnPolicy | iam.CfnManagedPolicy):
        return [resolved(node, node.policy_document)]
    return None


NO_WILDCARD_ACTION = NagRule(
    name="NoWildcardAction",
    says="The policy allows an action by a wildcard.",
    because="What AWS adds to a service tomorrow would be allowed too, and nobody would see it.",
    findings=findings,
)
