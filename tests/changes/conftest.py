"""A copy of the project, to be changed; and at the end, what each change took."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.changes.playing import TAKEN
from tests.conftest import ROOT

_MADE = (".git", ".venv", "node_modules", "cdk.out", "__pycache__", ".hypothesis", "*_cache")
_AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files, as one commit, with the environment of this project."""
    copy = tmp_path_factory.mktemp("changes") / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_MADE))
    for environment in (".venv", "node_modules"):
        (copy / environment).symlink_to((ROOT / environment).resolve())
    for command in (("init", "--quiet"), ("add", "--all"), (*_AUTHOR, "commit", "--quiet", "--message", "The project")):
        _git(copy, *command)
    return copy


@pytest.fixture
def project(copied: Path) -> Iterator[Path]:
    """The copy, which is as it was after each test."""
    yield copied
    _git(copied, "reset", "--quiet", "--hard")
    _git(copied, "clean", "--quiet", "-d", "--force")


def _git(copy: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=copy, check=True)  # noqa: S603, S607  (in a copy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what each change took by hand."""
    for taken in TAKEN:
        terminalreporter.write_line(taken)
