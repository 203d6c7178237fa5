"""`ops review` against the stubbed service: what it asks, what it leaves behind, and what it answers."""

import argparse
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from ops.aws.account import Account
from ops.cli import main
from ops.commands import review
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.result import CommandResult, ExitStatus, json_of
from settings import Settings
from tests.ops import scripted_aws
from tests.ops.review_fixtures.change_sets import (
    APP_STACK,
    POLICIES,
    ROLE_STACK,
    UUID,
    change,
    deploy_role,
    detail,
    response,
    table,
)
from tests.ops.review_fixtures.stubbed import stubbed
from tests.ops.scripted_aws import DENIED, ScriptedAws, current_role, role_answers, scripted, stale_role

Template = dict[str, Any]
ID = f"arn:aws:cloudformation:eu-west-1:817685572750:changeSet/reviewed/{UUID}"


@pytest.fixture
def aws(settings: Settings) -> Iterator[tuple[Account, Stubber]]:
    with stubbed(settings) as both:
        yield both


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    review.add_arguments(parser)
    return parser.parse_args(arguments)


def foretell(stubber: Stubber, document: dict[str, Any], template: Template | None) -> None:
    asked = {"StackName": document["StackName"], "ChangeSetName": ANY, "IncludePropertyValues": True}
    stubber.add_response("describe_change_set", document, asked)
    if template is not None:
        answer = {"TemplateBody": json.dumps(template), "StagesAvailable": ["Original", "Processed"]}
        stubber.add_response("get_template", answer, {"ChangeSetName": ID, "TemplateStage": "Processed"})


def named(
    deployment: Deployment, aws: tuple[Account, Stubber], document: Any, template: Template | None
) -> CommandResult:
    foretell(aws[1], document, template)
    return review.run(deployment, aws[0], options(document["StackName"], "--change-set", "reviewed"))


def test_the_inline_policy_as_reviewed_is_safe(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template
) -> None:
    answer = named(deployment, aws, response(ROLE_STACK, deploy_role(POLICIES)), role_template)
    assert answer.status is ExitStatus.GOOD
    assert answer.text() == (
        "SAFE: reviewed of dataops-v1-github-actions, 1 change\n"
        "\n"
        "  resource                 action  replacement  properties  verdict and reason\n"
        "  -----------------------  ------  -----------  ----------  ----------------------\n"
        "  GitHubActionsDeployRole  Modify  False        Policies    safe: changes in place\n"
    )


