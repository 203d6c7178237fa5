"""Ctrl-C in each command, at each call: it says what it left behind or took away, and that is so."""

from typing import Any

import pytest

from ops import cli
from ops.commands.review import run as review
from ops.project.deployment import Deployment
from ops.terminal.interruption import InterruptedCommand, interruptible
from ops.terminal.result import ExitStatus
from tests.ops.commands.test_review import options
from tests.ops.review_fixtures.change_sets import POLICIES, ROLE_STACK, deploy_role, response
from tests.ops.scripted_aws import Answer, ScriptedAws, scripted


def interrupt(_: object) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_before_anything_is_done(
    command: str, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "open_account", interrupt)
    needed = {"review": ["dataops-v1"], "execute": ["dataops-v1", "--change-set", "arn"]}
    assert cli.main([command, *needed.get(command, []), "--assembly", str(deployment.directory)]) == ExitStatus.PROBLEM
    assert capsys.readouterr().err == "ops: interrupted: nothing was changed, and nothing is left behind\n"


def test_the_innermost_says_what_is_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def both(_: object) -> Any:
        with interruptible(lambda: "outer"), interruptible(lambda: "the change set is left"):
            raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", both)
    assert cli.main(["watch"]) == ExitStatus.PROBLEM
    assert capsys.readouterr().err == "ops: interrupted: the change set is left\n"


def account(deployment: Deployment, **answers: Answer) -> ScriptedAws:
    made = {
        "CreateChangeSet": {"Id": "arn:aws:cloudformation:eu-west-1:817685572750:changeSet/reviewed/1"},
        "DescribeChangeSet": response(ROLE_STACK, deploy_role(POLICIES)),
        "GetTemplate": {"TemplateBody": deployment.role_stack.path.read_text()},
        "DeleteChangeSet": {},
    }
    return scripted(deployment, **made | answers)


@pytest.mark.parametrize("during", ["CreateChangeSet", "DescribeChangeSet", "GetTemplate"])
def test_a_review_that_made_a_change_set(deployment: Deployment, during: str) -> None:
    aws = account(deployment, **{during: interrupt})
    with pytest.raises(
        InterruptedCommand, match=r"ops-review-.* is left behind, not executed: to delete it, aws cloud"
    ):
        review(deployment, aws.account, options(ROLE_STACK))
    assert aws.called("DeleteChangeSet") == []
    aws = account(deployment, **{during: interrupt})
    with pytest.raises(InterruptedCommand, match=r"ops-review-.* is deleted again, and .* stays as it is"):
        review(deployment, aws.account, options(ROLE_STACK, "--delete"))
    (made,), (deleted,) = aws.called("CreateChangeSet"), aws.called("DeleteChangeSet")
    assert deleted == {"StackName": ROLE_STACK, "ChangeSetName": made["ChangeSetName"]}
