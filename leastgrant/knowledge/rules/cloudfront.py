"""Amazon CloudFront."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, required

_EDGE = "github.com/silvermine/serverless-plugin-cloudfront-lambda-edge/issues/51"
_EDGE_RIGHTS = "Set up IAM permissions and roles for Lambda@Edge, Amazon CloudFront Developer Guide"
_ANY_DISTRIBUTION = ArnTemplate("arn:${Partition}:cloudfront::${Account}:distribution/${DistributionId}")
_EDGE_FUNCTION = ArnTemplate("arn:${Partition}:lambda:us-east-1:${Account}:function:${FunctionName}:${Version}")
_LAMBDA = (
    "DistributionConfig/DefaultCacheBehavior/LambdaFunctionAssociations "
    "DistributionConfig/CacheBehaviors/LambdaFunctionAssociations"
)

_ANY_BUCKET = ArnTemplate("arn:${Partition}:s3:::${BucketName}")
_LOG_ACL = (
    "Permissions required to configure standard logging and to access your log files, Amazon CloudFront Developer "
    "Guide; github.com/aws/aws-cdk/issues/33747"
)

RULES = {
    "AWS::CloudFront::OriginAccessControl": (),
    "AWS::CloudFront::Distribution": (
        required(
            "cloudfront:CreateDistribution",
            on="create",
            resource=_ANY_DISTRIBUTION,
            reason="it is how the type is created",
            source="CreateDistribution, Amazon CloudFront API Reference",
        ),
        advisory(
            "cloudfront:GetDistributionConfig",
            on="create update delete",
            reason="roles that lack it make, change and delete distributions",
            source="github.com/aws-samples/sample-autonomous-cloud-coding-agents, roles of its deployment",
        ),
        required(
            "s3:GetBucketAcl",
            "s3:PutBucketAcl",
            on="create update",
            when="DistributionConfig/Logging/Bucket",
            resource=_ANY_BUCKET,
            add=True,
            reason="CloudFront lets itself write to the log bucket, with the caller's permissions",
            source=_LOG_ACL,
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
            resource=_EDGE_FUNCTION,
            add=True,
            reason="CloudFront replicates the function; policies must write lambda:EnableReplication*",
            source=_EDGE_RIGHTS,
        ),
        required(
            "lambda:DisableReplication",
            on="update delete",
            when=_LAMBDA,
            resource=_EDGE_FUNCTION,
            add=True,
            reason="the replicas go with it; policies must write lambda:DisableReplication*",
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
