"""Functions run with their own code and their own role's permissions; their URLs let in whom they must."""

import io
import json
import shutil
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from tests.local_aws.conftest import ACCOUNT

READER = """
import boto3

def handler(event, context):
    return boto3.client("secretsmanager").get_secret_value(SecretId=event["secret"])["SecretString"]
"""
PLAIN = """
import os
import time

def handler(event, context):
    if event.get("rawPath") == "/away":
        return {"statusCode": 302, "headers": {"Location": "/there"}, "cookies": ["a=1", "b=2"], "body": ""}
    if "rawPath" in event:
        return {"statusCode": 200, "headers": {"X-Type": event["headers"]["content-type"]}, "body": event["body"]}
    if event.get("do") == "raise":
        raise ValueError("no good")
    if event.get("do") == "exit":
        os._exit(3)
    if event.get("do") == "sleep":
        time.sleep(30)
    return {"who": os.environ["WHO"], "event": event}
"""
NODE = """
export const handler = async (event) => {
  if (event.fail) throw new TypeError("no good");
  return { node: event };
};
"""


def packed(name: str, text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, text)
    return made.getvalue()


@pytest.fixture(scope="module")
def functions(aws: Emulator) -> Any:
    iam, client = aws.client("iam", aws.operator), aws.client("lambda", aws.operator)
    aws.client("secretsmanager", aws.operator).create_secret(Name="functions/mine", SecretString="hush")
    aws.client("secretsmanager", aws.operator).create_secret(Name="functions/other", SecretString="not yours")
    trusting = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusting]})
    role = iam.create_role(RoleName="functions-role", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:functions/mine-*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="functions-role", PolicyName="own", PolicyDocument=policy)
    for name, runtime, file, text in (
        ("reader", "python3.14", "app.py", READER),
        ("plain", "python3.14", "app.py", PLAIN),
        ("node", "nodejs24.x", "app.mjs", NODE),
        ("ruby", "ruby3.4", "app.rb", ""),
    ):
        client.create_function(
            FunctionName=name,
            Role=role,
            Runtime=runtime,
            Handler="app.handler",
            Code={"ZipFile": packed(file, text)},
            Timeout=1 if name == "plain" else 20,
            Environment={"Variables": {"WHO": "me"}},
        )
    return client


def invoked(functions: Any, name: str, event: object) -> tuple[str | None, Any]:
    """Whether it failed, and what it answered."""
    answered = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return answered.get("FunctionError"), json.loads(answered["Payload"].read())


def test_a_function_answers(functions: Any) -> None:
    assert invoked(functions, "plain", {"a": 1}) == (None, {"who": "me", "event": {"a": 1}})
    arn = functions.get_function(FunctionName="plain")["Configuration"]["FunctionArn"]
    assert invoked(functions, arn, {}) == (None, {"who": "me", "event": {}})


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_a_function_of_node(functions: Any) -> None:
    assert invoked(functions, "node", {"a": 1}) == (None, {"node": {"a": 1}})
    assert invoked(functions, "node", {"fail": 1}) == (
        "Unhandled",
        {"errorMessage": "no good", "errorType": "TypeError"},
    )


def test_a_function_has_the_permissions_of_its_role(functions: Any) -> None:
    assert invoked(functions, "reader", {"secret": "functions/mine"}) == (None, "hush")
    failed, said = invoked(functions, "reader", {"secret": "functions/other"})
    assert (failed, said["errorType"]) == ("Unhandled", "ClientError")
    assert "User: arn:aws:sts::" in said["errorMessage"]
    assert (
        ":assumed-role/functions-role/reader is not authorized to perform: secretsmanager:GetSecretValue"
        in (said["errorMessage"])
    )


