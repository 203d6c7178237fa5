"""Amazon Elastic Container Registry."""

from leastgrant.knowledge.rule import advisory, required

_API = "Actions, Amazon ECR API Reference"
_KEYS = "Encryption at rest, required IAM permissions, Amazon ECR User Guide"

RULES = {
    "AWS::ECR::Repository": (
        required(
            "ecr:*RepositoryPolicy",
            when="RepositoryPolicyText",
            reason="the repository's policy",
            source="github.com/aws/amazon-genomics-cli/issues/573",
        ),
        required(
            "ecr:DescribeRepositories",
            on="create",
            add=True,
            reason="the repository is read back",
            source=_API,
        ),
        required(
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:RetireGrant",
            when="EncryptionConfiguration/KmsKey",
            reason="ECR makes and retires grants on the named key with the caller's permissions",
            source=_KEYS,
        ),
        advisory(
            "ecr:BatchDeleteImage",
            "ecr:ListImages",
            on="delete",
            when="EmptyOnDelete=true",
            add=True,
            reason="images are deleted with the repository",
            source="AWS::ECR::Repository, EmptyOnDelete, AWS CloudFormation Template Reference",
        ),
    ),
}
