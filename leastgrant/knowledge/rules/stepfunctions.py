"""AWS Step Functions."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import advisory, required

_KEYS = "Data at rest encryption in Step Functions, AWS Step Functions Developer Guide"
_LOGS = "Using CloudWatch Logs to log execution history in Step Functions, AWS Step Functions Developer Guide"
_S3 = "AWS::StepFunctions::StateMachine S3Location, AWS CloudFormation Template Reference"

_DEFINITION = ArnTemplate(
    "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
    (
        ("BucketName", PropertyValue("DefinitionS3Location/Bucket")),
        ("ObjectName", PropertyValue("DefinitionS3Location/Key")),
    ),
)

RULES = {
    "AWS::StepFunctions::StateMachine": (
        required(
            "s3:GetObject",
            when="DefinitionS3Location",
            resource=_DEFINITION,
            reason="CloudFormation fetches the definition",
            source=_S3,
        ),
        required(
            "s3:GetObjectVersion",
            when="DefinitionS3Location/Version",
            resource=_DEFINITION,
            reason="only a named version is fetched as one",
            source=_S3,
        ),
        required(
            "kms:*",
            when="EncryptionConfiguration/KmsKeyId",
            reason="the definition is encrypted under the named key",
            source=_KEYS,
        ),
        advisory(
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
            on="create update",
            when="LoggingConfiguration",
            add=True,
            reason="asked of the state machine's role, and of the caller who sets logging up",
            source=_LOGS,
        ),
    ),
}
