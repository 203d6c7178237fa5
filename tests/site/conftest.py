"""The site as `make docs` has just made it, and a way to make it anew from changed pages."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

SITE = ROOT / "site"


def _command() -> str:
    recipe = re.search(r"^docs: .*\n\t@(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    return recipe[1]


COMMAND = _command()
"""What `make docs` builds the site with."""

Build = Callable[[str, str], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    """The pages of the site, by their paths in it."""
    found = {path.relative_to(SITE).as_posix(): path.read_text() for path in SITE.rglob("*.html")}
    assert found, "there is no site: `make docs` makes it, and runs these tests"
    return found


@pytest.fixture
def build_with(tmp_path: Path) -> Build:
    """Build the site strictly with something added to one of its pages."""

    def build(page: str, added: str) -> "subprocess.CompletedProcess[str]":
        for name in ("action", "docs", "leastgrant", "tools"):
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("mkdocs.yml", "CONTRIBUTING.md"):
            shutil.copy(ROOT / name, tmp_path)
        with (tmp_path / "docs" / page).open("a") as file:
            file.write(f"\n{added}\n")
        return subprocess.run(  # noqa: S602  (the Makefile's own command)
            COMMAND,
            shell=True,
            cwd=tmp_path,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            check=False,
            text=True,
        )

    return build
