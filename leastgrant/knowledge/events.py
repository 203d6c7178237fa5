"""CloudTrail's events as IAM actions: which permissions a recorded call may have asked for.

An event has the API operation's name and a source that is mostly, not always, the prefix of the service's actions.
Operations mostly have the name of the action that they ask for; the tables here hold the others.

Sources: "CloudTrail record contents", AWS CloudTrail User Guide; for an event's source, "Events delivered via AWS
CloudTrail", Amazon EventBridge Events Reference, and the CloudTrail pages of the services' own guides; for the actions,
"Actions, resources, and condition keys for AWS services", Service Authorization Reference, and the guides named below.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final

from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action
from leastgrant.knowledge.name_words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "agreement-marketplace": ("aws-marketplace",),
    "amazonmq": ("mq",),
    "appstream2": ("appstream",),
    "autoscaling": ("autoscaling", "application-autoscaling", "autoscaling-plans"),  # all three record this source
    "catalog-marketplace": ("aws-marketplace",),
    "cloudcontrolapi": ("cloudformation",),
    "discovery-marketplace": ("aws-marketplace",),
    "email": ("ses",),
    "iotsecuredtunneling": ("iot",),
    "metering-marketplace": ("aws-marketplace",),
    "monitoring": ("cloudwatch",),
    "mturk-requester": ("mechanicalturk",),
    "servicecatalog-appregistry": ("servicecatalog",),
    "tagging": ("tag",),
}
"""The prefixes of a source's actions, where they are not its name."""

_PUT_OBJECT, _GET_OBJECT = "s3:PutObject", "s3:GetObject"
_PARTIQL = ("dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate")
_MODEL = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    # "Required permissions for Amazon S3 API operations", Amazon S3 User Guide
    "s3:CompleteMultipartUpload": (_PUT_OBJECT,),
    "s3:CopyObject": (_PUT_OBJECT, _GET_OBJECT),
    "s3:CreateMultipartUpload": (_PUT_OBJECT,),
    "s3:DeleteBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:DeleteBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteBucketPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock", "s3:PutAccountPublicAccessBlock"),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketAnalyticsConfiguration": ("s3:GetAnalyticsConfiguration",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketIntelligentTieringConfiguration": ("s3:GetIntelligentTieringConfiguration",),
    "s3:GetBucketInventoryConfiguration": ("s3:GetInventoryConfiguration",),
    "s3:GetBucketLifecycle": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketMetricsConfiguration": ("s3:GetMetricsConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
    "s3:ListBucketAnalyticsConfigurations": ("s3:GetAnalyticsConfiguration",),
    "s3:ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
    "s3:ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketAccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
    "s3:PutBucketAnalyticsConfiguration": ("s3:PutAnalyticsConfiguration",),
    "s3:PutBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:PutBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
    "s3:PutBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:SelectObjectContent": (_GET_OBJECT,),
    "s3:UploadPart": (_PUT_OBJECT,),
    "s3:UploadPartCopy": (_PUT_OBJECT, _GET_OBJECT),
    # "IAM policies with PartiQL for DynamoDB" and "Amazon DynamoDB Transactions", Amazon DynamoDB Developer Guide
    "dynamodb:BatchExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteTransaction": _PARTIQL,
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "dynamodb:TransactWriteItems": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    # "Actions, resources, and condition keys for AWS Database Migration Service"
    "dms:DescribeDataProviders": ("dms:ListDataProviders",),
    "dms:DescribeInstanceProfiles": ("dms:ListInstanceProfiles",),
    "dms:DescribeMigrationProjects": ("dms:ListMigrationProjects",),
    "dms:ModifyDataProvider": ("dms:UpdateDataProvider",),
    "dms:ModifyInstanceProfile": ("dms:UpdateInstanceProfile",),
    "dms:ModifyMigrationProject": ("dms:UpdateMigrationProject",),
    # the API references of AWS KMS, AWS Lambda, Amazon SNS, Amazon SQS, Amazon CloudFront, Amazon Bedrock
    "bedrock:Converse": _MODEL,
    "bedrock:ConverseStream": _MODEL,
    "bedrock:StartAsyncInvoke": _MODEL,
    "cloudfront:CreateDistributionWithTags": ("cloudfront:CreateDistribution", "cloudfront:TagResource"),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
}
"""By operation, as the source's prefix and the event name it, where no action has its name."""