def more(template: Template) -> None:
    (policy,) = template["Resources"]["GitHubActionsDeployRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "iam:*User*", "Resource": "*"})


def less(template: Template) -> None:
    (policy,) = template["Resources"]["GitHubActionsDeployRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"].pop()


@pytest.mark.parametrize(
    ("mutate", "answered"),
    [
        (more, "REFUSED: ... GitHubActionsDeployRole: iam:CreateUser on arn:aws:iam::"),
        (less, "NEEDS A HUMAN: ... is not as in the reviewed template (Policies)"),
    ],
)
def test_an_inline_policy_that_was_not_reviewed_is_not_safe(
    deployment: Deployment,
    aws: tuple[Account, Stubber],
    role_template: Template,
    mutate: Callable[[Template], None],
    answered: str,
) -> None:
    template = copy.deepcopy(role_template)
    mutate(template)
    answer = named(deployment, aws, response(ROLE_STACK, deploy_role(POLICIES)), template)
    assert answer.status is ExitStatus.FOUND
    headline, _, shown = answered.partition("... ")
    assert answer.text().startswith(headline)
    assert shown in " ".join(answer.text().split())


def test_many_witnesses_are_few_in_text_and_all_in_json(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template
) -> None:
    template = copy.deepcopy(role_template)
    more(template)
    answer = named(deployment, aws, response(ROLE_STACK, deploy_role(POLICIES)), template)
    (gain,) = json.loads(json_of(answer))["gains"]
    assert len(gain["requests"]) > 10
    assert f"and {len(gain['requests']) - 3:,} more, which --json shows" in answer.text()


def test_the_app_s_change_set_with_an_import_and_new_schedules_is_safe(
    deployment: Deployment, aws: tuple[Account, Stubber], app_template: Template
) -> None:
    document = response(
        APP_STACK,
        change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table", PhysicalResourceId="dataops-v1-intake"),
        change("Add", "WorkEngineFunctionDailyWorkEngineCron", "AWS::Events::Rule"),
        Parameters=[{"ParameterKey": "DeployPlaceholder", "ParameterValue": "dataops-v1"}],
    )
    answer = named(deployment, aws, document, app_template)
    assert answer.status is ExitStatus.GOOD, answer.text()
    assert "safe: import: the stack takes it over as it is" in " ".join(answer.text().split())


@pytest.mark.parametrize(
    "document",
    [
        response(APP_STACK, Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason="Transform failed."),
        response(APP_STACK, table(action="Remove"), Status="FAILED", ExecutionStatus="UNAVAILABLE"),
    ],
)
def test_a_failed_change_set_is_refused_without_its_template(
    deployment: Deployment, aws: tuple[Account, Stubber], document: dict[str, Any]
) -> None:
    answer = named(deployment, aws, document, None)
    assert answer.text().startswith("REFUSED: ")
    assert "access was not compared" not in answer.text()


def test_a_file_is_judged_without_its_template(
    deployment: Deployment, aws: tuple[Account, Stubber], tmp_path: Path
) -> None:
    file = tmp_path / "change-set.json"
    file.write_text(json.dumps(response(ROLE_STACK, deploy_role(POLICIES))))
    answer = review.run(deployment, aws[0], options(ROLE_STACK, "--file", str(file)))
    assert answer.status is ExitStatus.FOUND
    assert answer.text().startswith("NEEDS A HUMAN: ")
    assert "its access was not compared: a file has no template" in answer.text()
    assert json.loads(json_of(answer))["access_compared"] is False


def test_a_file_needs_no_credentials(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Settings) -> Account:
        raise OpsError("no credentials")

    monkeypatch.setattr("ops.cli.open_account", refuse)
    file = tmp_path / "change-set.json"
    file.write_text(json.dumps(response(ROLE_STACK, deploy_role(POLICIES))))
    arguments = ["review", ROLE_STACK, "--assembly", str(deployment.directory)]
    assert main([*arguments, "--file", str(file)]) == ExitStatus.FOUND
    assert capsys.readouterr().out.startswith("NEEDS A HUMAN: reviewed of dataops-v1-github-actions, 1 change\n")
    assert main([*arguments, "--change-set", "reviewed"]) == ExitStatus.PROBLEM
    assert capsys.readouterr().err == "ops: no credentials\n"


def test_a_file_of_another_stack_is_refused(
    deployment: Deployment, aws: tuple[Account, Stubber], tmp_path: Path
) -> None:
    file = tmp_path / "change-set.json"
    file.write_text(json.dumps(response(APP_STACK)))
    answer = review.run(deployment, aws[0], options(ROLE_STACK, "--file", str(file)))
    assert "refused: is of another stack: dataops-v1" in answer.text()


def make(stubber: Stubber) -> None:
    asked = dict.fromkeys(("ChangeSetName", "TemplateBody", "Capabilities", "Description"), ANY)
    named = {"StackName": ROLE_STACK, "ChangeSetType": "UPDATE"}
    stubber.add_response("create_change_set", {"Id": ID}, asked | named)


def test_one_is_made_and_left_unexecuted(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    make(aws[1])
    foretell(aws[1], response(ROLE_STACK, deploy_role(POLICIES)), role_template)
    text = review.run(deployment, aws[0], options(ROLE_STACK)).text()
    assert capsys.readouterr().err.startswith("made the change set ops-review-")
    where = "--region eu-west-1 --stack-name dataops-v1-github-actions --change-set-name reviewed"
    assert text.endswith(
        "The change set reviewed is not executed.\n"
        f"To go ahead: aws cloudformation execute-change-set {where}\n"
        f"To delete it: aws cloudformation delete-change-set {where}\n"
    )


def test_what_is_refused_is_not_told_how_to_execute(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template
) -> None:
    make(aws[1])
    foretell(aws[1], response(ROLE_STACK, deploy_role(detail("RoleName", "Always"))), role_template)
    assert "execute-change-set" not in review.run(deployment, aws[0], options(ROLE_STACK)).text()


def test_one_is_deleted_if_asked_for(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template
) -> None:
    make(aws[1])
    foretell(aws[1], response(ROLE_STACK, deploy_role(POLICIES)), role_template)
    aws[1].add_response("delete_change_set", {}, {"ChangeSetName": ID})
    assert "is deleted again." in review.run(deployment, aws[0], options(ROLE_STACK, "--delete")).text()


def test_what_is_said_of_many_resources_is_said_once(
    deployment: Deployment, aws: tuple[Account, Stubber], app_template: Template
) -> None:
    """As of a template that is not the reviewed one: nearly every resource differs, in few ways."""
    names = [f"DataOps{name}Table" for name in ("Tasks", "Bundles", "Users", "Files", "Intake")]
    kept = detail(None, attribute="DeletionPolicy", AfterValue="Retain")
    changes = [change("Modify", name, "AWS::DynamoDB::Table", kept) for name in names]
    proposed = json.loads(json.dumps(app_template))
    for name in names:
        proposed["Resources"][name]["DeletionPolicy"] = "Retain"
    answer = named(deployment, aws, response(APP_STACK, *changes), proposed)
    (row,) = (line for line in answer.text().splitlines() if "needs a human" in line)
    assert row.startswith("  DataOpsTasksTable,")
    assert all(answer.text().count(name) == 1 for name in names)
    assert [one["logical_id"] for one in json.loads(json_of(answer))["changes"]] == names


def test_why_access_cannot_be_compared_is_said_below(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template
) -> None:
    proposed = json.loads(json.dumps(role_template))
    (role,) = proposed["Resources"].values()
    role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = {"Ref": "Unknown"}
    proposed["Parameters"] = {"Unknown": {"Type": "String"}}
    text = named(deployment, aws, response(ROLE_STACK, deploy_role(POLICIES)), proposed).text()
    table, _, below = text.partition("Access that the reviewed source does not give, for example\n")
    assert "its access cannot be compared" in " ".join(table.split())
    assert "not known before" not in " ".join(table.split())
    assert "reviewed source: the template of reviewed: GitHubActionsDeployRole." in below


def empty(deployment: Deployment, **answers: scripted_aws.Answer) -> tuple[CommandResult, ScriptedAws]:
    """The review of a change set of the role's stack in which nothing changes."""
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    failed = response(ROLE_STACK, Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=reason)
    aws = scripted(
        deployment,
        **role_answers(current_role(deployment))
        | {
            "CreateChangeSet": {"Id": ID},
            "DescribeChangeSet": failed,
            "DeleteChangeSet": {},
            "DescribeStacks": scripted_aws.stack(ROLE_STACK),
            "GetTemplate": {"TemplateBody": deployment.role_stack.path.read_text()},
        }
        | answers,
    )
    return review.run(deployment, aws.account, options(ROLE_STACK)), aws


def test_one_that_is_empty_is_deleted_as_it_is_of_no_use(deployment: Deployment) -> None:
    answer, aws = empty(deployment)
    assert answer.status is ExitStatus.GOOD
    assert "  safe: nothing to do: the stack is as the template says\n" in answer.text()
    assert "  safe: dataops-github-actions-deploy is as dataops-v1-github-actions deployed it\n" in answer.text()
    assert aws.called("DeleteChangeSet") == [{"ChangeSetName": ID}]


def test_an_empty_one_of_a_role_that_was_changed_by_hand_needs_a_human(deployment: Deployment) -> None:
    """CloudFormation compares templates alone."""
    by_hand = role_answers(stale_role(deployment))["GetRolePolicy"]
    answer, _ = empty(deployment, GetRolePolicy=by_hand)
    assert answer.status is ExitStatus.FOUND
    assert "  needs a human: the live role was changed by hand: an update of its stack may not put it" in answer.text()


@pytest.mark.parametrize("operation", ["GetRole", "DescribeStacks", "GetTemplate"])
def test_an_empty_one_of_a_role_that_may_not_be_read_is_not_called_safe(deployment: Deployment, operation: str) -> None:
    answer, _ = empty(deployment, **{operation: DENIED})
    assert answer.status is ExitStatus.FOUND
    assert f"by hand is not known: {operation}: denied: you need " in answer.text()


def test_an_empty_one_of_a_role_whose_template_cannot_be_read_is_not_called_safe(deployment: Deployment) -> None:
    answer, _ = empty(deployment, GetTemplate={"TemplateBody": "Resources: ["})
    assert "by hand is not known: the deployed template cannot be compared: " in answer.text()


def test_a_stack_of_nobody_is_refused(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    with pytest.raises(OpsError, match="'other' is no stack of the settings: name dataops-v1 or dataops-v1-github-act"):
        review.run(deployment, aws[0], options("other"))


def test_a_placeholder_is_not_reviewed_by_itself(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    with pytest.raises(OpsError, match="asks for the parameter 'DeployPlaceholder'"):
        review.run(deployment, aws[0], options(APP_STACK))


def test_the_review_that_is_shown_is_written_too(
    deployment: Deployment, aws: tuple[Account, Stubber], role_template: Template, tmp_path: Path
) -> None:
    file = tmp_path / "review.json"
    for one, verdict in ((deploy_role(POLICIES), "safe"), (deploy_role(action="Remove"), "refused")):
        foretell(aws[1], response(ROLE_STACK, one), role_template)
        answer = review.run(
            deployment, aws[0], options(ROLE_STACK, "--change-set", "reviewed", "--document", str(file))
        )
        assert file.read_text() == json_of(answer)
        assert json.loads(file.read_text())["verdict"] == verdict
        assert json.loads(file.read_text())["change_set"]["id"] == ID
    foretell(aws[1], response(ROLE_STACK, deploy_role(POLICIES)), role_template)
    with pytest.raises(OpsError, match=f"--document: {tmp_path}: cannot be written: Is a directory"):
        review.run(deployment, aws[0], options(ROLE_STACK, "--change-set", "reviewed", "--document", str(tmp_path)))


def test_how_to_execute_what_was_reviewed(
    deployment: Deployment, aws: tuple[Account, Stubber], app_template: Template
) -> None:
    rule = change("Add", "WorkEngineFunctionDailyWorkEngineCron", "AWS::Events::Rule")
    given = [{"ParameterKey": "DeployPlaceholder", "ParameterValue": "dataops-v1"}]
    text = named(deployment, aws, response(APP_STACK, rule, Parameters=given), app_template).text()
    assert text.endswith(f"To execute it: python -m ops execute dataops-v1 --change-set {ID}\n")
    refused = response(APP_STACK, table(action="Remove"), Parameters=given)
    assert "ops execute" not in named(deployment, aws, refused, app_template).text()
