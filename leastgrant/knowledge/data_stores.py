"""The resource types that hold data, and the actions that read, write and destroy what they hold.

Source: the Service Authorization Reference, by the actions' descriptions. To destroy is to delete data or what holds
it, or to take away what data is restored from. To open a resource to others, or to overwrite what it holds, is to
write.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class DataVerb(Enum):
    """What can be done to data."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class DataStore:
    """What can be done to the data of one resource type, by which actions, each on the resource or a part of it."""

    actions: Mapping[DataVerb, tuple[str, ...]]
    parts: tuple[str, ...] = ("",)
    """What follows the resource's ARN: nothing, or such as `/*` for the objects of a bucket."""


def _store(service: str, read: str, write: str, destroy: str, *parts: str) -> DataStore:
    names = zip(DataVerb, (read, write, destroy), strict=True)
    actions = {access: tuple(f"{service}:{name}" for name in text.split()) for access, text in names}
    return DataStore(MappingProxyType(actions), parts or ("",))


_TABLE = _store(
    "dynamodb",
    "BatchGetItem ExportTableToPointInTime GetItem GetRecords PartiQLSelect Query Scan",
    "BatchWriteItem PartiQLInsert PartiQLUpdate PutItem PutResourcePolicy UpdateItem",
    "BatchWriteItem DeleteItem DeleteTable PartiQLDelete UpdateContinuousBackups UpdateTimeToLive",
    "",
    "/index/*",
    "/stream/*",
)
_DATABASE = _store(
    "rds",
    "DownloadDBLogFilePortion",
    "ModifyDBCluster ModifyDBInstance",
    "DeleteDBCluster DeleteDBClusterAutomatedBackup DeleteDBInstance DeleteDBInstanceAutomatedBackup",
)

DATA_STORES: Mapping[str, DataStore] = MappingProxyType(
    {
        "AWS::DynamoDB::GlobalTable": _TABLE,
        "AWS::DynamoDB::Table": _TABLE,
        "AWS::S3::Bucket": _store(
            "s3",
            "GetObject GetObjectVersion ReplicateObject",
            "PutBucketPolicy PutBucketPublicAccessBlock PutObject PutObjectAcl PutReplicationConfiguration",
            "DeleteBucket DeleteObject DeleteObjectVersion PutBucketVersioning PutLifecycleConfiguration"
            " PutEncryptionConfiguration",
            "",
            "/*",
        ),
        "AWS::SecretsManager::Secret": _store(
            "secretsmanager",
            "BatchGetSecretValue GetSecretValue",
            "PutResourcePolicy PutSecretValue UpdateSecret UpdateSecretVersionStage",
            "DeleteSecret RotateSecret",
        ),
        "AWS::SSM::Parameter": _store(
            "ssm", "GetParameter GetParameterHistory GetParameters", "PutParameter", "DeleteParameter DeleteParameters"
        ),
        "AWS::SQS::Queue": _store(
            "sqs",
            "ReceiveMessage",
            "AddPermission SendMessage",
            "DeleteMessage DeleteQueue PurgeQueue SetQueueAttributes",
        ),
        "AWS::Kinesis::Stream": _store(
            "kinesis",
            "GetRecords SubscribeToShard",
            "PutRecord PutRecords PutResourcePolicy",
            "DecreaseStreamRetentionPeriod DeleteStream",
            "",
            "/consumer/*",
        ),
        "AWS::Logs::LogGroup": _store(
            "logs",
            "FilterLogEvents GetLogEvents StartLiveTail StartQuery Unmask",
            "PutLogEvents PutSubscriptionFilter",
            "DeleteLogGroup DeleteLogStream PutRetentionPolicy",
            "",
            ":*",
        ),
        "AWS::RDS::DBCluster": _DATABASE,
        "AWS::RDS::DBInstance": _DATABASE,
        "AWS::EFS::FileSystem": _store(
            "elasticfilesystem",
            "ClientMount",
            "ClientWrite PutFileSystemPolicy",
            "ClientWrite DeleteFileSystem PutLifecycleConfiguration PutBackupPolicy",
        ),
        "AWS::ECR::Repository": _store(
            "ecr",
            "BatchGetImage GetDownloadUrlForLayer",
            "PutImage SetRepositoryPolicy",
            "BatchDeleteImage DeleteRepository PutLifecyclePolicy",
        ),
        "AWS::KMS::Key": _store(
            "kms",
            "Decrypt ReEncryptFrom",
            "CreateGrant PutKeyPolicy",
            "DeleteImportedKeyMaterial DisableKey ScheduleKeyDeletion",
        ),
        "AWS::OpenSearchService::Domain": _store(
            "es",
            "ESHttpGet ESHttpPost",
            "ESHttpPost ESHttpPut UpdateDomainConfig",
            "DeleteDomain ESHttpDelete",
            "",
            "/*",
        ),
        "AWS::Backup::BackupVault": _store(
            "backup",
            "StartRestoreJob",
            "PutBackupVaultAccessPolicy",
            "DeleteBackupVault DeleteRecoveryPoint UpdateRecoveryPointLifecycle",
        ),
    }
)
"""By type. A type that is not here is not asked about."""


def store_type(service: str) -> str | None:
    """Return the type of a service's resources that hold data, by the prefix of its actions; None if none is known."""
    types = (name for name, store in DATA_STORES.items() if store.actions[DataVerb.READ][0].startswith(f"{service}:"))
    return next(types, None)
