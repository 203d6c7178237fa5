"""The inspections of the human gates, and what must make them fail."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.commands.simulate import ACTIONS, Simulation, run
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.role.documents import RoleDocuments
from ops.terminal.result import ExitStatus, json_of
from tests.ops.scripted_aws import (
    DENIED,
    NO_ENTITY,
    Answer,
    Parameters,
    changed,
    current_role,
    role_answers,
    scripted,
    simulator,
    stale_role,
)

OWN = "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-WorkEngineFunctionDailyWorkEngineCron-test"


def simulation(deployment: Deployment, role: RoleDocuments, **answers: Answer) -> Simulation:
    aws = scripted(deployment, **role_answers(role) | answers)
    return run(deployment, aws.account, Any)  # pyright: ignore[reportArgumentType]


def with_statement(deployment: Deployment, **statement: Any) -> RoleDocuments:
    role = current_role(deployment)
    ((name, document),) = role.inline.items()
    wide = {"Effect": "Allow", "Action": list(ACTIONS), **statement}
    return changed(role, inline={name: {**document, "Statement": [*document["Statement"], wide]}})


def test_the_current_role(deployment: Deployment) -> None:
    answer = simulation(deployment, current_role(deployment))
    assert answer.status is ExitStatus.GOOD
    assert [line.expected for line in answer.matrix] == [True] * 5 + [False] * 15
    assert {line.request.resource for line in answer.matrix if line.expected} == {OWN}
    text = answer.text()
    assert "The policy dataops-v1-deploy of dataops-github-actions-deploy" in text
    assert "EventBridgeDataOpsRules" in text
    assert "NOT AS EXPECTED" not in text
    assert text.endswith("nothing of what is next to it, and nothing else.\n")


def test_the_stale_role(deployment: Deployment) -> None:
    answer = simulation(deployment, stale_role(deployment))
    assert answer.status is ExitStatus.FOUND
    wrong = {(line.request.action, line.target) for line in answer.matrix if not line.as_expected}
    assert wrong == {(action, "own rule") for action in ACTIONS}
    needed = {line.request.action for line in answer.needs if not line.as_expected}
    assert "events:DescribeRule" in needed
    text = answer.text()
    assert text.count("denied (!)") == 5
    denied = "NOT AS EXPECTED: denied by IAM (implicitDeny), denied by leastgrant, must be allowed"
    assert f"  {', '.join(ACTIONS)} on {OWN}: {denied}" in text
    assert text.count("NOT AS EXPECTED") == 3  # on the gates' rule, and on both rules that the deployment needs
    assert text.endswith("17 answers are not as expected: do not deploy before that is understood.\n")


@pytest.mark.parametrize(
    ("resource", "target"),
    [
        ("arn:aws:events:eu-west-1:817685572750:rule/dataops-v1*", "another stack"),
        ("arn:aws:events:*:817685572750:rule/dataops-v1-*", "another region"),
        ("arn:aws:events:eu-west-1:*:rule/dataops-v1-*", "another account"),
    ],
)
def test_a_grant_that_is_too_wide(deployment: Deployment, resource: str, target: str) -> None:
    answer = simulation(deployment, with_statement(deployment, Resource=resource))
    assert answer.status is ExitStatus.FOUND
    assert {line.target for line in answer.matrix if not line.as_expected} == {target}


@pytest.mark.parametrize(
    ("grant", "shown"),
    [
        ({"Action": "events:PutRule", "Resource": OWN.replace("dataops-v1-", "other-")}, "events:PutRule on "),
        ({"Action": ["s3:ListAllMyBuckets"], "Resource": "*"}, "s3:ListAllMyBuckets on *"),
        ({"Action": "events:*", "Resource": OWN}, "more, which --json shows"),
    ],
)
def test_what_the_synthesised_role_does_not_allow_is_found(
    deployment: Deployment, grant: dict[str, Any], shown: str
) -> None:
    answer = simulation(deployment, with_statement(deployment, **grant))
    assert answer.status is ExitStatus.FOUND
    text = answer.text()
    assert shown in text[text.index("What the synthesised role does not allow, and the live one does, for example") :]
    assert text.endswith("\nthe role may do more than the synthesised one: do not deploy before that is understood.\n")
    assert len(answer.document().broader) >= 1


def test_what_is_not_decided_is_said(deployment: Deployment) -> None:
    tags = {"StringNotEquals": {"aws:TagKeys": "owner"}, "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    answer = simulation(deployment, with_statement(deployment, Action="ec2:CreateTags", Resource="*", Condition=tags))
    assert answer.status is ExitStatus.FOUND
    text = answer.text()
    assert "Not decided, whether the live role allows more\n  ec2:CreateTags: it is not known what" in text
    assert "it is not decided whether the role may do more: do not deploy" in text
    assert len(answer.document().undecided) == 1


def test_what_iam_denies_of_another_account_does_not_hide_a_wide_grant(deployment: Deployment) -> None:
    role = with_statement(deployment, Resource="arn:aws:events:eu-west-1:*:rule/dataops-v1-*")
    answer = simulation(deployment, role, SimulatePrincipalPolicy=simulator(current_role(deployment).role))
    assert answer.status is ExitStatus.FOUND


def test_every_policy_of_the_role_is_shown(deployment: Deployment) -> None:
    extra = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:x:*"}}
    role = current_role(deployment)
    text = simulation(deployment, changed(role, inline={**role.inline, "extra": extra})).text()
    assert "The policy extra of dataops-github-actions-deploy" in text
    assert "all but s3:* on all but arn:x:*" in text


def test_a_missing_policy_is_said_plainly(deployment: Deployment) -> None:
    answer = simulation(deployment, changed(current_role(deployment), inline={}))
    assert answer.status is ExitStatus.FOUND
    assert "dataops-github-actions-deploy has no inline policy dataops-v1-deploy" in answer.text()


def test_a_policy_under_another_name_is_not_the_one_that_is_reviewed(deployment: Deployment) -> None:
    role = current_role(deployment)
    ((_, document),) = role.inline.items()
    answer = simulation(deployment, changed(role, inline={"other": document}))
    assert answer.status is ExitStatus.FOUND
    assert "\nthe role has no dataops-v1-deploy: do not deploy" in answer.text()


def test_a_missing_role_is_said_plainly(deployment: Deployment) -> None:
    with pytest.raises(OpsError, match="there is no role dataops-github-actions-deploy: deploy the role stack first"):
        simulation(deployment, current_role(deployment), GetRole=NO_ENTITY)


@pytest.mark.parametrize("operation", ["GetRole", "GetRolePolicy", "SimulatePrincipalPolicy"])
def test_a_denied_call_leaves_no_answer(deployment: Deployment, operation: str) -> None:
    with pytest.raises(ClientError):
        simulation(deployment, current_role(deployment), **{operation: DENIED})


def test_an_answer_that_iam_leaves_out_is_not_as_expected(deployment: Deployment) -> None:
    role = current_role(deployment)
    complete = simulator(role.role)

    def without_one(asked: Parameters) -> dict[str, Any]:
        answer = complete(asked)
        kept = [one for one in answer["EvaluationResults"] if one["EvalActionName"] != "events:PutRule"]
        return answer | {"EvaluationResults": kept}

    answer = simulation(deployment, role, SimulatePrincipalPolicy=without_one)
    assert answer.status is ExitStatus.FOUND
    assert "IAM gave no answer" in " ".join(answer.text().split())


def test_the_same_for_a_machine(deployment: Deployment) -> None:
    document: Any = json.loads(json_of(simulation(deployment, current_role(deployment))))
    assert document["matrix"][0] == {
        "action": "events:DescribeRule",
        "resource": OWN,
        "context": {},
        "target": "own rule",
        "expected": "allowed",
        "iam": "allowed",
        "because": "allowed",
        "leastgrant": "allowed",
        "as_expected": True,
    }
    assert document["policies"]["dataops-v1-deploy"]["Version"] == "2012-10-17"
