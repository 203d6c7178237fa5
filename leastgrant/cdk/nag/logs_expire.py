"""A log group says how long it keeps its logs."""

from __future__ import annotations

from aws_cdk import CfnResource
from aws_cdk import aws_logs as logs

from leastgrant.cdk.nag.rule import NagRule, resolved


def findings(node: CfnResource) -> list[str] | None:
    """Return the property, if there is none."""
    if not isinstance(node, logs.CfnLogGroup):
        return None
    return ["RetentionInDays"] if resolved(node, node.retention_in_days) is None else []


LOGS_EXPIRE = NagRule(
    name="LogsExpire",
    says="The log group does not say how long it keeps its logs.",
    because="They are then kept for ever, with what they tell of people, and paid for.",
    findings=findings,
)
