"""Who made a recorded call, and whether it was refused."""

from typing import Any

import pytest

from leastgrant.evidence.event import Event, Via, event_of_record

ROLE = "arn:aws:iam::123456789012:role/teams/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/run-7"


def event(user: dict[str, Any], **members: Any) -> Event:
    return event_of_record(
        {"eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue", "userIdentity": user, **members}
    )


ISSUED = {"type": "AssumedRole", "arn": SESSION, "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}}}
BY = "cloudformation.amazonaws.com"


@pytest.mark.parametrize(
    ("user", "members", "identity", "via"),
    [
        (ISSUED, {}, ROLE, Via.ITSELF),
        ({**ISSUED, "invokedBy": BY}, {}, ROLE, Via.CLOUDFORMATION),
        (ISSUED, {"sourceIPAddress": BY}, ROLE, Via.CLOUDFORMATION),
        (ISSUED, {"userAgent": BY}, ROLE, Via.CLOUDFORMATION),
        ({**ISSUED, "invokedBy": "dynamodb.amazonaws.com"}, {}, ROLE, Via.SERVICE),
        ({"type": "AssumedRole", "arn": SESSION, "sessionContext": {}}, {}, ROLE.replace("teams/", ""), Via.ITSELF),
        ({"type": "IAMUser", "arn": "arn:aws:iam::1:user/ann"}, {}, "arn:aws:iam::1:user/ann", Via.ITSELF),
        ({"type": "AWSService", "invokedBy": BY}, {}, None, Via.CLOUDFORMATION),
        ({}, {}, None, Via.ITSELF),
    ],
)
def test_whose_permissions_count(user: dict[str, Any], members: dict[str, Any], identity: str | None, via: Via):
    made = event(user, **members)
    assert (made.identity, made.via) == (identity, via)


def test_the_session_is_told():
    assert event(ISSUED).session == "run-7"
    assert event({"type": "IAMUser", "arn": "arn:aws:iam::1:user/ann"}).session is None


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        (None, None, False),
        ("AccessDenied", None, True),
        ("AccessDeniedException", None, True),
        ("Client.UnauthorizedOperation", None, True),
        ("UnauthorizedOperation", None, True),
        ("AuthorizationError", None, True),
        ("ValidationError", "User: x is not authorized to perform: sns:Publish on resource: y", True),
        ("NoSuchBucket", "The specified bucket does not exist", False),
        ("NotAuthorizedException", "Incorrect username or password.", False),
    ],
)
def test_whether_a_call_was_refused(code: str | None, message: str | None, *, refused: bool):
    assert event(ISSUED, errorCode=code, errorMessage=message).is_refused is refused


@pytest.mark.parametrize(("kind", "is_call"), [("AwsApiCall", True), (None, True), ("AwsServiceEvent", False)])
def test_what_a_service_tells_of_itself_is_no_call(kind: str | None, *, is_call: bool):
    assert event(ISSUED, eventType=kind).is_call is is_call


def test_the_resources_are_those_with_an_arn():
    listed: list[object] = [{"ARN": "arn:aws:sqs:x:1:q"}, {"ARN": "arn:aws:sqs:x:1:q"}, {"ARNPrefix": "arn:"}, 7]
    assert event(ISSUED, resources=listed).arns == ("arn:aws:sqs:x:1:q",)
    assert event(ISSUED, resources=None).arns == ()
