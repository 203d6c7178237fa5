"""The record is what the stack has, written whole or not at all, and says whose template made it."""

import json
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops.commands.record import Recorded, run
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.result import json_of
from settings import LiveRecord, RecordError, RecordState, Settings
from tests.ops.scripted_aws import NOW, Answer, no_stack, scripted, stack

PORTAL = "arn:aws:secretsmanager:eu-west-1:817685572750:secret:dataops-v1/work-engine/portal-secret-AbCdEf"
HAS = {"Tasks": "dataops-v1-tasks", "Intake": "dataops-v1-intake", "Portal": PORTAL}


def listed(status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    gone = {"Gone": ("dataops-v1-gone", "DELETE_COMPLETE"), "Never": ("", "CREATE_FAILED")}
    every = {name: (physical_id, status) for name, physical_id in HAS.items()} | gone
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": physical_id,
                "ResourceType": "AWS::DynamoDB::Table",
                "ResourceStatus": state,
                "LastUpdatedTimestamp": NOW,
            }
            for name, (physical_id, state) in every.items()
        ]
    }


def template(**policies: str) -> dict[str, Any]:
    resources = {name: {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": kept} for name, kept in policies.items()}
    return {"TemplateBody": json.dumps({"Resources": resources})}


CDKS = template(Tasks="RetainExceptOnCreate", Intake="RetainExceptOnCreate")
IMPORTED = template(Tasks="Retain", Intake="RetainExceptOnCreate")


def recorded(deployment: Deployment, file: Path | None = None, **answers: Answer) -> tuple[Recorded, set[str]]:
    usual: dict[str, Answer] = {
        "DescribeStacks": stack("dataops-v1"),
        "GetTemplate": CDKS,
        "ListStackResources": listed(),
    }
    aws = scripted(deployment, **{**usual, **answers})
    options = Namespace(write=file is not None, settings=file or Path("none", "cdk.json"))
    return run(deployment, aws.account, options), {name for name, _ in aws.calls}


def test_the_record_is_what_the_stack_has(deployment: Deployment) -> None:
    found, called = recorded(deployment)
    assert found.record.resources == {"Tasks": "dataops-v1-tasks", "Intake": "dataops-v1-intake", "Portal": None}
    assert found.record.state is RecordState.LIVE
    assert json.loads(found.text()) | {"code": {}} == json.loads(json_of(found))
    assert called == {"DescribeStacks", "GetTemplate", "ListStackResources"}, "nothing is changed"


def test_a_table_that_was_imported_is_not_yet_the_end_of_the_take_over(deployment: Deployment) -> None:
    assert recorded(deployment, GetTemplate=IMPORTED)[0].record.state is RecordState.BEING_TAKEN_OVER


def test_the_code_that_a_rollback_reads_is_recorded(deployment: Deployment) -> None:
    bucket = deployment.settings.artifact_bucket
    places = {
        "Ours": {"S3Bucket": bucket, "S3Key": "0123abcd"},
        "Elsewhere": {"S3Bucket": "other", "S3Key": "0123abcd"},
        "Inline": {"ZipFile": "pass"},
        "Unknown": {"S3Bucket": bucket, "S3Key": {"Ref": "Key"}},
    }
    functions = {name: {"Type": "AWS::Lambda::Function", "Properties": {"Code": one}} for name, one in places.items()}
    tables = json.loads(IMPORTED["TemplateBody"])["Resources"]
    answer = {"TemplateBody": json.dumps({"Parameters": {"Key": {"Type": "String"}}, "Resources": tables | functions})}
    found, _ = recorded(deployment, GetTemplate=answer)
    assert found.record.code == {"Ours": "0123abcd"}
    assert json.loads(found.text())["code"] == {"Ours": "0123abcd"}


def test_what_is_written_is_read(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / deployment.settings.live_record
    file.parent.mkdir()
    found, _ = recorded(deployment, tmp_path / "cdk.json")
    assert LiveRecord.from_file(file) == found.record
    assert found.text() == f"{file}: 3 resources, live, on {found.record.recorded}\n"
    assert [one.name for one in file.parent.iterdir()] == ["resources.json"]


def earlier(file: Path, state: RecordState, *resources: str) -> str:
    """A record that is there already."""
    file.parent.mkdir()
    LiveRecord(date(2026, 6, 28), state, {one: HAS.get(one) for one in resources}).write(file)
    return file.read_text()


@pytest.mark.parametrize(
    ("before", "template", "after"),
    [
        (RecordState.LIVE, CDKS, RecordState.LIVE),
        (RecordState.BEING_TAKEN_OVER, IMPORTED, RecordState.BEING_TAKEN_OVER),
        (RecordState.BEING_TAKEN_OVER, CDKS, RecordState.SINCE_TAKE_OVER),
        (RecordState.SINCE_TAKE_OVER, CDKS, RecordState.SINCE_TAKE_OVER),
        (RecordState.SINCE_TAKE_OVER, IMPORTED, RecordState.BEING_TAKEN_OVER),
    ],
)
def test_the_state_follows_the_template_and_the_state_before(
    deployment: Deployment, tmp_path: Path, before: RecordState, template: dict[str, Any], after: RecordState
) -> None:
    file = tmp_path / deployment.settings.live_record
    earlier(file, before, "Tasks")
    found, _ = recorded(deployment, tmp_path / "cdk.json", GetTemplate=template)
    assert found.record.state is LiveRecord.from_file(file).state is after


def test_what_is_recorded_and_not_in_the_stack_is_not_forgotten(deployment: Deployment, tmp_path: Path) -> None:
    """Such as before gate 4: the deploy role could then make the table that a rollback left behind, and delete it."""
    file = tmp_path / deployment.settings.live_record
    before = earlier(file, RecordState.BEING_TAKEN_OVER, "Intake", "Function")
    without = {**listed(), "StackResourceSummaries": [listed()["StackResourceSummaries"][0]]}
    said = r"resources\.json: not written: dataops-v1 does not have Function, Intake \(dataops-v1-intake\), and what"
    with pytest.raises(OpsError, match=said):
        recorded(deployment, tmp_path / "cdk.json", ListStackResources=without)
    assert file.read_text() == before


def test_a_file_that_cannot_be_written_is_one_line(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"live/resources\.json: cannot be written: No such file or directory$"):
        recorded(deployment, tmp_path / "cdk.json")


def test_where_to_write_must_be_named(deployment: Deployment, context: dict[str, Any], tmp_path: Path) -> None:
    of_nothing = Deployment(Settings.from_context(context | {"liveRecord": ""}), deployment.directory)
    with pytest.raises(OpsError, match=r"cdk\.json: liveRecord names no file to write to"):
        recorded(of_nothing, tmp_path / "cdk.json")


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (no_stack("dataops-v1"), "there is no stack 'dataops-v1' in eu-west-1"),
        (stack("dataops-v1", "UPDATE_IN_PROGRESS"), "dataops-v1 is in UPDATE_IN_PROGRESS: what it has is not settled"),
    ],
)
def test_what_is_not_settled_is_not_recorded(
    deployment: Deployment, described: Answer, message: str, tmp_path: Path
) -> None:
    with pytest.raises(OpsError, match=message):
        recorded(deployment, tmp_path / "cdk.json", DescribeStacks=described)
    assert list(tmp_path.iterdir()) == []
