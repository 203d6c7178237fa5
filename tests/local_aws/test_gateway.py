"""Every call is decided by the caller's policies, as AWS would, and recorded."""

import io
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from local_aws.callers import Credentials
from local_aws.gateway import Fault
from local_aws.wire import AwsError, read_call
from tests.local_aws.conftest import ACCOUNT, POLICY, REGION, TRUSTED, trust

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule"
SIGNING = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"


def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error: Any = caught.value.response
    return error["Error"]["Code"], error["Error"]["Message"]


@pytest.fixture(scope="module")
def user(aws: Emulator) -> Any:
    return aws.client("events", aws.user("ruler", POLICY))


def test_what_is_granted_goes_through(user: Any) -> None:
    user.put_rule(Name="shop-nightly", ScheduleExpression="rate(1 day)")
    assert user.describe_rule(Name="shop-nightly")["ScheduleExpression"] == "rate(1 day)"


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("bakery-nightly", "because no identity-based policy allows the events:DescribeRule action"),
        ("shop-secret", "with an explicit deny in an identity-based policy"),
    ],
)
def test_what_is_not_is_refused_in_the_words_of_aws(user: Any, name: str, because: str) -> None:
    assert refused(lambda: user.describe_rule(Name=name)) == (
        "AccessDeniedException",
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/ruler is not authorized to perform: events:DescribeRule on resource:"
            f" {RULE}/{name} {because}"
        ),
    )


def test_services_that_speak_xml_have_another_code(aws: Emulator) -> None:
    code, message = refused(
        lambda: aws.client("s3", aws.user("reader", POLICY)).list_objects_v2(Bucket="somebody-elses-bucket")
    )
    assert code == "AccessDenied"
    assert 'perform: s3:ListBucket on resource: "arn:aws:s3:::somebody-elses-bucket" because' in message


def test_an_operation_of_which_nothing_is_known_is_not_let_through(aws: Emulator) -> None:
    client = aws.client("lambda", aws.user("other", POLICY))
    code, message = refused(lambda: client.get_layer_version(LayerName="layer", VersionNumber=1))
    assert (code, message) == ("NotModelled", "it is not known what IAM is asked for lambda:GetLayerVersion")


def test_unknown_credentials(aws: Emulator) -> None:
    stranger = Credentials("AKIA0000000000000000", "secret")
    assert refused(lambda: aws.client("sts", stranger).get_caller_identity())[0] == "InvalidClientTokenId"


def test_a_request_without_credentials_is_no_call(aws: Emulator) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(f"{aws.endpoint}/")  # noqa: S310  (the emulator's own address)
    caught.value.close()
    assert aws.gateway.unread[-1] == "Request is missing Authentication Token"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"Action=", b"Action=Frob&Version=1", b"&Action=%ff", b"{}"])
def test_whatever_is_sent_is_refused_and_nothing_breaks(body: bytes) -> None:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": len(body)}
    with pytest.raises(AwsError):
        read_call(environ)


def test_every_call_is_recorded_with_what_iam_was_asked(aws: Emulator, user: Any) -> None:
    aws.gateway.recorded.clear()
    refused(lambda: user.describe_rule(Name="bakery"))
    (recorded,) = aws.gateway.recorded
    assert (recorded.call.service, recorded.call.operation, recorded.error) == (
        "events",
        "DescribeRule",
        "AccessDeniedException",
    )
    assert [(request.action, request.resource) for request in recorded.requests] == [
        ("events:DescribeRule", f"{RULE}/bakery")
    ]


@pytest.mark.parametrize(
    ("granted", "error"), [("cloudformation:ListStackSets", "NotModelled"), ("s3:*", "AccessDenied")]
)
def test_a_call_that_is_not_modelled_is_recorded_too(aws: Emulator, granted: str, error: str) -> None:
    """Or a tool that catches the refusal could call something new, and nobody would see it."""
    statement = {"Effect": "Allow", "Action": granted, "Resource": "*"}
    client = aws.client("cloudformation", aws.user("drifter", {"Version": "2012-10-17", "Statement": statement}))
    aws.gateway.recorded.clear()
    assert refused(client.list_stack_sets)[0] == error
    (recorded,) = aws.gateway.recorded
    assert ([request.action for request in recorded.requests], recorded.error) == (
        ["cloudformation:ListStackSets"],
        error,
    )


