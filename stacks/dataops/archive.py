"""The export archive: a bucket that keeps the portable exports of the execution data."""

from aws_cdk import Acknowledgment, Duration, Tags, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.dataops.data import KEPT, DataClass, tag_as_data
from stacks.logical_ids import keep_logical_id


class ExportArchive(Construct):
    """A private, encrypted, versioned bucket; old versions of exports expire after the retention."""

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, retention_days: int) -> None:
        super().__init__(scope, construct_id)
        self.prefix = prefix
        self.logical_id = "DataOpsExportArchiveBucket"
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="RetainPortableExecutionExports",
                    prefix=f"{prefix}/",
                    noncurrent_version_expiration=Duration.days(retention_days),
                )
            ],
            removal_policy=KEPT,
        )
        keep_logical_id(self.bucket, self.logical_id)
        tag_as_data(self.bucket, DataClass.EXECUTION_EXPORT_ARCHIVE)
        Tags.of(self.bucket).add("BackupSelection", "DataOpsV1ExecutionExports")
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
