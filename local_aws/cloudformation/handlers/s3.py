"""AWS::S3::Bucket.

Sources: its page in the AWS CloudFormation Template Reference; for the defaults, "Setting default server-side
encryption behavior" and "Blocking public access" in the Amazon S3 User Guide.

moto refuses tags `aws:*`, as S3 does when anybody but CloudFormation sets them: a bucket's tags are put into moto's
model. There, unlike on AWS, they are lost when somebody else calls `PutBucketTagging`. Not modelled: what is not named
in `modelled`, such as replication, notifications and object locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import failure, none_if, undone_by
from local_aws.cloudformation.handlers.tags import wanted_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = ("404", "NoSuchBucket")
_S3_MANAGED: Final = {
    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
}
_RULE_OF_API: Final = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
_CLOSED: Final = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


class S3Bucket(ResourceHandler):
    """A bucket."""

    type_name = "AWS::S3::Bucket"
    modelled: ClassVar[Modelled] = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": {
                "BucketKeyEnabled": None,
                "ServerSideEncryptionByDefault": {"KMSMasterKeyID": None, "SSEAlgorithm": None},
            }
        },
        "BucketName": None,
        "LifecycleConfiguration": {
            "Rules": {
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": None},
                "ExpirationInDays": None,
                "Id": None,
                "NoncurrentVersionExpiration": {"NoncurrentDays": None},
                "NoncurrentVersionExpirationInDays": None,
                "Prefix": None,
                "Status": None,
            }
        },
        "PublicAccessBlockConfiguration": dict.fromkeys(_CLOSED),
        "Tags": {"Key": None, "Value": None},
        "VersioningConfiguration": {"Status": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a bucket."""
        if self.find({"BucketName": name}) is not None:
            owned = "Your previous request to create the named bucket succeeded and you already own it."
            raise failure("CreateBucket", "BucketAlreadyOwnedByYou", owned, 409)
        self._client.create_bucket(Bucket=name, **self._location())
        with undone_by(lambda: self._client.delete_bucket(Bucket=name)):
            self._configure(name, {}, {"PublicAccessBlockConfiguration": _CLOSED, **properties})
        self._tag(name, properties, tags)
        return self._physical(name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        self._configure(physical.name, before, after)
        self._tag(physical.name, after, tags)
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a bucket; with anything in it, it is refused, as by S3."""
        del properties
        try:
            self._client.delete_bucket(Bucket=physical.name)
        except ClientError as error:
            none_if(error, *_MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the bucket with this `BucketName`."""
        name = identifier["BucketName"]
        try:
            self._client.head_bucket(Bucket=name)
        except ClientError as error:
            return none_if(error, *_MISSING)
        return self._physical(name)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `BucketName`."""
        return {"BucketName": properties["BucketName"]} if "BucketName" in properties else None

    @property
    def _client(self) -> Any:
        return self.services.client("s3")

    def _location(self) -> dict[str, Any]:
        """Return where it is made; `us-east-1` is not to be named ("CreateBucket", Amazon S3 API Reference)."""
        region = self.services.region
        return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

    def _physical(self, name: str) -> Physical:
        arn = f"arn:{get_partition(self.services.region)}:s3:::{name}"
        attributes = {
            "Arn": arn,
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{self.services.region}.amazonaws.com",
        }
        return Physical(name, name, arn, attributes)

    def _configure(self, name: str, before: Properties, after: Properties) -> None:
        for member, put in (
            ("BucketEncryption", self._encrypt),
            ("LifecycleConfiguration", self._expire),
            ("PublicAccessBlockConfiguration", self._block),
            ("VersioningConfiguration", self._keep_versions),
        ):
            if before.get(member) != after.get(member):
                put(name, after.get(member))

    def _encrypt(self, name: str, encryption: dict[str, Any] | None) -> None:
        rules = [
            {_RULE_OF_API.get(key, key): value for key, value in rule.items()}
            for rule in (encryption or _S3_MANAGED)["ServerSideEncryptionConfiguration"]
        ]
        self._client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})

    def _expire(self, name: str, lifecycle: dict[str, Any] | None) -> None:
        if lifecycle is None:
            self._client.delete_bucket_lifecycle(Bucket=name)
            return
        rules = [_rule(rule) for rule in lifecycle["Rules"]]
        self._client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})

    def _block(self, name: str, block: dict[str, Any] | None) -> None:
        if block is None:
            self._client.delete_public_access_block(Bucket=name)
        else:
            everything = {**dict.fromkeys(_CLOSED, False), **block}
            self._client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=everything)

    def _keep_versions(self, name: str, versioning: dict[str, Any] | None) -> None:
        """Set versioning; a bucket never goes back to the state before it ("Using versioning in S3 buckets")."""
        self._client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning or {"Status": "Suspended"})

    def _tag(self, name: str, properties: Properties, tags: Tags) -> None:
        backend = s3_backends[self.services.account][get_partition(self.services.region)]
        backend.put_bucket_tagging(name, wanted_tags(self.type_name, properties, tags))


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Write a lifecycle rule by the names of `PutBucketLifecycleConfiguration`."""
    named = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        named["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        named["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "NoncurrentVersionExpirationInDays" in rule:
        named["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    same = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    return {**named, **{key: rule[key] for key in same if key in rule}}
