"""Both stacks take over the live ones in place: the same resources, none replaced, none removed.

`live/` holds the record of the live stacks, in the form of `normal_form`. What may differ is written down in
docs/migrating-from-sam.md, and is held against that table here.
"""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.json_values import is_array, is_object
from tests.stacks.normal_form import differences, normal_form

LIVE: Final = Path(__file__).parents[2] / "live"
STACKS: Final = ("dataops-v1", "dataops-v1-github-actions")
POLICY: Final = "GitHubActionsDeployRole.Properties.Policies.dataops-v1-deploy.PolicyDocument.Statement"
"""Compared statement by statement with docs/deploy-role.md, by tests/test_docs.py."""

REPLACING: Final = {
    "AWS::DynamoDB::Table": {"TableName", "KeySchema"},
    "AWS::Events::Rule": {"Name", "EventBusName"},
    "AWS::IAM::Role": {"RoleName", "Path"},
    "AWS::Lambda::Function": {"FunctionName", "PackageType"},
    "AWS::Lambda::Permission": {
        "Action",
        "FunctionName",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    },
    "AWS::Lambda::Url": {"TargetFunctionArn", "Qualifier"},
    "AWS::S3::Bucket": {"BucketName"},
    "AWS::SecretsManager::Secret": {"Name"},
}
"""The properties of which a change makes CloudFormation replace the resource.

Source: createOnlyProperties and conditionalCreateOnlyProperties of the provider schemas, October 2026.
"""
DATA_BEARING: Final = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}


def synthesised(template: dict[str, Any], stack: str) -> dict[str, Any]:
    return normal_form(
        template,
        {
            "AWS::AccountId": "817685572750",
            "AWS::Partition": "aws",
            "AWS::Region": "eu-west-1",
            "AWS::StackName": stack,
        },
    )


def live(stack: str) -> dict[str, Any]:
    record = json.loads((LIVE / f"{stack}.json").read_text())
    return {section: record[section] for section in ("Resources", "Outputs")}