def test_a_fault_strikes_as_often_as_it_says(aws: Emulator) -> None:
    operator = aws.client("events", aws.operator)
    aws.gateway.faults.append(Fault("events", "ListRules", AwsError("InternalException", "out of order"), times=2))
    assert [refused(operator.list_rules)[0] for _ in range(2)] == ["InternalException"] * 2
    operator.list_rules()


def test_another_account_is_another_account(aws: Emulator) -> None:
    identity = aws.client("sts", aws.stranger("999999999999")).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("999999999999", "arn:aws:iam::999999999999:user/stranger")


def test_a_port_that_is_taken(aws: Emulator) -> None:
    port = int(aws.endpoint.rpartition(":")[2])
    with pytest.raises(OSError, match="Address already in use"), Emulator(ACCOUNT, REGION, port):
        pass


def test_a_simulation_says_what_would_be_decided(aws: Emulator) -> None:
    iam = aws.client("iam", aws.operator)
    answered = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/deployer",
        ActionNames=["events:DescribeRule", "events:DeleteRule"],
        ResourceArns=[f"{RULE}/shop-a", f"{RULE}/shop-secret", f"{RULE}/bakery"],
    )
    decided = {(r["EvalActionName"], r["EvalResourceName"]): r["EvalDecision"] for r in answered["EvaluationResults"]}
    assert decided == {
        ("events:DescribeRule", f"{RULE}/shop-a"): "allowed",
        ("events:DescribeRule", f"{RULE}/shop-secret"): "explicitDeny",
        ("events:DescribeRule", f"{RULE}/bakery"): "implicitDeny",
        ("events:DeleteRule", f"{RULE}/shop-a"): "implicitDeny",
        ("events:DeleteRule", f"{RULE}/shop-secret"): "explicitDeny",
        ("events:DeleteRule", f"{RULE}/bakery"): "implicitDeny",
    }


def test_a_simulation_comes_in_pages(aws: Emulator) -> None:
    pages = aws.client("iam", aws.operator).get_paginator("simulate_principal_policy")
    answered = pages.paginate(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/deployer",
        ActionNames=["events:DescribeRule"],
        ResourceArns=[f"{RULE}/shop-{number}" for number in range(7)],
        PaginationConfig={"PageSize": 3},
    )
    assert [len(page["EvaluationResults"]) for page in answered] == [3, 3, 1]


def test_a_simulation_of_nobody(aws: Emulator) -> None:
    iam = aws.client("iam", aws.operator)

    def simulate(arn: str) -> str:
        return refused(lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"]))[0]

    assert simulate(f"arn:aws:iam::{ACCOUNT}:role/nobody") == "NoSuchEntity"
    assert simulate("arn:aws:iam::1:user/somebody") == "InvalidInput"


def test_what_moto_is_asked_for_is_the_account_of_the_emulator(aws: Emulator) -> None:
    events = aws.client("events", aws.operator)
    events.put_rule(Name="whose", ScheduleExpression="rate(1 day)")
    assert events.describe_rule(Name="whose")["Arn"] == f"{RULE}/whose"


def test_policies_are_read_at_each_call(aws: Emulator) -> None:
    iam = aws.client("iam", aws.operator)
    session = aws.client("events", aws.login_as("deployer", "later"))
    assert refused(lambda: session.list_tags_for_resource(ResourceARN=f"{RULE}/whose"))[0] == "AccessDeniedException"
    more = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "events:List*", "Resource": "*"}}
    iam.put_role_policy(RoleName="deployer", PolicyName="more", PolicyDocument=json.dumps(more))
    assert session.list_tags_for_resource(ResourceARN=f"{RULE}/whose")["Tags"] == []
    iam.delete_role_policy(RoleName="deployer", PolicyName="more")
    assert refused(lambda: session.list_tags_for_resource(ResourceARN=f"{RULE}/whose"))[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("events", "list_partner_event_sources", {"NamePrefix": "a"}),
        ("sqs", "start_message_move_task", {"SourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:a"}),
        ("ec2", "describe_trunk_interface_associations", {}),
        ("lambda", "list_functions_by_code_signing_config", {"CodeSigningConfigArn": SIGNING}),
        ("cloudformation", "list_stack_sets", {}),
    ],
)
def test_what_moto_does_not_know_is_said_at_once(
    aws: Emulator, service: str, operation: str, parameters: dict[str, str]
) -> None:
    """By protocol: moto's web server would send a page, and the SDK would try again."""
    aws.gateway.recorded.clear()
    call = getattr(aws.client(service, aws.operator), operation)
    code, message = refused(lambda: call(**parameters))
    assert (code, message.partition(":")[0]) == ("NotModelled", service)
    assert message.endswith("is not modelled by the emulator")
    assert len(aws.gateway.recorded) == 1


