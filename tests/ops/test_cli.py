"""The command line itself: what it takes for a command, and what it is without its dependencies."""

import subprocess
import sys

import pytest

from ops.answer import Status
from ops.cli import main
from tests.conftest import ROOT


def test_half_an_option_executes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--exec"]) == Status.PROBLEM
    assert capsys.readouterr().err == "ops: unrecognized arguments: --exec (see ops --help)\n"


def test_a_python_without_its_dependencies_is_a_problem_and_not_a_finding() -> None:
    bare = [sys.executable, "-S", "-m", "ops", "watch"]
    ran = subprocess.run(bare, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603  (this Python)
    assert (ran.returncode, ran.stdout) == (Status.PROBLEM, "")
    assert ran.stderr.startswith("ops: No module named ")
    assert ran.stderr.endswith("run it with this project's .venv/bin/python, which 'make preflight' makes\n")
