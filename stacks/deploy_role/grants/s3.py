"""Managing the S3 buckets of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant, own_account
from stacks.names import EXPORT_ARCHIVE
from stacks.namespace import BUCKET, StackArn


class BucketAction(GrantableAction):
    """What CloudFormation does to a bucket with encryption, versioning, lifecycle, tags and no public access."""

    GET_BUCKET_PUBLIC_ACCESS_BLOCK = "s3:GetBucketPublicAccessBlock"
    GET_BUCKET_TAGGING = "s3:GetBucketTagging"
    GET_BUCKET_VERSIONING = "s3:GetBucketVersioning"
    GET_ENCRYPTION_CONFIGURATION = "s3:GetEncryptionConfiguration"
    GET_LIFECYCLE_CONFIGURATION = "s3:GetLifecycleConfiguration"
    LIST_BUCKET = "s3:ListBucket"
    PUT_BUCKET_TAGGING = "s3:PutBucketTagging"


class BucketCreationAction(GrantableAction):
    """What makes a bucket: in the caller's account, whatever the condition."""

    CREATE_BUCKET = "s3:CreateBucket"


class NewBucketAction(GrantableAction):
    """What a bucket is given when it is made; and what takes it away again in the rollback of its creation."""

    DELETE_BUCKET = "s3:DeleteBucket"
    PUT_BUCKET_PUBLIC_ACCESS_BLOCK = "s3:PutBucketPublicAccessBlock"
    PUT_BUCKET_VERSIONING = "s3:PutBucketVersioning"
    PUT_ENCRYPTION_CONFIGURATION = "s3:PutEncryptionConfiguration"
    PUT_LIFECYCLE_CONFIGURATION = "s3:PutLifecycleConfiguration"


class BucketGrants(StackGrants):
    """Grants on the stack's one bucket; on no object in it."""

    @property
    def archive(self) -> StackArn:
        """The export archive."""
        return self._namespace.generated(BUCKET, EXPORT_ARCHIVE)

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow reading and configuring the archive."""
        return grant(
            grantee,
            "DataOpsExportArchiveBucket",
            BucketAction,
            [self.archive],
            conditions=own_account(self._namespace),
            purpose="CloudFormation reads and configures the export archive.",
        )

    def create(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow making the archive if it is not there yet, and deleting it in a rollback, while it is empty."""
        if self._namespace.has(EXPORT_ARCHIVE):
            return ()
        return (
            grant(
                grantee,
                "CreateDataOpsExportArchiveBucket",
                BucketCreationAction,
                [self.archive],
                purpose="CloudFormation makes the export archive.",
            ),
            grant(
                grantee,
                "ConfigureNewDataOpsExportArchiveBucket",
                NewBucketAction,
                [self.archive],
                conditions=own_account(self._namespace),
                purpose="CloudFormation gives the new export archive its settings, and deletes it in a rollback.",
            ),
        )
