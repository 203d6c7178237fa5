"""Amazon SageMaker AI."""

from leastgrant.knowledge.rule import Rule, advisory

_LAUNCHED = "github.com/awslabs/service-workbench-on-aws, launch role"
_DEPLOYED = "github.com/aws-samples/amazon-sagemaker-safe-deployment-pipeline, deploy role"


def _key(*uses: str, source: str) -> Rule:
    """Return the uses of a key beside the grant of it to SageMaker, which roles that deploy do without."""
    return advisory(
        *uses,
        when="KmsKeyId",
        reason="SageMaker uses the key by a grant, and roles with kms:CreateGrant alone deploy",
        source=source,
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::SageMaker::EndpointConfig": (_key("kms:DescribeKey", source=_DEPLOYED),),
    "AWS::SageMaker::NotebookInstance": (
        _key("kms:Decrypt", "kms:DescribeKey", source=_LAUNCHED),
        advisory(
            "ec2:DescribeDhcpOptions",
            on="create",
            when="SubnetId SecurityGroupIds",
            reason="a role without it puts notebooks in subnets",
            source=_LAUNCHED,
        ),
    ),
}
