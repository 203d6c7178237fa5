"""Actions that are worth having: they read data, write policies, pass or assume roles, or decrypt."""

from __future__ import annotations

from functools import cache

from leastgrant.knowledge import authorization

READS_DATA = frozenset(
    {"athena:GetQueryResults", "athena:GetQueryResultsStream", "cassandra:Select", "codeartifact:ReadFromRepository"}
    | {"codecommit:GetBlob", "codecommit:GetFile", "codecommit:GitPull", "ebs:GetSnapshotBlock", "ec2:GetPasswordData"}
    | {"dax:BatchGetItem", "dax:GetItem", "dax:Query", "dax:Scan", "dynamodb:BatchGetItem", "dynamodb:GetItem"}
    | {"dynamodb:ExportTableToPointInTime", "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query"}
    | {"dynamodb:Scan", "es:ESHttpGet", "es:ESHttpPost", "kafka-cluster:ReadData", "kinesis:GetRecords"}
    | {"kinesis:SubscribeToShard", "kinesisvideo:GetMedia", "logs:FilterLogEvents", "logs:GetLogEvents"}
    | {"logs:GetLogRecord", "logs:GetQueryResults", "logs:StartLiveTail", "logs:Unmask"}
    | {"neptune-db:ReadDataViaQuery", "rds-data:BatchExecuteStatement", "rds-data:ExecuteStatement", "rds-db:connect"}
    | {"rds:DownloadDBLogFilePortion", "redshift-data:GetStatementResult", "s3-object-lambda:GetObject"}
    | {"s3-object-lambda:GetObjectVersion", "s3:GetDataAccess", "s3:GetObject", "s3:GetObjectTorrent"}
    | {"s3:GetObjectVersion", "s3:GetObjectVersionTorrent", "s3express:CreateSession", "sqs:ReceiveMessage"}
    | {"secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetParameter", "timestream:Select"}
    | {"ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"}
)  # fmt: skip
"""Sources: "Sensitive IAM Actions" of PrimeHarbor, under DataAccess; the Service Authorization Reference."""

PASSES_AND_DECRYPTS = frozenset(
    {"iam:PassRole", "kms:Decrypt", "kms:DeriveSharedSecret", "kms:ReEncryptFrom"}
    | {"sts:AssumeRole", "sts:AssumeRoot", "sts:GetFederationToken"}
)  # fmt: skip
_NAMED = frozenset(action.lower() for action in READS_DATA | PASSES_AND_DECRYPTS)


@cache
def is_sensitive(action: str) -> bool:
    """Tell whether an action reads data, writes policies, passes or assumes roles, or decrypts.

    What writes policies are the actions of the reference's access level "Permissions management".
    """
    known = authorization.action(action)
    return action.lower() in _NAMED or (known is not None and "Permissions management" in known.levels)
