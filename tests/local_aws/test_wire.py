"""Calls and answers, by each protocol: what boto3 sends is read back, and what is answered boto3 reads back."""

import http.client
import io
import re
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from moto.core.utils import get_service_model

from local_aws import Emulator
from local_aws.wire import ApiCall, AwsError, Response, error_response, read_call, success_response
from tests.local_aws.conftest import ACCOUNT, REGION

POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/none"
SENT: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "query",
        "iam",
        "SimulatePrincipalPolicy",
        {
            "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:role/nobody",
            "ActionNames": ["s3:GetObject", "s3:PutObject"],
            "ContextEntries": [
                {"ContextKeyName": "aws:a", "ContextKeyValues": ["b", "&=ü"], "ContextKeyType": "string"}
            ],
            "MaxItems": 7,
        },
    ),
    (
        "query",
        "cloudformation",
        "CreateChangeSet",
        {
            "StackName": "s",
            "ChangeSetName": "c",
            "ChangeSetType": "IMPORT",
            "TemplateBody": "Resources: {}\n",
            "Parameters": [{"ParameterKey": "A", "UsePreviousValue": True}],
            "Tags": [{"Key": "a", "Value": "b=c&d"}],
            "ResourcesToImport": [
                {"ResourceType": "T", "LogicalResourceId": "L", "ResourceIdentifier": {"TableName": "t"}}
            ],
            "ImportExistingResources": False,
        },
    ),
    (
        "json",
        "dynamodb",
        "PutItem",
        {"TableName": "t", "Item": {"PK": {"S": "ü"}, "n": {"N": "1.5"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}},
    ),
    ("json", "dynamodb", "PutItem", {"TableName": "t", "Item": {"b": {"B": b"\x00\xff"}}}),
    ("json", "events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:a", "Input": '{"a":1}'}]}),
    (
        "rest-json",
        "lambda",
        "CreateFunction",
        {
            "FunctionName": "f",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Code": {"ZipFile": b"\x00zip"},
            "Timeout": 3,
            "Environment": {"Variables": {"A": "1"}},
        },
    ),
    ("rest-json", "lambda", "Invoke", {"FunctionName": "f", "InvocationType": "Event", "Payload": b'{"a": 1}'}),
    (
        "rest-json",
        "lambda",
        "AddPermission",
        {"FunctionName": "f", "StatementId": "s", "Action": "a", "Principal": "*"},
    ),
    (
        "rest-xml",
        "s3",
        "PutBucketLifecycleConfiguration",
        {
            "Bucket": "b",
            "LifecycleConfiguration": {
                "Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "p/"}, "Expiration": {"Days": 3}}]
            },
        },
    ),
    ("rest-xml", "s3", "GetObject", {"Bucket": "b", "Key": "a/ü b&c.txt", "VersionId": "v", "Range": "bytes=0-3"}),
    ("rest-xml", "s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "a/", "MaxKeys": 3}),
]


def called(client: Any, operation: str, params: dict[str, Any]) -> Any:
    """What boto3 makes of the answer to an operation."""
    return getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())(**params)


@pytest.mark.parametrize(("protocol", "service", "operation", "params"), SENT)
def test_what_boto3_sends_is_read_back(
    aws: Emulator, protocol: str, service: str, operation: str, params: dict[str, Any]
) -> None:
    assert get_service_model(service).protocol == protocol
    seen: list[ApiCall] = []
    aws.gateway.before.append(seen.append)
    try:
        with suppress(ClientError):
            called(aws.client(service, aws.operator), operation, params)
    finally:
        aws.gateway.before.remove(seen.append)
    (call,) = seen
    assert (call.service, call.operation, call.region) == (service, operation, REGION)
    assert {name: call.params[name] for name in params} == params
    assert call.access_key == aws.operator.access_key


def parsed(call: ApiCall, response: Response) -> dict[str, Any]:
    """What botocore makes of a response."""
    model: Any = get_service_model(call.service)
    shape = model.operation_model(call.operation).output_shape
    raw = {"status_code": response.status, "headers": dict(response.headers), "body": response.body, "context": {}}
    found = create_parser(model.protocol).parse(raw, shape)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def call_of(service: str, operation: str) -> ApiCall:
    return ApiCall(service, operation, {}, REGION, "AKIA", None)


ANSWERED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "cloudformation",
        "DescribeStacks",
        {
            "Stacks": [
                {
                    "StackName": "<s>&",
                    "CreationTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                    "StackStatus": "CREATE_COMPLETE",
                    "DisableRollback": False,
                    "Outputs": [{"OutputKey": "a", "OutputValue": "ü"}],
                }
            ]
        },
    ),
    ("sts", "GetCallerIdentity", {"UserId": "AIDA", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/u"}),
    ("dynamodb", "DescribeTable", {"Table": {"TableName": "t", "ItemCount": 3, "KeySchema": []}}),
    ("events", "DescribeRule", {"Name": "r", "State": "ENABLED"}),
    ("lambda", "GetPolicy", {"Policy": '{"a": "ü"}', "RevisionId": "1"}),
    ("s3", "GetBucketVersioning", {"Status": "Enabled"}),
]


@pytest.mark.parametrize(("service", "operation", "result"), ANSWERED)
def test_a_result_is_read_back_by_boto3(service: str, operation: str, result: dict[str, Any]) -> None:
    call = call_of(service, operation)
    assert parsed(call, success_response(call, result)) == result


@pytest.mark.parametrize(("service", "operation"), [(service, operation) for service, operation, _ in ANSWERED])
@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("ValidationError", 400), ("NotModelled", 400)])
def test_an_error_is_read_back_by_boto3(service: str, operation: str, code: str, status: int) -> None:
    call = call_of(service, operation)
    response = error_response(call, AwsError(code, "it <may> & may not: ü", status))
    assert response.status == status
    assert parsed(call, response)["Error"] | {"Type": ""} == {
        "Code": code,
        "Message": "it <may> & may not: ü",
        "Type": "",
    }