VERBS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    # the HTTP methods of the API references of API Gateway, versions 1 and 2, which record one source
    "apigateway": {
        "create": ("apigateway:POST",),
        "delete": ("apigateway:DELETE",),
        "disable": ("apigateway:DELETE",),
        "export": ("apigateway:GET",),
        "flush": ("apigateway:DELETE",),
        "generate": ("apigateway:POST",),
        "get": ("apigateway:GET",),
        "import": ("apigateway:POST", "apigateway:PUT"),
        "list": ("apigateway:GET",),
        "preview": ("apigateway:POST",),
        "publish": ("apigateway:POST",),
        "put": ("apigateway:PUT",),
        "reimport": ("apigateway:PUT",),
        "reject": ("apigateway:POST",),
        "reset": ("apigateway:DELETE",),
        "tag": ("apigateway:POST", "apigateway:PUT"),
        "test": ("apigateway:POST",),
        "untag": ("apigateway:DELETE",),
        "update": ("apigateway:PATCH",),
    },
    # "Using identity-based policies (IAM policies) for AWS Cost Management", AWS Billing User Guide
    "budgets": {
        "create": ("budgets:ModifyBudget",),
        "delete": ("budgets:ModifyBudget",),
        "describe": ("budgets:ViewBudget",),
        "update": ("budgets:ModifyBudget",),
    },
    # "Actions, resources, and condition keys for Amazon Keyspaces"
    "cassandra": {
        "create": ("cassandra:Create",),
        "delete": ("cassandra:Drop",),
        "get": ("cassandra:Select",),
        "list": ("cassandra:Select",),
        "restore": ("cassandra:Restore",),
        "update": ("cassandra:Alter",),
    },
}
"""Where a service's actions are verbs: by the operation's first word."""


class Trace(Enum):
    """What a call that asks for an action leaves in a trail."""

    EVENT = "an event"
    TAGGING = "asked for within the call that creates a resource with tags, too"
    DATA = "a data event, which a trail records only if it is told to"
    NONE = "asked for within other calls, and has no event of its own"


_NO_EVENT = frozenset({"allow", "link", "pass", "use"})
"""Verbs of permissions that no operation has: `iam:PassRole`, `logs:Link`, `codeconnections:UseConnection`."""

_DATA_EVENTS = frozenset(
    {
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
        "lambda:InvokeFunction",
        "s3:AbortMultipartUpload",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:ListMultipartUploadParts",
        "sns:Publish",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    }
)
"""Source: "Logging data events", AWS CloudTrail User Guide; and all that is done to an object of S3."""


def trace_of(action: str) -> Trace:
    """Return what a call that asks for an action leaves in a trail."""
    service, _, name = action.partition(":")
    if next(iter(words(name)), "") in _NO_EVENT:
        return Trace.NONE
    known = authorization.action(action)
    of_object = service == "s3" and known is not None and any(kind.name == "object" for kind in known.resource_types)
    if action in _DATA_EVENTS or of_object:
        return Trace.DATA
    return Trace.TAGGING if known is not None and "Tagging" in known.levels else Trace.EVENT


_VERSION = re.compile(r"(?:\d{8}(?:v\d+)?|\d{4}_\d{2}_\d{2})$")
"""The version of the API that Lambda and CloudFront put behind an operation's name: `CreateFunction20150331`."""


@cache
def actions_of(source: str, name: str) -> tuple[str, ...]:
    """Return the IAM actions that a recorded call may have asked for; none if they are not known.

    Args:
        source: The event's `eventSource`, such as `monitoring.amazonaws.com`.
        name: Its `eventName`.
    """
    for prefix in _prefixes(source):
        for operation in dict.fromkeys((name, _VERSION.sub("", name))):
            if found := _actions(prefix, operation):
                return found
    return ()


def _prefixes(source: str) -> Iterator[str]:
    """Yield what a source's actions may begin with: of `streams.dynamodb.amazonaws.com`, the last label."""
    bare = source.lower().removesuffix(".cn").removesuffix(".amazonaws.com").removesuffix(".api.aws")
    if bare in PREFIXES:
        yield from PREFIXES[bare]
    else:
        yield from dict.fromkeys((bare, bare.rpartition(".")[2]))


def _actions(prefix: str, operation: str) -> tuple[str, ...]:
    known = authorization.action(f"{prefix}:{operation}")
    if known is not None:
        return (str(known),)
    if (listed := _BY_OPERATION.get(f"{prefix}:{operation}".lower())) is not None:
        return listed
    renamed = iam_action(f"{prefix}:{operation}")
    if renamed is not None and authorization.action(renamed) is not None:
        return (renamed,)
    verb = next(iter(words(operation)), "")
    return VERBS.get(prefix, {}).get(verb, ())


_BY_OPERATION = {operation.lower(): actions for operation, actions in ACTIONS.items()}
