"""Amazon SageMaker AI."""

from leastgrant.knowledge.rule import Rule, advisory

_LAUNCHED = "github.com/awslabs/service-workbench-on-aws, launch role"
_DEPLOYED = "github.com/aws-samples/amazon-sagemaker-safe-deployment-pipeline, deploy role"


def _key(source: str) -> Rule:
    """Return the uses of a key beside the grant of it to SageMaker, which roles that deploy do without."""
    return advisory(
        "kms:Decrypt",
        "kms:DescribeKey",
        when="KmsKeyId",
        reason="SageMaker uses the key by a grant, and roles with kms:CreateGrant alone deploy",
        source=source,
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::SageMaker::EndpointConfig": (_key(_DEPLOYED),),
    "AWS::SageMaker::NotebookInstance": (_key(_LAUNCHED),),
}
