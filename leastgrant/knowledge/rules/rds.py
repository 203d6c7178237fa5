"""Amazon RDS."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, required

_API = "Actions, Amazon RDS API Reference"
_LINKED_ROLE = "Using service-linked roles for Amazon RDS, Amazon RDS User Guide"
_MANAGED = "Password management with Amazon RDS and AWS Secrets Manager: permissions, Amazon RDS User Guide"
_NETWORK = "AWS::RDS::DBInstance provider schema"
_SECRET = ArnTemplate("arn:${Partition}:secretsmanager:${Region}:${Account}:secret:rds!${SecretName}-??????")

RULES = {
    "AWS::RDS::DBInstance": (
        required(
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
            on="create update",
            when="ManageMasterUserPassword=true",
            resource=_SECRET,
            reason="RDS makes the secret with the caller's permissions",
            source=_MANAGED,
        ),
        required(
            "kms:DescribeKey",
            "kms:CreateGrant",
            on="create update",
            when=("KmsKeyId MasterUserSecret/KmsKeyId PerformanceInsightsKMSKeyId AutomaticBackupReplicationKmsKeyId"),
            reason="storage, secret, insights and backups are encrypted under the named keys",
            source="AWS KMS key management, Amazon RDS User Guide",
        ),
        required(
            "rds:AddRoleToDBInstance",
            "rds:RemoveRoleFromDBInstance",
            when="AssociatedRoles",
            reason="roles that the database uses",
            source=_API,
        ),
        advisory(
            "ec2:*",
            reason="RDS looks at the network, mostly with its own role",
            source=_NETWORK,
        ),
        advisory(
            "iam:GetRole",
            "iam:ListRoles",
            when="AssociatedRoles MonitoringRoleArn DomainIAMRoleName",
            reason="looks at roles that are passed anyway",
            source=_NETWORK,
        ),
        required(
            "rds:CreateDBInstanceReadReplica",
            on="create",
            when="SourceDBInstanceIdentifier",
            reason="another way to create the type",
            source=_API,
        ),
        required(
            "rds:RestoreDBInstanceToPointInTime",
            on="create",
            when="RestoreTime UseLatestRestorableTime SourceDBInstanceAutomatedBackupsArn",
            reason="another way to create the type",
            source=_API,
        ),
        required(
            "rds:PromoteReadReplica",
            on="update",
            when="SourceDBInstanceIdentifier",
            reason="a replica whose source is taken away is promoted",
            source="AWS::RDS::DBInstance, SourceDBInstanceIdentifier, AWS CloudFormation Template Reference",
        ),
        required(
            "rds:StartDBInstanceAutomatedBackupsReplication",
            "rds:StopDBInstanceAutomatedBackupsReplication",
            "rds:DescribeDBInstanceAutomatedBackups",
            when="AutomaticBackupReplicationRegion SourceDBInstanceAutomatedBackupsArn",
            reason="backups replicated to another Region",
            source=_API,
        ),
        advisory(
            "rds:CreateDBSnapshot",
            on="delete",
            reason="a DeletionPolicy of Snapshot, the default of a standalone instance, takes one",
            source="DeletionPolicy attribute, AWS CloudFormation Template Reference",
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            reason="the role of rds.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
}
