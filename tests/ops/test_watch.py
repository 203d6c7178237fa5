"""`ops watch` against the stubbed service: each event once and in order, to the end of the operation."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from ops import waiting, watch
from ops.account import Account
from ops.answer import Status
from ops.deployment import Deployment
from ops.error import OpsError
from settings import Settings
from tests.ops.review_fixtures.stack_events import BEFORE, CRON, INCIDENT, NOON, RULE, STACK_ID, of, of_stack, told
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
    assert answer.status is Status.FOUND


def test_the_answer_names_cause_mend_leftovers_and_next_step(
    deployment: Deployment, aws: tuple[Account, Stubber]
) -> None:
    foretell(aws[1], ALL)
    answer = watch.run(deployment, aws[0], options("dataops-v1"))
    rule = f"arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-{CRON}-*"
    text = answer.text()
    assert text.startswith("dataops-v1: UPDATE_ROLLBACK_COMPLETE\n\nCause: failed to create WorkEngine")
    assert (
        f'  allow "events:DescribeRule" on "{rule}": the synthesised role grants this, so the live role is stale'
        in text
    )
    assert "Left behind, outside the stack\n  DataOpsIntakeTable (AWS::DynamoDB::Table) dataops-v1-intake\n" in text
    assert text.index("python -m ops reconcile") < text.index("python -m ops preflight")
    document = json.loads(json.dumps(answer.document()))
    assert document["denial"]["action"] == "events:DescribeRule"
    assert [one["logical_id"] for one in document["left_behind"]] == ["DataOpsIntakeTable"]
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
    assert answer.status is Status.GOOD
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


def test_since_waits_for_an_operation_that_begins_later(deployment: Deployment, aws: tuple[Account, Stubber]) -> None:
    foretell(aws[1], told(*BEFORE))
    foretell(aws[1], ALL)
    answer = watch.run(deployment, aws[0], options("--since", "2026-11-25T12:00:02"))
    assert answer.text().startswith("dataops-v1: UPDATE_ROLLBACK_COMPLETE\n")


@pytest.mark.parametrize(
    ("arguments", "events", "message"),
    [
        ((), told(*BEFORE, *INCIDENT[:4]), "dataops-v1: UPDATE_IN_PROGRESS, after 2 s; run 'python -m ops watch"),
        (("--since", "2026-11-26"), told(*BEFORE), "waiting for an operation to begin, after 2 s"),
    ],
)
def test_it_does_not_wait_for_ever(
    deployment: Deployment,
    aws: tuple[Account, Stubber],
    arguments: tuple[str, ...],
    events: list[dict[str, Any]],
    message: str,
) -> None:
    for _ in range(3):
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


@pytest.mark.parametrize(
    "arguments", [("--since", "yesterday"), ("--timeout", "soon"), ("--timeout", "-1"), ("--timeout", "nan")]
)
def test_what_is_no_time_is_refused(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(*arguments)
    assert f"{arguments[1]!r} is no" in capsys.readouterr().err
