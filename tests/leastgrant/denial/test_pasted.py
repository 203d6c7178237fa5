"""What people paste: JSON of CloudTrail, CloudFormation and STS, and logs that tell of several denials."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.denial import Denial, FailedResource, NoDenial, denials_in

CALLER = "arn:aws:sts::123456789012:assumed-role/deployer/session"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-1"
TOLD = f"User: {CALLER} is not authorized to perform: events:PutRule on resource: {RULE}"
PUT_RULE = Denial(CALLER, "events:PutRule", RULE, None, explicit=False, encoded=None)


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventSource": "events.amazonaws.com",
        "eventName": "PutRule",
        "errorCode": "AccessDenied",
        "errorMessage": TOLD,
        "userIdentity": {"type": "AssumedRole", "arn": CALLER},
        **changes,
    }


@pytest.mark.parametrize(
    "document",
    [
        event(),
        [event()],
        {"Records": [event(), event(errorCode=None, errorMessage=None)]},
        {"Events": [{"EventName": "PutRule", "CloudTrailEvent": json.dumps(event())}]},
        {"source": "aws.events", "detail": event()},
    ],
    ids=["event", "list", "log file", "LookupEvents", "EventBridge"],
)
def test_an_event_of_cloudtrail(document: object) -> None:
    assert denials_in(json.dumps(document)) == (PUT_RULE,)


@pytest.mark.parametrize(
    ("changes", "action", "resource"),
    [
        ({"errorMessage": None}, "events:PutRule", None),
        (
            {"errorMessage": None, "resources": [{"ARN": RULE, "type": "AWS::Events::Rule"}]},
            "events:PutRule",
            RULE,
        ),
        (
            {
                "eventSource": "s3.amazonaws.com",
                "eventName": "PutBucketEncryption",
                "errorMessage": "Access Denied",
                "requestParameters": {"bucketName": "b"},
            },
            "s3:PutEncryptionConfiguration",
            "arn:aws:s3:::b",
        ),
        (
            {
                "eventSource": "s3.amazonaws.com",
                "eventName": "GetObject",
                "errorMessage": "Access Denied",
                "requestParameters": {"bucketName": "b", "key": "a/k"},
            },
            "s3:GetObject",
            "arn:aws:s3:::b/a/k",
        ),
        (
            {
                "eventSource": "lambda.amazonaws.com",
                "eventName": "CreateFunction20150331",
                "errorCode": "AccessDeniedException",
                "errorMessage": None,
            },
            "lambda:CreateFunction",
            None,
        ),
        (
            {"eventSource": "monitoring.amazonaws.com", "eventName": "PutMetricAlarm", "errorMessage": None},
            "cloudwatch:PutMetricAlarm",
            None,
        ),
        (
            {
                "eventSource": "ec2.amazonaws.com",
                "eventName": "CreateVpc",
                "errorCode": "Client.UnauthorizedOperation",
                "errorMessage": "You are not authorized to perform this operation.",
            },
            "ec2:CreateVpc",
            None,
        ),
    ],
)
def test_an_event_names_the_call_where_its_message_does_not(
    changes: dict[str, Any], action: str, resource: str | None
) -> None:
    (denial,) = denials_in(json.dumps(event(**changes)))
    assert (denial.principal, denial.action, denial.resource) == (CALLER, action, resource)


def test_an_event_of_another_error_is_no_denial() -> None:
    with pytest.raises(NoDenial, match="this tells of no denied call"):
        denials_in(json.dumps(event(errorCode="ThrottlingException", errorMessage="Rate exceeded")))


def test_the_events_of_a_stack_name_the_resource() -> None:
    failed = {
        "StackName": "shop",
        "LogicalResourceId": "Nightly",
        "ResourceType": "AWS::Events::Rule",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": f'Resource handler returned message: "{TOLD} (Service: EventBridge)"',
    }
    cancelled = {**failed, "LogicalResourceId": "Jobs", "ResourceStatusReason": "Resource creation cancelled"}
    (denial,) = denials_in(json.dumps({"StackEvents": [cancelled, failed]}))
    assert denial.failed == FailedResource("Nightly", "AWS::Events::Rule", "shop")
    assert (denial.action, denial.resource) == ("events:PutRule", RULE)


DECODED: dict[str, Any] = {
    "allowed": False,
    "explicitDeny": False,
    "matchedStatements": {"items": []},
    "failures": {"items": []},
    "context": {
        "principal": {"id": "AROA1:session", "arn": CALLER},
        "action": "ec2:RunInstances",
        "resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*",
        "conditions": {
            "items": [
                {"key": "ec2:InstanceType", "values": {"items": [{"value": "t3.micro"}]}},
                {"key": "aws:Region", "values": {"items": [{"value": "eu-west-1"}]}},
            ]
        },
    },
}


@pytest.mark.parametrize("document", [DECODED, {"DecodedMessage": json.dumps(DECODED)}], ids=["message", "answer"])
def test_a_decoded_message_tells_the_conditions(document: object) -> None:
    (denial,) = denials_in(json.dumps(document))
    assert (denial.principal, denial.action, denial.explicit) == (CALLER, "ec2:RunInstances", False)
    assert denial.resource == "arn:aws:ec2:eu-west-1:123456789012:instance/*"
    assert denial.context == (("ec2:instancetype", ("t3.micro",)), ("aws:region", ("eu-west-1",)))


def test_an_explicit_deny_is_told_of_a_decoded_message() -> None:
    (denial,) = denials_in(json.dumps({**DECODED, "explicitDeny": True}))
    assert denial.explicit


LOG = """
CDKToolkit |  0/12 | 22:02:25 | CREATE_IN_PROGRESS   | AWS::IAM::Role          | FilePublishingRole
CDKToolkit |  0/12 | 22:02:26 | CREATE_FAILED        | AWS::IAM::Role          | ImagePublishingRole Resource handler
 returned message: "User: arn:aws:iam::123456789012:user/matt is not authorized to perform: iam:GetRole on resource:
 role image-publishing because no identity-based policy allows the iam:GetRole action (Service: Iam"
CDKToolkit |  1/12 | 22:02:26 | CREATE_COMPLETE      | AWS::ECR::Repository    | ContainerAssetsRepository
CDKToolkit |  2/12 | 22:02:27 | CREATE_FAILED        | AWS::S3::BucketPolicy   | StagingPolicy API: s3:PutBucketPolicy
 Access Denied
CDKToolkit |  2/12 | 22:02:27 | CREATE_FAILED        | AWS::S3::BucketPolicy   | StagingPolicy API: s3:PutBucketPolicy
 Access Denied
"""


def test_each_denial_of_a_log_is_found_once() -> None:
    found = [(one.failed.logical_id, one.action, one.resource) for one in denials_in(LOG)]
    assert found == [
        ("ImagePublishingRole", "iam:GetRole", "role image-publishing"),
        ("StagingPolicy", "s3:PutBucketPolicy", None),
    ]


def test_what_a_person_writes_of_a_denial_is_understood_if_it_names_one_action() -> None:
    (denial,) = denials_in("it stopped on cloudfront:AllowVendedLogDeliveryForResource, with no more said")
    assert denial.action == "cloudfront:AllowVendedLogDeliveryForResource"
    with pytest.raises(NoDenial, match="this tells of no denied call"):
        denials_in("route53:ListQueryLoggingConfigs, and route53:GetChange at a minimum")


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "this tells of no denied call"),
        ("Resource creation cancelled", "this tells of no denied call"),
        ("{}", "this tells of no denied call"),
        ("[1, null, {}]", "this tells of no denied call"),
        ('{"eventName": 1, "errorMessage": []}', "this tells of no denied call"),
        ('{"StackEvents": {"ResourceStatusReason": 5}}', "this tells of no denied call"),
        ('{"allowed": false, "context": []}', "this tells of no denied call"),
        ("[" * 100_000, "the JSON nests too deep to be read"),
        ("AccessDenied", "the call is refused, and nothing says which"),
        (f"User: {CALLER} is not authorized to access this resource", "the call is refused, and nothing says which"),
    ],
)
def test_what_tells_of_no_call_is_refused(pasted: str, why: str) -> None:
    with pytest.raises(NoDenial, match=why):
        denials_in(pasted)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(TOLD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*event(), "Records", "detail", "context", "allowed", "StackEvents"]), inner)
    ),
    max_leaves=8,
)


@given(st.text() | VALUES.map(json.dumps) | st.text().map(lambda text: f"{text}{TOLD}{text}"))
def test_whatever_is_pasted_is_read_or_refused(pasted: str) -> None:
    try:
        found = denials_in(pasted)
    except NoDenial as refused:
        found, why = (), str(refused)
    else:
        why = ""
    assert bool(found) != bool(why)
    assert "\n" not in why
    assert all(denial.tells_something for denial in found)
