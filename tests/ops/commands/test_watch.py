"""`ops watch` against the stubbed service: each event once and in order, to the end of the operation."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws import waiting
from ops.aws.account import Account
from ops.commands import watch
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.interruption import InterruptedCommand
from ops.terminal.result import ExitStatus, json_of
from settings import Settings
from tests.ops.review_fixtures.stack_events import (
    BEFORE,
    CRON,
    DENIED,
    FUNCTION,
    INCIDENT,
    NOON,
    RULE,
    STACK_ID,
    of,
    of_stack,
    told,
)
from tests.ops.review_fixtures.stubbed import stubbed

ALL = told(*BEFORE, *INCIDENT)


@pytest.fixture
def aws(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, Stubber]]:
    """The stack is there; time passes by pauses alone."""
    pauses: list[float] = []
    monkeypatch.setattr(waiting, "sleep", pauses.append)
    monkeypatch.setattr(waiting, "monotonic", lambda: sum(pauses))
    with stubbed(settings) as (account, stubber):
        described = {
            "StackId": STACK_ID,
            "StackName": "dataops-v1",
            "CreationTime": NOON,
            "StackStatus": "UPDATE_IN_PROGRESS",
        }
        stubber.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "dataops-v1"})
        yield account, stubber


def foretell(stubber: Stubber, events: list[dict[str, Any]], asked: str | None = None, more: str | None = None) -> None:
    stubber.add_response(
        "describe_stack_events",
        {"StackEvents": events, **({"NextToken": more} if more else {})},
        {"StackName": STACK_ID, **({"NextToken": asked} if asked else {})},
    )


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    watch.add_arguments(parser)
    return parser.parse_args(arguments)


def test_the_last_operation_is_told_and_no_older_one(
    deployment: Deployment, aws: tuple[Account, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    account, stubber = aws
    foretell(stubber, ALL[:5], more="2")
    foretell(stubber, ALL[5:], asked="2")
    answer = watch.run(deployment, account, options())
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(INCIDENT)
    assert lines[0] == "12:00:02  updating the stack dataops-v1: User Initiated"
    assert lines[5] == f"12:00:07  creating {CRON} (AWS::Events::Rule)"
    assert lines[11] == "12:00:13  cleaning up after the stack dataops-v1"
    assert lines[13] == "12:00:15  kept, outside the stack, DataOpsIntakeTable (AWS::DynamoDB::Table)"
    assert lines[14] == "12:00:16  rolled back the stack dataops-v1"
    assert answer.status is ExitStatus.FOUND


def test_the_answer_names_cause_fix_leftovers_and_next_step(
    deployment: Deployment, aws: tuple[Account, Stubber]
) -> None:
    foretell(aws[1], ALL)
    answer = watch.run(deployment, aws[0], options("dataops-v1"))
    rule = f"arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-{CRON}-*"
    text = answer.text()
    over = "over since 2026-11-25 12:00:16 UTC; to wait for the next operation: --next"
    assert text.startswith(f"dataops-v1: UPDATE_ROLLBACK_COMPLETE\n{over}\n\nCause: failed to create WorkEngine")
    assert (
        f'  allow "events:DescribeRule" on "{rule}": the synthesised role grants this, so the live role is stale'
        in text
    )
    assert "Left behind, outside the stack\n  DataOpsIntakeTable (AWS::DynamoDB::Table) dataops-v1-intake\n" in text
    assert text.index("python -m ops reconcile") < text.index("python -m ops preflight")
    document = json.loads(json_of(answer))
    assert document["cause"]["denial"]["action"] == "events:DescribeRule"
    assert [one["logical_id"] for one in document["left_behind"]] == ["DataOpsIntakeTable"]
    assert document["was_over"] is True
    assert len(document["events"]) == len(INCIDENT)


def test_a_running_operation_is_followed_each_event_once(
    deployment: Deployment, aws: tuple[Account, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = told(
        *BEFORE, of_stack("UPDATE_IN_PROGRESS"), of(CRON, RULE, "CREATE_COMPLETE"), of_stack("UPDATE_COMPLETE")
    )
    for first in (2, 2, 1, 0):
        foretell(aws[1], whole[first:])
    answer = watch.run(deployment, aws[0], options())
    assert answer.status is ExitStatus.GOOD
    assert answer.text() == "dataops-v1: UPDATE_COMPLETE\n\nNext\n  python -m ops smoke\n"
    assert capsys.readouterr().err.splitlines() == [
        "12:00:02  updating the stack dataops-v1",
        f"12:00:03  created {CRON} (AWS::Events::Rule)",
        "12:00:04  updated the stack dataops-v1",
    ]


def test_what_begins_while_it_is_followed_is_another_operation(
    deployment: Deployment, aws: tuple[Account, Stubber]
) -> None:
    first = (
        of_stack("UPDATE_IN_PROGRESS"),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS"),
        of_stack("UPDATE_ROLLBACK_COMPLETE"),
    )
    whole = told(*first, *BEFORE)
    foretell(aws[1], whole[4:])
    foretell(aws[1], whole)
    assert watch.run(deployment, aws[0], options()).text().startswith("dataops-v1: UPDATE_ROLLBACK_COMPLETE\n")


def test_a_stack_that_waits_for_a_change_set_is_settled(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    foretell(aws[1], told(of_stack("REVIEW_IN_PROGRESS", "User Initiated")))
    answer = watch.run(deployment, aws[0], options())
    assert answer.text().startswith("dataops-v1: REVIEW_IN_PROGRESS\n")


@pytest.mark.parametrize(
    "before", [BEFORE, [of_stack("REVIEW_IN_PROGRESS", "User Initiated")]], ids=["updated", "never deployed"]
)
def test_next_waits_for_an_operation_if_none_goes_on(
    deployment: Deployment,
    aws: tuple[Account, Stubber],
    before: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for events in (before, before, before, [*before, *INCIDENT]):
        foretell(aws[1], told(*events))
    answer = watch.run(deployment, aws[0], options("--next"))
    said = capsys.readouterr().err
    assert said.startswith("waiting for an operation to begin\n12:00:")
    assert said.count("waiting for an operation to begin") == 1
    assert answer.text().startswith("dataops-v1: UPDATE_ROLLBACK_COMPLETE\n\nCause: ")


def test_next_follows_what_goes_on(
    deployment: Deployment, aws: tuple[Account, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = told(*BEFORE, of_stack("UPDATE_IN_PROGRESS"), of_stack("UPDATE_COMPLETE"))
    for events in (whole[1:], whole[1:], whole):
        foretell(aws[1], events)
    assert watch.run(deployment, aws[0], options("--next")).text().startswith("dataops-v1: UPDATE_COMPLETE\n\nNext")
    assert "waiting" not in capsys.readouterr().err


def test_what_cannot_be_rolled_back_tells_why_and_how_to_fix_it(
    deployment: Deployment, aws: tuple[Account, Stubber]
) -> None:
    gone = "Error occurred while GetObject. S3 Error Code: NoSuchKey."
    failing = (
        of_stack("UPDATE_IN_PROGRESS"),
        of(CRON, RULE, "CREATE_FAILED", DENIED),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS"),
        of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", gone, "engine"),
        of("Other", RULE, "UPDATE_FAILED", DENIED, "other"),
        of_stack("UPDATE_ROLLBACK_FAILED"),
    )
    foretell(aws[1], told(*BEFORE, *failing))
    text = watch.run(deployment, aws[0], options()).text()
    stuck = text[text.index("Could not be rolled back") :]
    assert f"  WorkEngineFunction ({FUNCTION}) engine\n    because: {gone}\n  Other ({RULE}) other\n" in stuck
    assert '    to fix: allow "events:DescribeRule" on' in stuck


def test_a_rollback_that_was_asked_for_is_no_failure(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    asked = of_stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    foretell(aws[1], told(of_stack("UPDATE_ROLLBACK_FAILED"), asked, of_stack("UPDATE_ROLLBACK_COMPLETE")))
    answer = watch.run(deployment, aws[0], options())
    assert answer.status is ExitStatus.GOOD
    assert "Cause" not in answer.text()
    assert answer.text().endswith("\n\nNext\n  python -m ops preflight\n")


def test_one_that_fails_again_is_told_once(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    asked = of_stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    failing = of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", "Invalid request provided", "engine")
    foretell(aws[1], told(of_stack("UPDATE_ROLLBACK_FAILED"), asked, failing, of_stack("UPDATE_ROLLBACK_FAILED")))
    answer = watch.run(deployment, aws[0], options())
    assert answer.status is ExitStatus.FOUND
    assert "Cause" not in answer.text()
    assert answer.text().count("Invalid request provided") == 1


@pytest.mark.parametrize(
    ("arguments", "events", "message"),
    [
        (
            (),
            told(*BEFORE, *INCIDENT[:4]),
            "UPDATE_IN_PROGRESS, after 2 s; .* 'python -m ops watch dataops-v1'",
        ),
        (("--next",), told(*BEFORE), "waiting for an operation to begin, after 2 s; .* watch dataops-v1 --next'"),
    ],
)
def test_it_does_not_wait_for_ever(
    deployment: Deployment,
    aws: tuple[Account, Stubber],
    arguments: tuple[str, ...],
    events: list[dict[str, Any]],
    message: str,
) -> None:
    for _ in range(4 if "--next" in arguments else 3):
        foretell(aws[1], events)
    with pytest.raises(OpsError, match=message):
        watch.run(deployment, aws[0], options("--timeout", "2", *arguments))


def test_a_stack_without_events_is_one_line(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    foretell(aws[1], [])
    with pytest.raises(OpsError, match="has no events of the last 90 days"):
        watch.run(deployment, aws[0], options())


def test_a_stack_that_is_not_there_is_one_line(deployment: Deployment, settings: Settings) -> None:
    with stubbed(settings) as (account, stubber):
        stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id other does not exist", 400)
        with pytest.raises(OpsError, match="there is no stack 'other' in eu-west-1"):
            watch.run(deployment, account, options("other"))


def test_every_stack_is_no_stack(deployment: Deployment, settings: Settings) -> None:
    with stubbed(settings) as (account, _), pytest.raises(OpsError, match="'' is no stack's name"):
        watch.run(deployment, account, options(""))


@pytest.mark.parametrize("arguments", [("--timeout", "soon"), ("--timeout", "-1"), ("--timeout", "nan")])
def test_what_is_no_time_is_refused(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(*arguments)
    assert f"{arguments[1]!r} is no" in capsys.readouterr().err


def test_an_interruption_says_that_it_goes_on(
    deployment: Deployment, aws: tuple[Account, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "last_operation", interrupt)
    with pytest.raises(
        InterruptedCommand, match="goes on by itself; 'python -m ops watch dataops-v1' watches it again"
    ):
        watch.run(deployment, aws[0], options())