def test_errors_are_told(functions: Any) -> None:
    assert invoked(functions, "plain", {"do": "raise"}) == (
        "Unhandled",
        {"errorMessage": "no good", "errorType": "ValueError"},
    )
    assert invoked(functions, "plain", {"do": "exit"}) == (
        "Unhandled",
        {"errorMessage": "no answer", "errorType": "Runtime"},
    )
    assert invoked(functions, "plain", {"do": "sleep"}) == (
        "Unhandled",
        {"errorMessage": "Task timed out after 1.00 seconds", "errorType": "Sandbox.Timedout"},
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"FunctionName": "nobody"},
            r"ResourceNotFoundException.*Function not found: arn:aws:lambda:.*:function:nobody",
        ),
        ({"FunctionName": "plain", "Payload": b"{"}, r"InvalidRequestContentException"),
        ({"FunctionName": "ruby"}, r"NotModelled.*ruby3.4 cannot be run here"),
        ({"FunctionName": "plain", "InvocationType": "Event"}, r"NotModelled.*Event"),
        ({"FunctionName": "plain", "Qualifier": "1"}, r"NotModelled.*Qualifier"),
    ],
)
def test_what_is_not_invoked(functions: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        functions.invoke(**options)


# URLs


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A redirection is looked at, not followed."""


def fetched(aws: Emulator, path: str, body: bytes | None = None) -> tuple[int, dict[str, list[str]], bytes]:
    request = urllib.request.Request(f"{aws.endpoint}/lambda-url/{path}", body, {"Content-Type": "text/x"})  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=20) as answered:
            headers = {name: answered.headers.get_all(name) for name in answered.headers}
            return answered.status, headers, answered.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {name: error.headers.get_all(name) or [] for name in error.headers}, error.read()


URL_PERMISSION = {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
INVOKE_PERMISSION = {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}


@pytest.fixture
def permitted(functions: Any) -> Any:
    """Gives the function a URL with permissions; all is taken back in the end."""
    added: list[str] = []

    def permit(*permissions: dict[str, Any], auth: str = "NONE") -> None:
        functions.create_function_url_config(FunctionName="plain", AuthType=auth)
        for permission in permissions:
            added.append(f"statement{len(added)}")
            own = {"Principal": "*", "StatementId": added[-1], **permission}
            functions.add_permission(FunctionName="plain", **own)

    yield permit
    functions.delete_function_url_config(FunctionName="plain")
    for statement in added:
        functions.remove_permission(FunctionName="plain", StatementId=statement)


@pytest.mark.parametrize(
    ("permissions", "auth"),
    [
        ([], "NONE"),
        ([URL_PERMISSION], "NONE"),
        ([INVOKE_PERMISSION], "NONE"),
        ([URL_PERMISSION, {**INVOKE_PERMISSION, "Principal": "events.amazonaws.com"}], "NONE"),
        ([URL_PERMISSION, {**INVOKE_PERMISSION, "SourceAccount": ACCOUNT}], "NONE"),
        ([URL_PERMISSION, INVOKE_PERMISSION], "AWS_IAM"),
    ],
)
def test_a_url_lets_nobody_in_without_both_public_permissions(
    aws: Emulator, permitted: Any, permissions: list[dict[str, Any]], auth: str
) -> None:
    permitted(*permissions, auth=auth)
    assert fetched(aws, "plain/")[::2] == (403, b'{"Message":"Forbidden"}')


def test_a_url_answers_what_the_function_answers(aws: Emulator, permitted: Any) -> None:
    permitted(URL_PERMISSION, INVOKE_PERMISSION)
    status, headers, _ = fetched(aws, "plain/away")
    assert (status, headers["Location"], headers["Set-Cookie"]) == (302, ["/there"], ["a=1", "b=2"])
    status, headers, body = fetched(aws, "plain/echo", b"hello")
    assert (status, headers["X-Type"], body) == (200, ["text/x"], b"aGVsbG8=")


def test_no_function_no_url(aws: Emulator) -> None:
    status, _, body = fetched(aws, "nobody/")
    assert (status, b"Function not found" in body) == (404, True)
    assert fetched(aws, "node/")[0] == 403  # it has no URL
