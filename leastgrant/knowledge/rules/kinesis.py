"""Amazon Kinesis Data Streams."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PathPart, PropertyValue
from leastgrant.knowledge.rule import advisory, made_on, required

_ARNS = "Resource types defined by Amazon Kinesis Data Streams, Service Authorization Reference"
_KEYS = "Permissions to use user-generated KMS keys, Amazon Kinesis Data Streams Developer Guide"
_MONITORING = "EnableEnhancedMonitoring and DisableEnhancedMonitoring, Amazon Kinesis Data Streams API Reference"

_ROOT = "arn:${Partition}:kinesis:${Region}:${Account}:"
_STREAM = ArnTemplate(_ROOT + "stream/${StreamName}", (("StreamName", PropertyValue("StreamARN")),))
_CONSUMER = ArnTemplate(
    _ROOT + "stream/${Stream}consumer/${ConsumerName}:${CreationTime}",
    (("Stream", PathPart("StreamARN", implied="")), ("ConsumerName", OwnName("ConsumerName"))),
)

RULES = {
    "AWS::Kinesis::Stream": (
        required(
            "kinesis:EnableEnhancedMonitoring",
            "kinesis:DisableEnhancedMonitoring",
            when="DesiredShardLevelMetrics",
            reason="metrics of shards are turned on and off by calls of their own",
            source=_MONITORING,
        ),
        advisory(
            "kms:DescribeKey",
            "kms:ListKeys",
            "kms:ListAliases",
            on="create update",
            when="StreamEncryption/KeyId",
            add=True,
            reason="asked of a stream's administrator, and not listed by the schema",
            source=_KEYS,
        ),
    ),
    "AWS::Kinesis::StreamConsumer": (
        made_on(_STREAM, "kinesis:RegisterStreamConsumer", on="create", source=_ARNS),
        made_on(
            _CONSUMER,
            "kinesis:DescribeStreamConsumer",
            "kinesis:DeregisterStreamConsumer",
            "kinesis:TagResource",
            "kinesis:ListTagsForResource",
            source=_ARNS,
        ),
    ),
}
