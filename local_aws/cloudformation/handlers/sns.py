"""AWS::SNS::Topic, AWS::SNS::Subscription and AWS::SNS::TopicPolicy.

Sources: their pages in the AWS CloudFormation Template Reference, and the Amazon SNS API Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Members, Tagging, texts

if TYPE_CHECKING:
    from leastgrant.template import Physical
    from local_aws.cloudformation.handler import Properties, Tags

_NAME = "(p.FifoTopic && ending(name, '.fifo') || name)"
_MISSING = ("NotFound", "NotFoundException", "ResourceNotFound")
_OF_TOPIC = (
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
)
_OF_SUBSCRIPTION = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)
_OWNER = (
    "{Sid: '__default_statement_ID', Effect: 'Allow', Principal: {AWS: '*'}, Resource: it,"
    " Action: ['SNS:GetTopicAttributes', 'SNS:SetTopicAttributes', 'SNS:AddPermission', 'SNS:RemovePermission',"
    " 'SNS:DeleteTopic', 'SNS:Subscribe', 'SNS:ListSubscriptionsByTopic', 'SNS:Publish'],"
    ' Condition: {StringEquals: {"AWS:SourceOwner": env.account}}}'
)
_DEFAULT_POLICY = f"text({{Version: '2008-10-17', Id: '__default_policy_ID', Statement: [{_OWNER}]}})"
""""Amazon SNS access control use cases": that of a topic whose policy nobody has set."""


class SnsTopic(ApiHandler):
    """A topic with the subscriptions that its template puts in it."""

    type_name = "AWS::SNS::Topic"
    also_modelled = ("TopicName",)
    api = Api(
        service="sns",
        create=(
            Call(
                "CreateTopic",
                {
                    "Name": _NAME,
                    "Attributes": texts(*_OF_TOPIC, "FifoTopic", TracingConfig="p.TracingConfig"),
                    "Tags": "pairs(tags)",
                },
            ),
        ),
        overwrites=f"join(':', ['arn', env.partition, 'sns', env.region, env.account, {_NAME}])",
        made_id={"TopicArn": "made.TopicArn"},
        read=Call("GetTopicAttributes", {"TopicArn": "id.TopicArn"}),
        found="Attributes",
        missing=_MISSING,
        update=tuple(
            Call(
                "SetTopicAttributes",
                {"TopicArn": "id.TopicArn", "AttributeName": f"'{name}'", "AttributeValue": f"text(p.{name})"},
            )
            for name in (*_OF_TOPIC, "TracingConfig")
        ),
        delete=(Call("DeleteTopic", {"TopicArn": "id.TopicArn"}),),
        members=(
            Members(
                "p.Subscription",
                Call("Subscribe", {"TopicArn": "id.TopicArn", "Protocol": "it.Protocol", "Endpoint": "it.Endpoint"}),
                None,  # by ARNs, which are to be read
            ),
        ),
        tagging=Tagging(
            Call("ListTagsForResource", {"ResourceArn": "id.TopicArn"}),
            "mapping(Tags)",
            Call("TagResource", {"ResourceArn": "id.TopicArn", "Tags": "pairs(tags)"}),
            Call("UntagResource", {"ResourceArn": "id.TopicArn", "TagKeys": "keys"}),
        ),
        defaults={"DisplayName": "", "KmsMasterKeyId": ""},
        name="last(id.TopicArn, ':')",
        ref="id.TopicArn",
        arn="id.TopicArn",
        attributes={"TopicName": "last(id.TopicArn, ':')"},
    )

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change the topic, and end the subscriptions that are in the template no more."""
        old, new = (
            {(one["Protocol"], one["Endpoint"]) for one in properties.get("Subscription", ())}
            for properties in (before, after)
        )
        sns = self.services.client("sns")
        if old - new:
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=physical.arn):
                for one in page["Subscriptions"]:
                    if (one["Protocol"], one["Endpoint"]) in old - new:
                        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        return super().update(physical, before, after, tags)


class SnsSubscription(ApiHandler):
    """A subscription to a topic."""

    type_name = "AWS::SNS::Subscription"
    api = Api(
        service="sns",
        create=(
            Call(
                "Subscribe",
                {
                    "TopicArn": "p.TopicArn",
                    "Protocol": "p.Protocol",
                    "Endpoint": "p.Endpoint",
                    "Attributes": texts(*_OF_SUBSCRIPTION),
                    "ReturnSubscriptionArn": "`true`",
                },
            ),
        ),
        made_id={"Arn": "made.SubscriptionArn"},
        read=Call("GetSubscriptionAttributes", {"SubscriptionArn": "id.Arn"}),
        found="Attributes",
        missing=_MISSING,
        update=tuple(
            Call(
                "SetSubscriptionAttributes",
                {"SubscriptionArn": "id.Arn", "AttributeName": f"'{name}'", "AttributeValue": f"text(p.{name})"},
            )
            for name in _OF_SUBSCRIPTION
        ),
        delete=(Call("Unsubscribe", {"SubscriptionArn": "id.Arn"}),),
        defaults={"RawMessageDelivery": False, "FilterPolicy": {}, "FilterPolicyScope": "MessageAttributes"},
        name="last(id.Arn, ':')",
        ref="id.Arn",
        arn="id.Arn",
    )


class SnsTopicPolicy(ApiHandler):
    """The policy of topics, of which each has one. What takes its place on deletion is what a new topic has."""

    type_name = "AWS::SNS::TopicPolicy"
    api = Api(
        service="sns",
        made_id={"Id": "name"},
        read=None,
        found="@",
        missing=_MISSING,
        members=(
            Members(
                "p.Topics",
                Call(
                    "SetTopicAttributes",
                    {"TopicArn": "it", "AttributeName": "'Policy'", "AttributeValue": "text(p.PolicyDocument)"},
                ),
                Call(
                    "SetTopicAttributes",
                    {
                        "TopicArn": "it",
                        "AttributeName": "'Policy'",
                        "AttributeValue": _DEFAULT_POLICY,
                    },
                ),
                outlive=True,
            ),
        ),
        name="id.Id",
        ref="id.Id",
    )
