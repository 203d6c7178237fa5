"""What a function reads from a queue stays hidden at least as long as the function may run."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import CfnResource
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from leastgrant.cdk.nag.rule import NagRule, found_by, resolved

_TIMEOUT: Final = 3
"""Seconds that a function may run, if none are said: "AWS::Lambda::Function", AWS CloudFormation Template Reference."""
_HIDDEN: Final = 30
"""Seconds that a message is hidden, if none are said: "AWS::SQS::Queue", the same reference."""


def findings(node: CfnResource) -> list[str] | None:
    """Return the two times, if the queue's is the shorter; nothing is known of what is not in the app."""
    if not isinstance(node, lambda_.CfnEventSourceMapping):
        return None
    queue = found_by(node, resolved(node, node.event_source_arn))
    function = found_by(node, resolved(node, node.function_name))
    if not isinstance(queue, sqs.CfnQueue) or not isinstance(function, lambda_.CfnFunction):
        return []
    hidden = _seconds(resolved(queue, queue.visibility_timeout), _HIDDEN)
    runs = _seconds(resolved(function, function.timeout), _TIMEOUT)
    if hidden is None or runs is None or hidden >= runs:
        return []
    return [f"VisibilityTimeout::{hidden:g}<{runs:g}"]


def _seconds(value: Any, default: int) -> float | None:
    if value is None:
        return default
    return value if isinstance(value, int | float) else None


QUEUE_OUTLASTS_ITS_FUNCTION = NagRule(
    name="QueueOutlastsItsFunction",
    says="The queue shows a message again before the function's time is over.",
    because="Lambda refuses such a queue as a source, and six times the function's timeout is what its guide advises.",
    findings=findings,
)
