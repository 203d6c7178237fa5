"""docs/cdk.md: its app is rehearsed, refused where leastgrant said so, and passes with what is generated."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.test_cdk_document import DOCUMENT, REHEARSED, make_app, stack_of_document

NAMED = re.compile(r"-[A-Z0-9]{12}\b")
"""What CloudFormation ends a name with, which is another each time."""


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The app of the document, and what it grows to."""
    stack, rehearsed = stack_of_document(), DOCUMENT.read_text().partition(REHEARSED)[2]
    (queue,) = re.findall(r"```python\n(.*?)```", rehearsed, re.DOTALL)
    imported, made = queue.strip().split("\n\n")
    grown = f"{imported}\n{stack}        {made}\n"
    folder = tmp_path_factory.mktemp("document")
    first, second = (make_app(folder / name, code) for name, code in (("first", stack), ("grown", grown)))
    return first, second


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-m", "leastgrant", *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(  # noqa: S603  (our own)
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout


@pytest.mark.slow
def test_the_document_s_app_is_rehearsed_as_it_shows(apps: tuple[Path, Path]) -> None:
    first, grown = apps
    section = DOCUMENT.read_text().partition(REHEARSED)[2].partition("\n## ")[0]
    shown = [
        block.removeprefix("$ ").split("\n", 1) for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    ]
    for app in (first, grown):
        (app / "node_modules").symlink_to(ROOT / "node_modules")
    assert run(first, "cdk", "cdk.out", "--generate", "policies")[0] == 0
    (grown / "policies").symlink_to(first / "policies")
    statuses: list[int] = []
    for app, (command, output) in zip((first, grown, grown), shown, strict=True):
        status, said = run(app, *shlex.split(command)[1:])
        statuses.append(status)
        head, _, end = NAMED.sub("-X", output).strip().partition("\n  …\n")
        assert NAMED.sub("-X", said).strip().startswith(head), command
        assert said.strip().endswith(end.strip()), command
    assert statuses == [0, 1, 1], "passes, predicted, refused"
    assert run(grown, "cdk", "cdk.out", "--generate", "generated")[0] == 0
    assert run(grown, "rehearse", "cdk.out", "--exec-policy", "generated")[0] == 0
