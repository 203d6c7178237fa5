"""A namespace holds no wildcard of its own, and every ARN it gives lies within it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.template import PARTITION_OF
from settings import LiveRecord, RecordState
from stacks.namespace import StackArn, StackNamespace

NAMESPACE = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")


QUEUE = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"
TABLE = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
ROLE = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"
BUCKET = "arn:${Partition}:s3:::${BucketName}"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (NAMESPACE.stack, "arn:aws:cloudformation:eu-west-1:817685572750:stack/dataops-v1/*"),
        (NAMESPACE.artifact_bucket("the-bucket"), "arn:aws:s3:::the-bucket"),
        (NAMESPACE.artifacts("the-bucket"), "arn:aws:s3:::the-bucket/dataops-v1/*"),
        (NAMESPACE.arn(QUEUE, "-*", reason="r"), "arn:aws:sqs:eu-west-1:817685572750:dataops-v1-*"),
        (NAMESPACE.arn(TABLE, "-users"), "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-users"),
        (NAMESPACE.arn(TABLE, "/a/b-*", reason="r"), "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1/a/b-*"),
        (NAMESPACE.arn(ROLE, "-FnRole-*", reason="r"), "arn:aws:iam::817685572750:role/dataops-v1-FnRole-*"),
        (NAMESPACE.arn(BUCKET, "-*", reason="r"), "arn:aws:s3:::dataops-v1-*"),
    ],
)
def test_arns(arn: StackArn, expected: str) -> None:
    assert arn.arn == expected
    assert arn.service == expected.split(":")[2]


CODE = {"DocsFullAppFunction": "abc", "WorkEngineFunction": "0123"}


@pytest.mark.parametrize(
    ("state", "code", "read"),
    [
        (RecordState.LIVE, {}, []),
        (RecordState.SINCE_TAKE_OVER, {}, []),
        (RecordState.BEING_TAKEN_OVER, {}, ["/*"]),
        (RecordState.BEING_TAKEN_OVER, {"WorkEngineFunction": "0123"}, ["/*"]),
        (RecordState.BEING_TAKEN_OVER, CODE, ["/abc", "/0123"]),
    ],
)
def test_what_sam_uploaded_is_read_while_a_rollback_may_be_one_to_it(
    state: RecordState, code: dict[str, str], read: list[str]
) -> None:
    namespace = replace(NAMESPACE, record=LiveRecord(date(2026, 6, 28), state, {}, code))
    arns = [one.arn for one in namespace.earlier_artifacts("the-bucket")]
    assert arns == [f"arn:aws:s3:::the-bucket{path}" for path in read]
    assert NAMESPACE.earlier_artifacts("the-bucket") == ()


QUEUE_MAPPING = "arn:${Partition}:lambda:${Region}:${Account}:event-source-mapping:${UUID}"


def test_what_aws_names_at_random_is_the_stacks_by_a_tie() -> None:
    mapping = NAMESPACE.tied(QUEUE_MAPPING, NAMESPACE.tagged, reason="r")
    assert mapping.arn == "arn:aws:lambda:eu-west-1:817685572750:event-source-mapping:*"
    function = NAMESPACE.arn("arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}", "-F")
    for tie in (NAMESPACE.tagged, NAMESPACE.being_tagged, NAMESPACE.of_functions(function)):
        assert NAMESPACE.ties(tie.conditions)
    for other in (
        "arn:aws:s3:::${BucketName}",
        "arn:${Partition}:lambda:us-east-1:${Account}:function:${FunctionName}",
    ):
        with pytest.raises(ValueError, match="is no ARN format of resources of one account"):
            NAMESPACE.tied(other, NAMESPACE.tagged, reason="r")
    with pytest.raises(ValueError, match="name functions of the stack"):
        NAMESPACE.of_functions()


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": "other"}},
        {"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": ["dataops-v1", "other"]}},
        {"StringEqualsIfExists": {"aws:ResourceTag/aws:cloudformation:stack-name": "dataops-v1"}},
        {"StringLike": {"aws:ResourceTag/aws:cloudformation:stack-name": "dataops-*"}},
        {"StringEquals": {"aws:ResourceTag/Project": "dataops-v1"}},
        {"ArnLike": {"lambda:FunctionArn": []}},
        {"ArnLike": {"lambda:FunctionArn": ["arn:aws:lambda:eu-west-1:817685572750:function:*"]}},
        {"ArnNotLike": {"lambda:FunctionArn": ["arn:aws:lambda:eu-west-1:817685572750:function:dataops-v1-F"]}},
    ],
)
def test_what_ties_nothing_to_the_stack(conditions: dict[str, dict[str, object]]) -> None:
    assert not NAMESPACE.ties(conditions)


def test_buckets_are_lower_case_as_cloudformation_makes_them() -> None:
    namespace = StackNamespace("aws", "eu-west-1", "817685572750", "DataOps")
    assert namespace.arn(BUCKET, "-*", reason="r").arn == "arn:aws:s3:::dataops-*"
    assert namespace.arn(QUEUE, "-*", reason="r").arn == "arn:aws:sqs:eu-west-1:817685572750:DataOps-*"


@pytest.mark.parametrize("arn", ["arn:aws:s3:::dataops-v1-*", "arn:aws:s3:::dataops-v1-?"])
def test_a_pattern_says_why_it_is_no_narrower(arn: str) -> None:
    with pytest.raises(ValueError, match="is given the reason why it is no narrower"):
        StackArn(arn)


def test_one_arn_has_no_reason_to_be_a_pattern() -> None:
    with pytest.raises(ValueError, match="a pattern, and nothing else, is given the reason"):
        NAMESPACE.arn(TABLE, "-users", reason="r")


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


@pytest.mark.parametrize(
    "after", ["*", "", "x", "-", "-a*", "-a*b", "-*-b", "-?", "-a:b", "-${x}", "-**", "-a\n", "-*\n"]
)
@pytest.mark.parametrize("arn_format", [QUEUE, TABLE, ROLE, BUCKET])
def test_refuses_names_that_are_not_after_the_stacks(arn_format: str, after: str) -> None:
    with pytest.raises(ValueError, match="after a stack's name come - or /, then letters"):
        NAMESPACE.arn(arn_format, after, reason="r")


@pytest.mark.parametrize(
    "arn_format",
    [
        "*",
        "dataops-v1-",
        "${Name}",
        "arn:${Partition}:sqs:${Region}:${Account}:queue",
        "arn:${Partition}:sqs:*:${Account}:${QueueName}",
        "arn:${Partition}:sqs:${Region}:*:${QueueName}",
        "arn:${Partition}:sqs:${Region}::${QueueName}",
        "arn:${Partition}:sqs:us-east-1:${Account}:${QueueName}",
        "arn:${Partition}:sqs:${Region}:123456789012:${QueueName}",
        "arn:*:sqs:${Region}:${Account}:${QueueName}",
        "arn:${Partition}:*:${Region}:${Account}:${QueueName}",
        "arn:${Partition}:sqs:${Region}:${Account}:*${QueueName}",
        "arn:${Partition}:sqs:${Region}:${Account}:other-${QueueName}",
        "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}*",
        "arn:${Partition}:events:${Region}:${Account}:rule/${EventBusName}/${RuleName}",
        "arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}",
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}",
    ],
)
def test_refuses_formats_of_what_is_not_named_after_the_stack(arn_format: str) -> None:
    with pytest.raises(ValueError, match="is no ARN format of resources of one account that ends with their name"):
        NAMESPACE.arn(arn_format, "-*", reason="r")


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
        "arn:aws:s3:::dataops-v1/x",
        "arn:aws:s3:eu-west-1:817685572750:dataops-v1-x",
        "arn:aws:events:eu-west-1:817685572750:rule/other-bus/dataops-v1-x",
        "arn:aws:sqs:eu-west-1::dataops-v1-x",
        "arn:aws:sqs:eu-west-1:123456789012:dataops-v1-x",
        "arn:aws:sqs:eu-west-1:817685572750:xdataops-v1-x",
        "arn:aws:sqs:eu-west-1:817685572750:*dataops-v1-x",
        "arn:aws:*:eu-west-1:817685572750:dataops-v1-x",
        "arn:aws-cn:sqs:eu-west-1:817685572750:dataops-v1-x",
        "*",
    ],
)
def test_holds_nothing_of_others(arn: str) -> None:
    assert not NAMESPACE.holds(arn)


@pytest.mark.parametrize("name", ["dataops-v1-x", "dataops-v1/x", "stateMachine:dataops-v1-x", "Db-Proxy/dataops-v1-x"])
def test_holds_what_begins_with_its_name_of_whatever_kind(name: str) -> None:
    assert NAMESPACE.holds(f"arn:aws:x:eu-west-1:817685572750:{name}")


@given(
    region=st.sampled_from(sorted(PARTITION_OF)),
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    stack_name=st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,127}", fullmatch=True),
)
def test_every_arn_that_it_gives_is_its_own(region: str, account: str, stack_name: str) -> None:
    namespace = StackNamespace(PARTITION_OF[region], region, account, stack_name)
    given_out = [
        namespace.stack.arn,
        *(namespace.arn(arn_format, "-t").arn for arn_format in (QUEUE, TABLE, ROLE, BUCKET)),
        *(namespace.arn(arn_format, "-*", reason="r").arn for arn_format in (QUEUE, TABLE, ROLE, BUCKET)),
        *(namespace.arn(arn_format, "/t-*", reason="r").arn for arn_format in (QUEUE, TABLE, ROLE)),
    ]
    assert all(map(namespace.holds, given_out))
    other = StackNamespace(PARTITION_OF[region], region, account, f"x{stack_name}"[:128])
    assert not any(map(other.holds, given_out))
