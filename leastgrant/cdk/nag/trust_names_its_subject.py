"""A role that a web identity can assume names the audience and the subject, and no pattern of them."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam

from leastgrant.cdk.nag.rule import NagRule, as_list, resolved


def findings(node: CfnResource) -> list[str] | None:
    """Return the claims that a trust policy leaves open."""
    if not isinstance(node, iam.CfnRole):
        return None
    statements = as_list(resolved(node, node.assume_role_policy_document).get("Statement", []))
    federated = [s for s in statements if "sts:AssumeRoleWithWebIdentity" in as_list(s.get("Action", []))]
    return [f"Claim::{claim}" for statement in federated for claim in _open_claims(statement)]


def _open_claims(statement: dict[str, Any]) -> list[str]:
    named: dict[str, Any] = statement.get("Condition", {}).get("StringEquals", {})
    said = {key.rpartition(":")[2].lower() for key in named}
    return [claim for claim in ("aud", "sub") if claim not in said]


TRUST_NAMES_ITS_SUBJECT = NagRule(
    name="TrustNamesItsSubject",
    says="The trust policy does not name a claim of the web identity by StringEquals.",
    because="Anyone whom the provider knows, with any repository, could assume the role.",
    findings=findings,
)
