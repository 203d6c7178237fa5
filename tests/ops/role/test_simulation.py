"""Questions are asked of IAM in few requests, and every answer is put to its request."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from leastgrant.iam.pattern import Pattern
from ops.aws.errors import explained
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.role.simulated_request import SimulatedRequest, example, requests_for
from ops.role.simulation import NO_DECISION, simulate
from tests.ops.scripted_aws import (
    DENIED,
    EXPIRED,
    NO_ENTITY,
    THROTTLED,
    Failure,
    Parameters,
    current_role,
    scripted,
    simulator,
    stale_role,
)

RULE = "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-x"
ROLE = "arn:aws:iam::817685572750:role/dataops-github-actions-deploy"


@pytest.mark.parametrize(
    ("pattern", "shortest"),
    [
        ("arn:aws:s3:::a-*/b", "arn:aws:s3:::a-x/b"),
        ("arn:aws:secretsmanager:::secret:s-??????", "arn:aws:secretsmanager:::secret:s-xxxxxx"),
        (RULE, RULE),
    ],
)
def test_an_example_of_a_pattern(pattern: str, shortest: str) -> None:
    found = example(Pattern.parse(pattern))
    assert len(found) == len(shortest)
    assert Pattern.parse(pattern).matches(found)


def test_an_action_without_resources_is_asked_on_everything() -> None:
    assert example(Pattern.literal("*")) == "*"


def test_every_required_need_has_its_question(deployment: Deployment) -> None:
    requests = requests_for(deployment.needs_of_the_role, current_role(deployment).role.permissions)
    passed = next(one for one in requests if one.action == "iam:PassRole")
    assert ("iam:passedtoservice", ("lambda.amazonaws.com",)) in passed.context
    assert not any(one.action == "lambda:GetPolicy" for one in requests)  # advisory: CloudFormation does without it
    assert {one.action for one in requests} >= {"secretsmanager:DescribeSecret", "events:DescribeRule"}


def test_few_requests_with_the_contexts(deployment: Deployment) -> None:
    role = current_role(deployment).role
    requests = requests_for(deployment.needs_of_the_role, role.permissions)
    aws = scripted(deployment, SimulatePrincipalPolicy=simulator(role))
    decisions = simulate(aws.account.iam, ROLE, requests)
    assert list(decisions) == list(requests)
    assert all(decision.allowed for decision in decisions.values())
    calls = aws.called("SimulatePrincipalPolicy")
    assert len(calls) < len(requests) / 4
    assert all(len({action.partition(":")[0] for action in call["ActionNames"]}) == 1 for call in calls)
    entries = [entry for call in calls for entry in call["ContextEntries"]]
    assert {
        "ContextKeyName": "iam:passedtoservice",
        "ContextKeyValues": ("lambda.amazonaws.com",),
        "ContextKeyType": "string",
    } in entries
    boundary = {entry["ContextKeyValues"] for entry in entries if entry["ContextKeyName"] == "iam:permissionsboundary"}
    assert boundary == {(deployment.settings.function_boundary_arn,)}
    assert not any(entry["ContextKeyName"] == "lambda:layer" for entry in entries)  # known to be absent


def test_the_stale_role_is_denied_the_rules_alone(deployment: Deployment) -> None:
    role = stale_role(deployment).role
    aws = scripted(deployment, SimulatePrincipalPolicy=simulator(role))
    decisions = simulate(aws.account.iam, ROLE, requests_for(deployment.needs_of_the_role, role.permissions))
    denied = {request.action.partition(":")[0] for request, decision in decisions.items() if not decision.allowed}
    assert denied == {"events"}


def test_resources_of_another_region_and_account_are_asked_on_their_own(deployment: Deployment) -> None:
    others = [RULE, RULE.replace("eu-west-1", "us-east-1"), RULE.replace("817685572750", "111111111111")]
    aws = scripted(deployment, SimulatePrincipalPolicy=simulator(current_role(deployment).role))
    decisions = simulate(aws.account.iam, ROLE, [SimulatedRequest("events:PutRule", arn) for arn in others])
    assert [decision.allowed for decision in decisions.values()] == [True, False, False]
    asked = [call["ResourceArns"] for call in aws.called("SimulatePrincipalPolicy")]  # by threads, in any order
    assert sorted(asked) == sorted((arn,) for arn in others)


def test_large_requests_are_cut(deployment: Deployment) -> None:
    requests = [SimulatedRequest(f"events:Action{n}", f"{RULE}{m}") for n in range(30) for m in range(45)]
    aws = scripted(deployment, SimulatePrincipalPolicy=simulator(current_role(deployment).role))
    assert NO_DECISION not in simulate(aws.account.iam, ROLE, requests).values()
    calls = aws.called("SimulatePrincipalPolicy")
    assert len(calls) == 6
    assert max(len(call["ActionNames"]) for call in calls) <= 25
    assert max(len(call["ResourceArns"]) for call in calls) <= 20


def test_actions_that_iam_keeps_apart_are_asked_apart(deployment: Deployment) -> None:
    answer = simulator(current_role(deployment).role)

    def apart(asked: Parameters) -> dict[str, Any] | Failure:
        if {"events:PutRule", "events:DeleteRule"} <= {*asked["ActionNames"]}:
            message = "Invalid Input Actions: [events:PutRule] and [events:DeleteRule] require different authorization"
            return Failure("InvalidInput", f"{message} information.")
        return answer(asked)

    aws = scripted(deployment, SimulatePrincipalPolicy=apart)
    actions = ["events:PutRule", "events:DescribeRule", "events:DeleteRule", "events:PutTargets"]
    decisions = simulate(aws.account.iam, ROLE, [SimulatedRequest(action, RULE) for action in actions])
    assert all(decision.allowed for decision in decisions.values())
    assert len(aws.calls) == 3


def test_an_input_that_iam_takes_in_no_part_is_an_error(deployment: Deployment) -> None:
    never = Failure("InvalidInput", "Invalid Input Actions: these require different authorization information.")
    aws = scripted(deployment, SimulatePrincipalPolicy=never)
    with pytest.raises(ClientError):
        simulate(
            aws.account.iam,
            ROLE,
            [SimulatedRequest("events:PutRule", RULE), SimulatedRequest("events:DeleteRule", RULE)],
        )


def pages(asked: Parameters) -> dict[str, Any]:
    if "Marker" not in asked:
        first = {"EvalActionName": "events:PutRule", "EvalResourceName": RULE, "EvalDecision": "allowed"}
        return {"EvaluationResults": [first], "IsTruncated": True, "Marker": "more"}
    second = {"EvalActionName": "events:DeleteRule", "EvalResourceName": RULE, "EvalDecision": "explicitDeny"}
    return {"EvaluationResults": [second], "IsTruncated": False}


def test_answers_on_later_pages_and_of_a_single_resource(deployment: Deployment) -> None:
    aws = scripted(deployment, SimulatePrincipalPolicy=pages)
    asked = [SimulatedRequest(f"events:{name}", RULE) for name in ("PutRule", "DeleteRule", "PutTargets")]
    put, delete, unanswered = simulate(aws.account.iam, ROLE, asked).values()
    assert (put.allowed, delete.allowed, delete.because) == (True, False, "explicitDeny")
    assert unanswered == NO_DECISION
    assert not unanswered.allowed


def test_why_it_is_denied(deployment: Deployment) -> None:
    result = {
        "EvalActionName": "events:PutRule",
        "EvalDecision": "implicitDeny",
        "EvalResourceName": RULE,
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
        "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
        "MissingContextValues": ["aws:RequestTag/x"],
    }
    aws = scripted(deployment, SimulatePrincipalPolicy={"EvaluationResults": [result]})
    (decision,) = simulate(aws.account.iam, ROLE, [SimulatedRequest("events:PutRule", RULE)]).values()
    assert decision.because == (
        "implicitDeny, an organisation's policy does not allow it, the permissions boundary does not allow it,"
        " it depends on aws:RequestTag/x"
    )


def test_no_role(deployment: Deployment) -> None:
    with pytest.raises(OpsError, match=r"there is no role .*: deploy the role stack first"):
        simulate(
            scripted(deployment, SimulatePrincipalPolicy=NO_ENTITY).account.iam,
            ROLE,
            [SimulatedRequest("events:PutRule", RULE)],
        )


def test_a_refused_login_lacks_no_permission(deployment: Deployment) -> None:
    aws = scripted(deployment, AssumeRoleWithWebIdentity=DENIED)
    with pytest.raises(ClientError) as raised:
        aws.account.sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="job", WebIdentityToken="a.b.c")
    assert "refused: the role's trust does not accept the token" in explained(raised.value)
    assert "you need" not in explained(raised.value)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (DENIED, "you need iam:SimulatePrincipalPolicy"),
        (THROTTLED, "AWS throttles the account's calls"),
        (EXPIRED, "credentials have expired"),
    ],
)
def test_what_aws_refuses(deployment: Deployment, failure: Failure, said: str) -> None:
    aws = scripted(deployment, SimulatePrincipalPolicy=failure)
    with pytest.raises(ClientError) as raised:
        simulate(aws.account.iam, ROLE, [SimulatedRequest("events:PutRule", RULE)])
    assert said in explained(raised.value)
