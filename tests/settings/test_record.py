"""The record of what is live: read whole, or refused in one line."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from settings import LiveRecord, RecordError, RecordState

RECORD = Path(__file__).parents[2] / "live" / "resources.json"
GOOD: dict[str, Any] = {"recorded": "2026-06-28", "state": "live", "resources": {"Jobs": "shop-jobs", "Role": None}}


def test_reads_a_record(tmp_path: Path) -> None:
    (path := tmp_path / "record.json").write_text(json.dumps(GOOD))
    record = LiveRecord.from_file(path)
    assert record == LiveRecord(date(2026, 6, 28), RecordState.LIVE, {"Jobs": "shop-jobs", "Role": None})
    assert record.without({"Role"}).resources == {"Jobs": "shop-jobs"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recorded": "June"}, "recorded: must be a day as YYYY-MM-DD, not 'June'"),
        ({"state": "gone"}, "state: must be 'being taken over' or 'since the take-over' or 'live', not 'gone'"),
        ({"resources": ["Jobs"]}, "resources: must be an object: for each logical id a physical name, or null"),
        ({"resources": {"a b": None}}, "resources: must be an object: for each logical id a physical name, or null"),
        (
            {"resources": {"Jobs": "shop-*"}},
            "resources.Jobs: must be a physical name, or null if none is known, not 'shop-*'",
        ),
        ({"resources": {"Jobs": 1}}, "resources.Jobs: must be a physical name, or null if none is known, not 1"),
        ({"more": 1}, "must be an object of recorded, state, resources, of code if it is known, and of nothing else"),
        ({"code": ["Jobs"]}, "code: must be an object: for each logical id the key of an object"),
        ({"code": {"Jobs": "*"}}, "code.Jobs: must be the key of an object, not '*'"),
    ],
)
def test_refuses_what_is_no_record(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (path := tmp_path / "record.json").write_text(json.dumps(GOOD | change))
    with pytest.raises(RecordError) as refusal:
        LiveRecord.from_file(path)
    assert str(refusal.value) == f"{path}: {message}"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_refuses_what_is_no_json(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "record.json").write_text(text)
    with pytest.raises(RecordError, match="cannot be read as JSON"):
        LiveRecord.from_file(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.json: cannot be read as JSON"):
        LiveRecord.from_file(tmp_path / "none.json")


def test_the_projects_own_record_is_of_what_sam_deployed() -> None:
    live = json.loads((RECORD.parent / "dataops-v1.json").read_text())["Resources"]
    record = LiveRecord.from_file(RECORD)
    schedules = {name for name in live if "DailyWorkEngine" in name}
    assert record.resources.keys() == live.keys() - schedules, "the schedules are what the failing deployment was for"
    assert {name: physical for name, physical in record.resources.items() if physical and "Table" in name} == {
        name: one["Properties"]["TableName"] for name, one in live.items() if one["Type"] == "AWS::DynamoDB::Table"
    }
