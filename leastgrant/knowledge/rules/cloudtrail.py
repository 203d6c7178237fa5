"""AWS CloudTrail."""

from leastgrant.knowledge.rule import advisory, required

_API = "Actions, AWS CloudTrail API Reference"
_LISTED = "AWS::CloudTrail::Trail provider schema"

RULES = {
    "AWS::CloudTrail::Trail": (
        required(
            "cloudtrail:PutEventConfiguration",
            when="AggregationConfigurations",
            reason="events are aggregated by a call of its own",
            source=_API,
        ),
        required(
            "cloudtrail:PutEventSelectors",
            when="EventSelectors AdvancedEventSelectors",
            reason="selectors of both kinds are put by the one call",
            source=_API,
        ),
        required(
            "cloudtrail:StartLogging",
            on="create update",
            when="IsLogging=true",
            reason="a trail is made stopped, and started",
            source=_API,
        ),
        required(
            "cloudtrail:StopLogging",
            on="update",
            when="IsLogging",
            otherwise=True,
            reason="called when the template's value changes",
            source=_API,
        ),
        advisory(
            "iam:GetRole",
            when="CloudWatchLogsRoleArn",
            reason="looks at a role that is passed anyway",
            source=_LISTED,
        ),
    ),
}
