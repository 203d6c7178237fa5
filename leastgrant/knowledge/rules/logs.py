"""Amazon CloudWatch Logs."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue
from leastgrant.knowledge.rule import Rule, advisory, made_on, names_resource_of, required

_DELIVERY = "Enable logging from AWS services, Amazon CloudWatch Logs User Guide"
_KEYS = "Encrypt log data in CloudWatch Logs using AWS Key Management Service, Amazon CloudWatch Logs User Guide"
_MASK = "Help protect sensitive log data with masking, Amazon CloudWatch Logs User Guide"
_RETENTION = "github.com/aws-solutions-library-samples/data-lakes-on-aws/pull/46"
_SCHEMA = "AWS::Logs::LogGroup provider schema"
_TAGS = "github.com/DataDog/cloudformation-template/pull/61"

_GROUPS = ArnTemplate(
    "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}*",
    (("LogGroupName", OwnName("LogGroupName")),),
)
_LISTING = (
    "github.com/aws-solutions-library-samples/data-lakes-on-aws, template-cicd-domain-team-role.yaml: "
    "groups are looked for by their name, and so asked for on it, though the reference has no resource types"
)

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Logs::MetricFilter": (),
    "AWS::Logs::ResourcePolicy": (),
    "AWS::Logs::LogGroup": (
        required(
            "logs:PutRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            when="RetentionInDays",
            reason="retention has a call of its own",
            source=_RETENTION,
        ),
        required(
            "logs:*DataProtectionPolicy",
            when="DataProtectionPolicy",
            reason="masking has calls of its own",
            source=_MASK,
        ),
        advisory(
            "logs:CreateLogDelivery",
            "firehose:TagDeliveryStream",
            when="DataProtectionPolicy",
            reason="audit findings may be delivered to a log, a stream or a bucket",
            source=_DELIVERY,
        ),
        required(
            "logs:*IndexPolicy",
            "logs:DescribeIndexPolicies",
            when="FieldIndexPolicies",
            reason="the action is named after the property",
            source=_SCHEMA,
        ),
        required(
            "logs:*ResourcePolicy",
            "logs:DescribeResourcePolicies",
            when="ResourcePolicyDocument",
            reason="the action is named after the property",
            source=_SCHEMA,
        ),
        required(
            "logs:AssociateKmsKey",
            "logs:DisassociateKmsKey",
            when="KmsKeyId",
            reason="creation names the key itself; an update associates it",
            source=_KEYS,
        ),
        made_on(_GROUPS, "logs:DescribeLogGroups", source=_LISTING),
        required(
            "logs:TagResource",
            on="create update",
            reason="CreateLogGroup with tags, CloudFormation's own among them, is checked against it",
            source=_TAGS,
        ),
        required(
            "logs:ListTagsForResource",
            on="update",
            reason="an update reads the tags first",
            source="github.com/NOAA-OWP/hydrovis/issues/1035",
        ),
    ),
    "AWS::Logs::DeliverySource": tuple(
        required(
            f"{service}:AllowVendedLogDeliveryForResource",
            on="create update",
            when=names_resource_of("ResourceArn", service),
            resource=ArnTemplate("${ResourceArn}", (("ResourceArn", PropertyValue("ResourceArn")),)),
            add=True,
            reason="the service of the resource must allow its logs to be delivered",
            source=_DELIVERY,
        )
        for service in ("bedrock", "cloudfront", "codewhisperer", "events", "ses", "workmail")
    ),
}
