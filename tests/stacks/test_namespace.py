"""A namespace holds no wildcard of its own, and every ARN it gives lies within it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.regions import PARTITION_OF
from stacks.namespace import StackArn, StackNamespace

NAMESPACE = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (NAMESPACE.stack, "arn:aws:cloudformation:eu-west-1:817685572750:stack/dataops-v1/*"),
        (NAMESPACE.event_rules, "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-*"),
        (NAMESPACE.tables, "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-*"),
        (NAMESPACE.table("users"), "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-users"),
        (NAMESPACE.buckets, "arn:aws:s3:::dataops-v1-*"),
        (NAMESPACE.artifact_bucket("the-bucket"), "arn:aws:s3:::the-bucket"),
        (NAMESPACE.artifacts("the-bucket"), "arn:aws:s3:::the-bucket/dataops-v1/*"),
        (NAMESPACE.earlier_artifacts("the-bucket"), "arn:aws:s3:::the-bucket/*"),
        (NAMESPACE.function("Fn"), "arn:aws:lambda:eu-west-1:817685572750:function:dataops-v1-Fn-*"),
        (NAMESPACE.role("FnRole"), "arn:aws:iam::817685572750:role/dataops-v1-FnRole-*"),
        (NAMESPACE.secret("a/b"), "arn:aws:secretsmanager:eu-west-1:817685572750:secret:dataops-v1/a/b-*"),
    ],
)
def test_arns(arn: StackArn, expected: str) -> None:
    assert arn == expected


def test_buckets_are_lower_case_as_cloudformation_makes_them() -> None:
    assert StackNamespace("aws", "eu-west-1", "817685572750", "DataOps").buckets == "arn:aws:s3:::dataops-*"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("*", "eu-west-1", "817685572750", "dataops-v1"), "eu-west-1 is in partition aws, not '*'"),
        (("aws", "*", "817685572750", "dataops-v1"), "must be an AWS region, not '*'"),
        (("aws", "eu-west-1", "*", "dataops-v1"), "must be an AWS account id"),
        (("aws", "eu-west-1", "", "dataops-v1"), "must be an AWS account id"),
        (("aws", "eu-west-1", "817685572750", "*"), "must be a CloudFormation stack name"),
        (("aws", "eu-west-1", "817685572750", "dataops-*"), "must be a CloudFormation stack name"),
        (("aws", "eu-west-1", "817685572750", ""), "must be a CloudFormation stack name"),
    ],
)
def test_refuses_wildcards_and_nothing(parts: tuple[str, str, str, str], message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  the message is compared below, whole
        StackNamespace(*parts)
    assert message in str(refusal.value)


@pytest.mark.parametrize("arn_of", [NAMESPACE.table, NAMESPACE.function, NAMESPACE.role, NAMESPACE.secret])
@pytest.mark.parametrize("name", ["*", "a*", "?", "", "a:b", "${x}"])
def test_refuses_names_with_wildcards(arn_of: Callable[[str], StackArn], name: str) -> None:
    with pytest.raises(ValueError, match="without wildcards, not "):
        arn_of(name)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:events:eu-west-1:817685572750:rule/dataops-v2-x",
        "arn:aws:events:eu-west-1:817685572750:rule/*",
        "arn:aws:events:*:817685572750:rule/dataops-v1-x",
        "arn:aws:events:eu-west-1:*:rule/dataops-v1-x",
        "arn:*:events:eu-west-1:817685572750:rule/dataops-v1-x",
        "arn:aws:iam::817685572750:role/dataops-github-actions-deploy",
        "arn:aws:s3:::dataops-v1",
        "*",
    ],
)
def test_holds_nothing_of_others(arn: str) -> None:
    assert not NAMESPACE.holds(arn)


@given(
    region=st.sampled_from(sorted(PARTITION_OF)),
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    stack_name=st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,127}", fullmatch=True),
)
def test_every_arn_that_it_gives_is_its_own(region: str, account: str, stack_name: str) -> None:
    namespace = StackNamespace(PARTITION_OF[region], region, account, stack_name)
    given_out = (
        namespace.stack,
        namespace.event_rules,
        namespace.tables,
        namespace.table("t"),
        namespace.buckets,
        namespace.function("F"),
        namespace.role("R"),
        namespace.secret("s"),
    )
    assert all(map(namespace.holds, given_out))
    other = StackNamespace(PARTITION_OF[region], region, account, f"x{stack_name}"[:128])
    assert not any(map(other.holds, given_out))
