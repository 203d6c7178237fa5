"""The export archive: a bucket that keeps the portable exports of the execution data."""

from typing import cast

from aws_cdk import Acknowledgment, Tags, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.dataops.data import KEPT, DataClass, tag_as_data
from stacks.logical_ids import keep_logical_id
from stacks.names import EXPORT_ARCHIVE
from stacks.namespace import BUCKET, StackNamespace
from stacks.withheld import withheld


class ExportArchive(Construct):
    """A private, encrypted, versioned bucket; old versions of exports expire after the retention."""

    def __init__(
        self, scope: Construct, construct_id: str, *, namespace: StackNamespace, prefix: str, retention_days: int
    ) -> None:
        super().__init__(scope, construct_id)
        self.prefix = prefix
        self.logical_id = EXPORT_ARCHIVE
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            versioned=True,
            removal_policy=KEPT,
        )
        keep_logical_id(self.bucket, self.logical_id)
        # An L2 rule writes the newer form of the same, and the take-over would set the live bucket's lifecycle anew.
        resource = cast("s3.CfnBucket", self.bucket.node.default_child)
        resource.lifecycle_configuration = s3.CfnBucket.LifecycleConfigurationProperty(
            rules=[
                s3.CfnBucket.RuleProperty(
                    id="RetainPortableExecutionExports",
                    prefix=f"{prefix}/",
                    status="Enabled",
                    noncurrent_version_expiration_in_days=retention_days,
                )
            ]
        )
        tag_as_data(self.bucket, DataClass.EXECUTION_EXPORT_ARCHIVE)
        Tags.of(self.bucket).add("BackupSelection", "DataOpsV1ExecutionExports")
        self.withheld = (
            {}
            if not namespace.has(EXPORT_ARCHIVE)
            else withheld(
                [
                    "s3:PutBucketPublicAccessBlock",
                    "s3:PutBucketVersioning",
                    "s3:PutEncryptionConfiguration",
                    "s3:PutLifecycleConfiguration",
                ],
                namespace.generated(BUCKET, EXPORT_ARCHIVE),
                reason="It keeps the exports: from expiring, from being overwritten, and from the public.",
            )
        )
        Validations.of(self.bucket).acknowledge(
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-S1",
                reason="The live archive has no access log; a log needs a second bucket, and the take-over adds none.",
            ),
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-S10",
                reason=(
                    "Refusing plain HTTP needs a bucket policy, and the take-over adds no resource. No public access is"
                    " possible, and the work engine, the only writer, uses an AWS SDK, which speaks HTTPS."
                ),
            ),
        )

    @property
    def export_arns(self) -> str:
        """The ARNs of the exports."""
        return self.bucket.arn_for_objects(f"{self.prefix}/*")

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that name the archive to the work engine."""
        return {
            "DATAOPS_EXPORT_ARCHIVE_BUCKET": self.bucket.bucket_name,
            "DATAOPS_EXPORT_ARCHIVE_PREFIX": self.prefix,
        }
