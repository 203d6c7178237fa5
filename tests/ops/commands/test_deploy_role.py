"""`ops deploy-role` against an account with the stale role: it executes what a person agreed to, and else nothing."""

import copy
import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from local_aws.gateway import Fault
from local_aws.wire import AwsError
from ops.aws.account import Account
from ops.commands.deploy_role import run
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.interruption import InterruptedCommand
from ops.terminal.result import ExitStatus
from rehearsal.assemblies import Variants
from rehearsal.live_state import ROLE, RULES_STATEMENT, stale_role
from settings import Settings
from tests.test_runbook import permissions

NAME = "dataops-github-actions-deploy"
ISSUER = "token.actions.githubusercontent.com"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def aws(settings: Settings) -> Iterator[Emulator]:
    with Emulator(settings.account, settings.region) as emulator:
        made = emulator.client("cloudformation", emulator.operator).create_change_set(
            StackName=ROLE,
            ChangeSetName="as-it-was",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(stale_role()),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        emulator.client("cloudformation", emulator.operator).execute_change_set(ChangeSetName=made["Id"])
        emulator.cloudformation.settle()
        yield emulator


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long for AWS to get something done."""

    def pause(_: float) -> None:
        time.sleep(0.001)

    monkeypatch.setattr("ops.aws.waiting.sleep", pause)


@pytest.fixture
def account(aws: Emulator, settings: Settings) -> Account:
    """Of a user who may do what the runbook says that it takes, and no more."""
    aws.gateway.recorded.clear()
    allowed = {action for command in ("all", "review", "deploy-role") for action in permissions()[command]}
    statement = {"Effect": "Allow", "Action": sorted(allowed), "Resource": "*"}
    return Account(settings, aws.session(aws.user("person", {"Version": "2012-10-17", "Statement": [statement]})))


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Terminal]:
    def types(text: str) -> Terminal:
        shown = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(text))
        monkeypatch.setattr(sys, "stderr", shown)
        return shown

    return types


@pytest.fixture
def interrupted(at_a_terminal: Callable[[str], Terminal], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def during(what: str) -> None:
        at_a_terminal("")
        monkeypatch.setattr(what, interrupt)

    return during


def change_sets(aws: Emulator) -> list[Any]:
    found = aws.client("cloudformation", aws.operator).list_change_sets(StackName=ROLE)["Summaries"]
    return [one for one in found if one["ChangeSetName"] != "as-it-was"]


def called(aws: Emulator) -> set[str]:
    return {one.call.operation for one in aws.gateway.recorded}


def statements(aws: Emulator) -> set[str]:
    iam = aws.client("iam", aws.operator)
    document = iam.get_role_policy(RoleName=NAME, PolicyName="dataops-v1-deploy")["PolicyDocument"]
    return {one["Sid"] for one in document["Statement"]}


@pytest.mark.parametrize("missing", ["stdin", "stderr"])
def test_without_a_terminal_nothing_is_made(
    deployment: Deployment, aws: Emulator, account: Account, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(sys, stream, (StringIO if stream == missing else Terminal)(f"{NAME}\n"))
    with pytest.raises(OpsError, match="there is no terminal to ask at"):
        run(deployment, account, Namespace())
    assert called(aws) == set()


@pytest.mark.parametrize("typed", ["", "yes\n", f"{NAME}x\n", "\n"])
def test_what_is_not_agreed_to_is_deleted(
    deployment: Deployment, aws: Emulator, account: Account, at_a_terminal: Callable[[str], Terminal], typed: str
) -> None:
    shown = at_a_terminal(typed)
    answer = run(deployment, account, Namespace())
    assert answer.status is ExitStatus.FOUND
    assert "That is not the role's name: dataops-v1-github-actions stays as it is" in answer.text()
    assert shown.getvalue().startswith("SAFE: ops-review-")
    assert "ExecuteChangeSet" not in called(aws)
    assert change_sets(aws) == []


@pytest.mark.parametrize("during", ["sys.stdin.readline", "ops.change_set.asked.await_change_set"])
def test_an_interruption_leaves_nothing_behind(
    deployment: Deployment,
    aws: Emulator,
    account: Account,
    interrupted: Callable[[str], None],
    during: str,
) -> None:
    interrupted(during)
    with pytest.raises(InterruptedCommand, match=r"ops-review-\w+ is deleted again, and .* stays as it is"):
        run(deployment, account, Namespace())
    assert "CreateChangeSet" in called(aws)
    assert change_sets(aws) == []
    assert "ExecuteChangeSet" not in called(aws)


def test_an_interruption_of_the_execution_says_that_it_goes_on(
    deployment: Deployment, aws: Emulator, account: Account, monkeypatch: pytest.MonkeyPatch, at_a_terminal: Any
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    at_a_terminal(f"{NAME}\n")
    monkeypatch.setattr("ops.change_set.asked._execute", interrupt)
    with pytest.raises(
        InterruptedCommand, match="may be updated by now: python -m ops watch dataops-v1-github-actions"
    ):
        run(deployment, account, Namespace())
    (left,) = change_sets(aws)  # one that is being executed is not deleted
    aws.client("cloudformation", aws.operator).delete_change_set(ChangeSetName=left["ChangeSetId"])


def test_one_that_can_no_longer_be_executed_is_deleted(
    deployment: Deployment, aws: Emulator, account: Account, at_a_terminal: Callable[[str], Terminal]
) -> None:
    aws.gateway.faults.append(Fault("cloudformation", "ExecuteChangeSet", AwsError("InvalidChangeSetStatus", "stale")))
    at_a_terminal(f"{NAME}\n")
    with pytest.raises(ClientError, match="stale"):
        run(deployment, account, Namespace())
    assert change_sets(aws) == []


def test_an_update_that_fails_is_said(
    deployment: Deployment, aws: Emulator, account: Account, at_a_terminal: Callable[[str], Terminal]
) -> None:
    aws.gateway.faults.append(Fault("iam", "PutRolePolicy", AwsError("MalformedPolicyDocument", "not now", 400)))
    at_a_terminal(f"{NAME}\n")
    answer = run(deployment, account, Namespace())
    aws.gateway.faults.clear()
    assert answer.status is ExitStatus.FOUND
    assert "UPDATE_ROLLBACK_COMPLETE\nNext: python -m ops watch dataops-v1-github-actions" in answer.text()
    assert RULES_STATEMENT not in statements(aws)


def test_what_is_agreed_to_is_executed_and_then_there_is_nothing_to_do(
    deployment: Deployment, aws: Emulator, account: Account, at_a_terminal: Callable[[str], Terminal]
) -> None:
    shown = at_a_terminal(f"{NAME}\n")
    answer = run(deployment, account, Namespace())
    assert answer.status is ExitStatus.GOOD
    assert answer.text() == "dataops-v1-github-actions: UPDATE_COMPLETE\nNext: python -m ops simulate\n"
    assert f"To execute it, type the role's name, {NAME}: " in shown.getvalue()
    assert RULES_STATEMENT in statements(aws)
    again = run(deployment, account, Namespace())
    assert again.status is ExitStatus.GOOD
    assert "has nothing to update" in again.text()
    assert all(one["ExecutionStatus"] != "UNAVAILABLE" for one in change_sets(aws))


def test_a_narrower_trust_is_executed_and_a_wider_one_is_not(
    deployment: Deployment,
    aws: Emulator,
    account: Account,
    at_a_terminal: Callable[[str], Terminal],
    tmp_path: Path,
) -> None:
    """As gate 2 leaves the role; then with the workflow and the repository's id asked for; then without them again."""
    narrower = Variants(deployment.directory, tmp_path).edited("narrower", "DeployRole", asking_for_more)
    shown = at_a_terminal(f"{NAME}\n")
    answer = run(Deployment(deployment.settings, narrower), account, Namespace())
    assert answer.status is ExitStatus.GOOD, shown.getvalue()
    assert shown.getvalue().startswith("SAFE: ops-review-")
    assert "fewer may assume the deploy role, and nobody new" in " ".join(shown.getvalue().split())
    assert f"{ISSUER}:repository_id" in asked_of(aws)

    shown = at_a_terminal(f"{NAME}\n")
    answer = run(deployment, account, Namespace())
    assert answer.status is ExitStatus.FOUND
    assert shown.getvalue().startswith("REFUSED: ops-review-")
    assert "who may assume the deploy role would change (AssumeRolePolicyDocument)" in " ".join(
        shown.getvalue().split()
    )
    assert f"{ISSUER}:repository_id" in asked_of(aws)


def asking_for_more(template: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(template)
    role = changed["Resources"]["GitHubActionsDeployRole"]["Properties"]
    asked = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    workflow = "DataTalksClub/dataops/.github/workflows/deploy-dataops-v1.yml@refs/heads/main"
    asked |= {f"{ISSUER}:repository_id": "123", f"{ISSUER}:job_workflow_ref": workflow}
    return changed


def asked_of(aws: Emulator) -> dict[str, str]:
    role = aws.client("iam", aws.operator).get_role(RoleName=NAME)["Role"]
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
