"""Amazon RDS."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName
from leastgrant.knowledge.rule import Rule, advisory, made_on, required

_API = "Actions, Amazon RDS API Reference"
_LINKED_ROLE = "Using service-linked roles for Amazon RDS, Amazon RDS User Guide"
_CLUSTER = "github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds, aws-rds-dbcluster"
_GROUPS = "github.com/mattclay/aws-terminator/pull/265"
_KEYS = "AWS KMS key management, Amazon RDS User Guide"
_MANAGED = "Password management with Amazon RDS and AWS Secrets Manager: permissions, Amazon RDS User Guide"
_NETWORK = "AWS::RDS::DBInstance provider schema"
_TAGGED = "github.com/awslabs/aws-saas-boost/issues/530"
_POLICY = "DeletionPolicy attribute, AWS CloudFormation Template Reference"
_FINAL = (
    "github.com/convox/convox/pull/856; "
    "github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/554"
)
_SECRET = ArnTemplate("arn:${Partition}:secretsmanager:${Region}:${Account}:secret:rds!${SecretName}-??????")
_ROOT = "arn:${Partition}:rds:${Region}:${Account}:"
_MEMBER = ArnTemplate(_ROOT + "db:${DbInstanceName}")


def _tagged_as(kind: str, name_property: str | None) -> Rule:
    """Make the rule that tags are put on what is tagged, where names lead to a database instead."""
    fills = (("Name", OwnName(name_property)),) if name_property else ()
    return made_on(ArnTemplate(f"{_ROOT}{kind}:${{Name}}", fills), "rds:*Tags*", source=_TAGGED)


def _managed_password() -> tuple[Rule, ...]:
    """Make the rules of a password that RDS keeps in Secrets Manager, under a key of the account or of AWS."""
    return (
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
            "kms:Decrypt",
            "kms:GenerateDataKey",
            on="create update",
            when="MasterUserSecret/KmsKeyId",
            add=True,
            reason="the secret is encrypted under the named key with the caller's permissions",
            source=_MANAGED,
        ),
    )


def _snapshot(creates: str, snapshots: str) -> tuple[Rule, ...]:
    """Make rules for the snapshot before a deletion: made on the database and on itself, and tagged like it."""
    snapshot = ArnTemplate(snapshots)
    return (
        required(
            creates,
            on="delete",
            snapshot=True,
            reason="the deletion takes a snapshot, as the policy says or by default",
            source=_POLICY,
        ),
        required(
            creates,
            "rds:AddTagsToResource",
            on="delete",
            snapshot=True,
            resource=snapshot,
            add=True,
            reason="asked for on the snapshot too, which takes the tags of what is deleted",
            source=f"{_POLICY}; {_FINAL}",
        ),
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::RDS::DBInstance": (
        *_managed_password(),
        required(
            "kms:DescribeKey",
            "kms:CreateGrant",
            on="create update",
            when=("KmsKeyId MasterUserSecret/KmsKeyId PerformanceInsightsKMSKeyId AutomaticBackupReplicationKmsKeyId"),
            reason="storage, secret, insights and backups are encrypted under the named keys",
            source=_KEYS,
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
        *_snapshot("rds:CreateDBSnapshot", _ROOT + "snapshot:*"),
        advisory(
            "iam:CreateServiceLinkedRole",
            reason="the role of rds.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
    "AWS::RDS::DBCluster": (
        required(
            "rds:CreateDBInstance",
            "rds:DeleteDBInstance",
            on="create delete",
            when="DBClusterInstanceClass",
            reason="a cluster of several zones is made with its instances",
            source="AWS::RDS::DBCluster provider schema",
        ),
        *_managed_password(),
        required(
            "kms:DescribeKey",
            "kms:CreateGrant",
            on="create update",
            when="KmsKeyId MasterUserSecret/KmsKeyId PerformanceInsightsKmsKeyId",
            add=True,
            reason="storage, secret and insights are encrypted under the named keys",
            source=_KEYS,
        ),
        *(
            required(
                "rds:CreateDBCluster",
                on="create",
                when=prop,
                resource=kind,
                add=True,
                reason="asked for on the named group besides the cluster",
                source=_GROUPS,
            )
            for kind, prop in (("subgrp", "DBSubnetGroupName"), ("cluster-pg", "DBClusterParameterGroupName"))
        ),
        made_on(_MEMBER, "rds:*DBInstance", on="create update delete", source=_API),
        required(
            "rds:AddRoleToDBCluster",
            "rds:RemoveRoleFromDBCluster",
            when="AssociatedRoles",
            reason="roles that the database uses; the one that monitors is no such role",
            source=_CLUSTER,
        ),
        required(
            "rds:RestoreDBClusterToPointInTime",
            on="create",
            when="SourceDBClusterIdentifier SourceDbClusterResourceId",
            reason="another way to create the type",
            source=_CLUSTER,
        ),
        required(
            "rds:ModifyDBCluster",
            on="create",
            when="SnapshotIdentifier SourceDBClusterIdentifier SourceDbClusterResourceId",
            reason="a restored cluster is modified to what the template says",
            source=_CLUSTER,
        ),
        required(
            "rds:DescribeDBClusterAutomatedBackups",
            on="create",
            when="SourceDbClusterResourceId",
            reason="the backup of a cluster that is gone is looked for",
            source=_CLUSTER,
        ),
        advisory(
            "rds:DescribeDBClusterSnapshots",
            "rds:DescribeDBSnapshots",
            on="create",
            when="SnapshotIdentifier",
            reason="without it the handler goes on, and does not compare the encryption",
            source=_CLUSTER,
        ),
        required(
            "ec2:DescribeSecurityGroups",
            "rds:DescribeDBSubnetGroups",
            on="update",
            otherwise=True,
            reason="finds the VPC's own group, where VpcSecurityGroupIds is taken away",
            source=_CLUSTER,
        ),
        required(
            "rds:DescribeGlobalClusters",
            on="delete",
            when="GlobalClusterIdentifier",
            reason="the global cluster is asked until it lets go",
            source=_CLUSTER,
        ),
        *_snapshot("rds:CreateDBClusterSnapshot", _ROOT + "cluster-snapshot:*"),
        required(
            "rds:DescribeDBClusterSnapshots",
            on="delete",
            snapshot=True,
            add=True,
            reason="the snapshot of a cluster is looked for",
            source="github.com/awslabs/aws-saas-boost/issues/50",
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create",
            reason="the role of rds.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
    "AWS::RDS::DBSubnetGroup": (_tagged_as("subgrp", "DBSubnetGroupName"),),
    "AWS::RDS::DBParameterGroup": (_tagged_as("pg", "DBParameterGroupName"),),
    "AWS::RDS::DBClusterParameterGroup": (_tagged_as("cluster-pg", "DBClusterParameterGroupName"),),
    "AWS::RDS::OptionGroup": (_tagged_as("og", "OptionGroupName"),),
    "AWS::RDS::EventSubscription": (_tagged_as("es", "SubscriptionName"),),
    "AWS::RDS::DBProxy": (_tagged_as("db-proxy", None),),
}
