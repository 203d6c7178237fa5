"""Buckets, from the template to S3's own answers."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.s3 import S3Bucket

NAME = "dataops-exports"
PROPERTIES: dict[str, Any] = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        ]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "Exports",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 365},
                "Prefix": "exports/",
                "Status": "Enabled",
            }
        ]
    },
    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
    "Tags": [{"Key": "App", "Value": "DataOps"}],
    "VersioningConfiguration": {"Status": "Enabled"},
}


@pytest.fixture
def handler(services: Services) -> S3Bucket:
    return S3Bucket(services)


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("s3")


def rules(client: Any) -> list[dict[str, Any]]:
    return client.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]


def algorithm(client: Any) -> str:
    (rule,) = client.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def blocked(client: Any) -> set[str]:
    block = client.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    return {name for name, on in block.items() if on}


def tags_of(client: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=NAME)["TagSet"]}


def test_a_bucket_is_made_found_and_deleted(handler: S3Bucket, client: Any, tags: dict[str, str]) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    assert (physical.name, physical.ref, physical.arn) == (NAME, NAME, f"arn:aws:s3:::{NAME}")
    assert physical.attributes["RegionalDomainName"] == f"{NAME}.s3.eu-west-1.amazonaws.com"
    assert handler.find({"BucketName": NAME}) == physical
    assert handler.identifier({"BucketName": NAME}) == {"BucketName": NAME}
    assert handler.identifier(PROPERTIES) is None
    assert client.get_bucket_location(Bucket=NAME)["LocationConstraint"] == "eu-west-1"
    assert client.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    (rule,) = rules(client)
    assert rule["ID"] == "Exports"
    assert rule["Filter"] == {"Prefix": "exports/"}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365}
    assert algorithm(client) == "aws:kms"
    assert blocked(client) == {"BlockPublicAcls", "BlockPublicPolicy"}
    assert tags_of(client) == {"App": "DataOps", **tags}
    handler.delete(physical, {})
    handler.delete(physical, {})
    assert handler.find({"BucketName": NAME}) is None


def test_a_bucket_without_properties_has_the_defaults_of_s3(handler: S3Bucket, client: Any) -> None:
    handler.create(NAME, {}, {})
    assert len(blocked(client)) == 4
    assert "Status" not in client.get_bucket_versioning(Bucket=NAME)


def test_what_is_not_in_the_template_any_more_goes_back_to_the_default(
    handler: S3Bucket, client: Any, tags: dict[str, str]
) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    handler.update(physical, PROPERTIES, {}, tags)
    assert client.get_bucket_versioning(Bucket=NAME)["Status"] == "Suspended"
    assert algorithm(client) == "AES256"
    assert tags_of(client) == tags
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        rules(client)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        blocked(client)


def test_each_property_can_be_added(handler: S3Bucket, client: Any) -> None:
    physical = handler.create(NAME, {}, {})
    handler.update(physical, {}, PROPERTIES, {})
    assert client.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    assert algorithm(client) == "aws:kms"
    assert len(rules(client)) == 1
    assert blocked(client) == {"BlockPublicAcls", "BlockPublicPolicy"}
    assert tags_of(client) == {"App": "DataOps"}


def test_every_member_of_a_lifecycle_rule(handler: S3Bucket, client: Any) -> None:
    rule = {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "ExpirationInDays": 30,
        "NoncurrentVersionExpirationInDays": 90,
        "Status": "Disabled",
    }
    handler.create(NAME, {"LifecycleConfiguration": {"Rules": [rule]}}, {})
    (made,) = rules(client)
    assert made["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert made["Expiration"]["Days"] == 30
    assert made["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert made["Filter"] == {"Prefix": ""}
    assert made["Status"] == "Disabled"


def test_a_bucket_that_exists_is_refused_and_stays_as_it_is(handler: S3Bucket, client: Any) -> None:
    handler.create(NAME, PROPERTIES, {})
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        handler.create(NAME, {}, {})
    assert algorithm(client) == "aws:kms"


def test_a_bucket_that_cannot_be_finished_is_taken_back(handler: S3Bucket) -> None:
    no_rules: list[object] = []
    with pytest.raises(ClientError, match="MalformedXML"):
        handler.create(NAME, {"BucketEncryption": {"ServerSideEncryptionConfiguration": no_rules}}, {})
    assert handler.find({"BucketName": NAME}) is None


@pytest.mark.parametrize("versioning", [{}, {"VersioningConfiguration": {"Status": "Enabled"}}])
def test_a_bucket_with_anything_in_it_is_not_deleted(
    handler: S3Bucket, client: Any, versioning: dict[str, Any]
) -> None:
    physical = handler.create(NAME, versioning, {})
    client.put_object(Bucket=NAME, Key="export", Body=b"1")
    if versioning:
        client.delete_object(Bucket=NAME, Key="export")  # which leaves the version, and a marker
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        handler.delete(physical, {})
    assert handler.find({"BucketName": NAME}) == physical
