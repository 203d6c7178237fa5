"""Amazon S3."""

from leastgrant.knowledge.rule import advisory, not_called, required

_ABAC = "Enabling ABAC in general purpose buckets, Amazon S3 User Guide"
_API = "Required permissions for Amazon S3 API operations, Amazon S3 User Guide"
_CREATE = "CreateBucket, Permissions, Amazon S3 API Reference"
_DEPLOYED = "role dataops-github-actions-deploy, which made the bucket of stack dataops-v1 without it, June 2026"
_ROLES = (
    "github.com/buildkite/elastic-ci-stack-for-aws, service role; github.com/DataDog/cloudformation-template, "
    "aws_streams; github.com/aws-solutions-library-samples/data-lakes-on-aws, template-cicd-domain-roles.yaml"
)
_METADATA = "Setting up permissions for configuring metadata tables, Amazon S3 User Guide"

RULES = {
    "AWS::S3::Bucket": (
        required(
            "s3:TagResource",
            "s3:UntagResource",
            "s3:ListTagsForResource",
            when="AbacStatus",
            reason="buckets are tagged with PutBucketTagging unless ABAC is enabled on them",
            source=_ABAC,
        ),
        required(
            "s3:PutBucketAcl",
            on="update",
            when="AccessControl",
            reason="AccessControl is a canned ACL",
            source=_CREATE,
        ),
        required(
            "s3:PutBucketAcl",
            on="create",
            when="AccessControl",
            add=True,
            reason="AccessControl is a canned ACL",
            source=_CREATE,
        ),
        advisory(
            "s3:ListBucket",
            on="create update delete",
            reason="roles that lack it make and delete buckets",
            source=_ROLES,
        ),
        not_called(
            "s3:PutObjectAcl",
            "s3:DeleteObject",
            reason="the handler touches no object",
            source=_DEPLOYED,
        ),
        advisory(
            "s3:GetBucketAcl",
            when="AccessControl LoggingConfiguration",
            reason="the ACL matters where it is set, or lets logs be delivered",
            source=_API,
        ),
        required(
            "s3:PutBucketVersioning",
            "s3:PutBucketObjectLockConfiguration",
            on="create",
            when="ObjectLockEnabled ObjectLockConfiguration",
            add=True,
            reason="a bucket with Object Lock is versioned",
            source=_CREATE,
        ),
        required(
            "s3:*BucketMetadata*",
            "s3tables:*",
            when="MetadataConfiguration MetadataTableConfiguration",
            reason="metadata tables are kept in a table bucket",
            source=_METADATA,
        ),
    ),
    "AWS::S3::BucketPolicy": (
        advisory(
            "s3:GetBucketPolicy",
            on="create delete",
            reason="roles that lack it put and delete policies; an update was refused without it",
            source="github.com/aws-samples/sample-autonomous-cloud-coding-agents, roles of its deployment",
        ),
        required(
            "s3:PutBucketPolicy",
            "s3:DeleteBucketPolicy",
            resource="bucket",
            reason="a bucket's policy is written on the bucket",
            source=_API,
        ),
    ),
}
