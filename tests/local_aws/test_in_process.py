"""boto3 of this process and of another are answered alike, and by nobody once the emulator has ended."""

from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from local_aws import Emulator
from local_aws.wire import ApiCall
from tests.local_aws.conftest import ACCOUNT, REGION
from tests.local_aws.test_wire import SENT, called

ONCE = Config(retries={"total_max_attempts": 1})


def over_http(aws: Emulator, service: str) -> Any:
    """A client as another process has it."""
    made: Any = cast("Any", boto3).client
    keys = aws.operator
    return made(
        service,
        region_name=REGION,
        endpoint_url=aws.endpoint,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )


@pytest.fixture
def seen(aws: Emulator) -> Iterator[list[ApiCall]]:
    calls: list[ApiCall] = []
    aws.gateway.before.append(calls.append)
    yield calls
    aws.gateway.before.remove(calls.append)


def answer(client: Any, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    try:
        answered = called(client, operation, params)
    except ClientError as error:
        answered = error.response
    metadata = answered.pop("ResponseMetadata")
    return {**answered, "status": metadata["HTTPStatusCode"], "type": metadata["HTTPHeaders"].get("content-type")}


@pytest.mark.parametrize(("service", "operation", "params"), [sent[1:] for sent in SENT])
def test_a_call_is_read_and_answered_as_over_http(
    aws: Emulator, seen: list[ApiCall], service: str, operation: str, params: dict[str, Any]
) -> None:
    here = answer(aws.client(service, aws.operator), operation, params)
    there = answer(over_http(aws, service), operation, params)
    assert here == there
    assert seen[0] == seen[1]


def test_bytes_go_through(aws: Emulator) -> None:
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="bytes", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="bytes", Key="a/ü b&c", Body=bytes(range(256)), Metadata={"a-b": "c"})
    for client in (s3, over_http(aws, "s3")):
        got = client.get_object(Bucket="bytes", Key="a/ü b&c")
        assert got["Body"].read() == bytes(range(256))
        assert got["Metadata"] == {"a-b": "c"}
        assert client.head_object(Bucket="bytes", Key="a/ü b&c")["ContentLength"] == 256


def test_once_it_has_ended_nobody_answers() -> None:
    with Emulator(ACCOUNT, REGION) as aws:
        sts: Any = cast("Any", aws.session(aws.operator)).client("sts", config=ONCE)
        assert sts.get_caller_identity()["Account"] == ACCOUNT
    with pytest.raises(EndpointConnectionError):
        sts.get_caller_identity()