def test_a_body_that_is_sent_in_chunks(aws: Emulator) -> None:
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="chunked", CreateBucketConfiguration={"LocationConstraint": REGION})
    host = aws.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    signed = f"AWS4-HMAC-SHA256 Credential={aws.operator.access_key}/20260101/{REGION}/s3/aws4_request"
    chunks = iter([b"one ", b"and ", b"another"])
    connection.request("PUT", "/chunked/key", chunks, {"Authorization": signed}, encode_chunked=True)
    answered = connection.getresponse()
    answered.read()
    connection.close()
    assert answered.status == 200
    assert s3.get_object(Bucket="chunked", Key="key")["Body"].read() == b"one and another"


def test_a_body_in_chunks_with_a_checksum_after_them(aws: Emulator) -> None:
    """As SDKs send a stream."""
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="trailing", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.upload_fileobj(io.BytesIO(b"x" * 70_000), "trailing", "key", ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    assert s3.get_object(Bucket="trailing", Key="key")["Body"].read() == b"x" * 70_000


def environ(service: str, body: bytes, **more: Any) -> dict[str, Any]:
    signed = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host"
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": signed,
        **more,
    }


FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
JSON = {"CONTENT_TYPE": "application/x-amz-json-1.0"}


@pytest.mark.parametrize(
    ("service", "body", "more", "code"),
    [
        ("nothing", b"", {}, "UnknownService"),
        ("iam", b"Action=Frobnicate&Version=2010-05-08", FORM, "UnknownOperationException"),
        ("dynamodb", b"{}", {**JSON, "HTTP_X_AMZ_TARGET": "DynamoDB_20120810.Frobnicate"}, "UnknownOperationException"),
        ("lambda", b"", {"PATH_INFO": "/2015-03-31/frobnicate"}, "UnknownOperationException"),
        ("dynamodb", b"{", {**JSON, "HTTP_X_AMZ_TARGET": "DynamoDB_20120810.PutItem"}, "SerializationException"),
        ("lambda", b"{", {"PATH_INFO": "/2015-03-31/functions"}, "SerializationException"),
        (
            "s3",
            b"<Tagging><",
            {"REQUEST_METHOD": "PUT", "PATH_INFO": "/bucket", "QUERY_STRING": "tagging"},
            "SerializationException",
        ),
    ],
)
def test_what_is_no_call_is_refused(service: str, body: bytes, more: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as caught:
        read_call(environ(service, body, **more))
    assert caught.value.code == code


@pytest.mark.parametrize("service", ["CloudTrail_20131101", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"])
def test_a_call_is_read_by_each_name_that_an_sdk_has_for_the_service(service: str) -> None:
    """The first is that of the CDK CLI, the second boto3's."""
    call = read_call(environ("cloudtrail", b"{}", **JSON, HTTP_X_AMZ_TARGET=f"{service}.LookupEvents"))
    assert (call.service, call.operation) == ("cloudtrail", "LookupEvents")


def test_moto_is_the_one_that_is_pinned() -> None:
    """Another version must be looked at: the seams are not all promised."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    pinned = re.findall(r"moto\[[^]]*\]==([\d.]+)", text)
    assert pinned == [version("moto")] * 2, "by leastgrant[rehearse], and by the group dev"


SEAMS = [
    ("moto.core.parse", "PROTOCOL_PARSERS RequestParserError"),
    ("moto.core.request", "Request determine_request_protocol"),
    ("moto.core.routing", "get_service_router"),
    ("moto.core.serialize", "get_serializer_class"),
    ("moto.core.utils", "get_service_model"),
    ("moto.core.errors", "COMMON_ERROR_CODES"),
    ("moto.core.base_backend", "BackendDict"),
    ("moto.core.config", "default_user_config"),
    ("moto.core.model_instances", "reset_model_data"),
    ("moto.moto_api._internal", "mock_random"),
    ("moto.moto_server.werkzeug_app", "DomainDispatcherApplication MotoRequestHandler create_backend_app"),
    ("moto.awslambda.models", "lambda_backends"),
    ("moto.iam.access_control", "PermissionResult"),
    ("moto.dynamodb.models", "dynamodb_backends"),
    ("moto.iam.models", "IAMBackend iam_backends"),
    ("moto.s3.models", "FakeBucket s3_backends"),
    ("moto.utilities.utils", "get_partition"),
    ("moto.secretsmanager.models", "secretsmanager_backends"),
]


@pytest.mark.parametrize(("module", "names"), SEAMS)
def test_the_seams_are_there(module: str, names: str) -> None:
    found = import_module(module)
    assert [name for name in names.split() if not hasattr(found, name)] == []


def test_moto_is_entered_by_no_other_way() -> None:
    sources = (Path(__file__).parents[2] / "local_aws").rglob("*.py")
    found = re.compile(r"^from (moto\S*) import", re.MULTILINE)
    imported = {module for one in sources for module in found.findall(one.read_text(encoding="utf-8"))}
    assert imported == {module for module, _ in SEAMS}
