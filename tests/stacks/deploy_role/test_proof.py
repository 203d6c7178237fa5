"""What is missing is said with the file, the class and the member that grant it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from leastgrant import Environment, Need, needs_of, parse, resolve
from leastgrant.iam import Pattern
from leastgrant.proof.needs import NOTHING_KNOWN
from ops.project.deployment import Deployment
from settings import Settings
from stacks.deploy_role.proof import typed_grant
from stacks.namespace import StackNamespace
from tests.conftest import ROOT

TABLE = "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-reminders"
APP = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")
GRANTS = "stacks/deploy_role/grants"
FIXES = {
    "dynamodb:CreateTable": f"grant TableCreationAction.CREATE_TABLE of {GRANTS}/dynamodb.py on {TABLE}",
    "dynamodb:GetItem": f"grant ItemAction.GET_ITEM of {GRANTS}/dynamodb_seeding.py on {TABLE}",
    "dynamodb:DescribeTimeToLive": (
        'add DESCRIBE_TIME_TO_LIVE = "dynamodb:DescribeTimeToLive" to TableAction of'
        f" {GRANTS}/dynamodb.py, granted on {TABLE}"
    ),
    "lambda:GetFunctionUrlConfigs": (
        'add GET_FUNCTION_URL_CONFIGS = "lambda:GetFunctionUrlConfigs" to FunctionUrlAction of'
        f" {GRANTS}/lambda_.py, granted on {TABLE}"
    ),
    "kinesis:CreateStream": (
        f'add a file for kinesis to {GRANTS}, as CONTRIBUTING.md shows, with CREATE_STREAM = "kinesis:CreateStream"'
    ),
}


@pytest.fixture(scope="module")
def need(settings: Settings, assembly_directory: Path) -> Need:
    return Deployment(settings, assembly_directory).needs[0]


@pytest.mark.parametrize(("action", "fix"), FIXES.items())
def test_the_fix_names_file_class_and_member(need: Need, action: str, fix: str) -> None:
    assert typed_grant(APP, replace(need, action=action, resource=Pattern.parse(TABLE))) == fix
    named = re.findall(r"stacks/[\w/]+\.py", fix)
    assert all((ROOT / name).exists() for name in named)


def test_what_has_no_resource_is_granted_unscoped(need: Need) -> None:
    everything = Pattern.literal("*")
    known = replace(need, action="secretsmanager:GetRandomPassword", resource=everything)
    assert typed_grant(APP, known) == f"grant PasswordAction.GET_RANDOM_PASSWORD of {GRANTS}/secretsmanager.py on *"
    listing = typed_grant(APP, replace(need, action="lambda:ListFunctions", resource=everything))
    assert listing == (
        f'add an UnscopedAction to {GRANTS}/lambda_.py, with LIST_FUNCTIONS = "lambda:ListFunctions", and grant it by'
        " grant_unscoped: IAM accepts only *"
    )
    assert "a new file for pricing in" in typed_grant(
        APP, replace(need, action="pricing:GetProducts", resource=everything)
    )


MAPPING = "arn:aws:lambda:eu-west-1:817685572750:event-source-mapping:*"


def of_a_mapping(action: str) -> Need:
    """The need of an action, of a queue that a function of the stack reads."""
    properties = {
        "FunctionName": "dataops-v1-WorkEngineFunction-1A2B3C",
        "EventSourceArn": "arn:aws:sqs:eu-west-1:817685572750:dataops-v1-Inbox-1A2B3C",
    }
    resources = {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}
    place = Environment("aws", "eu-west-1", "817685572750", "dataops-v1")
    needs, _ = needs_of(resolve(parse(json.dumps({"Resources": resources}), "app.json"), place))
    return next(need for need in needs if need.action == action)


@pytest.mark.parametrize(
    ("action", "fix"),
    [
        ("lambda:CreateEventSourceMapping", " (with the tie of_functions)"),  # by a member that may be there by now
        ("lambda:DeleteEventSourceMapping", f"granted on {MAPPING} by StackNamespace.tied with the tie of_functions"),
        ("lambda:TagResource", f"granted on {MAPPING} by StackNamespace.tied with the tie tagged"),
    ],
)
def test_what_is_named_at_random_is_granted_under_a_tie(action: str, fix: str) -> None:
    assert fix in typed_grant(APP, of_a_mapping(action))


def test_what_nothing_ties_to_the_stack_is_an_operator_s(need: Need) -> None:
    other = replace(need, action="kms:PutKeyPolicy", resource=Pattern.parse("arn:aws:kms:eu-west-1:817685572750:key/*"))
    assert typed_grant(APP, replace(other, known=NOTHING_KNOWN)).startswith(
        "AWS offers no condition that ties arn:aws:kms:"
    )
