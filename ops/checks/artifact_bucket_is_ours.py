"""The artifact bucket is there, in the settings' account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.errors import code_of
from ops.checks.result import CheckFinding, found, good, not_asked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from settings import Settings


def artifact_bucket_is_ours(s3: S3Client, settings: Settings) -> CheckFinding:
    """Call `HeadBucket`. Its answers have no body, so that their status is their code.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    bucket = settings.artifact_bucket
    try:
        region = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=settings.account).get("BucketRegion")
    except ClientError as error:
        match code_of(error):
            case "404" | "NoSuchBucket":
                return found(f"there is no bucket {bucket}: the deployment has nowhere to upload to")
            case "403" | "AccessDenied":
                return not_asked(
                    f"HeadBucket: denied: {bucket} is not of account {settings.account}, or you need s3:ListBucket"
                )
            case _:
                raise
    if region != settings.region:
        return found(f"{bucket} is in {region or 'a region that S3 does not tell'}, not in {settings.region}")
    return good(f"{bucket} is in {settings.account}, in {region}")
