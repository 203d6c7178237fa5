"""What is missing is said with the file, the class and the member that grant it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from leastgrant import Need
from leastgrant.iam import Pattern
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
