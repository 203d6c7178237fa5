"""The command line itself: what it takes for a command, and what it is without its dependencies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.cli import main
from ops.terminal.result import ExitStatus
from tests.conftest import ROOT


def test_half_an_option_executes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--exec"]) == ExitStatus.PROBLEM
    assert capsys.readouterr().err == "ops: unrecognized arguments: --exec (see ops --help)\n"


def test_a_python_without_its_dependencies_is_a_problem_and_not_a_finding() -> None:
    bare = [sys.executable, "-S", "-m", "ops", "watch"]
    ran = subprocess.run(bare, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603  (this Python)
    assert (ran.returncode, ran.stdout) == (ExitStatus.PROBLEM, "")
    assert ran.stderr.startswith("ops: No module named ")
    assert ran.stderr.endswith("run it with this project's .venv/bin/python, which 'make preflight' makes\n")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AWS_ENDPOINT_URL": "nonsense"}, "the AWS settings are wrong: Invalid endpoint: nonsense"),
        ({"AWS_ENDPOINT_URL": "http://localhost:99999"}, "the AWS settings are wrong: Port out of range 0-65535"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found: set AWS_PROFILE to a profile"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "missing"}, "the AWS credentials cannot be read: [Errno 2] No such file"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "binary"}, "the AWS credentials cannot be read: 'utf-8' codec can't decode"),
        ({}, "no AWS credentials: log in, or set AWS_PROFILE, and try again"),
    ],
)
def test_what_is_wrong_with_the_environment_is_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: dict[str, str],
    said: str,
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    for name in (name for name in os.environ if name.startswith("AWS_")):
        monkeypatch.delenv(name)
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::817685572750:role/dataops-github-actions-deploy")
    for name, value in (nowhere | variables).items():
        monkeypatch.setenv(name, str(tmp_path / value) if name.endswith("_FILE") else value)
    assert main(["watch"]) == ExitStatus.PROBLEM
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"ops: {said}")
