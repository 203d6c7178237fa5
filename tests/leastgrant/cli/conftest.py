"""Runs the command line in process, in the folder of the samples."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from leastgrant.cli import main

SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class Result:
    """What a run gave."""

    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(SAMPLES)

    def run_main(*arguments: object) -> Result:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run_main


@pytest.fixture
def place() -> list[str]:
    return ["--account", "123456789012", "--region", "eu-west-1"]


@pytest.fixture
def orders(place: list[str]) -> list[str]:
    return ["--app", "orders.yaml", "--stack-name", "orders", *place]


@pytest.fixture
def queue(place: list[str]) -> list[str]:
    return ["--app", "queue.json", "--stack-name", "orders", *place]
