"""What is asked of CloudFormation: the stack's own template and the orphans, and nothing that does not stand alone."""

from typing import Any

import pytest

from leastgrant.template import Environment
from ops.change_set.calls import LARGEST_BODY
from ops.errors import OpsError
from ops.importing.request import ImportRequest, import_request
from ops.orphans.orphan import Orphan
from ops.stack.fixed_names import FixedName
from ops.stack.state import StackState
from ops.stack.template import placed_template
from tests.ops.small_account import INTAKE, STACK, deployed, table

LIVE = StackState(STACK, STACK, "UPDATE_COMPLETE")


def orphan(**attributes: object) -> Orphan:
    name = FixedName("Intake", "AWS::DynamoDB::Table", INTAKE)
    return Orphan(name, {**table(INTAKE), **attributes}, {}, ())


def request(current: dict[str, Any] | None = None, stack: StackState = LIVE, **attributes: object) -> ImportRequest:
    place = Environment(account="817685572750", region="eu-west-1", stack_name=STACK)
    return import_request(stack, placed_template(current or deployed(), "it", place, {}), [orphan(**attributes)])


def test_the_template_is_the_stacks_with_the_orphan() -> None:
    current = {**deployed(), "Outputs": {"Name": {"Value": {"Ref": "Tasks"}}}}
    assert request(current).template.tree == {**current, "Resources": {**current["Resources"], "Intake": table(INTAKE)}}
    assert request().resources == [
        {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "Intake",
            "ResourceIdentifier": {"TableName": INTAKE},
        }
    ]


def test_the_same_has_the_same_name_and_anything_else_another() -> None:
    others = [
        request({**deployed(), "Description": "another"}),
        request(DeletionPolicy="Retain"),
        request(stack=StackState(STACK, STACK, "UPDATE_COMPLETE", tags={"Team": "data"})),
    ]
    assert request().name == request(stack=StackState(STACK, STACK, "IMPORT_COMPLETE")).name
    assert len({request().name, *(one.name for one in others)}) == 4


@pytest.mark.parametrize(
    "attributes",
    [
        {"DependsOn": "Missing"},
        {"Condition": "IsProduction"},
        {"Properties": {"TableName": {"Fn::Sub": "${Stage}-intake"}}},
        {"Properties": {"TableName": INTAKE, "Tags": [{"Key": "a", "Value": {"Fn::GetAtt": ["Missing", "Arn"]}}]}},
        {"Properties": {"TableName": INTAKE, "TableClass": {"Fn::FindInMap": ["Classes", "a", "b"]}}},
    ],
)
def test_what_refers_to_what_the_stack_lacks(attributes: dict[str, Any]) -> None:
    with pytest.raises(OpsError, match="what is imported can refer only to what the stack has: a human must look"):
        request(**attributes)


def test_a_template_that_is_too_large_for_a_request() -> None:
    with pytest.raises(OpsError, match=r"has 51,\d\d\d bytes, and CloudFormation takes 51,200 in a request"):
        request({**deployed(), "Description": "x" * (LARGEST_BODY - 700)})
