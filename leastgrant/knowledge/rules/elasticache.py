"""Amazon ElastiCache."""

from leastgrant.knowledge.rule import Rule, advisory, required

_LOGS = "Log delivery: permissions, Amazon ElastiCache User Guide"
_KEYS = "At-rest encryption in ElastiCache: customer managed keys, Amazon ElastiCache User Guide"
_POLICY = "DeletionPolicy attribute, AWS CloudFormation Template Reference"


def _snapshot() -> Rule:
    return required(
        "elasticache:CreateSnapshot",
        on="delete",
        snapshot=True,
        reason="a DeletionPolicy of Snapshot takes one",
        source=_POLICY,
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::ElastiCache::ReplicationGroup": (
        _snapshot(),
        advisory(
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            when="KmsKeyId",
            reason="uses of the key that a grant allows ElastiCache",
            source=_KEYS,
        ),
        advisory(
            "firehose:PutRecord*",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            when="LogDeliveryConfigurations",
            reason="made by the service that delivers the logs",
            source=_LOGS,
        ),
        advisory(
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            on="create",
            when="LogDeliveryConfigurations",
            reason="a creation changes and ends no delivery",
            source=_LOGS,
        ),
    ),
    "AWS::ElastiCache::CacheCluster": (_snapshot(),),
}
