"""`ops execute`: the change set of an id, if it is safe at this moment; else nothing."""

import argparse
import json
from typing import Any

import pytest

from ops.commands import execute
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.interruption import InterruptedCommand
from ops.terminal.result import CommandResult, ExitStatus, json_of
from tests.ops.review_fixtures.change_sets import APP_STACK, PLACE, ROLE_STACK, UUID, change, detail, response, table
from tests.ops.scripted_aws import Answer, Parameters, ScriptedAws, scripted

ID = f"{PLACE}:changeSet/reviewed/{UUID}"
NEW_RULE = change("Add", "WorkEngineFunctionDailyWorkEngineCron", "AWS::Events::Rule")


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    execute.add_arguments(parser)
    return parser.parse_args(arguments)


def executed(
    deployment: Deployment, *changes: dict[str, Any], members: dict[str, Any] | None = None, **answers: Answer
) -> tuple[CommandResult, ScriptedAws]:
    """What comes of a change set with these changes; once it is executed, it shows that."""
    aws = scripted(deployment)
    given = {"ParameterKey": "DeployPlaceholder", "ParameterValue": "dataops-v1"}

    def describe(_: Parameters) -> dict[str, Any]:
        began = bool(aws.called("ExecuteChangeSet"))
        status = {"ExecutionStatus": "EXECUTE_IN_PROGRESS"} if began else {}
        return response(APP_STACK, *changes, Parameters=[given], **{**status, **(members or {})})

    aws.answers |= {
        "DescribeChangeSet": describe,
        "GetTemplate": {"TemplateBody": deployment.app.path.read_text()},
        "ExecuteChangeSet": {},
        **answers,
    }
    return execute.run(deployment, aws.account, options(APP_STACK, "--change-set", ID)), aws


def test_what_is_safe_is_executed_by_its_id(deployment: Deployment) -> None:
    answer, aws = executed(deployment, NEW_RULE)
    assert answer.status is ExitStatus.GOOD, answer.text()
    assert answer.text().startswith("SAFE: reviewed of dataops-v1, 1 change\n")
    assert answer.text().endswith(f"{ID} is being executed, and goes on by itself: python -m ops watch dataops-v1\n")
    assert aws.called("ExecuteChangeSet") == [{"ChangeSetName": ID, "ClientRequestToken": f"execute-{UUID}"}]
    assert {one["ChangeSetName"] for one in aws.called("DescribeChangeSet")} == {ID}
    assert json.loads(json_of(answer))["executed"] is True


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (table(detail("TimeToLiveSpecification")), "REFUSED: "),
        (table(action="Remove"), "REFUSED: "),
        (change("Add", "Stream", "AWS::Kinesis::Stream"), "NEEDS A HUMAN: "),
    ],
)
def test_what_is_not_safe_is_not_executed(deployment: Deployment, one: dict[str, Any], said: str) -> None:
    answer, aws = executed(deployment, one)
    assert answer.status is ExitStatus.FOUND
    assert answer.text().startswith(said)
    assert answer.text().endswith("It is not executed: dataops-v1 stays as it is.\n")
    assert aws.called("ExecuteChangeSet") == []


def test_what_changed_since_it_was_reviewed_is_not_executed(deployment: Deployment) -> None:
    answer, aws = executed(deployment, NEW_RULE, members={"ExecutionStatus": "OBSOLETE"})
    assert "the stack has changed since it was made" in answer.text()
    assert (answer.status, aws.called("ExecuteChangeSet")) == (ExitStatus.FOUND, [])


def test_what_was_executed_already_is_not_executed_twice(deployment: Deployment) -> None:
    answer, aws = executed(deployment, NEW_RULE, members={"ExecutionStatus": "EXECUTE_COMPLETE"})
    assert "It was executed already, and nothing is done." in answer.text()
    assert (answer.status, aws.called("ExecuteChangeSet")) == (ExitStatus.GOOD, [])


def test_an_empty_one_is_not_executed(deployment: Deployment) -> None:
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    failed = {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reason}
    answer, aws = executed(deployment, members=failed)
    assert "Nothing is executed: there is nothing to do." in answer.text()
    assert (answer.status, aws.called("ExecuteChangeSet")) == (ExitStatus.GOOD, [])


@pytest.mark.parametrize(
    ("stack", "change_set", "said"),
    [
        (APP_STACK, "reviewed", "'reviewed' is no change set's id"),
        (APP_STACK, f"{PLACE}:stack/dataops-v1/{UUID}", "is no change set's id"),
        (ROLE_STACK, ID, "python -m ops deploy-role updates it, and asks a person"),
        ("other", ID, "'other' is no stack of the settings"),
    ],
)
def test_what_is_not_named_rightly(deployment: Deployment, stack: str, change_set: str, said: str) -> None:
    aws = scripted(deployment)
    with pytest.raises(OpsError, match=said):
        execute.run(deployment, aws.account, options(stack, "--change-set", change_set))
    assert aws.calls == []


def test_an_interruption_says_that_it_may_be_executed(deployment: Deployment) -> None:
    def interrupt(_: Parameters) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(InterruptedCommand, match="may be executed by now: python -m ops watch dataops-v1"):
        executed(deployment, NEW_RULE, ExecuteChangeSet=interrupt)
