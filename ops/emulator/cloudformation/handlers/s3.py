"""Amazon S3. S3 refuses tags that begin with `aws:` from callers: CloudFormation's own are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, Properties, Tags, all_tags, already_exists, only

if TYPE_CHECKING:
    from collections.abc import Mapping


class BucketHandler(Handler):
    """A bucket."""

    type_name = "AWS::S3::Bucket"
    modelled = frozenset(
        {
            "BucketEncryption",
            "BucketName",
            "LifecycleConfiguration",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )

    @property
    def _s3(self) -> Any:
        return self.services.client("s3")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the bucket, then what is set on a bucket that is there."""
        if self.find({"BucketName": name}) is not None:
            raise already_exists("CreateBucket", "BucketAlreadyOwnedByYou", f"{name} already exists")
        where = {"CreateBucketConfiguration": {"LocationConstraint": self.services.region}}
        self._s3.create_bucket(Bucket=name, **({} if self.services.region == "us-east-1" else where))
        return self.update(self._physical(name), {}, properties, tags)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        bucket = {"Bucket": physical.name}
        if before.get("VersioningConfiguration") != after.get("VersioningConfiguration"):
            versioning = only("Status", after.get("VersioningConfiguration", {}), "VersioningConfiguration")
            self._s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended", **versioning})
        if before.get("BucketEncryption") != after.get("BucketEncryption"):
            self._encrypt(bucket, after.get("BucketEncryption"))
        if before.get("LifecycleConfiguration") != after.get("LifecycleConfiguration"):
            self._expire(bucket, after.get("LifecycleConfiguration"))
        if before.get("PublicAccessBlockConfiguration") != after.get("PublicAccessBlockConfiguration"):
            self._close(bucket, after.get("PublicAccessBlockConfiguration"))
        self._tag(bucket, all_tags(after, tags))
        return physical

    def delete(self, physical: Physical) -> None:
        """Delete the bucket, which must be empty."""
        try:
            self._s3.delete_bucket(Bucket=physical.name)
        except self._s3.exceptions.NoSuchBucket:
            return

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The bucket of a name."""
        try:
            self._s3.head_bucket(Bucket=identifier["BucketName"])
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:  # noqa: PLR2004  (HTTP)
                return None
            raise
        return self._physical(identifier["BucketName"])

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its name."""
        return {"BucketName": properties["BucketName"]} if "BucketName" in properties else None

    @staticmethod
    def _physical(name: str) -> Physical:
        arn = f"arn:aws:s3:::{name}"
        return Physical(name, name, arn, {"Arn": arn})

    def _encrypt(self, bucket: Mapping[str, str], wanted: Properties | None) -> None:
        if wanted is None:
            self._s3.delete_bucket_encryption(**bucket)
            return
        only("ServerSideEncryptionConfiguration", wanted, "BucketEncryption")
        rules = [
            {
                "ApplyServerSideEncryptionByDefault": only(
                    "KMSMasterKeyID SSEAlgorithm", rule["ServerSideEncryptionByDefault"], "BucketEncryption"
                )
            }
            for rule in wanted["ServerSideEncryptionConfiguration"]
            if only("ServerSideEncryptionByDefault", rule, "BucketEncryption/ServerSideEncryptionConfiguration")
        ]
        self._s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    def _expire(self, bucket: Mapping[str, str], wanted: Properties | None) -> None:
        if wanted is None:
            self._s3.delete_bucket_lifecycle(**bucket)
            return
        rules = [_lifecycle_rule(rule) for rule in only("Rules", wanted, "LifecycleConfiguration")["Rules"]]
        self._s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": rules})

    def _close(self, bucket: Mapping[str, str], wanted: Properties | None) -> None:
        if wanted is None:
            self._s3.delete_public_access_block(**bucket)
        else:
            self._s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=dict(wanted))

    def _tag(self, bucket: Mapping[str, str], tags: Tags) -> None:
        listed = [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]
        self._s3.put_bucket_tagging(**bucket, Tagging={"TagSet": listed})


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """A rule as the API takes it; the number of days has two forms in a template."""
    known = only(
        "Id NoncurrentVersionExpiration NoncurrentVersionExpirationInDays Prefix Status",
        rule,
        "LifecycleConfiguration/Rules",
    )
    days = known.get("NoncurrentVersionExpirationInDays")
    expiration = {"NoncurrentDays": int(days)} if days else known.get("NoncurrentVersionExpiration")
    made = {"ID": known["Id"], "Filter": {"Prefix": known.get("Prefix", "")}, "Status": known["Status"]}
    return made | ({"NoncurrentVersionExpiration": expiration} if expiration else {})
