"""The app as it is run: a wrong setting is one line and an exit code, and every validation can fail."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from aws_cdk import App, CfnResource, CloudFormationValidatePlugin, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

import app
from settings import SettingsError
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants, RuleAction
from stacks.deploy_role.grants.statement import StackGrant


@pytest.fixture(autouse=True)
def one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validation of templates is the same for all apps here, as it takes a second to make."""
    monkeypatch.setattr(app, "CloudFormationValidatePlugin", _ENGINE)


_ENGINE = cache(CloudFormationValidatePlugin)


def test_a_wrong_setting_is_one_line_and_exit_code_2(
    context: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bad_app(*, analytics_reporting: bool) -> App:
        return App(context=context | {"githubBranch": "*"}, analytics_reporting=analytics_reporting)

    monkeypatch.setattr(app, "App", bad_app)
    assert app.main() == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("settings: githubBranch: must be one branch's name")
    assert output.err.count("\n") == 1


def test_an_unknown_setting_is_refused(context: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^githubBrnch: no such setting"):
        app.build(App(context=context | {"githubBrnch": "main"}))


def administrator(stack: Stack) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.CfnRole(
        stack,
        "Admin",
        assume_role_policy_document={"Version": "2012-10-17", "Statement": []},
        policies=[iam.CfnRole.PolicyProperty(policy_name="admin", policy_document={"Statement": [statement]})],
    )


def untraced_function(stack: Stack) -> None:
    code = lambda_.CfnFunction.CodeProperty(zip_file="exports.handler = async () => {};")
    lambda_.CfnFunction(
        stack, "Fn", role="arn:aws:iam::817685572750:role/r", code=code, runtime="nodejs24.x", handler="index.handler"
    )


def misspelt_property(stack: Stack) -> None:
    CfnResource(stack, "Queue", type="AWS::SQS::Queue", properties={"QueueNames": "q"})


@pytest.mark.parametrize(
    ("add", "finding"),
    [
        (administrator, "AwsSolutions-IAM5[Action::*]"),
        (untraced_function, "Serverless-LambdaTracing"),
        (misspelt_property, "QueueNames"),
    ],
)
def test_each_validation_stops_synthesis(context: dict[str, Any], add: Callable[[Stack], None], finding: str) -> None:
    bad = App(context=context, analytics_reporting=False)
    app.build(bad)
    stack = bad.node.find_child("DataOps")
    assert isinstance(stack, Stack)
    add(stack)
    with pytest.raises(RuntimeError, match="ValidationFailed") as failure:
        bad.synth()
    assert finding in str(failure.value)


def test_a_role_that_cannot_deploy_a_schedule_stops_synthesis(
    context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_but_describe(grants: EventBridgeRuleGrants, grantee: iam.IGrantable) -> StackGrant:
        return grants.actions(grantee, *(set(RuleAction) - {RuleAction.DESCRIBE_RULE}))

    monkeypatch.setattr(EventBridgeRuleGrants, "manage", all_but_describe)
    bad = App(context=context, analytics_reporting=False)
    app.build(bad)
    with pytest.raises(RuntimeError, match="ValidationFailed") as failure:
        bad.synth()
    assert "creating `WorkEngineFunctionDailyWorkEngineCron` will fail" in str(failure.value)
    assert "GitHubActionsDeployRole may not events:DescribeRule on" in str(failure.value)
    assert "grant RuleAction.DESCRIBE_RULE of stacks/deploy_role/grants/eventbridge.py" in str(failure.value)
