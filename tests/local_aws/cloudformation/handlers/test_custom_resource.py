"""Custom resources, made by functions that run: of Python with `cfnresponse`, of Node over HTTPS as the CDK's do."""

import io
import json
from typing import Any

import pytest

from leastgrant.template import Physical
from local_aws import Emulator
from local_aws.callers import User
from local_aws.cloudformation.handler import NotModelled, Services
from local_aws.cloudformation.handlers import handler_of
from local_aws.wire import AwsError
from tests.local_aws.cloudformation.direct import DirectDeployer
from tests.local_aws.cloudformation.stacks import declared, function, new_name, role
from tests.local_aws.conftest import ACCOUNT

pytestmark = pytest.mark.slow

PYTHON = """
import json, os, cfnresponse, boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="seen", Key=event["RequestId"], Body=json.dumps(event))
    what = event["ResourceProperties"].get("Outcome")
    if what == "raise":
        raise RuntimeError("out of order")
    status = cfnresponse.FAILED if what == "fail" else cfnresponse.SUCCESS
    name = event["ResourceProperties"].get("Name", "thing")
    why = "no luck" if what == "fail" else None
    cfnresponse.send(event, context, status, {"Colour": "red", "Size": 3}, name, reason=why)
"""
NODE = """
const https = require("https");
exports.handler = (event, context) => new Promise((resolve, reject) => {
  const body = JSON.stringify({ Status: "SUCCESS", PhysicalResourceId: context.logStreamName, StackId: event.StackId,
    RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, Data: { Node: event.RequestType } });
  const url = new URL(event.ResponseURL);
  const request = https.request({ hostname: url.hostname, path: url.pathname + url.search, method: "PUT",
    headers: { "content-type": "", "content-length": body.length } }, (response) => { response.resume(); resolve(); });
  request.on("error", reject);
  request.write(body);
  request.end();
});
"""


@pytest.fixture(scope="module")
def operator(aws: Emulator) -> DirectDeployer:
    aws.client("s3", aws.operator).create_bucket(
        Bucket="seen", CreateBucketConfiguration={"LocationConstraint": aws.region}
    )
    return DirectDeployer(aws, User(ACCOUNT, "operator"))


def body(code: str = PYTHON, kind: str = "Custom::Thing", runtime: str = "python3.13", **properties: Any) -> Any:
    made = function(
        {"Fn::GetAtt": ["Role", "Arn"]}, {"ZipFile": code}, Runtime=runtime, Handler="index.handler", Timeout=30
    )
    token = {"Fn::GetAtt": ["Function", "Arn"]}
    return {
        "Resources": {
            "Role": role("s3:PutObject"),
            "Function": made,
            "It": declared(kind, {"ServiceToken": token, **properties}),
        },
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["It", "Node" if code is NODE else "Colour"]}}},
    }


def requests(aws: Emulator) -> list[dict[str, Any]]:
    """What the function was asked, in order; each is told once."""
    s3 = aws.client("s3", aws.operator)
    found = sorted(s3.list_objects_v2(Bucket="seen").get("Contents", ()), key=lambda one: one["LastModified"])
    events = [json.loads(s3.get_object(Bucket="seen", Key=one["Key"])["Body"].read()) for one in found]
    for one in found:
        s3.delete_object(Bucket="seen", Key=one["Key"])
    return events


@pytest.mark.parametrize("kind", ["Custom::Thing", "AWS::CloudFormation::CustomResource"])
def test_its_function_makes_changes_and_deletes_it(aws: Emulator, operator: DirectDeployer, kind: str) -> None:
    requests(aws)
    stack = new_name("custom")
    assert operator.deploy(stack, body(kind=kind, Count=3, On=True), "CREATE") == "CREATE_COMPLETE", operator.reasons(
        stack
    )
    there = operator.stack(stack)
    assert (there.resources["It"].physical_id, there.resources["It"].physical.attributes) == (
        "thing",
        {"Colour": "red", "Size": "3"},
    )
    (created,) = requests(aws)
    assert (created["RequestType"], created["ResourceType"], created["LogicalResourceId"]) == ("Create", kind, "It")
    assert created["StackId"] == there.id
    assert created["ResourceProperties"].items() >= {"Count": "3", "On": "true"}.items()
    assert operator.deploy(stack, body(kind=kind, Count=4, On=True)) == "UPDATE_COMPLETE", operator.reasons(stack)
    (updated,) = requests(aws)
    assert (updated["RequestType"], updated["PhysicalResourceId"]) == ("Update", "thing")
    assert (updated["OldResourceProperties"]["Count"], updated["ResourceProperties"]["Count"]) == ("3", "4")
    assert operator.deploy(stack, body(kind=kind, Name="other")) == "UPDATE_COMPLETE", operator.reasons(stack)
    assert {(one["RequestType"], one["PhysicalResourceId"]) for one in requests(aws)} == {
        ("Update", "thing"),
        ("Delete", "thing"),
    }
    assert operator.delete(stack) == "DELETE_COMPLETE"
    (deleted,) = requests(aws)
    assert (deleted["RequestType"], deleted["PhysicalResourceId"], deleted["StackId"]) == ("Delete", "other", there.id)


def test_one_that_fails_is_told_in_its_own_words_and_deleted(aws: Emulator, operator: DirectDeployer) -> None:
    requests(aws)
    stack = new_name("custom")
    assert operator.deploy(stack, body(Outcome="fail"), "CREATE") == "ROLLBACK_COMPLETE"
    (reason, *_) = operator.reasons(stack)
    assert reason.startswith(
        "Received response status [FAILED] from custom resource. Message returned: no luck (RequestId: "
    )
    assert "Create" in {one["RequestType"] for one in requests(aws)}


def test_one_that_does_not_answer_fails(operator: DirectDeployer) -> None:
    stack = new_name("custom")
    assert operator.deploy(stack, body(Outcome="raise"), "CREATE") == "ROLLBACK_COMPLETE"
    (reason, *_) = operator.reasons(stack)
    assert reason.startswith("CloudFormation did not receive a response from your custom resource.")
    assert "out of order" in reason


def test_a_function_of_node_answers_over_https(operator: DirectDeployer) -> None:
    stack = new_name("custom")
    assert operator.deploy(stack, body(NODE, runtime="nodejs22.x"), "CREATE") == "CREATE_COMPLETE", operator.reasons(
        stack
    )
    assert operator.stack(stack).resources["It"].physical.attributes == {"Node": "Create"}
    assert operator.delete(stack) == "DELETE_COMPLETE"


def test_another_service_token_is_refused(services: Services) -> None:
    handler = handler_of("Custom::Thing")(services)
    made = handler_of("Custom::Other")(services)
    assert (handler.type_name, made.type_name) == ("Custom::Thing", "Custom::Other")
    with pytest.raises(AwsError, match="Modifying service token is not allowed"):
        handler.update(Physical("thing"), {"ServiceToken": "a"}, {"ServiceToken": "b"}, {})
    with pytest.raises(NotModelled, match="a ServiceToken that is a topic, in Custom::Thing"):
        handler.refuse_unmodelled({"ServiceToken": f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"})


def test_an_answer_that_is_no_object_is_refused(aws: Emulator) -> None:
    answers = aws.cloudformation.answers
    environ = {"PATH_INFO": "/custom-resource/1", "wsgi.input": io.BytesIO(b"[]"), "CONTENT_LENGTH": "2"}
    assert answers.serves(environ)
    assert answers.respond(environ).status == 400
    assert answers.take("1") is None
