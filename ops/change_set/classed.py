"""What a change of each property destroys or exposes: the table that `ops.change_set.in_place` judges by.

A path is that of the provider schema, `*` for the items of a list; a path that is not here is judged as the nearest one
above it. A type or a property that is in no row is left to a human.

Sources: "Resource and property types reference", AWS CloudFormation Template Reference, for what each property is, and
where a comment says so, another page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from ops.change_set.edits import Gap
from ops.change_set.verdict import ReviewVerdict

if TYPE_CHECKING:
    from ops.change_set.edits import Value

Direction: TypeAlias = "Callable[[Value, Value], bool]"
"""Whether the change from one value to the other is safe."""


@dataclass(frozen=True, slots=True)
class PropertyClass:
    """What a change of a property does, and in which direction it is safe."""

    verdict: ReviewVerdict
    """Of a change in another direction."""
    what: str = ""
    """What such a change does."""
    is_safe: Direction = lambda _, __: False
    shown: bool = False
    """Whether its values are fit to be shown: a direction means nothing without them."""
    compared: bool = False
    """Whether it says what runs or who may do what: safe if it was compared with the reviewed source."""


def _anything(_: Value, __: Value) -> bool:
    return True


def _added(before: Value, _: Value) -> bool:
    return before is Gap.ABSENT


def _removed(_: Value, after: Value) -> bool:
    return after is Gap.ABSENT


def _becomes(*values: str) -> Direction:
    return lambda _, after: isinstance(after, str) and after in values


def _grows(*, without: float) -> Direction:
    """Tell whether a number is at least what it was; `without` is what counts where there is none."""

    def grows(before: Value, after: Value) -> bool:
        old, new = (_number(value, without) for value in (before, after))
        return old is not None and new is not None and new >= old

    return grows


def _number(value: Value, without: float) -> float | None:
    if value is Gap.ABSENT:
        return without
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


_EXPIRING = frozenset({"ExpirationInDays", "ExpirationDate", "NoncurrentVersionExpiration"})
_MOVING = frozenset({"Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions"})


def _deletes_nothing(_: Value, after: Value) -> bool:
    """Tell whether a lifecycle rule as a whole only goes, is off, or only tidies up."""
    if not isinstance(after, Mapping):
        return after is Gap.ABSENT
    return after.get("Status") == "Disabled" or not after.keys() & (_EXPIRING | _MOVING)


FREE: Final = PropertyClass(ReviewVerdict.SAFE, is_safe=_anything)
"""It destroys and exposes nothing: capacity, cost, names for people."""
REPLACING: Final = FREE
"""It makes another resource: of that, the change set tells, and `ops.change_set.verdict` judges."""
COMPARED: Final = PropertyClass(ReviewVerdict.HUMAN, "was not compared with the reviewed source", compared=True)


def _human(what: str, is_safe: Direction | None = None) -> PropertyClass:
    return _class(ReviewVerdict.HUMAN, what, is_safe)


def _refused(what: str, is_safe: Direction | None = None) -> PropertyClass:
    return _class(ReviewVerdict.REFUSED, what, is_safe)


def _class(verdict: ReviewVerdict, what: str, is_safe: Direction | None) -> PropertyClass:
    return PropertyClass(verdict, what) if is_safe is None else PropertyClass(verdict, what, is_safe, shown=True)


_NEVER: Final = float("inf")
_SELECTED = _human("tags may select it for backups, and for policies", _added)
_KEY = _human("what encrypts it changes: who has no access to the key reads nothing")
_BLOCKS = _refused("would let the public in", _becomes("true"))
_OTHER_OBJECTS = _refused("a rule that deletes would concern other objects")
_COPIES = _human("what is copied, or where to, changes")
_INDEX = _human("an index would be removed or made anew, and queries of it fail meanwhile", _added)
_REBUILT = _human("an index would be made anew, and queries of it fail meanwhile")

_TABLE: Mapping[str, PropertyClass] = {
    "AttributeDefinitions": FREE,
    "BillingMode": FREE,
    "ContributorInsightsSpecification": FREE,
    "DeletionProtectionEnabled": _refused("would no longer be protected from deletion", _becomes("true")),
    "GlobalSecondaryIndexes": _INDEX,
    "GlobalSecondaryIndexes/*/ContributorInsightsSpecification": FREE,
    "GlobalSecondaryIndexes/*/KeySchema": _REBUILT,
    "GlobalSecondaryIndexes/*/OnDemandThroughput": FREE,
    "GlobalSecondaryIndexes/*/Projection": _REBUILT,
    "GlobalSecondaryIndexes/*/ProvisionedThroughput": FREE,
    "GlobalSecondaryIndexes/*/WarmThroughput": FREE,
    "ImportSourceSpecification": REPLACING,
    "KeySchema": REPLACING,
    "KinesisStreamSpecification": _COPIES,
    "LocalSecondaryIndexes": _human("a table's local indexes are made with it"),
    "OnDemandThroughput": FREE,
    "PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled": _refused(
        "what was deleted could no longer be recovered", _becomes("true")
    ),
    # 35 days without a number: "Enable point-in-time recovery in DynamoDB", Amazon DynamoDB Developer Guide
    "PointInTimeRecoverySpecification/RecoveryPeriodInDays": _refused(
        "what was deleted could be recovered for less long", _grows(without=35)
    ),
    "ProvisionedThroughput": FREE,
    "ResourcePolicy": _human("who may read and write the items changes"),
    "SSESpecification": _KEY,
    "SSESpecification/SSEEnabled": _human("DynamoDB's own key would encrypt the items", _becomes("true")),
    "StreamSpecification": _human("what streams of the items, and to whom, changes"),
    "TableClass": FREE,
    "TableName": REPLACING,
    "Tags": _SELECTED,
    # off, or of no attribute, nothing expires: "Using time to live (TTL)", the same guide
    "TimeToLiveSpecification/Enabled": _refused("items would expire", _becomes("false")),
    "TimeToLiveSpecification/AttributeName": _refused("items would expire by another attribute", _removed),
    "VectorIndexes": _INDEX,
    "WarmThroughput": FREE,
}

_UNLOCKED = "objects could be deleted sooner"
_BUCKET: Mapping[str, PropertyClass] = {
    "AbacStatus": _human("tags would decide who may read the objects"),
    "AccelerateConfiguration": FREE,
    "AccessControl": _refused("an ACL would let others in", _becomes("Private")),
    "AnalyticsConfigurations": _COPIES,
    "BucketEncryption": _KEY,
    "BucketName": REPLACING,
    "BucketNamePrefix": REPLACING,
    "BucketNamespace": REPLACING,
    "CorsConfiguration": _human("pages of other sites may read the objects", _removed),
    "IntelligentTieringConfigurations": _human("objects move to where reading them takes hours", _removed),
    "InventoryConfigurations": _COPIES,
    "LifecycleConfiguration/Rules/*": _refused("would delete or move objects", _deletes_nothing),
    "LifecycleConfiguration/Rules/*/AbortIncompleteMultipartUpload": FREE,
    "LifecycleConfiguration/Rules/*/ExpirationDate": _refused("objects would expire", _removed),
    "LifecycleConfiguration/Rules/*/ExpirationInDays": _refused("objects would expire sooner", _grows(without=_NEVER)),
    "LifecycleConfiguration/Rules/*/ExpiredObjectDeleteMarker": FREE,
    "LifecycleConfiguration/Rules/*/Id": FREE,
    "LifecycleConfiguration/Rules/*/NoncurrentVersionExpiration/NewerNoncurrentVersions": _refused(
        "fewer former versions would be kept", _grows(without=0)
    ),
    "LifecycleConfiguration/Rules/*/NoncurrentVersionExpiration/NoncurrentDays": _refused(
        "former versions would expire sooner", _grows(without=_NEVER)
    ),
    "LifecycleConfiguration/Rules/*/NoncurrentVersionTransition": _human("former versions move elsewhere", _removed),
    "LifecycleConfiguration/Rules/*/NoncurrentVersionTransitions": _human("former versions move elsewhere", _removed),
    "LifecycleConfiguration/Rules/*/ObjectSizeGreaterThan": _OTHER_OBJECTS,
    "LifecycleConfiguration/Rules/*/ObjectSizeLessThan": _OTHER_OBJECTS,
    "LifecycleConfiguration/Rules/*/Prefix": _OTHER_OBJECTS,
    "LifecycleConfiguration/Rules/*/Status": _refused("a rule that deletes would be on", _becomes("Disabled")),
    "LifecycleConfiguration/Rules/*/TagFilters": _OTHER_OBJECTS,
    "LifecycleConfiguration/Rules/*/Transition": _human("objects move to where reading them takes hours", _removed),
    "LifecycleConfiguration/Rules/*/Transitions": _human("objects move to where reading them takes hours", _removed),
    "LifecycleConfiguration/TransitionDefaultMinimumObjectSize": _human("other objects move elsewhere"),
    "LoggingConfiguration": _human("who reads the objects would be logged elsewhere, or not at all"),
    "MetadataConfiguration": _COPIES,
    "MetadataTableConfiguration": _COPIES,
    "MetricsConfigurations": FREE,
    "NotificationConfiguration": _human("who is told of the objects changes"),
    "ObjectLockConfiguration": _refused(_UNLOCKED),
    "ObjectLockConfiguration/ObjectLockEnabled": _human("a lock cannot be undone"),
    "ObjectLockConfiguration/Rule/DefaultRetention/Days": _refused(_UNLOCKED, _grows(without=0)),
    "ObjectLockConfiguration/Rule/DefaultRetention/Years": _refused(_UNLOCKED, _grows(without=0)),
    "ObjectLockEnabled": _human("a lock cannot be undone"),
    "OwnershipControls": _human("ACLs may count again, and let others in", _becomes("BucketOwnerEnforced")),
    "PublicAccessBlockConfiguration/BlockPublicAcls": _BLOCKS,
    "PublicAccessBlockConfiguration/BlockPublicPolicy": _BLOCKS,
    "PublicAccessBlockConfiguration/IgnorePublicAcls": _BLOCKS,
    "PublicAccessBlockConfiguration/RestrictPublicBuckets": _BLOCKS,
    "ReplicationConfiguration": _COPIES,
    "Tags": _SELECTED,
    "VersioningConfiguration/Status": _refused("what is overwritten would be lost", _becomes("Enabled")),
    "WebsiteConfiguration": _refused("would publish the objects as a website", _removed),
}

_DRAWN = _refused("the secret's value would be another, and the former one lost to whoever uses it")
_SECRET: Mapping[str, PropertyClass] = {
    "Description": FREE,
    "GenerateSecretString": _DRAWN,
    "KmsKeyId": _KEY,
    "Name": REPLACING,
    "ReplicaRegions": _human("where copies of the secret are changes"),
    "SecretString": _DRAWN,
    "Tags": _SELECTED,
    "Type": _human("who manages the secret changes"),
}

_FUNCTION: Mapping[str, PropertyClass] = {
    "Architectures": COMPARED,
    "CapacityProviderConfig": _human("other machines would run its code"),
    "Code": COMPARED,
    "CodeSigningConfigArn": _human("which code it takes changes", _added),
    "DeadLetterConfig": _human("where its failed events go changes"),
    "Description": FREE,
    "DurableConfig": _human("what is kept of its executions changes"),
    "Environment": COMPARED,
    "EphemeralStorage": FREE,
    "FileSystemConfigs": _human("what it can read and write changes"),
    "FunctionName": REPLACING,
    "FunctionScalingConfig": FREE,
    "Handler": COMPARED,
    "ImageConfig": COMPARED,
    "KmsKeyArn": _KEY,
    "Layers": _human("other code would run with its role"),
    "LoggingConfig": _human("where it logs changes"),
    "MemorySize": FREE,
    "PackageType": REPLACING,
    "PublishToLatestPublished": FREE,
    "RecursiveLoop": _human("a loop of it would not be stopped", _becomes("Terminate")),
    "ReservedConcurrentExecutions": FREE,
    "Role": _human("it would run with another role"),
    "Runtime": COMPARED,
    "RuntimeManagementConfig": COMPARED,
    "SnapStart": FREE,
    "Tags": FREE,
    "TenancyConfig": REPLACING,
    "Timeout": FREE,
    "TracingConfig": FREE,
    "VpcConfig": _human("what it can reach changes"),
}

_URL: Mapping[str, PropertyClass] = {
    "AuthType": _refused("anybody may call it", _becomes("AWS_IAM")),
    "Cors": _human("pages of other sites may call it", _removed),
    "InvokeMode": FREE,
    "Qualifier": REPLACING,
    "TargetFunctionArn": REPLACING,
}

_PERMISSION: Mapping[str, PropertyClass] = dict.fromkeys(
    (
        "Action",
        "EventSourceToken",
        "FunctionName",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    ),
    REPLACING,
)

_ROLE: Mapping[str, PropertyClass] = {
    "AssumeRolePolicyDocument": COMPARED,
    "Description": FREE,
    "ManagedPolicyArns": _human("what it may do changes, by policies that are not in the template", _removed),
    "MaxSessionDuration": FREE,
    "Path": REPLACING,
    "PermissionsBoundary": _refused("what bounds it would be another, or nothing", _added),
    "Policies": COMPARED,
    "RoleName": REPLACING,
    "Tags": FREE,
}

_MANAGED_POLICY: Mapping[str, PropertyClass] = {
    "Description": REPLACING,
    "Groups": _human("who has it changes"),
    "ManagedPolicyName": REPLACING,
    "Path": REPLACING,
    "PolicyDocument": _human("what those who have it may do changes"),
    "Roles": _human("who has it changes"),
    "Users": _human("who has it changes"),
}

_RULE: Mapping[str, PropertyClass] = {
    "Description": FREE,
    "EventBusName": REPLACING,
    "EventPattern": COMPARED,
    "Name": REPLACING,
    "RoleArn": _human("it would act with another role"),
    "ScheduleExpression": FREE,
    "State": FREE,
    "Tags": FREE,
    "Targets": COMPARED,
    "Targets/*/RoleArn": _human("it would act with another role"),
}

_FAILING = "what fails would go elsewhere, or be lost"
_FAILED = _human(_FAILING)
_ALIKE = _human("which messages count as the same changes")
_SOURCE = _human("what it is called for changes")
_SIZE = _human("larger messages may be refused")
_ALARMED = _human("who is told changes", _added)

# without a number: 4 days of retention, 30 seconds of visibility: "SetQueueAttributes", Amazon SQS API Reference
_QUEUE: Mapping[str, PropertyClass] = {
    "ContentBasedDeduplication": _ALIKE,
    "DeduplicationScope": _ALIKE,
    "DelaySeconds": FREE,
    "FifoQueue": REPLACING,
    "FifoThroughputLimit": FREE,
    "KmsDataKeyReusePeriodSeconds": FREE,
    "KmsMasterKeyId": _KEY,
    "MaximumMessageSize": _SIZE,
    "MessageRetentionPeriod": _refused("messages would be deleted sooner", _grows(without=4 * 24 * 3600)),
    "QueueName": REPLACING,
    "ReceiveMessageWaitTimeSeconds": FREE,
    "RedriveAllowPolicy": _human("which queues send here what failed changes"),
    "RedrivePolicy/deadLetterTargetArn": _human(_FAILING, _added),
    "RedrivePolicy/maxReceiveCount": FREE,
    "SqsManagedSseEnabled": _human("the messages would not be encrypted", _becomes("true")),
    "Tags": FREE,
    "VisibilityTimeout": _human("a message may be handed out again before it is dealt with", _grows(without=30)),
}

_QUEUE_POLICY: Mapping[str, PropertyClass] = {"PolicyDocument": COMPARED, "Queues": COMPARED}
_TOPIC_POLICY: Mapping[str, PropertyClass] = {"PolicyDocument": COMPARED, "Topics": COMPARED}

_MAPPING: Mapping[str, PropertyClass] = {
    "AmazonManagedKafkaEventSourceConfig": _SOURCE,
    "BatchSize": FREE,
    "BisectBatchOnFunctionError": FREE,
    "DestinationConfig": _FAILED,
    "DocumentDBEventSourceConfig": _SOURCE,
    "Enabled": _human("what arrives would wait, and may expire", _becomes("true")),
    "EventSourceArn": REPLACING,
    # "Amazon SQS filtering", AWS Lambda Developer Guide: what does not match is deleted
    "FilterCriteria": _human("what does not match would be deleted unread", _removed),
    "FunctionName": _human("another function would be called"),
    "FunctionResponseTypes": _FAILED,
    "KmsKeyArn": _KEY,
    "LoggingConfig": FREE,
    "MaximumBatchingWindowInSeconds": FREE,
    "MaximumRecordAgeInSeconds": _FAILED,
    "MaximumRetryAttempts": _FAILED,
    "MetricsConfig": FREE,
    "ParallelizationFactor": FREE,
    "ProvisionedPollerConfig": FREE,
    "Queues": _SOURCE,
    "ScalingConfig": FREE,
    "SelfManagedEventSource": REPLACING,
    "SelfManagedKafkaEventSourceConfig": _SOURCE,
    "SourceAccessConfigurations": _SOURCE,
    "StartingPosition": REPLACING,
    "StartingPositionTimestamp": REPLACING,
    "Tags": FREE,
    "Topics": _SOURCE,
    "TumblingWindowInSeconds": _SOURCE,
}

_TOPIC: Mapping[str, PropertyClass] = {
    "ArchivePolicy": _human("messages that are kept for later would be deleted sooner"),
    "ContentBasedDeduplication": _ALIKE,
    "DataProtectionPolicy": _human("what may be in a message changes", _added),
    "DeliveryStatusLogging": _human("who is told would be logged elsewhere, or not at all"),
    "DisplayName": FREE,
    "FifoThroughputScope": FREE,
    "FifoTopic": REPLACING,
    "KmsMasterKeyId": _KEY,
    "MaximumMessageSize": _SIZE,
    "SignatureVersion": FREE,
    "Subscription": _ALARMED,
    "Tags": FREE,
    "TopicName": REPLACING,
    "TracingConfig": FREE,
}

_SUBSCRIPTION: Mapping[str, PropertyClass] = {
    "DeliveryPolicy": FREE,
    "Endpoint": REPLACING,
    "FilterPolicy": _human("who is told of what changes", _removed),
    "FilterPolicyScope": _human("who is told of what changes"),
    "Protocol": REPLACING,
    "RawMessageDelivery": _human("what is told would look otherwise"),
    "RedrivePolicy": _human(_FAILING, _added),
    "Region": REPLACING,
    "ReplayPolicy": _human("what was told before would be told again"),
    "SubscriptionRoleArn": _human("it would act with another role"),
    "TopicArn": REPLACING,
}

_ALARM: Mapping[str, PropertyClass] = {
    "ActionConfiguration": FREE,
    "ActionsEnabled": _human("nobody would be told", _becomes("true")),
    "AlarmActions": _ALARMED,
    "AlarmDescription": FREE,
    "AlarmName": REPLACING,
    "InsufficientDataActions": _ALARMED,
    "OKActions": _ALARMED,
    "Tags": FREE,
    **dict.fromkeys(
        (
            *("ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluateLowSampleCountPercentile"),
            *("EvaluationCriteria", "EvaluationInterval", "EvaluationPeriods", "EvaluationWindow", "ExtendedStatistic"),
            *("MetricName", "Metrics", "Namespace", "Period", "Statistic", "Threshold", "ThresholdMetricId"),
            *("TreatMissingData", "Unit", "WarmUpConfiguration"),
        ),
        COMPARED,
    ),
}

_SECURITY_GROUP: Mapping[str, PropertyClass] = {
    "GroupDescription": REPLACING,
    "GroupName": REPLACING,
    "SecurityGroupEgress": _human("what it can reach changes", _removed),
    "SecurityGroupIngress": _human("who can reach it changes", _removed),
    "Tags": FREE,
    "VpcId": REPLACING,
}

_LOG_GROUP: Mapping[str, PropertyClass] = {
    "BearerTokenAuthenticationEnabled": _human("others may write logs to it", _becomes("false")),
    "DataProtectionPolicy": _human("what is masked in the logs changes", _added),
    "DeletionProtectionEnabled": _refused("would no longer be protected from deletion", _becomes("true")),
    "FieldIndexPolicies": FREE,
    "KmsKeyId": _KEY,
    "LogGroupClass": _human("what can be done with its logs changes"),
    "LogGroupName": REPLACING,
    "ResourcePolicyDocument": _human("who may read and write the logs changes"),
    "RetentionInDays": _refused("logs would be deleted sooner", _grows(without=_NEVER)),
    "Tags": FREE,
}

CLASSED: Final[Mapping[str, Mapping[str, PropertyClass]]] = MappingProxyType(
    {
        "AWS::CloudWatch::Alarm": _ALARM,
        "AWS::DynamoDB::Table": _TABLE,
        "AWS::EC2::SecurityGroup": _SECURITY_GROUP,
        "AWS::Events::Rule": _RULE,
        "AWS::IAM::ManagedPolicy": _MANAGED_POLICY,
        "AWS::IAM::Role": _ROLE,
        "AWS::Lambda::EventSourceMapping": _MAPPING,
        "AWS::Lambda::Function": _FUNCTION,
        "AWS::Lambda::Permission": _PERMISSION,
        "AWS::Lambda::Url": _URL,
        "AWS::Logs::LogGroup": _LOG_GROUP,
        "AWS::S3::Bucket": _BUCKET,
        "AWS::SNS::Subscription": _SUBSCRIPTION,
        "AWS::SNS::Topic": _TOPIC,
        "AWS::SNS::TopicPolicy": _TOPIC_POLICY,
        "AWS::SQS::Queue": _QUEUE,
        "AWS::SQS::QueuePolicy": _QUEUE_POLICY,
        "AWS::SecretsManager::Secret": _SECRET,
    }
)
"""By type, the class of each property that a template can set."""
