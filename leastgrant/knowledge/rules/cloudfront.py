"""Amazon CloudFront."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, required

_ALIASES = "Requirements for using alternate domain names, Amazon CloudFront Developer Guide"
_EDGE = "github.com/silvermine/serverless-plugin-cloudfront-lambda-edge/issues/51"
_EDGE_RIGHTS = "Set up IAM permissions and roles for Lambda@Edge, Amazon CloudFront Developer Guide"
_ANY_DISTRIBUTION = ArnTemplate("arn:${Partition}:cloudfront::${Account}:distribution/${DistributionId}")
_LAMBDA = (
    "DistributionConfig/DefaultCacheBehavior/LambdaFunctionAssociations "
    "DistributionConfig/CacheBehaviors/LambdaFunctionAssociations"
)

RULES = {
    "AWS::CloudFront::Distribution": (
        required(
            "cloudfront:CreateDistribution",
            on="create",
            resource=_ANY_DISTRIBUTION,
            reason="it is how the type is created",
            source="CreateDistribution, Amazon CloudFront API Reference",
        ),
        advisory(
            "cloudfront:*ConnectionGroup",
            when="DistributionConfig/ConnectionMode",
            reason="connection groups belong to multi-tenant distributions",
            source="AWS::CloudFront::Distribution provider schema",
        ),
        required(
            "lambda:GetFunction",
            "lambda:EnableReplication",
            on="create update",
            when=_LAMBDA,
            resource=ArnTemplate(
                "arn:${Partition}:lambda:us-east-1:${Account}:function:${FunctionName}:${Version}"
            ),
            add=True,
            reason="CloudFront replicates the function with the caller's permissions",
            source=_EDGE_RIGHTS,
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create update",
            when=_LAMBDA,
            add=True,
            reason="the roles of Lambda@Edge are made on first use in an account",
            source=_EDGE,
        ),
    ),
}
