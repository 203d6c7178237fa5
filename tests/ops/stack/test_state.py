"""Where a stack is: read once, for whoever asks."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ops.aws.account import Account
from ops.errors import OpsError
from ops.stack.state import StackState, existing_stack, read_stack
from settings import Settings
from tests.ops.review_fixtures.stubbed import stubbed

ASKED = {"StackName": "dataops-v1"}
ARN = "arn:aws:cloudformation:eu-west-1:817685572750:stack/dataops-v1/1"


@pytest.fixture
def aws(settings: Settings) -> Iterator[tuple[Account, Stubber]]:
    with stubbed(settings) as both:
        yield both


def test_a_stack_is_read_with_all_that_is_asked_of_it(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    described = {
        "StackId": ARN,
        "StackName": "dataops-v1",
        "CreationTime": "2026-11-25T03:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Parameters": [
            {"ParameterKey": "Stage", "ParameterValue": "prod"},
            {"ParameterKey": "Image", "ParameterValue": "/ami/newest", "ResolvedValue": "ami-1"},
        ],
        "Outputs": [{"OutputKey": "Url", "OutputValue": "https://x"}],
        "Tags": [{"Key": "Team", "Value": "data"}],
    }
    stubber.add_response("describe_stacks", {"Stacks": [described]}, ASKED)
    found = read_stack(account.cloudformation, "dataops-v1")
    assert found == StackState(
        "dataops-v1",
        ARN,
        "UPDATE_COMPLETE",
        parameters={"Stage": "prod", "Image": "ami-1"},
        outputs={"Url": "https://x"},
        tags={"Team": "data"},
    )
    assert found is not None
    assert (found.obstacle, found.is_changing) == (None, False)


def test_a_stack_that_is_missing_is_none_or_one_line(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    said = "Stack with id dataops-v1 does not exist"
    for _ in range(2):
        stubber.add_client_error("describe_stacks", "ValidationError", said, 400, expected_params=ASKED)
    assert read_stack(account.cloudformation, "dataops-v1") is None
    with pytest.raises(OpsError, match="there is no stack 'dataops-v1' in eu-west-1"):
        existing_stack(account.cloudformation, "dataops-v1")


def test_another_error_does_not_pass_for_a_missing_stack(aws: tuple[Account, Stubber]) -> None:
    account, stubber = aws
    stubber.add_client_error("describe_stacks", "ValidationError", "1 validation error detected", 400)
    with pytest.raises(ClientError, match="1 validation error"):
        read_stack(account.cloudformation, "dataops-v1")


def test_no_name_is_not_asked_for(aws: tuple[Account, Stubber]) -> None:
    """CloudFormation would describe every stack of the account."""
    with pytest.raises(OpsError, match="'' is no stack's name"):
        read_stack(aws[0].cloudformation, "")


@pytest.mark.parametrize(
    ("status", "obstacle"),
    [
        ("UPDATE_IN_PROGRESS", "dataops-v1 is in UPDATE_IN_PROGRESS: something is changing it"),
        ("MELTED", "no such state is known here"),
    ],
)
def test_what_stands_in_the_way_of_an_update_is_said(status: str, obstacle: str) -> None:
    assert obstacle in (StackState("dataops-v1", ARN, status).obstacle or "")
