"""Change sets are read over all their pages, made, waited for and deleted, and never executed."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from leastgrant.documents import document_of_tree
from ops.aws import waiting
from ops.aws.account import Account
from ops.change_set.calls import await_change_set, create_change_set, describe_change_set
from ops.change_set.change_set import ChangeSetStatus
from ops.errors import OpsError
from ops.project.assembly import SynthesisedStack
from ops.project.deployment import Deployment
from settings import Settings
from tests.ops.review_fixtures.change_sets import change, response
from tests.ops.review_fixtures.stubbed import stubbed

ASKED = {"StackName": "dataops-v1", "ChangeSetName": "reviewed", "IncludePropertyValues": True}


@pytest.fixture
def aws(settings: Settings) -> Iterator[tuple[Account, Stubber]]:
    with stubbed(settings) as both:
        yield both


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made; time passes by them alone."""
    pauses: list[float] = []
    monkeypatch.setattr(waiting, "sleep", pauses.append)
    monkeypatch.setattr(waiting, "monotonic", lambda: sum(pauses))
    return pauses


def test_five_hundred_changes_come_over_several_pages(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    changes = [change("Add", f"Rule{number}", "AWS::Events::Rule") for number in range(500)]
    for start in range(0, 500, 100):
        asked = ASKED | ({"NextToken": str(start)} if start else {})
        more = {"NextToken": str(start + 100)} if start < 400 else {}
        stubber.add_response(
            "describe_change_set", response("dataops-v1", *changes[start : start + 100], **more), asked
        )
    found = describe_change_set(account, "dataops-v1", "reviewed")
    assert [one.logical_id for one in found.changes] == [f"Rule{number}" for number in range(500)]


def test_a_page_that_leads_to_itself_is_no_endless_loop(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    stubber.add_response("describe_change_set", response("dataops-v1", NextToken="again"), ASKED)
    stubber.add_response(
        "describe_change_set", response("dataops-v1", NextToken="again"), ASKED | {"NextToken": "again"}
    )
    with pytest.raises(OpsError, match="leads to itself"):
        describe_change_set(account, "dataops-v1", "reviewed")


@pytest.mark.parametrize(
    ("code", "said", "message"),
    [
        (
            "ChangeSetNotFound",
            "ChangeSet [reviewed] does not exist",
            "no change set 'reviewed': see .* --region eu-west-1 ",
        ),
        ("ValidationError", "Stack [dataops-v1] does not exist", "there is no stack 'dataops-v1' in eu-west-1"),
    ],
)
def test_what_is_not_there_is_said(aws: tuple[Account, Stubber], code: str, said: str, message: str) -> None:
    account, stubber = aws
    stubber.add_client_error("describe_change_set", code, said, 400, expected_params=ASKED)
    with pytest.raises(OpsError, match=message):
        describe_change_set(account, "dataops-v1", "reviewed")


def test_a_denied_call_is_left_to_who_explains_it(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    stubber.add_client_error("describe_change_set", "AccessDenied", "no", 403, expected_params=ASKED)
    with pytest.raises(ClientError, match="AccessDenied"):
        describe_change_set(account, "dataops-v1", "reviewed")


def pending() -> dict[str, Any]:
    return response("dataops-v1", Status="CREATE_IN_PROGRESS", ExecutionStatus="UNAVAILABLE")


def test_waits_longer_each_time(aws: tuple[Account, Stubber], clock: list[float]) -> None:
    account, stubber = aws
    for answer in (pending(), pending(), pending(), response("dataops-v1")):
        stubber.add_response("describe_change_set", answer, ASKED)
    assert await_change_set(account, "dataops-v1", "reviewed").status is ChangeSetStatus.CREATE_COMPLETE
    assert clock == [1, 1.5, 2.25]


def test_does_not_wait_for_ever(aws: tuple[Account, Stubber], clock: list[float]) -> None:
    account, stubber = aws
    for _ in range(4):
        stubber.add_response("describe_change_set", pending(), ASKED)
    with pytest.raises(OpsError, match="is not made after 4 s; review it later by its name"):
        await_change_set(account, "dataops-v1", "reviewed", timeout=4)
    assert sum(clock) == 4


def test_makes_a_change_set_from_the_synthesised_template(aws: tuple[Account, Stubber], deployment: Deployment) -> None:
    account, stubber = aws
    stack = deployment.role_stack
    stubber.add_response(
        "create_change_set",
        {"Id": "arn:aws:cloudformation:eu-west-1:817685572750:changeSet/new/1"},
        {
            "StackName": stack.name,
            "ChangeSetName": "new",
            "ChangeSetType": "UPDATE",
            "TemplateBody": stack.path.read_text(),
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            "Description": ANY,
        },
    )
    create_change_set(account, stack, "new")


def large(stack: SynthesisedStack) -> SynthesisedStack:
    return dataclasses.replace(stack, template_bytes=51_201)


def asking(stack: SynthesisedStack) -> SynthesisedStack:
    tree = {**stack.template, "Parameters": {"Stage": {"Type": "String"}}}
    declared = dataclasses.replace(stack.declared, document=document_of_tree(tree, "it"))
    return dataclasses.replace(stack, declared=declared)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (large, "has 51,201 bytes, and CloudFormation takes 51,200 .*cdk deploy DeployRole --method=.* NAME"),
        (asking, "asks for the parameter 'Stage' .*cdk deploy DeployRole --method=.* NAME"),
    ],
)
def test_what_a_request_cannot_hold_is_refused(
    aws: tuple[Account, Stubber], deployment: Deployment, spoil: Any, message: str
) -> None:
    with pytest.raises(OpsError, match=message):
        create_change_set(aws[0], spoil(deployment.role_stack), "new")


def test_a_first_deployment_is_not_reviewed(aws: tuple[Account, Stubber], deployment: Deployment) -> None:
    account, stubber = aws
    said = "Stack [dataops-v1-github-actions] does not exist"
    stubber.add_client_error("create_change_set", "ValidationError", said, 400)
    with pytest.raises(OpsError, match="there is no stack 'dataops-v1-github-actions' in eu-west-1, so"):
        create_change_set(account, deployment.role_stack, "new")
