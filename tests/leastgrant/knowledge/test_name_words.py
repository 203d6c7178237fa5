import pytest

from leastgrant.knowledge.name_words import words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PutBucketCORS", "put bucket cors"),
        ("CorsConfiguration", "cors configuration"),
        ("KMSMasterKeyID", "kms master key id"),
        ("KmsKeyIdentifier", "kms key id"),
        ("DBInstance", "db instance"),
        ("DescribeDBInstances", "describe db instance"),
        ("VPCs", "vpc"),
        ("DescribeVpcs", "describe vpc"),
        ("SubnetIds", "subnet id"),
        ("UpdateTimeToLive", "update ttl"),
        ("TimeToLiveSpecification", "ttl specification"),
        ("GetPolicies", "get policy"),
        ("DescribeAddresses", "describe address"),
        ("EC2SecurityGroup", "ec2 security group"),
        ("log-group", "log group"),
        ("rule-on-default-event-bus", "rule on default eventbus"),
        ("KMSAccess", "kms access"),
        ("", ""),
    ],
)
def test_words(name: str, expected: str):
    assert " ".join(words(name)) == expected
