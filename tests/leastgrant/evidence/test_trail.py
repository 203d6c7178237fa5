"""Files of events, whole and broken, in every form that they come in."""

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from leastgrant.evidence import trail
from leastgrant.evidence.event import Event, Via
from leastgrant.evidence.trail import TrailError, read_events, trail_files
from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "trail.json"
RECORDS: list[dict[str, Any]] = json.loads(EXAMPLE.read_text())["Records"]


def read(*paths: object) -> list[Event]:
    return [*read_events(trail_files([str(path) for path in paths]))]


WHOLE = read(EXAMPLE)


def written(folder: Path, content: str | bytes, name: str = "trail.json") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


FORMS = {
    "as delivered": json.dumps({"Records": RECORDS}),
    "indented": json.dumps({"Records": RECORDS}, indent=4),
    "with more behind the list": json.dumps({"Records": RECORDS, "n": 12, "note": {"a": [1, 2]}}),
    "with more before the list": json.dumps({"n": 12, "Records": RECORDS}),
    "a list": json.dumps(RECORDS),
    "one a line": "\n".join(map(json.dumps, RECORDS)),
    "one a line, and an empty one": "\n".join(map(json.dumps, RECORDS)) + "\n\n",
    "several files in one": "".join(json.dumps({"Records": [record]}) for record in RECORDS),
    "of EventBridge": "\n".join(json.dumps({"version": "0", "detail": record}) for record in RECORDS),
    "of lookup-events": json.dumps(
        {"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(record)} for record in RECORDS], "NextToken": "x"}
    ),
    "with a byte order mark": "\ufeff" + json.dumps({"Records": RECORDS}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 7, 256 * 1024])
def test_every_form_is_read_whatever_the_parts(form: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trail, "_PART", size)
    assert read(written(tmp_path, FORMS[form])) == WHOLE


def test_gzip_is_known_by_its_content(tmp_path: Path):
    assert read(written(tmp_path, gzip.compress(FORMS["as delivered"].encode()), "trail")) == WHOLE


def test_a_folder_is_read_and_what_is_no_log_is_told(tmp_path: Path):
    (tmp_path / "2026" / "CloudTrail-Digest").mkdir(parents=True)
    written(tmp_path, FORMS["one a line"], "b.ndjson")
    written(tmp_path / "2026", gzip.compress(FORMS["a list"].encode()), "a.json.gz")
    written(tmp_path, "# Notes", "README.md")
    written(tmp_path / "2026" / "CloudTrail-Digest", "{}", "digest.json")
    files = trail_files([str(tmp_path)])
    assert [*read_events(files)] == WHOLE * 2
    assert [path.name for path in files.left_out] == ["digest.json", "README.md"]


def test_stdin_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(FORMS["as delivered"].encode()))))
    assert read("-") == WHOLE


def test_the_result_of_the_query_is_read():
    events = read(ROOT / "docs" / "examples" / "trail.csv")
    assert [(event.name, event.calls, event.via) for event in events] == [
        ("CreateQueue", 3, Via.CLOUDFORMATION),
        ("GetQueueAttributes", 41, Via.CLOUDFORMATION),
        ("DescribeKey", 2, Via.CLOUDFORMATION),
        ("DescribeRule", 1, Via.CLOUDFORMATION),
    ]
    assert [event.is_refused for event in events] == [False, False, False, True]
    assert all(event.session == "deploy-41" for event in events)


def test_the_query_in_the_document_returns_the_columns_that_are_read():
    text = (ROOT / "docs" / "evidence.md").read_text()
    query = text.partition("```sql")[2].partition("FROM")[0]
    named = {line.strip().rstrip(",").rpartition(" ")[2] for line in query.replace("SELECT", "").splitlines()} - {""}
    assert named == {*trail.COLUMNS, "session", "eventtime"}


