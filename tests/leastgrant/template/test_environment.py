import pytest

from leastgrant.template import Environment


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso")],
)
def test_the_partition_follows_from_the_region(region: str, partition: str):
    assert Environment(region=region).partition == partition


def test_a_partition_that_is_given_stays():
    assert Environment(partition="aws-iso", region="eu-west-1").partition == "aws-iso"


def test_without_a_region_the_partition_is_not_known():
    assert str(Environment().patterns["partition"]) == "*"
