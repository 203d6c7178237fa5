"""Each service refuses in its own words.

`refusals.json` has what public reports show of them, the accounts and names made up; a row's `source` is the report.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from leastgrant.denial import PolicyType, denial_in
from leastgrant.iam import Permissions, Policy, Request, parse_policy
from local_aws import Emulator
from local_aws.refusal import refusal
from tests.local_aws.conftest import ACCOUNT, POLICY, REGION

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session"
REFUSALS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "refusals.json").read_text())


def document(effect: str, action: str = "*") -> Policy:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, "policy")


def permissions(decided: str) -> Permissions:
    match decided:
        case "denied":
            return Permissions([document("Allow"), document("Deny")])
        case "outside the boundary":
            return Permissions([document("Allow")], document("Allow", "s3:GetObject"))
        case "denied by the boundary":
            return Permissions([document("Allow")], document("Deny"))
        case _:
            return Permissions([document("Allow", "kms:Decrypt")])


@pytest.mark.parametrize("told", REFUSALS, ids=[one["action"] for one in REFUSALS])
def test_a_refusal_is_as_reported_and_understood(told: dict[str, Any]) -> None:
    request = Request(told["action"], told["resource"])
    found = refusal(request, permissions(told["decided"]), CALLER, told.get("asked_for"))
    assert found is not None
    assert (found.code, found.status) == (told["code"], told["status"])
    message, encoded, _ = found.message.partition("Encoded authorization failure message: ")
    assert message + encoded == told["message"]
    read = denial_in(found.in_handler())
    assert read is not None
    assert (read.principal, (read.action or "").lower()) == (CALLER, told["action"].lower())
    assert read.explicit == told["decided"].startswith("denied")
    boundary = "boundary" in told["decided"]
    assert read.policy in ({PolicyType.BOUNDARY} if boundary else {PolicyType.IDENTITY, None})


def test_what_is_allowed_is_not_refused() -> None:
    assert refusal(Request("s3:GetObject", "arn:aws:s3:::b/k"), permissions("outside the boundary"), CALLER) is None


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("iam:GetRole", "(Service: Iam, Status Code: 403, Request ID: "),
        ("dynamodb:CreateTable", "(Service: DynamoDb, Status Code: 400, Request ID: "),
        ("logs:CreateLogGroup", "(Service: CloudWatchLogs, Status Code: 400, Request ID: "),
        ("states:CreateStateMachine", "(Service: Sfn, Status Code: 400, Request ID: "),
        ("cloudwatch:PutMetricAlarm", "(Service: CloudWatch, Status Code: 403, Request ID: "),
        ("apigateway:POST", "(Service: ApiGateway, Status Code: 403, Request ID: "),
        ("unheardof:Frob", "(Service: Unheardof, Status Code: 403, Request ID: "),
    ],
)
def test_a_handler_s_sdk_names_the_service_and_the_status(action: str, named: str) -> None:
    found = refusal(Request(action, "*"), permissions("none allows"), CALLER)
    assert found is not None
    assert named in found.in_handler()


def test_s3_has_a_second_id() -> None:
    found = refusal(Request("s3:CreateBucket", "arn:aws:s3:::b"), permissions("none allows"), CALLER)
    assert found is not None
    assert ", Extended Request ID: " in found.in_handler()


def test_an_encoded_message_is_decoded_by_who_may(aws: Emulator) -> None:
    request = Request("ec2:RunInstances", f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/*", {"ec2:region": (REGION,)})
    found = refusal(request, permissions("none allows"), CALLER)
    assert found is not None
    _, _, encoded = found.message.partition("Encoded authorization failure message: ")
    read = aws.client("sts", aws.operator).decode_authorization_message(EncodedMessage=encoded)
    told = json.loads(read["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    assert told["context"]["action"] == "ec2:RunInstances"
    assert told["context"]["principal"]["arn"] == CALLER
    nobody = aws.client("sts", aws.user("nobody", POLICY))
    with pytest.raises(ClientError, match="is not authorized to perform: sts:DecodeAuthorizationMessage"):
        nobody.decode_authorization_message(EncodedMessage=encoded)
    with pytest.raises(ClientError, match="InvalidAuthorizationMessageException"):
        aws.client("sts", aws.operator).decode_authorization_message(EncodedMessage="of-somebody-else")