CSV = (ROOT / "docs" / "examples" / "trail.csv").read_text()
HALF = FORMS["as delivered"][: len(FORMS["as delivered"]) // 2]


BROKEN: list[tuple[str | bytes, str]] = [
    ("", "trail.json: is empty"),
    (" \n", "trail.json: is empty"),
    (HALF, "trail.json: record 6: is cut off"),
    (FORMS["as delivered"][:-1], "trail.json: record 11: is followed by no valid JSON, or the file is cut off"),
    (FORMS["as delivered"][:-2], "trail.json: record 11: is not followed by a comma or the end of the list"),
    (FORMS["one a line"][:-9], "trail.json: record 11: is cut off"),
    ('{"Records": [{"eventName": "A", }]}', "trail.json: record 1: is no valid JSON: "),
    ('{"Records": [7]}', "trail.json: record 1: is no object"),
    ('{"Records": [{}]}', "trail.json: record 1: has no eventSource and eventName"),
    ('{"Resources": {}}', "trail.json: record 1: has no eventSource and eventName"),
    ('{"eventName": 7, "eventSource": "a"}', "trail.json: record 1: its eventName is no text"),
    ('{"eventName": "A", "eventSource": "a", "userIdentity": []}', "record 1: its userIdentity is no object"),
    ('{"Events": [{"CloudTrailEvent": "{"}]}', "trail.json: record 1: "),
    ('{"a": ' * 100_000, "trail.json: record 1: is nested too deep"),
    ('{"a": ' + "7" * 5_000 + "}", "trail.json: record 1: holds a number of thousands of digits"),
    (gzip.compress(FORMS["as delivered"].encode())[:-20], "trail.json: after record 0: is cut off, or no gzip"),
    (b"\x1f\x8bnone of it", "trail.json: after record 0: is cut off, or no gzip"),
    (b'{"Records": [{"eventName": "\xff"}]}', "trail.json: after record 0: is not UTF-8"),
    ("# a note\n", "trail.json: is neither JSON nor the result of the documented query: it has no column event"),
    (CSV.replace('"3"', '"three"'), "trail.json: row 1: its calls is 'three', no number of calls"),
    (CSV.replace('"CreateQueue",', ""), "trail.json: row 1: has other columns than the first line"),
    (CSV.replace('"CreateQueue"', '""'), "trail.json: row 1: has no eventsource and eventname"),
    (CSV[:-80], "trail.json: row 4: is no valid CSV: unexpected end of data"),
]


@pytest.mark.parametrize(("content", "problem"), BROKEN, ids=[problem for _, problem in BROKEN])
def test_what_is_broken_is_one_line_with_the_record(content: str | bytes, problem: str, tmp_path: Path):
    with pytest.raises(TrailError) as refused:
        read(written(tmp_path, content))
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_record_is_no_larger_than_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trail, "LARGEST_RECORD", 1000)
    for content in (HALF[:-1] + "7" * 1000, json.dumps({"eventName": "A" * 1000})):
        with pytest.raises(TrailError, match=r"record \d: is larger than 1,000 letters"):
            read(written(tmp_path, content))


def test_what_precedes_a_broken_record_is_read(tmp_path: Path):
    events = read_events(trail_files([str(written(tmp_path, HALF))]))
    assert [next(events) for _ in range(5)] == WHOLE[:5]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(TrailError, match="gone: there is no such file"):
        trail_files([str(tmp_path / "gone")])
    with pytest.raises(TrailError, match=r"has no \.json"):
        trail_files([str(tmp_path)])
    with pytest.raises(TrailError, match="stdin can be read once"):
        trail_files(["-", "-"])


def test_a_longer_file_takes_no_more_room(tmp_path: Path):
    def peak(times: int) -> int:
        path = written(tmp_path, json.dumps({"Records": RECORDS * times}), f"{times}.json")
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_events(trail_files([str(path)]))) == times * len(RECORDS)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    size = len(json.dumps(RECORDS)) * 500
    assert size > 4_000_000
    assert peak(500) < peak(100) + size / 10


def test_progress_is_told_of_every_byte(tmp_path: Path):
    path = written(tmp_path, gzip.compress(FORMS["as delivered"].encode()))
    told: list[int] = []
    files = trail_files([str(path)])
    assert len([*read_events(files, told.append)]) == len(RECORDS)
    assert sum(told) == files.size == path.stat().st_size
