"""What is live and is renamed, or taken out of the template, is said to be lost; what is new is not."""

import copy
from datetime import date
from typing import Any

import pytest

from settings import LiveRecord, RecordState
from stacks.nothing_lost import losses
from tests.conftest import ROOT

RECORD = LiveRecord(date(2026, 6, 28), RecordState.LIVE, {"Jobs": "shop-jobs", "Fn": "shop-Fn-1A2B", "Role": None})
TEMPLATE: dict[str, Any] = {
    "Jobs": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "shop-jobs"}, "UpdateReplacePolicy": "Retain"},
    "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
    "Role": {"Type": "AWS::IAM::Role"},
}


def found(**changes: Any) -> list[str]:
    resources = copy.deepcopy(TEMPLATE) | changes
    return [sentence for _, sentence in losses(RECORD, {name: one for name, one in resources.items() if one})]


def test_what_is_new_is_no_loss() -> None:
    assert found() == []
    assert found(Queue={"Type": "AWS::SQS::Queue"}) == []


@pytest.mark.parametrize(("policy", "rest"), [("Retain", "stays behind outside the stack"), ("Delete", "is deleted")])
def test_another_name_is_another_table(policy: str, rest: str) -> None:
    renamed = TEMPLATE["Jobs"] | {"Properties": {"TableName": "shop-work"}, "UpdateReplacePolicy": policy}
    (sentence,) = found(Jobs=renamed)
    assert sentence.startswith("Jobs (shop-jobs) is live, and the template calls it shop-work, which would be another")
    assert sentence.endswith(f" one that is empty: shop-jobs {rest}")


def test_another_logical_id_is_another_table() -> None:
    (sentence,) = found(Jobs=None, Work=TEMPLATE["Jobs"])
    assert sentence.startswith("Jobs (shop-jobs) is live, and the template has it no more: CloudFormation")
    assert sentence.endswith("What the template adds is empty: Work (AWS::DynamoDB::Table)")


def test_what_has_no_known_name_can_go_too() -> None:
    assert found(Role=None)[0].startswith("Role is live, and the template has it no more")


def test_the_app_keeps_all_that_is_recorded(app_template: dict[str, Any]) -> None:
    record = LiveRecord.from_file(ROOT / "live/resources.json")
    assert record.resources
    assert list(losses(record, app_template["Resources"])) == []
