"""Amazon DynamoDB."""

from leastgrant.knowledge.rule import advisory, not_called, required

_GLOBAL_TABLES = "DynamoDB global tables security, Amazon DynamoDB Developer Guide"
_IMPORT = "Requesting a table import in DynamoDB, Amazon DynamoDB Developer Guide"
_KEYS = "DynamoDB encryption at rest usage notes, Amazon DynamoDB Developer Guide"
_KINESIS = "Using IAM policies for Amazon Kinesis Data Streams and Amazon DynamoDB, Amazon DynamoDB Developer Guide"
_RECOVERY = "Point-in-time backups for DynamoDB, Amazon DynamoDB Developer Guide"
_ROLES = f"{_KINESIS}, of streams; AWS::DynamoDB::Table provider schema"

RULES = {
    "AWS::DynamoDB::Table": (
        required(
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:UpdateContinuousBackups",
            when="PointInTimeRecoverySpecification",
            reason="point-in-time recovery is part of continuous backups",
            source=_RECOVERY,
        ),
        required(
            "dynamodb:*KinesisStreamingDestination",
            "kinesis:*",
            when="KinesisStreamSpecification/StreamArn",
            reason="the stream is read and written with the caller's permissions",
            source=_KINESIS,
        ),
        required(
            "dynamodb:ImportTable",
            "dynamodb:DescribeImport",
            "logs:*",
            when="ImportSourceSpecification",
            reason="only an import reads a bucket and writes a log",
            source=_IMPORT,
        ),
        required(
            "s3:*",
            when="ImportSourceSpecification/S3BucketSource/S3Bucket",
            reason="only an import reads a bucket and writes a log",
            source=_IMPORT,
        ),
        not_called(
            "dynamodb:CreateTableReplica",
            "dynamodb:AssociateTableReplica",
            "dynamodb:Scan",
            "dynamodb:Query",
            "dynamodb:*Item",
            reason="replicas are made by AWS::DynamoDB::GlobalTable; this type has no property for them",
            source=_GLOBAL_TABLES,
        ),
        not_called(
            "dynamodb:CreateTable",
            on="update",
            reason="an update in place makes no table",
            source=_GLOBAL_TABLES,
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            when="ContributorInsightsSpecification KinesisStreamSpecification",
            reason="made on the first use of the feature in an account",
            source=_ROLES,
        ),
        advisory(
            "kms:ListAliases",
            "kms:RevokeGrant",
            when="SSESpecification/KMSMasterKeyId",
            reason="not among what DynamoDB's guide asks of who uses a customer managed key",
            source=_KEYS,
        ),
    ),
}
