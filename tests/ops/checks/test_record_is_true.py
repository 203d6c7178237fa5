"""What is recorded and gone, or another, is found; what a rollback left behind is not, until the take-over is over."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ops.checks.record_is_true import record_is_true
from ops.checks.result import CheckFinding, CheckVerdict
from ops.project.deployment import Deployment
from settings import LiveRecord, RecordState
from tests.ops.scripted_aws import NOW, Failure, scripted

RECORD = LiveRecord(
    date(2026, 6, 28),
    RecordState.BEING_TAKEN_OVER,
    {"DataOpsIntakeTable": "dataops-v1-intake", "WorkEngineFunction": None},
)
HAS = {"DataOpsIntakeTable": "dataops-v1-intake", "WorkEngineFunction": "dataops-v1-WorkEngineFunction-1A2B3C"}
GONE = Failure("ResourceNotFoundException", "not found")


def asked(deployment: Deployment, record: LiveRecord, has: dict[str, str], table: Any = GONE) -> CheckFinding:
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": physical_id,
            "ResourceType": "AWS::DynamoDB::Table",
            "ResourceStatus": "UPDATE_COMPLETE",
            "LastUpdatedTimestamp": NOW,
        }
        for name, physical_id in has.items()
    ]
    aws = scripted(deployment, ListStackResources={"StackResourceSummaries": summaries}, DescribeTable=table)
    return record_is_true(aws.account, "dataops-v1", deployment.app.resolved, record)


def test_a_stack_as_recorded(deployment: Deployment) -> None:
    found = asked(deployment, RECORD, {**HAS, "More": "what is new is not looked at"})
    assert found.verdict is CheckVerdict.GOOD
    assert found.sentence == "dataops-v1 has what was recorded on 2026-06-28 (2 resources, being taken over)"
    assert not found.details


def test_a_table_that_was_left_behind_is_said(deployment: Deployment) -> None:
    found = asked(deployment, RECORD, {"WorkEngineFunction": HAS["WorkEngineFunction"]}, {"Table": {}})
    assert found.verdict is CheckVerdict.GOOD
    assert found.details == ("DataOpsIntakeTable (dataops-v1-intake) is outside dataops-v1, to be taken back",)


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (RECORD, GONE),
        (replace(RECORD, state=RecordState.LIVE), {"Table": {}}),
        (replace(RECORD, state=RecordState.SINCE_TAKE_OVER), {"Table": {}}),
    ],
)
def test_a_table_that_is_gone_is_found(deployment: Deployment, record: LiveRecord, table: Any) -> None:
    found = asked(deployment, record, {"WorkEngineFunction": HAS["WorkEngineFunction"]}, table)
    assert found.verdict is CheckVerdict.FOUND
    assert found.sentence.startswith("1 resource not as recorded, and what is recorded, the deploy role may not make")
    assert found.sentence.endswith(": take each back, or out of the record")
    assert found.details == ("DataOpsIntakeTable (dataops-v1-intake) is not in dataops-v1",)


def test_another_name_is_found(deployment: Deployment) -> None:
    found = asked(deployment, RECORD, {**HAS, "DataOpsIntakeTable": "dataops-v1-inbox"})
    assert found.verdict is CheckVerdict.FOUND
    assert found.sentence.endswith(": run ops record --write")
    assert found.details == ("DataOpsIntakeTable is dataops-v1-inbox, and recorded as dataops-v1-intake",)


def test_a_first_deployment_has_nothing_to_compare(deployment: Deployment) -> None:
    assert asked(deployment, LiveRecord.of_nothing(), {}).verdict is CheckVerdict.GOOD
