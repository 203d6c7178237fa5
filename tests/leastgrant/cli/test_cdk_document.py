"""docs/cdk.md: its app is made as it says, and its commands print what it shows."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

DOCUMENT = ROOT / "docs" / "cdk.md"
REHEARSED = "## See it deployed, on this machine"
"""What begins here is held to the real CDK CLI: tests/local_aws/rehearse/test_document.py."""
CLI = ROOT / "node_modules/.bin/cdk"
ENVIRONMENT = "env=cdk.Environment(account='123456789012', region='eu-west-1'),"


def proved() -> str:
    return DOCUMENT.read_text().partition(REHEARSED)[0]


def stack_of_document() -> str:
    (stack,) = re.findall(r"```python\n(.*?)```", proved(), re.DOTALL)
    return stack


def cdk(folder: Path, *arguments: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = os.environ | {"PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "1"}
    command = [str(CLI), "--no-notices", *arguments]
    done = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    return done.stdout


def make_app(folder: Path, stack: str) -> Path:
    """Make the app in a new folder `shop`, as the document says, and synthesise it."""
    app = folder / "shop"
    app.mkdir(parents=True)
    cdk(app, "init", "app", "--language", "python", "--generate-only")
    (app / "shop" / "shop_stack.py").write_text(stack)
    assert ENVIRONMENT in proved()
    main = app / "app.py"
    made, number = re.subn(r"#env=cdk\.Environment\(account='\d+'.*", ENVIRONMENT, main.read_text())
    assert number == 1
    main.write_text(made)
    cdk(app, "synth", "--quiet")
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader of the document is: the app, synthesised, the bootstrap template and the CI role's policy."""
    folder = make_app(tmp_path_factory.mktemp("reader"), stack_of_document())
    (folder / "bootstrap.yaml").write_text(cdk(folder, "bootstrap", "--show-template"))
    (policy,) = re.findall(r"```json\n(.*?)```", proved(), re.DOTALL)
    (folder / "ci.json").write_text(json.dumps(json.loads(policy)))
    return folder


@pytest.mark.slow
def test_the_commands_of_the_document_print_what_it_shows(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    statuses: list[int] = []
    for block in re.findall(r"```console\n(.*?)```", proved(), re.DOTALL):
        command, shown = block.removeprefix("$ ").split("\n", 1)
        result = run(*shlex.split(command)[1:])
        assert result.out.strip() == shown.strip(), command
        statuses.append(result.status)
    assert statuses == [1, 0, 0], "not proved, written, proved"
