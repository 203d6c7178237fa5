"""docs/cdk.md: its app is rehearsed, refused where leastgrant said so, and passes with what is generated."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.test_cdk_document import DOCUMENT, REHEARSED

NAMED = re.compile(r"-[A-Z0-9]{12}\b")
"""What CloudFormation ends a name with, which is another each time."""


@pytest.fixture(scope="module")
def apps(rehearsed_apps: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The app of the document, and what it grows to."""
    assert rehearsed_apps.is_dir(), "jsii runs"
    proved, _, rehearsed = DOCUMENT.read_text().partition(REHEARSED)
    (app,) = re.findall(r"```python\n(.*?)```", proved, re.DOTALL)
    (queue,) = re.findall(r"```python\n(.*?)```", rehearsed, re.DOTALL)
    folder = tmp_path_factory.mktemp("document")
    grown = app.replace("app.synth()", f"{queue}\napp.synth()")
    made: list[Path] = []
    for name, code in (("first", app), ("grown", grown)):
        made.append(folder / name / "cdk.out")
        exec(code.replace("App()", f"App(analytics_reporting=False, outdir={str(made[-1])!r})"), {})  # noqa: S102  (our own documentation)
    return made[0], made[1]


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
        (app.parent / "node_modules").symlink_to(ROOT / "node_modules")
    assert run(first.parent, "cdk", "cdk.out", "--generate", "policies")[0] == 0
    (grown.parent / "policies").symlink_to(first.parent / "policies")
    statuses: list[int] = []
    for app, (command, output) in zip((first, grown, grown), shown, strict=True):
        status, said = run(app.parent, *shlex.split(command)[1:])
        statuses.append(status)
        head, _, end = NAMED.sub("-X", output).strip().partition("\n  …\n")
        assert NAMED.sub("-X", said).strip().startswith(head), command
        assert said.strip().endswith(end.strip()), command
    assert statuses == [0, 1, 1], "passes, predicted, refused"
    assert run(grown.parent, "cdk", "cdk.out", "--generate", "generated")[0] == 0
    assert run(grown.parent, "rehearse", "cdk.out", "--exec-policy", "generated")[0] == 0
