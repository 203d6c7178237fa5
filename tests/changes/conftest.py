"""A copy of the project, to be changed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

_MADE = (".git", ".venv", "node_modules", "cdk.out", "__pycache__", ".hypothesis", "*_cache")
_AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's files, as one commit, with the environment of this project."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_MADE))
    for environment in (".venv", "node_modules"):
        (copy / environment).symlink_to((ROOT / environment).resolve())
    for command in (("init", "--quiet"), ("add", "--all"), (*_AUTHOR, "commit", "--quiet", "--message", "The project")):
        subprocess.run(["git", *command], cwd=copy, check=True)  # noqa: S603, S607  (in a copy)
    return copy
