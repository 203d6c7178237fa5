import pytest

from leastgrant.knowledge import api_names, authorization
from leastgrant.knowledge.api_names import iam_action


@pytest.mark.parametrize(
    ("listed", "action"),
    [
        ("s3:HeadBucket", "s3:ListBucket"),
        ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("s3:PutBucketReplication", "s3:PutReplicationConfiguration"),
        ("s3:DeleteBucketCors", "s3:PutBucketCORS"),
        ("iam:listUsers", "iam:ListUsers"),
        ("EC2:DescribeVpcs", "ec2:DescribeVpcs"),
        ("events:PutRule", "events:PutRule"),
        ("ec2:Describe*", "ec2:Describe*"),
        ("s3:REST.PUT.OBJECT", None),
        ("apigateway:TagResource", "apigateway:TagResource"),  # the reference does not list it
        ("nothing", None),
    ],
)
def test_a_listed_name_becomes_iams(listed: str, action: str | None):
    assert iam_action(listed) == action


def test_each_name_is_an_action_only_under_its_iam_name():
    for api_name, name in api_names.IAM_NAMES.items():
        assert authorization.action(name), f"IAM has no action {name}"
        assert authorization.action(api_name) is None, f"IAM has an action {api_name}: the entry is not needed"
