"""Managing the S3 buckets of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.namespace import StackArn


class BucketAction(GrantableAction):
    """What CloudFormation does to a bucket with encryption, versioning, lifecycle, tags and no public access."""

    CREATE_BUCKET = "s3:CreateBucket"
    DELETE_BUCKET = "s3:DeleteBucket"
    GET_BUCKET_PUBLIC_ACCESS_BLOCK = "s3:GetBucketPublicAccessBlock"
    GET_BUCKET_TAGGING = "s3:GetBucketTagging"
    GET_BUCKET_VERSIONING = "s3:GetBucketVersioning"
    GET_ENCRYPTION_CONFIGURATION = "s3:GetEncryptionConfiguration"
    GET_LIFECYCLE_CONFIGURATION = "s3:GetLifecycleConfiguration"
    LIST_BUCKET = "s3:ListBucket"
    PUT_BUCKET_PUBLIC_ACCESS_BLOCK = "s3:PutBucketPublicAccessBlock"
    PUT_BUCKET_TAGGING = "s3:PutBucketTagging"
    PUT_BUCKET_VERSIONING = "s3:PutBucketVersioning"
    PUT_ENCRYPTION_CONFIGURATION = "s3:PutEncryptionConfiguration"
    PUT_LIFECYCLE_CONFIGURATION = "s3:PutLifecycleConfiguration"


class BucketGrants(StackGrants):
    """Grants on the stack's buckets; on no object in them."""

    @property
    def buckets(self) -> StackArn:
        """All buckets of the stack."""
        return self._namespace.arn(
            "arn:${Partition}:s3:::${BucketName}",
            "-*",
            reason="CloudFormation ends the name with random characters when it makes the archive bucket.",
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow creating, reading, configuring and deleting them. S3 deletes a bucket only when it is empty."""
        return grant(
            grantee,
            "DataOpsExportArchiveBucket",
            BucketAction,
            [self.buckets],
            purpose="CloudFormation makes, reads, configures and deletes the export archive.",
        )
