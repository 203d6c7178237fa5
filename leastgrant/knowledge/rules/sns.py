"""Amazon SNS."""

from leastgrant.knowledge.rule import advisory, required

_API = "Actions, Amazon SNS API Reference"
_LISTED = "AWS::SNS::Topic and AWS::SNS::Subscription provider schemas"

RULES = {
    "AWS::SNS::Topic": (
        required(
            "sns:Subscribe",
            "sns:Unsubscribe",
            when="Subscription",
            reason="the topic's subscriptions",
            source=_API,
        ),
        advisory(
            "iam:GetRole",
            when="DeliveryStatusLogging",
            reason="looks at a role that is passed anyway",
            source=_LISTED,
        ),
    ),
    "AWS::SNS::Subscription": (
        advisory(
            "iam:GetRole",
            when="SubscriptionRoleArn",
            reason="looks at a role that is passed anyway",
            source=_LISTED,
        ),
    ),
    "AWS::SNS::TopicPolicy": (
        required(
            "sns:SetTopicAttributes",
            when="Topics",
            reason="a topic's policy is one of its attributes",
            source=_API,
        ),
    ),
}
