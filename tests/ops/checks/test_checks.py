"""Each check finds what it is there for, and says so when it could not ask."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from leastgrant.iam.pattern import PatternTooComplex
from ops.aws.account import Account
from ops.checks.artifact_bucket_is_ours import artifact_bucket_is_ours
from ops.checks.iam_agrees import iam_agrees
from ops.checks.provider_exists import provider_exists
from ops.checks.result import CheckFinding, CheckVerdict, found, result_of
from ops.checks.role_covers_needs import role_covers_needs
from ops.checks.role_is_as_deployed import role_is_as_deployed
from ops.checks.role_is_current import CHANGED, STALE, role_is_current
from ops.checks.secret_exists import secret_exists
from ops.checks.stack_can_be_updated import stack_can_be_updated
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.role.deployed import read_deployed_role
from ops.role.documents import Boundary, RoleDocuments
from ops.role.drift import DRIFTED
from ops.stack.state import CAN_BE_UPDATED, CANNOT_BE_UPDATED
from tests.ops.scripted_aws import (
    DENIED,
    EXPIRED,
    NO_ENTITY,
    NOW,
    THROTTLED,
    Answer,
    Failure,
    changed,
    current_role,
    no_stack,
    role_answers,
    scripted,
    stack,
    stale_role,
)

NAME = "dataops-github-actions-deploy"
ARN = f"arn:aws:secretsmanager:eu-west-1:817685572750:secret:{NAME}-AbCdEf"
CLIENTS = {"ClientIDList": ["sts.amazonaws.com"]}
DECLARED_NOT_FOUND = Failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")

Ask: TypeAlias = Callable[[Deployment, Any], CheckFinding]

CHECKS: dict[str, tuple[str, str, Ask]] = {
    "stack": (
        "DescribeStacks",
        "cloudformation:DescribeStacks",
        lambda _, account: stack_can_be_updated(account.cloudformation, "dataops-v1"),
    ),
    "secret": (
        "DescribeSecret",
        "secretsmanager:DescribeSecret",
        lambda _, account: secret_exists(account.secrets, NAME),
    ),
    "provider": (
        "GetOpenIDConnectProvider",
        "iam:GetOpenIDConnectProvider",
        lambda deployment, account: provider_exists(account.iam, deployment.settings),
    ),
    "bucket": (
        "HeadBucket",
        "s3:ListBucket",
        lambda deployment, account: artifact_bucket_is_ours(account.s3, deployment.settings),
    ),
}
"""Those of one call: its operation, the permission that it needs, and the check."""


def asked(deployment: Deployment, check: str, answer: Answer) -> CheckFinding:
    operation, _, ask = CHECKS[check]
    account = scripted(deployment, **{operation: answer}).account
    return result_of(check, lambda: ask(deployment, account)).finding


@pytest.mark.parametrize(
    ("check", "answer", "verdict", "said"),
    [
        ("stack", stack("dataops-v1", "UPDATE_ROLLBACK_COMPLETE"), CheckVerdict.GOOD, "it can be updated"),
        ("stack", stack("dataops-v1", "UPDATE_IN_PROGRESS"), CheckVerdict.FOUND, "wait"),
        ("stack", stack("dataops-v1", "UPDATE_ROLLBACK_FAILED"), CheckVerdict.FOUND, "ops watch tells why"),
        ("stack", stack("dataops-v1", "ROLLBACK_COMPLETE"), CheckVerdict.FOUND, "can only be deleted"),
        ("stack", no_stack("dataops-v1"), CheckVerdict.FOUND, "first deployment"),
        ("stack", stack("dataops-v1", "NEW_IN_2027"), CheckVerdict.FOUND, "no such state is known"),
        ("secret", {"ARN": ARN}, CheckVerdict.GOOD, "is there"),
        ("secret", DECLARED_NOT_FOUND, CheckVerdict.FOUND, "made by hand"),
        ("secret", {"ARN": ARN, "DeletedDate": NOW}, CheckVerdict.FOUND, "scheduled for deletion"),
        ("provider", CLIENTS, CheckVerdict.GOOD, "with the client id"),
        ("provider", NO_ENTITY, CheckVerdict.FOUND, "there is no OIDC provider"),
        ("provider", {"ClientIDList": ["other"]}, CheckVerdict.FOUND, "does not know the client id"),
        ("bucket", {"BucketRegion": "eu-west-1"}, CheckVerdict.GOOD, "in 817685572750, in eu-west-1"),
        ("bucket", {"BucketRegion": "us-east-1"}, CheckVerdict.FOUND, "is in us-east-1, not in eu-west-1"),
        ("bucket", {}, CheckVerdict.FOUND, "a region that S3 does not tell"),
        ("bucket", Failure("404", "Not Found", 404), CheckVerdict.FOUND, "there is no bucket"),
        (
            "bucket",
            Failure("403", "Forbidden", 403),
            CheckVerdict.NOT_ASKED,
            "is not of account 817685572750, or you need",
        ),
    ],
)
def test_what_it_finds(deployment: Deployment, check: str, answer: Answer, verdict: CheckVerdict, said: str) -> None:
    finding = asked(deployment, check, answer)
    assert finding.verdict is verdict
    assert said in finding.sentence


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("failure", "said"),
    [(DENIED, "denied: "), (THROTTLED, "AWS throttles the account's calls"), (EXPIRED, "have expired: log in again")],
)
def test_what_it_could_not_ask(deployment: Deployment, check: str, failure: Failure, said: str) -> None:
    finding = asked(deployment, check, failure)
    assert finding.verdict is CheckVerdict.NOT_ASKED
    assert said in finding.sentence
    if failure is DENIED:
        assert f"you need {CHECKS[check][1]}" in finding.sentence


def test_the_bucket_is_asked_for_as_this_accounts(deployment: Deployment) -> None:
    aws = scripted(deployment, HeadBucket={"BucketRegion": "eu-west-1"})
    artifact_bucket_is_ours(aws.account.s3, deployment.settings)
    assert aws.called("HeadBucket")[0]["ExpectedBucketOwner"] == "817685572750"


def test_every_state_of_a_stack_is_known() -> None:
    states: Any = botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus")
    assert {*CAN_BE_UPDATED, *CANNOT_BE_UPDATED} == {*states.enum}
    assert CAN_BE_UPDATED.isdisjoint(CANNOT_BE_UPDATED)


def test_the_reason_of_a_state_is_told(deployment: Deployment) -> None:
    (described,) = stack("dataops-v1", "UPDATE_ROLLBACK_FAILED")["Stacks"]
    answer: Answer = {"Stacks": [described | {"StackStatusReason": "the role was deleted"}]}
    assert asked(deployment, "stack", answer).details == ("reason: the role was deleted",)


def test_an_error_of_ops_is_the_results() -> None:
    def broken() -> CheckFinding:
        raise OpsError("the live role cannot be read: x")

    assert result_of("role", broken).finding.verdict is CheckVerdict.NOT_ASKED


def test_a_mistake_of_the_program_is_not_hidden() -> None:
    def broken() -> CheckFinding:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        result_of("role", broken)


def not_asked() -> RoleDocuments:
    raise AssertionError


def test_a_current_role(deployment: Deployment) -> None:
    role = current_role(deployment)
    assert role_is_current(role, role, not_asked).verdict is CheckVerdict.GOOD
    assert role_covers_needs(role, role.name, deployment.needs_of_the_role).verdict is CheckVerdict.GOOD


def test_a_stale_role(deployment: Deployment) -> None:
    finding = role_is_current(stale_role(deployment), current_role(deployment), lambda: stale_role(deployment))
    assert finding.verdict is CheckVerdict.FOUND
    assert finding.sentence == STALE == "the live role is stale: update the role stack first"
    assert "  + EventBridgeDataOpsRules added" in finding.details


def test_a_role_that_no_update_changes_is_not_called_stale(deployment: Deployment) -> None:
    finding = role_is_current(stale_role(deployment), current_role(deployment), lambda: current_role(deployment))
    assert finding == found(CHANGED)


@pytest.mark.parametrize("error", [OpsError("no template"), ClientError({"Error": {"Code": "AccessDenied"}}, "Get")])
def test_a_role_whose_stack_cannot_be_asked_is_called_stale(deployment: Deployment, error: Exception) -> None:
    def deployed() -> RoleDocuments:
        raise error

    assert role_is_current(stale_role(deployment), current_role(deployment), deployed).sentence == STALE
    assert role_is_current(stale_role(deployment), current_role(deployment), lambda: None).sentence == STALE


STACK_TAGS = {"team": "data"}
"""Which CloudFormation passes on to what the stack has."""


def tagged(role: RoleDocuments) -> RoleDocuments:
    return changed(role, tags={**STACK_TAGS, **role.tags})


def as_deployed(deployment: Deployment, live: RoleDocuments | None, body: str, **parameters: str) -> CheckFinding:
    stack_of_role = stack(deployment.settings.role_stack_name)
    stack_of_role["Stacks"][0]["Parameters"] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
    ]
    stack_of_role["Stacks"][0]["Tags"] = [{"Key": key, "Value": value} for key, value in STACK_TAGS.items()]
    answers: dict[str, Answer] = {"DescribeStacks": stack_of_role, "GetTemplate": {"TemplateBody": body}}
    account = scripted(deployment, **answers).account
    settings = deployment.settings
    deployed = partial(read_deployed_role, account.cloudformation, settings)
    return result_of("", lambda: role_is_as_deployed(settings, live, deployed())).finding


def template_of(role: RoleDocuments) -> str:
    """As the stack was deployed with it, before there was CDK: the name is a parameter's."""
    properties = {
        "RoleName": {"Ref": "Name"},
        "AssumeRolePolicyDocument": role.trust,
        "Policies": [{"PolicyName": name, "PolicyDocument": document} for name, document in role.inline.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
        "MaxSessionDuration": role.max_session_seconds,
    }
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    return json.dumps({"Parameters": {"Name": {"Type": "String"}}, "Resources": resources})


def test_a_role_as_its_stack_deployed_it_has_not_drifted(deployment: Deployment) -> None:
    """However old the template is."""
    for role in (current_role(deployment), stale_role(deployment)):
        assert as_deployed(deployment, tagged(role), template_of(role), Name=NAME).verdict is CheckVerdict.GOOD
        assert as_deployed(deployment, role, template_of(role), Name=NAME).verdict is CheckVerdict.FOUND


def test_a_role_that_was_changed_by_hand_has(deployment: Deployment) -> None:
    finding = as_deployed(deployment, stale_role(deployment), template_of(current_role(deployment)), Name=NAME)
    assert finding.verdict is CheckVerdict.FOUND
    assert finding.sentence == DRIFTED
    assert "newly allowed by putting it back, for example:" in finding.details
    assert not any("update" in line for line in finding.details)
    assert "  + EventBridgeDataOpsRules added" in finding.details


def test_a_template_that_cannot_be_compared_is_said_so(deployment: Deployment) -> None:
    role = current_role(deployment)
    unreadable = as_deployed(deployment, role, "Resources: [")
    assert unreadable.verdict is CheckVerdict.NOT_ASKED
    assert unreadable.sentence.startswith("the deployed template cannot be compared: the deployed template of dataops")
    assert as_deployed(deployment, role, template_of(role), Name="other").verdict is CheckVerdict.NOT_ASKED


def test_a_role_without_its_stack_is_for_a_human(deployment: Deployment) -> None:
    name = deployment.settings.role_stack_name
    account = scripted(deployment, DescribeStacks=no_stack(name)).account
    assert read_deployed_role(account.cloudformation, deployment.settings) is None
    finding = role_is_as_deployed(deployment.settings, current_role(deployment), None)
    assert finding == found(f"there is no stack {name}, and yet there is a role {NAME}: stop, and escalate")


def test_a_stale_role_does_not_cover_the_needs(deployment: Deployment) -> None:
    finding = role_covers_needs(stale_role(deployment), NAME, deployment.needs_of_the_role)
    assert finding.verdict is CheckVerdict.FOUND
    rule = "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-WorkEngineFunctionDailyWorkEngineCron-*"
    creating = [line for line in finding.details if line.startswith("creating `WorkEngineFunctionDailyWorkEngineCron`")]
    assert any("events:DescribeRule" in line and line.endswith(f"on {rule} is not allowed") for line in creating)


def test_a_denial_and_a_boundary_are_named(deployment: Deployment) -> None:
    role = current_role(deployment)
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "events:PutRule", "Resource": "*"}}
    limit = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"}}
    limited = changed(role, attached={"arn:deny": deny}, boundary=Boundary("arn:limit", limit))
    details = "\n".join(role_covers_needs(limited, NAME, deployment.needs_of_the_role).details)
    assert "events:PutRule" in details
    assert "arn:deny.Statement[0] denies it" in details
    assert "allows it, but the permissions boundary does not" in details


