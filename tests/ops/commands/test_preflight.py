"""The preflight asks everything, and one bad answer leaves the others."""

import json
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from ops.aws.account import Account
from ops.checks.result import CheckResult, CheckVerdict, found
from ops.cli import main
from ops.commands.preflight import Preflight, run
from ops.project.deployment import Deployment
from ops.role.documents import RoleDocuments
from ops.terminal.result import ExitStatus, json_of
from settings import Settings
from tests.ops.scripted_aws import (
    DENIED,
    EXPIRED,
    NO_ENTITY,
    NOW,
    Answer,
    Failure,
    Parameters,
    ScriptedAws,
    changed,
    current_role,
    role_answers,
    scripted,
    stack,
    stale_role,
    written,
)


@pytest.fixture(scope="module")
def deployment(settings: Settings, assembly_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """As synthesised with the built code."""
    directory = tmp_path_factory.mktemp("built") / "cdk.out"
    shutil.copytree(assembly_directory, directory)
    path = Deployment(settings, directory).app.path
    template = json.loads(path.read_text())
    del template["Parameters"]["DeployPlaceholder"], template["Rules"]["PlaceholderIsAskedForByName"]
    path.write_text(json.dumps(template))
    return Deployment(settings, directory)


NOT_FOUND = Failure("ResourceNotFoundException", "not found")


def good(deployment: Deployment, role: RoleDocuments | None = None) -> dict[str, Answer]:
    """An account in which all is well."""

    def resources(asked: Parameters) -> dict[str, Any]:
        settings = deployment.settings
        if asked["StackName"] == settings.app_stack_name:
            return {"StackResourceSummaries": recorded(deployment)}
        summaries = [
            {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": f"AWS::IAM::{kind}",
                "ResourceStatus": "UPDATE_COMPLETE",
                "LastUpdatedTimestamp": NOW,
            }
            for logical_id, kind, physical_id in (
                ("GitHubActionsDeployRole", "Role", settings.deploy_role_name),
                ("FunctionBoundary", "ManagedPolicy", settings.function_boundary_arn),
            )
        ]
        return {"StackResourceSummaries": summaries}

    def secret(asked: Parameters) -> dict[str, Any] | Failure:
        return NOT_FOUND if "portal" in asked["SecretId"] else {"Name": asked["SecretId"]}

    answers: dict[str, Answer] = {
        "DescribeStacks": in_state("UPDATE_COMPLETE"),
        "GetTemplate": {"TemplateBody": json.dumps(deployment.role_stack.template)},
        "ListStackResources": resources,
        "DescribeTable": NOT_FOUND,
        "DescribeSecret": secret,
        "GetOpenIDConnectProvider": {"ClientIDList": ["sts.amazonaws.com"]},
        "HeadBucket": {"BucketRegion": "eu-west-1"},
    }
    return role_answers(role or current_role(deployment)) | answers


def recorded(deployment: Deployment) -> list[dict[str, Any]]:
    """What the app's stack has: all that is recorded, and the tables that are new since."""
    resources = deployment.app.template["Resources"]
    names = {name: one.get("Properties", {}).get("TableName") for name, one in resources.items()}
    names = {name: table for name, table in names.items() if table} | dict(deployment.record.resources)
    return [
        {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": name or f"dataops-v1-{logical_id}-1A2B3C",
            "ResourceType": resources[logical_id]["Type"],
            "ResourceStatus": "UPDATE_COMPLETE",
            "LastUpdatedTimestamp": NOW,
        }
        for logical_id, name in names.items()
    ]


def without_intake(deployment: Deployment) -> dict[str, Answer]:
    """The app's stack without the table that the rollback left behind."""

    def resources(asked: Parameters) -> dict[str, Any]:
        listed: Any = good(deployment)["ListStackResources"]
        has = listed(asked)["StackResourceSummaries"]
        return {"StackResourceSummaries": [one for one in has if one["LogicalResourceId"] != "DataOpsIntakeTable"]}

    return {"ListStackResources": resources}


def in_state(status: str) -> Answer:
    return lambda asked: stack(asked["StackName"], status)


def preflight(deployment: Deployment, **answers: Answer) -> tuple[Preflight, ScriptedAws]:
    aws = scripted(deployment, **good(deployment) | answers)
    return run(deployment, aws.account, Namespace(as_deploy_role=False, all=False)), aws


def verdicts(answer: Preflight) -> dict[str, CheckVerdict]:
    return {
        result.name: result.finding.verdict
        for result in answer.results
        if result.finding.verdict is not CheckVerdict.GOOD
    }


def test_all_is_well(deployment: Deployment) -> None:
    answer, aws = preflight(deployment)
    assert answer.status is ExitStatus.GOOD
    assert "The deployment may start." in answer.text()
    names = [result.name for result in answer.results]
    assert len(names) == len({*names}) == 15
    assert len(aws.called("GetRole")) == 1  # the checks of the role share what was read


def test_long_details_are_cut_unless_asked_for(deployment: Deployment) -> None:
    result = CheckResult("a role", found("is stale", *(f"line {number}" for number in range(50))))
    assert Preflight([result], 20).text().count("  line ") == 20
    assert "  and 30 more, which --all shows\n" in Preflight([result], 20).text()
    assert "--all" not in Preflight([result], 50).text()
    aws = scripted(deployment, **good(deployment, changed(current_role(deployment), inline={})))
    every = run(deployment, aws.account, Namespace(as_deploy_role=False, all=True)).text()
    assert "--all" not in every
    assert len(every.splitlines()) > 100


def test_a_placeholder_is_not_deployed(settings: Settings, assembly_directory: Path) -> None:
    answer, _ = preflight(Deployment(settings, assembly_directory))
    assert verdicts(answer) == {"template dataops-v1": CheckVerdict.FOUND}
    text = " ".join(answer.text().split())
    assert "DataOps.template.json asks for DeployPlaceholder: the deployment cannot begin" in text
    assert "Set docsAppArtifact and workEngineArtifact to the built code" in text


def test_the_account_after_the_incident(deployment: Deployment) -> None:
    def table(asked: Parameters) -> dict[str, Any] | Failure:
        return {"Table": {}} if asked["TableName"] == "dataops-v1-intake" else NOT_FOUND

    answers = good(deployment, stale_role(deployment))
    deployed: Any = json.loads(json.dumps(deployment.role_stack.template))
    role = deployed["Resources"]["GitHubActionsDeployRole"]
    (policy,) = role["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    statements[:] = [statement for statement in statements if statement["Sid"] != "EventBridgeDataOpsRules"]
    answers |= {
        "DescribeStacks": in_state("UPDATE_ROLLBACK_COMPLETE"),
        "DescribeTable": table,
        "GetTemplate": {"TemplateBody": json.dumps(deployed)},
    }
    answer, _ = preflight(deployment, **answers | without_intake(deployment))
    assert answer.status is ExitStatus.FOUND
    assert verdicts(answer) == dict.fromkeys(
        (
            "deploy role: as synthesised",
            "deploy role: covers the needs",
            "deploy role: IAM agrees",
            "names of dataops-v1",
        ),
        CheckVerdict.FOUND,
    )
    text = answer.text()
    assert "the live role is stale: update the role stack first" in " ".join(text.split())
    assert "  DataOpsIntakeTable (AWS::DynamoDB::Table dataops-v1-intake) exists outside dataops-v1" in text
    assert "  DataOpsIntakeTable (dataops-v1-intake) is outside dataops-v1, to be taken back" in text
    assert text.endswith("Do not deploy before each of these is understood.\n")


OPERATIONS = {
    "DescribeStacks": 3,
    "GetTemplate": 1,
    "GetRole": 4,
    "ListRolePolicies": 4,
    "GetRolePolicy": 4,
    "ListAttachedRolePolicies": 4,
    "SimulatePrincipalPolicy": 1,
    "ListStackResources": 3,
    "DescribeSecret": 3,
    "GetOpenIDConnectProvider": 1,
    "HeadBucket": 1,
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_denied_call_concerns_its_own_checks_alone(deployment: Deployment, operation: str) -> None:
    answer, _ = preflight(deployment, **{operation: DENIED})
    assert answer.status is ExitStatus.FOUND
    assert [*verdicts(answer).values()] == [CheckVerdict.NOT_ASKED] * OPERATIONS[operation]


def test_a_table_that_may_not_be_asked_for(deployment: Deployment) -> None:
    answer, _ = preflight(deployment, **without_intake(deployment), DescribeTable=DENIED)
    asking = ("names of dataops-v1", "record of dataops-v1")
    assert verdicts(answer) == dict.fromkeys(asking, CheckVerdict.NOT_ASKED)


def test_credentials_that_expire_meanwhile(deployment: Deployment) -> None:
    answer, _ = preflight(deployment, **dict.fromkeys(good(deployment), EXPIRED))
    assert [*verdicts(answer).values()] == [CheckVerdict.NOT_ASKED] * 13
    assert "the AWS credentials have expired: log in again" in " ".join(answer.text().split())


def test_a_missing_role_is_said_once_by_each_check_of_it(deployment: Deployment) -> None:
    answer, _ = preflight(deployment, GetRole=NO_ENTITY)
    assert {name for name in verdicts(answer) if name.startswith("deploy role")} == {*verdicts(answer)}
    assert "deploy the role stack first" in " ".join(answer.text().split())


def test_a_malformed_live_policy_hides_nothing_else(deployment: Deployment) -> None:
    policy = {"RoleName": "r", "PolicyName": "p", "PolicyDocument": written("{not json")}
    answer, _ = preflight(deployment, GetRolePolicy=policy)
    assert [*verdicts(answer).values()] == [CheckVerdict.NOT_ASKED] * 4
    assert "the live role cannot be read" in " ".join(answer.text().split())


def test_the_same_for_a_machine(deployment: Deployment) -> None:
    answer, _ = preflight(deployment, HeadBucket=DENIED)
    document: Any = json.loads(json_of(answer))
    assert [check["verdict"] for check in document["checks"]].count("good") == 14
    assert {*document["checks"][0]} == {"name", "verdict", "sentence", "details"}


def test_what_aws_says_cannot_write_to_the_terminal(deployment: Deployment) -> None:
    (described,) = stack("dataops-v1", "UPDATE_ROLLBACK_FAILED")["Stacks"]
    answer, _ = preflight(
        deployment, DescribeStacks={"Stacks": [described | {"StackStatusReason": "red \x1b[31m\nok"}]}
    )
    assert "red \\x1b[31m\\nok" in answer.text()


def test_the_wrong_account_is_one_line(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:iam::111111111111:user/op"
    aws = scripted(deployment, GetCallerIdentity={"Account": "111111111111", "Arn": arn, "UserId": "AIDA"})

    def open_account(settings: Settings) -> Account:
        assert aws.account.caller, settings
        return aws.account

    monkeypatch.setattr("ops.cli.open_account", open_account)
    assert main(["preflight", "--assembly", str(deployment.directory)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ops: the credentials are of account 111111111111")
    assert said.err.count("\n") == 1
    assert [name for name, _ in aws.calls] == ["GetCallerIdentity"]


def test_the_deploy_role_asks_only_what_it_may(deployment: Deployment) -> None:
    aws = scripted(deployment, **good(deployment))
    answer = run(deployment, aws.account, Namespace(as_deploy_role=True, all=False))
    assert answer.status is ExitStatus.GOOD
    assert [result.name for result in answer.results] == [
        "stack dataops-v1",
        "template dataops-v1",
        "names of dataops-v1",
        "artifact bucket",
    ]
    assert {name for name, _ in aws.calls} == {
        "DescribeStacks",
        "ListStackResources",
        "DescribeSecret",
        "HeadBucket",
    }
    aws = scripted(deployment, **good(deployment) | {"DescribeStacks": in_state("UPDATE_IN_PROGRESS")})
    assert run(deployment, aws.account, Namespace(as_deploy_role=True, all=False)).status is ExitStatus.FOUND