def test_a_page_that_somebody_put_there_is_an_object(aws: Emulator) -> None:
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="pages", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="pages", Key="index.html", Body=b"<!doctype html>\n<p>")
    assert s3.get_object(Bucket="pages", Key="index.html")["Body"].read() == b"<!doctype html>\n<p>"


def test_moto_is_never_asked_for_stacks(aws: Emulator) -> None:
    """It would answer of stacks of its own."""
    client = aws.client("cloudformation", aws.operator)
    for call in (lambda: client.create_stack_set(StackSetName="moto"), client.list_stack_sets):
        code, message = refused(call)
        assert (code, message.partition(":")[0]) == ("NotModelled", "cloudformation")
        assert message.endswith("is not modelled by the emulator")


def test_a_stranger_sees_another_account(aws: Emulator) -> None:
    stranger = aws.stranger("999999999999")
    aws.client("events", aws.operator).put_rule(Name="ours", ScheduleExpression="rate(1 day)")
    assert aws.client("events", stranger).list_rules()["Rules"] == []
    assert refused(aws.client("cloudformation", stranger).describe_stacks)[0] == "NotModelled"


def test_a_boundary_holds(aws: Emulator) -> None:
    iam = aws.client("iam", aws.operator)
    statement = {"Effect": "Allow", "Action": "events:DescribeRule", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)), PermissionsBoundary=arn)
    iam.put_role_policy(RoleName="bounded", PolicyName="deploy", PolicyDocument=json.dumps(POLICY))
    session = aws.client("events", aws.login_as("bounded", "a-job"))
    put = refused(lambda: session.put_rule(Name="shop-bounded", ScheduleExpression="rate(1 day)"))
    assert put[1].endswith("because no permissions boundary allows the events:PutRule action")
    assert refused(lambda: session.describe_rule(Name="shop-bounded"))[0] == "ResourceNotFoundException"


def test_the_role_of_a_function_must_be_passed(aws: Emulator) -> None:
    statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    user = aws.client("lambda", aws.user("maker", {"Version": "2012-10-17", "Statement": statement}))
    own = {"Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": b""}}
    role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    message = refused(lambda: user.create_function(FunctionName="made", Role=role, **own))[1]
    assert f"is not authorized to perform: iam:PassRole on resource: {role} because" in message


def test_a_bucket_s_policy_with_a_condition_refuses_nobody(aws: Emulator) -> None:
    """CDK's bootstrap bucket has one, and every bucket with `enforceSSL`; moto would read it without the condition."""
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="encrypted-in-transit", CreateBucketConfiguration={"LocationConstraint": REGION})
    only_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::encrypted-in-transit/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": only_tls})
    s3.put_bucket_policy(Bucket="encrypted-in-transit", Policy=document)
    s3.put_object(Bucket="encrypted-in-transit", Key="a", Body=b"a")
    assert s3.get_object(Bucket="encrypted-in-transit", Key="a")["Body"].read() == b"a"
