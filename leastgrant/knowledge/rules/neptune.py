"""Amazon Neptune, whose API is that of Amazon RDS."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, required

_API = "Actions, Amazon Neptune API Reference"
_POLICY = "DeletionPolicy attribute, AWS CloudFormation Template Reference"
_SNAPSHOT = ArnTemplate("arn:${Partition}:rds:${Region}:${Account}:cluster-snapshot:*")

RULES = {
    "AWS::Neptune::DBCluster": (
        advisory(
            "rds:*DBInstance*",
            when="DBInstanceParameterGroupName",
            reason="instances are resources of their own",
            source=_API,
        ),
        required(
            "rds:RestoreDBClusterToPointInTime",
            on="create",
            when="SourceDBClusterIdentifier",
            reason="another way to create the type",
            source=_API,
        ),
        required(
            "rds:CreateDBClusterSnapshot",
            on="delete",
            snapshot=True,
            reason="a DeletionPolicy of Snapshot takes one",
            source=_POLICY,
        ),
        required(
            "rds:CreateDBClusterSnapshot",
            on="delete",
            snapshot=True,
            resource=_SNAPSHOT,
            add=True,
            reason="asked for on the snapshot too",
            source=_POLICY,
        ),
        advisory(
            "kms:*",
            on="delete",
            when="KmsKeyId",
            reason="a deletion encrypts nothing new",
            source=_API,
        ),
    ),
}