def losses(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What deploying `after` over `before` would lose, a sentence for each resource."""
    for logical_id, resource in before["Resources"].items():
        type_name = resource["Type"]
        names = [
            resource["Properties"][name] for name in ("TableName", "Name", "RoleName") if name in resource["Properties"]
        ]
        what = f"{logical_id} ({', '.join([type_name, *names])})"
        if logical_id not in after["Resources"]:
            kept = "; its data stays behind outside the stack" if resource.get("DeletionPolicy") else ""
            yield f"{what} is removed: the logical id is gone{kept}"
            continue
        new = after["Resources"][logical_id]
        if new["Type"] != type_name:
            yield f"{what} becomes a {new['Type']}: CloudFormation refuses to change a type in place"
            continue
        for name in sorted(REPLACING[type_name]):
            old_value, new_value = resource["Properties"].get(name), new["Properties"].get(name)
            if old_value != new_value:
                yield f"{what} is replaced, by another that is empty: {name} was {old_value} and would be {new_value}"
        if type_name in DATA_BEARING and new.get("DeletionPolicy") != "RetainExceptOnCreate":
            yield f"{what} holds data and would not be kept: DeletionPolicy is {new.get('DeletionPolicy')}"
        if type_name in DATA_BEARING and new.get("UpdateReplacePolicy") != "Retain":
            yield f"{what} holds data and would not be kept when replaced"


def without_what_is_new(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """`after` without the resources that `before` has not, and without what refers to them: they are no difference."""
    new = after["Resources"].keys() - before["Resources"].keys()
    kept = {name: resource for name, resource in after["Resources"].items() if name not in new}
    return {"Resources": unreferring(kept, new), "Outputs": unreferring(after["Outputs"], new)}


def unreferring(value: Any, new: set[str]) -> Any:
    if is_object(value):
        without = {key: unreferring(item, new) for key, item in value.items() if not refers(item, new)}
        return {key: item for key, item in without.items() if not allows_nothing(item) or item == value[key]}
    return [unreferring(item, new) for item in value if not refers(item, new)] if is_array(value) else value


def allows_nothing(policy: Any) -> bool:
    """Whether it is an inline policy of which no statement has a resource left."""
    document: dict[str, Any] = policy.get("PolicyDocument", {}) if is_object(policy) else {}
    statements: list[dict[str, Any]] = document.get("Statement", [])
    return bool(statements) and all(statement["Resource"] == [] for statement in statements)


def refers(value: Any, new: set[str]) -> bool:
    """Whether it is a reference to one of these, or an output of nothing else."""
    text = value.get("Value") if is_object(value) and {*value} <= {"Description", "Value"} else value
    return isinstance(text, str) and any(re.search(rf"\$\{{{name}[.}}]", text) for name in new)


@pytest.fixture(scope="module")
def stacks(app_template: dict[str, Any], role_template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: synthesised(template, name) for name, template in zip(STACKS, (app_template, role_template), strict=True)
    }


def test_every_live_resource_is_kept(stacks: dict[str, dict[str, Any]]) -> None:
    assert [loss for name in STACKS for loss in losses(live(name), stacks[name])] == []
    assert all(live(name)["Resources"] for name in STACKS)


def test_every_output_is_kept(stacks: dict[str, dict[str, Any]]) -> None:
    for name in STACKS:
        assert without_what_is_new(live(name), stacks[name])["Outputs"] == live(name)["Outputs"]
        assert live(name)["Outputs"]


def test_what_differs_is_what_the_document_says(stacks: dict[str, dict[str, Any]]) -> None:
    document = (Path(__file__).parents[2] / "docs" / "migrating-from-sam.md").read_text()
    table = document.partition("<!-- differences -->")[2].partition("<!-- /differences -->")[0]
    written = [line.split("|")[1:4] for line in table.strip().splitlines()[2:]]
    said = {(path.strip(" `"), old.strip(" `"), new.strip(" `")) for path, old, new in written}
    kept = {name: without_what_is_new(live(name), stacks[name])["Resources"] for name in STACKS}
    differ = {
        (path, text(old), text(new))
        for name in STACKS
        for path, old, new in differences(live(name)["Resources"], kept[name])
        if path != POLICY
    }
    where = "docs/migrating-from-sam.md, between <!-- differences -->"
    assert [f"{where}: add | `{path}` | `{old}` | `{new}` |" for path, old, new in differ - said] == []
    assert [f"{where}: take out | `{path}` | `{old}` | `{new}` |" for path, old, new in said - differ] == []


def text(value: Any) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value)


def rename_table(stack: dict[str, Any]) -> None:
    stack["Resources"]["DataOpsIntakeTable"]["Properties"]["TableName"] = "dataops-v1-inbox"


def change_key(stack: dict[str, Any]) -> None:
    stack["Resources"]["DataOpsTasksTable"]["Properties"]["KeySchema"][1]["AttributeName"] = "date"


def rename_logical_id(stack: dict[str, Any]) -> None:
    stack["Resources"]["UsersTable"] = stack["Resources"].pop("DataOpsUsersTable")


def change_type(stack: dict[str, Any]) -> None:
    stack["Resources"]["DataOpsTasksTable"]["Type"] = "AWS::DynamoDB::GlobalTable"


def forget_retention(stack: dict[str, Any]) -> None:
    del stack["Resources"]["DataOpsExportArchiveBucket"]["DeletionPolicy"]


def forget_retention_on_replacement(stack: dict[str, Any]) -> None:
    stack["Resources"]["WorkEnginePortalSecret"]["UpdateReplacePolicy"] = "Delete"


def add_queue(stack: dict[str, Any]) -> None:
    stack["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    stack["Outputs"]["QueueName"] = {"Description": "A queue", "Value": "${Queue.QueueName}"}
    variables = stack["Resources"]["WorkEngineFunction"]["Properties"]["Environment"]["Variables"]
    variables["QUEUE"] = "${Queue}"


def open_schedule_to_another_rule(stack: dict[str, Any]) -> None:
    stack["Resources"]["WorkEngineFunctionDailyWorkEngineCronPermission"]["Properties"]["SourceArn"] = "${Other.Arn}"


@pytest.mark.parametrize(
    ("mutate", "messages"),
    [
        (
            rename_table,
            [
                (
                    "DataOpsIntakeTable (AWS::DynamoDB::Table, dataops-v1-intake) is replaced, by another that is "
                    "empty: TableName was dataops-v1-intake and would be dataops-v1-inbox"
                )
            ],
        ),
        (
            change_key,
            ["DataOpsTasksTable (AWS::DynamoDB::Table, dataops-v1-tasks) is replaced, by another that is empty:"],
        ),
        (
            rename_logical_id,
            [
                (
                    "DataOpsUsersTable (AWS::DynamoDB::Table, dataops-v1-users) is removed: the logical id is gone; "
                    "its data stays behind outside the stack"
                ),
            ],
        ),
        (change_type, ["becomes a AWS::DynamoDB::GlobalTable: CloudFormation refuses to change a type in place"]),
        (forget_retention, ["DataOpsExportArchiveBucket (AWS::S3::Bucket) holds data and would not be kept"]),
        (forget_retention_on_replacement, ["holds data and would not be kept when replaced"]),
        (open_schedule_to_another_rule, ["SourceArn was ${WorkEngineFunctionDailyWorkEngineCron.Arn} and would be"]),
    ],
)
def test_a_lost_resource_is_caught(stacks: dict[str, dict[str, Any]], mutate: Any, messages: list[str]) -> None:
    mutant = copy.deepcopy(stacks["dataops-v1"])
    mutate(mutant)
    already = set(losses(live("dataops-v1"), stacks["dataops-v1"]))
    found = [loss for loss in losses(live("dataops-v1"), mutant) if loss not in already]
    assert len(found) == len(messages), found
    for loss, message in zip(found, messages, strict=True):
        assert message in loss


def test_what_is_new_is_no_loss_and_no_difference(stacks: dict[str, dict[str, Any]]) -> None:
    before, base = live("dataops-v1"), stacks["dataops-v1"]
    added = copy.deepcopy(base)
    add_queue(added)
    assert list(losses(before, added)) == list(losses(before, base))
    assert without_what_is_new(before, added) == without_what_is_new(before, base)
    changed = copy.deepcopy(base)
    changed["Resources"]["WorkEngineFunction"]["Properties"]["Environment"]["Variables"]["QUEUE"] = "${Elsewhere}"
    assert without_what_is_new(before, changed) != without_what_is_new(before, base)
