"""What an import depends on beside the properties, and what is known of them."""

from pathlib import Path
from typing import Any

import pytest

from leastgrant.template import Environment
from ops.orphans.compared import Compared, ImportEffect
from ops.orphans.orphan import Orphan
from ops.orphans.search import FoundOrphans, find_orphans
from ops.project.assembly import SynthesisedStack
from ops.project.deployment import Deployment
from ops.stack.template import placed_template
from tests.ops.scripted_aws import NOW, Answer, Failure, no_stack, scripted
from tests.ops.small_account import INTAKE, STACK, Template, table

NO_TABLE = Failure("ResourceNotFoundException", "Requested resource not found")


def find(deployment: Deployment, template: Template, **answers: Answer) -> FoundOrphans:
    declared = table(INTAKE)["Properties"]
    described = {name: declared[name] for name in ("KeySchema", "AttributeDefinitions")}
    described |= {"TableArn": "arn:t", "TableStatus": "ACTIVE", "SSEDescription": {"Status": "ENABLED"}}
    described |= {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}
    known: dict[str, Answer] = {
        "ListStackResources": {"StackResourceSummaries": []},
        "DescribeStackResources": no_stack(INTAKE),
        "DescribeTable": {"Table": described},
        "DescribeContinuousBackups": {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
            }
        },
        "DescribeTimeToLive": {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}},
        "ListTagsOfResource": {"Tags": declared["Tags"]},
    }
    place = Environment(account="817685572750", region="eu-west-1", stack_name=STACK)
    declared = placed_template(template, "t.json", place, {})
    stack = SynthesisedStack("DataOps", STACK, "817685572750", "eu-west-1", Path("t.json"), declared, 0)
    account = scripted(deployment, **{**known, **answers}).account
    return find_orphans(account, stack)


def only(found: FoundOrphans) -> Orphan:
    (orphan,) = found.orphans
    return orphan


def stops(orphan: Orphan) -> dict[str, Compared]:
    return {one.property: one for one in orphan.of(ImportEffect.STOPS)}


def test_an_orphan_as_declared(deployment: Deployment) -> None:
    orphan = only(find(deployment, {"Resources": {"Intake": table(INTAKE)}}))
    assert {one.outcome for one in orphan.compared} == {ImportEffect.SAME}


def test_a_name_that_nothing_has(deployment: Deployment) -> None:
    assert not find(deployment, {"Resources": {"Intake": table(INTAKE)}}, DescribeTable=NO_TABLE).orphans


def owning(status: str, stack: str = STACK) -> dict[str, Any]:
    resource = {
        "StackName": stack,
        "LogicalResourceId": "Intake",
        "PhysicalResourceId": INTAKE,
        "ResourceType": "AWS::DynamoDB::Table",
        "ResourceStatus": status,
    }
    return {
        "ListStackResources": {"StackResourceSummaries": [{**without_stack(resource), "LastUpdatedTimestamp": NOW}]},
        "DescribeStackResources": {"StackResources": [{**resource, "Timestamp": NOW}]},
    }


def without_stack(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != "StackName"}


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_FAILED", "IMPORT_COMPLETE", "IMPORT_IN_PROGRESS"])
def test_what_the_stack_has_is_no_orphan(deployment: Deployment, status: str) -> None:
    assert not find(deployment, {"Resources": {"Intake": table(INTAKE)}}, **owning(status)).orphans


@pytest.mark.parametrize("status", ["DELETE_SKIPPED", "IMPORT_FAILED", "IMPORT_ROLLBACK_COMPLETE", "CREATE_FAILED"])
def test_what_the_stack_had_is_one(deployment: Deployment, status: str) -> None:
    assert not stops(only(find(deployment, {"Resources": {"Intake": table(INTAKE)}}, **owning(status))))


def test_what_another_stack_has(deployment: Deployment) -> None:
    theirs = {"DescribeStackResources": owning("CREATE_COMPLETE", "theirs")["DescribeStackResources"]}
    assert stops(only(find(deployment, {"Resources": {"Intake": table(INTAKE)}}, **theirs)))["Stack"].live == "theirs"


@pytest.mark.parametrize("policy", [None, "Delete", "Snapshot"])
def test_a_policy_that_does_not_keep_it(deployment: Deployment, policy: str | None) -> None:
    declared = {name: value for name, value in table(INTAKE).items() if name != "DeletionPolicy"}
    template = {"Resources": {"Intake": {**declared, **({"DeletionPolicy": policy} if policy else {})}}}
    assert "DeletionPolicy" in stops(only(find(deployment, template)))


def test_a_condition(deployment: Deployment) -> None:
    conditions = {"IsProduction": {"Fn::Equals": ["a", "a"]}}
    template = {"Conditions": conditions, "Resources": {"Intake": {**table(INTAKE), "Condition": "IsProduction"}}}
    assert "Condition" in stops(only(find(deployment, template)))


def test_a_value_that_only_the_deployment_knows(deployment: Deployment) -> None:
    template = {
        "Parameters": {"Class": {"Type": "String"}},
        "Resources": {"Intake": table(INTAKE, TableClass={"Ref": "Class"})},
    }
    orphan = only(find(deployment, template))
    assert stops(orphan)["TableClass"].template == "not known"
    assert "TableClass" not in {one.property for one in orphan.of(ImportEffect.SAME)}


def test_a_name_that_only_the_deployment_knows(deployment: Deployment) -> None:
    template = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Intake": table({"Ref": "Name"})}}  # pyright: ignore[reportArgumentType]
    found = find(deployment, template)
    assert not found.orphans
    assert [name.logical_id for name in found.unchecked] == ["Intake"]
