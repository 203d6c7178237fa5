"""AWS Systems Manager."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import advisory, required

_DOCUMENT = "github.com/aws-cloudformation/aws-cloudformation-resource-providers-ssm, aws-ssm-document"
_IMAGES = "Native parameter support for Amazon Machine Image IDs, AWS Systems Manager User Guide"
_ARNS = "Actions defined by AWS Systems Manager, Service Authorization Reference"

_ANY_OWNERS_DOCUMENT = ArnTemplate(
    "arn:${Partition}:ssm:${Region}:*:document/${DocumentName}", (("DocumentName", PropertyValue("Name")),)
)

RULES = {
    "AWS::SSM::Parameter": (
        advisory(
            "ssm:GetParameters",
            on="create",
            reason="a role that lacks it makes parameters",
            source="github.com/buildkite/elastic-ci-stack-for-aws, service role",
        ),
        required(
            "ec2:DescribeImages",
            on="create update",
            when="DataType=aws:ec2:image",
            add=True,
            reason="the value is looked up as an image with the caller's permissions",
            source=_IMAGES,
        ),
    ),
    "AWS::SSM::Document": (
        required(
            "ssm:UpdateDocument",
            "ssm:UpdateDocumentDefaultVersion",
            "ssm:DescribeDocument",
            on="update",
            when="UpdateMethod=NewVersion",
            reason="only so is a document changed in place, and its new version made the default",
            source=_DOCUMENT,
        ),
        advisory(
            "ssm:DescribeDocument",
            on="create",
            add=True,
            reason="the published handler waits with it, and its schema does not list it",
            source=_DOCUMENT,
        ),
        advisory(
            "s3:GetObject",
            on="create update",
            when="Attachments",
            reason="attachments can be objects in a bucket, or those of another document",
            source="AWS::SSM::Document AttachmentsSource, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::SSM::Association": (
        advisory(
            "ssm:CreateAssociation",
            on="create",
            when="Name",
            resource=_ANY_OWNERS_DOCUMENT,
            add=True,
            reason="asked for on the document too, which can be AWS's own",
            source=_ARNS,
        ),
    ),
}