def test_no_role_is_said_by_each(deployment: Deployment) -> None:
    role = current_role(deployment)
    account = scripted(deployment).account
    for finding in (
        role_is_current(None, role, not_asked),
        role_is_as_deployed(deployment.settings, None, role),
        role_covers_needs(None, NAME, deployment.needs_of_the_role),
        iam_agrees(account.iam, None, NAME, deployment.needs_of_the_role),
    ):
        assert finding == found(f"there is no role {NAME}: deploy the role stack first")


def test_iam_agrees(deployment: Deployment) -> None:
    role = current_role(deployment)
    account = scripted(deployment, **role_answers(role)).account
    assert iam_agrees(account.iam, role, NAME, deployment.needs_of_the_role).verdict is CheckVerdict.GOOD


def test_iam_denies_what_the_stale_role_lacks(deployment: Deployment) -> None:
    role = stale_role(deployment)
    finding = iam_agrees(
        scripted(deployment, **role_answers(role)).account.iam, role, NAME, deployment.needs_of_the_role
    )
    assert finding.verdict is CheckVerdict.FOUND
    assert all(line.endswith(": IAM denies it (implicitDeny)") for line in finding.details)
    assert all(line.startswith("events:DescribeRule, events:PutRule, ") for line in finding.details)


@pytest.mark.parametrize(
    ("live", "iam", "said"),
    [
        (current_role, stale_role, "leastgrant allows it, and IAM does not (implicitDeny)"),
        (stale_role, current_role, "IAM allows it, and leastgrant does not"),
    ],
)
def test_where_iam_and_leastgrant_disagree(
    deployment: Deployment, live: Callable[[Deployment], Any], iam: Callable[[Deployment], Any], said: str
) -> None:
    account = scripted(deployment, **role_answers(iam(deployment))).account
    finding = iam_agrees(account.iam, live(deployment), NAME, deployment.needs_of_the_role)
    assert finding.verdict is CheckVerdict.FOUND
    assert all(line.endswith(f": IAM and leastgrant disagree: {said}") for line in finding.details)


def test_a_live_role_too_complex_to_compare_is_said() -> None:
    def complex_role() -> CheckFinding:
        raise PatternTooComplex("comparing the patterns takes more than 262144 steps")

    assert result_of("role", complex_role).finding.sentence.endswith("write fewer wildcards")


def test_an_answer_that_is_not_of_aws_is_the_results() -> None:
    def proxied() -> CheckFinding:
        raise ResponseParserError(f"Unable to parse response, invalid XML received:\n{'<html>' * 100}")

    finding = result_of("role", proxied).finding
    assert finding.verdict is CheckVerdict.NOT_ASKED
    assert finding.sentence.startswith("what answered is not AWS, perhaps a proxy: Unable to parse response")
    assert len(finding.sentence) < 300


def test_a_wrong_endpoint_is_one_line(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    session = boto3.Session("AKIAEXAMPLE", "example", region_name="eu-west-1")
    with pytest.raises(OpsError, match="the AWS settings are wrong: Invalid endpoint: nonsense"):
        _ = Account(deployment.settings, session).sts
