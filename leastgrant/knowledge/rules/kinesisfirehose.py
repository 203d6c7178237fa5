"""Amazon Data Firehose."""

from leastgrant.knowledge.rule import advisory, required

_GRANT = "StartDeliveryStreamEncryption, Amazon Data Firehose API Reference"
_HANDLERS = "github.com/aws-cloudformation/aws-cloudformation-resource-providers-kinesisfirehose"
_ROLES = "AWS::KinesisFirehose::DeliveryStream, AWS CloudFormation Template Reference"

_DESTINATIONS = {
    "AmazonOpenSearchServerlessDestinationConfiguration": ("", "S3Configuration/", "VpcConfiguration/"),
    "AmazonopensearchserviceDestinationConfiguration": ("", "S3Configuration/", "VpcConfiguration/"),
    "DatabaseSourceConfiguration": ("DatabaseSourceAuthenticationConfiguration/SecretsManagerConfiguration/",),
    "ElasticsearchDestinationConfiguration": ("", "S3Configuration/", "VpcConfiguration/"),
    "ExtendedS3DestinationConfiguration": (
        "",
        "DataFormatConversionConfiguration/SchemaConfiguration/",
        "S3BackupConfiguration/",
    ),
    "HttpEndpointDestinationConfiguration": ("", "S3Configuration/", "SecretsManagerConfiguration/"),
    "IcebergDestinationConfiguration": ("", "S3Configuration/"),
    "KinesisStreamSourceConfiguration": ("",),
    "MSKSourceConfiguration": ("AuthenticationConfiguration/",),
    "RedshiftDestinationConfiguration": (
        "",
        "S3BackupConfiguration/",
        "S3Configuration/",
        "SecretsManagerConfiguration/",
    ),
    "S3DestinationConfiguration": ("",),
    "SnowflakeDestinationConfiguration": ("", "S3Configuration/", "SecretsManagerConfiguration/"),
    "SplunkDestinationConfiguration": ("S3Configuration/", "SecretsManagerConfiguration/"),
}
"""Where a stream's sources and destinations have a RoleARN. Snowflake's SnowflakeRole is no role of IAM."""

_ROLE_ARNS = " ".join(f"{place}/{part}RoleARN" for place, parts in _DESTINATIONS.items() for part in parts)
_KEY = "DeliveryStreamEncryptionConfigurationInput/KeyARN"

RULES = {
    "AWS::KinesisFirehose::DeliveryStream": (
        required(
            "iam:PassRole",
            on="create update",
            when=_ROLE_ARNS,
            reason="the property names a role, which is passed to the service",
            source=_ROLES,
        ),
        advisory(
            "iam:GetRole",
            on="create",
            when=_ROLE_ARNS,
            reason="the published handler does not call it",
            source=_HANDLERS,
        ),
        required(
            "firehose:UpdateDestination",
            "firehose:ListTagsForDeliveryStream",
            on="update",
            reason="an update writes the destination and compares the tags, whatever has changed",
            source=_HANDLERS,
        ),
        required(
            "kms:CreateGrant",
            "kms:DescribeKey",
            on="create update",
            when=_KEY,
            reason="Firehose makes a grant on the stream's key; a destination's is used by the destination's role",
            source=_GRANT,
        ),
        advisory(
            "kms:RevokeGrant",
            on="update delete",
            when=_KEY,
            reason="Firehose retires its grant itself",
            source=_GRANT,
        ),
        advisory(
            "kms:DescribeKey",
            on="delete",
            when=_KEY,
            reason="looks at a key that is let go",
            source=_HANDLERS,
        ),
    ),
}
