"""AWS::SQS::Queue and AWS::SQS::QueuePolicy.

Sources: their pages in the AWS CloudFormation Template Reference, and the Amazon SQS API Reference, whose
`SetQueueAttributes` tells the defaults.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Members, Tagging, texts

_NAME = "(p.FifoQueue && ending(name, '.fifo') || name)"
_MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_ATTRIBUTES = texts(
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _url(name: str) -> str:
    """Write the expression of a queue's URL."""
    return f"join('/', ['https:/', join('.', ['sqs', env.region, 'amazonaws.com']), env.account, {name}])"


class SqsQueue(ApiHandler):
    """A queue. The name that is made up for one of the kind FIFO ends as it must."""

    type_name = "AWS::SQS::Queue"
    also_modelled = ("QueueName",)
    api = Api(
        service="sqs",
        create=(
            Call(
                "CreateQueue",
                {
                    "QueueName": _NAME,
                    "Attributes": f"merge({_ATTRIBUTES}, texts({{FifoQueue: p.FifoQueue}}))",
                    "tags": "tags",
                },
            ),
        ),
        overwrites=_url(_NAME),
        made_id={"QueueUrl": "made.QueueUrl"},
        read=Call("GetQueueAttributes", {"QueueUrl": "id.QueueUrl", "AttributeNames": "['All']"}),
        found="Attributes",
        missing=_MISSING,
        update=(Call("SetQueueAttributes", {"QueueUrl": "id.QueueUrl", "Attributes": _ATTRIBUTES}),),
        delete=(Call("DeleteQueue", {"QueueUrl": "id.QueueUrl"}),),
        tagging=Tagging(
            Call("ListQueueTags", {"QueueUrl": "id.QueueUrl"}),
            "Tags",
            Call("TagQueue", {"QueueUrl": "id.QueueUrl", "Tags": "tags"}),
            Call("UntagQueue", {"QueueUrl": "id.QueueUrl", "TagKeys": "keys"}),
        ),
        defaults={
            "DelaySeconds": 0,
            "KmsMasterKeyId": "",
            "MaximumMessageSize": 1048576,
            "MessageRetentionPeriod": 345600,
            "ReceiveMessageWaitTimeSeconds": 0,
            "RedriveAllowPolicy": "",
            "RedrivePolicy": "",
            "VisibilityTimeout": 30,
        },
        name="last(there.QueueArn, ':')",
        ref=_url("last(there.QueueArn, ':')"),  # as on AWS: moto's has the host that was called
        arn="there.QueueArn",
        attributes={"Arn": "there.QueueArn", "QueueName": "last(there.QueueArn, ':')"},
    )


class SqsQueuePolicy(ApiHandler):
    """The policy of queues, of which each has one: there is nothing to read but the queues."""

    type_name = "AWS::SQS::QueuePolicy"
    api = Api(
        service="sqs",
        made_id={"Id": "name"},
        read=None,
        found="@",
        missing=_MISSING,
        members=(
            Members(
                "p.Queues",
                Call("SetQueueAttributes", {"QueueUrl": "it", "Attributes": "{Policy: text(p.PolicyDocument)}"}),
                Call("SetQueueAttributes", {"QueueUrl": "it", "Attributes": "{Policy: ''}"}),
                outlive=True,
            ),
        ),
        name="id.Id",
        ref="id.Id",
    )
