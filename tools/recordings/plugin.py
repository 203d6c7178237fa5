"""A plugin of pytest, for LocalStack's tests in their own environment: it notes how each compares with its recording.

Not compared, as it differs between recordings of AWS itself, or follows from no behaviour:

- the order of parameters, tags, outputs, details of a change, capabilities and identifiers;
- what is random: UUIDs, suffixes of eight hexadecimal digits, and the last part of names that CloudFormation makes up;
- `Replacement` of what is added, and `LastOperations`, which AWS had in some months only;
- of events, where a recording is older than the test's fixture, all but the order of statuses before the deletion;
- capabilities, where a change set was recorded without any and its template has nothing of IAM: the fixture, which is
  newer, would give them.

Waits are cut short. Marks that would skip a test, or expect it to fail, are removed: they are about LocalStack.
"""

from __future__ import annotations

import json
import os
import re
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import botocore.client
import pytest

_wait = time.sleep
time.sleep = lambda seconds: _wait(min(seconds, 0.03))

OUTCOMES = Path(os.environ["RECORDINGS_OUTCOMES"])
_NOT_MODELLED = re.compile(r"NOT MODELLED[^\"\\]{0,160}|is not modelled by the emulator")
_TEXTS = {"ErrorMessage", "Message", "Reason", "ResourceStatusReason", "StackStatusReason", "StatusReason"}
_UNORDERED = {
    "Capabilities",
    "Details",
    "LogicalResourceIds",
    "Outputs",
    "Parameters",
    "ResourceIdentifierSummaries",
    "ResourceTypes",
    "Tags",
}
_RANDOM = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"-[0-9a-f]{8}(?![0-9a-f])"), "-<random>"),
    (re.compile(r"-(?=[A-Za-z]*[0-9])[A-Za-z0-9]{12,13}(?![A-Za-z0-9])|-[A-Za-z0-9]{12}(?=$|[/:.])"), "-<random>"),
    (re.compile(r" \(reached max retries: \d+\)"), ""),
)
_MARKS = {"skip", "skipif", "xfail"}
_NAMES_LATEST = "per-resource-events"

_answers: list[str] = []
_bare = [False]


@cache
def _recordings(test_file: Path) -> dict[str, Any]:
    file = test_file.with_suffix(".snapshot.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Keep the tests that have a recording, and have each of them run."""
    items[:] = [item for item in items if item.nodeid in _recordings(item.path)]
    for item in items:
        for node in item.listchain():
            node.own_markers[:] = [mark for mark in node.own_markers if mark.name not in _MARKS]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: Any) -> None:
    """Look whether its change set was recorded without capabilities."""
    _answers.clear()
    recorded = _recordings(item.path)[item.nodeid].get("recorded-content", {})
    shapes = (one for name, one in recorded.items() if name.startswith("describe-change-set-1"))
    first = next((one for one in shapes if isinstance(one, dict)), None)
    _bare[0] = first is not None and first.get("Capabilities") == []


_call = botocore.client.BaseClient._make_api_call


def _called(self: Any, name: str, params: dict[str, Any]) -> Any:
    if name == "CreateChangeSet" and _bare[0] and "AWS::IAM" not in str(params.get("TemplateBody")):
        params = {key: value for key, value in params.items() if key != "Capabilities"}
    try:
        answered = _call(self, name, params)
    except Exception as error:
        _answers.append(f"{name}: {error}")
        raise
    if self.meta.service_model.service_name == "cloudformation":
        _answers.append(f"{name}: {json.dumps(answered, default=str)}")
    return answered


botocore.client.BaseClient._make_api_call = _called


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    """Note the outcome."""
    report = (yield).get_result()
    if call.when == "setup" and call.excinfo is not None:
        _note(item, "skipped" if report.skipped else "setup", [str(call.excinfo.value)[:500]])
    elif call.when == "call":
        _note(item, *_outcome(call.excinfo, skipped=report.skipped))


def _outcome(raised: Any, *, skipped: bool) -> tuple[str, list[str]]:
    if raised is None:
        return "agree", []
    if skipped:
        return "skipped", [str(raised.value)]
    compared = isinstance(raised.value, import_module("localstack_snapshot.snapshots").SnapshotAssertionError)
    kind, lines = _differences(raised.value) if compared else ("behaviour", [_line(raised.value)])
    missing = sorted({found[0][:170] for text in _answers for found in _NOT_MODELLED.finditer(text)})
    return ("not modelled", [*missing, *lines]) if missing else (kind, lines)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"


def _differences(error: Any) -> tuple[str, list[str]]:
    kinds: set[str] = set()
    lines: list[str] = []
    for result in (one for one in error.result if not one):
        for how, found in result.result.items():
            for one in found:
                path = one.path(output_format="list")
                last = next((part for part in reversed(path) if isinstance(part, str)), None)
                lines.append(f"{result.key} {path}: AWS {str(one.t1)[:200]!r}, here {str(one.t2)[:200]!r}")
                if how == "values_changed" and last in _TEXTS:
                    kinds.add("text")
                else:
                    is_key = how in ("dictionary_item_added", "dictionary_item_removed")
                    kinds.add("fields" if is_key else "behaviour")
    return next((kind for kind in ("behaviour", "fields", "text") if kind in kinds), "behaviour"), lines


def _note(item: Any, kind: str, why: list[str]) -> None:
    with OUTCOMES.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"test": item.nodeid, "kind": kind, "why": why}) + "\n")


def _comparable(value: Any, key: str | None = None) -> Any:
    if isinstance(value, dict):
        added = value.get("Action") == "Add"
        return {
            name: _comparable(member, name)
            for name, member in value.items()
            if name != "LastOperations" and not (name == "Replacement" and added)
        }
    if isinstance(value, list):
        items = [_comparable(one) for one in value]
        are_tags = bool(items) and all(isinstance(one, dict) and set(one) == {"Key", "Value"} for one in items)
        if key in _UNORDERED or are_tags:
            items.sort(key=lambda one: json.dumps(one, sort_keys=True))
        return items
    if isinstance(value, str):
        for pattern, put in _RANDOM:
            value = pattern.sub(put, value)
    return value


def _of_events(recorded: Any, made: Any) -> tuple[Any, Any]:
    """Return the statuses alone, of a recording that is older than the fixture: newest first, up to the deletion."""
    old = {name if name in made else "Stack": _statuses(events[::-1]) for name, events in recorded.items()}
    new: dict[str, list[str]] = {}
    for name, events in made.items():
        found = _statuses(events)
        ends = found[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"] and old.get(name) != found
        new[name] = found[:-2] if ends else found
    return old, new


def _statuses(events: list[dict[str, Any]]) -> list[str]:
    kept: list[str] = []
    for event in events:
        status = event["ResourceStatus"]
        if status != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" and kept[-1:] != [status]:
            kept.append(status)
    return kept


_match: Any = import_module("localstack_snapshot.snapshots.prototype").SnapshotMatchResult
_compared = _match.__init__


def _compare(self: Any, recorded: Any, made: Any, key: str = "") -> None:
    if key == _NAMES_LATEST and isinstance(recorded, dict) and any(e and "EventId" in e[0] for e in recorded.values()):
        recorded, made = _of_events(recorded, made)
    _compared(self, _comparable(recorded), _comparable(made), key)


_match.__init__ = _compare
