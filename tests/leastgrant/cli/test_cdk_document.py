"""docs/cdk.md: its app is synthesised, and its commands print what it shows."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

DOCUMENT = ROOT / "docs" / "cdk.md"
REHEARSED = "## See it deployed, on this machine"
"""What begins here is held to the real CDK CLI: tests/local_aws/rehearse/test_document.py."""
TEMPLATE = ROOT / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"


def proved() -> str:
    return DOCUMENT.read_text().partition(REHEARSED)[0]


@pytest.fixture(scope="module")
def folder(cdk_apps: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader of the document is: the app's assembly, the bootstrap template and the CI role's policy."""
    assert cdk_apps, "jsii runs"
    folder = tmp_path_factory.mktemp("reader")
    (app,) = re.findall(r"```python\n(.*?)```", proved(), re.DOTALL)
    place = f"App(analytics_reporting=False, outdir={str(folder / 'cdk.out')!r})"
    exec(app.replace("App()", place), {})  # noqa: S102  (our own documentation)
    shutil.copy(TEMPLATE, folder / "bootstrap.yaml")
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
