import re

import pytest
from botocore.loaders import Loader

from leastgrant.template import PARTITION_OF, Environment


def test_the_regions_are_those_of_botocore():
    partitions = Loader().load_data("partitions")["partitions"]
    known = {name: one["id"] for one in partitions for name in one["regions"] if not name.endswith("-global")}
    assert known == PARTITION_OF


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso")],
)
def test_the_partition_follows_from_the_region(region: str, partition: str):
    assert Environment(region=region).partition == partition


def test_a_region_that_is_newer_than_the_list_has_the_partition_that_is_given():
    assert Environment(partition="aws-iso", region="us-iso-south-1").partition == "aws-iso"


@pytest.mark.parametrize(
    ("partition", "region", "problem"),
    [
        (None, "eu-west-9", "there is no region 'eu-west-9'; did you mean eu-west-"),
        (None, "us-esat-1", "there is no region 'us-esat-1'; did you mean us-"),
        (None, "mars-base-1", "there is no region 'mars-base-1'; regions look like eu-west-1 (give the partition of a"),
        ("aws-cn", "eu-west-1", "region 'eu-west-1' is of the partition aws, not aws-cn; correct one"),
    ],
)
def test_a_region_that_does_not_exist_is_refused(partition: str | None, region: str, problem: str):
    with pytest.raises(ValueError, match=re.escape(problem)):
        Environment(partition=partition, region=region)


def test_without_a_region_the_partition_is_not_known():
    assert str(Environment().patterns["partition"]) == "*"
