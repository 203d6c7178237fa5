"""What the documents say of the deploy role and of the commands is so."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leastgrant.cli import main as leastgrant
from tests.conftest import ROOT
from tests.json_values import as_list
from tests.stacks.deploy_role.test_role import is_tied, statements

DOCUMENT = (ROOT / "docs" / "deploy-role.md").read_text()
LIVE = ROOT / "live" / "dataops-v1-github-actions.json"


def table(mark: str) -> list[list[str]]:
    rows = DOCUMENT.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def allowed(statement: dict[str, Any]) -> set[tuple[str, str]]:
    return {(action, arn) for action in as_list(statement["Action"]) for arn in as_list(statement["Resource"])}


def service(action: str) -> str:
    return action.partition(":")[0]


def live_statements() -> list[dict[str, Any]]:
    role = json.loads(LIVE.read_text())["Resources"]["GitHubActionsDeployRole"]["Properties"]
    return role["Policies"]["dataops-v1-deploy"]["PolicyDocument"]["Statement"]


def test_every_statement_is_shown(role_template: dict[str, Any]) -> None:
    assert [row[0].strip("`") for row in table("statements")] == list(statements(role_template))


def test_every_deviation_from_the_live_policy_is_explained(role_template: dict[str, Any]) -> None:
    live = {pair for statement in live_statements() for pair in allowed(statement)}
    services = {service(action) for action, _ in live}  # what is granted of others is no deviation, but an addition
    of_live = [
        one for one in statements(role_template).values() if not is_tied(one)
    ]  # what is tied is named by no name
    now = {pair for statement in of_live for pair in allowed(statement) if service(pair[0]) in services}
    conditional = {action for s in of_live if "Condition" in s for action in as_list(s["Action"])}
    explained = {name for row in table("deviations") for name in re.findall(r"`([^`]+)`", row[0])}
    whole_resources_gone = ("aws-sam-cli-managed-default-*", "Serverless-2016-10-31", "-*/index/*", "-*:*")
    unexplained = {
        (action, arn)
        for action, arn in live ^ now
        if action not in explained and not any(name in explained and name in arn for name in whole_resources_gone)
    }
    assert unexplained == set()
    assert conditional <= explained
    assert {name for name in explained if re.fullmatch(r"[a-z0-9]+:[A-Z]\w+", name)} <= (
        {action for action, _ in live ^ now} | conditional
    ), "a deviation that is none"


def test_every_make_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {(path.name, name) for path in documents for name in re.findall(r"\bmake ([a-z-]+)", code(path))}
    assert named
    assert {name for _, name in named} <= targets


def code(path: Path) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`]+`", path.read_text(), re.DOTALL))


@pytest.mark.parametrize(("document", "commands"), [("leastgrant.md", 4), ("evidence.md", 3), ("gitlab.md", 1)])
def test_the_commands_of_a_document_print_what_it_shows(
    document: str, commands: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / document).read_text()
    blocks = re.findall(r"```console\n\$ python -m leastgrant ((?:[^\n]*\\\n)*[^\n]*)\n(.*?)\n```", text, re.DOTALL)
    assert len(blocks) == commands
    for command, shown in blocks:
        leastgrant(shlex.split(command.replace("\\\n", " ")))
        assert capsys.readouterr().out.rstrip() == shown


def typed(document: str) -> list[tuple[str, str]]:
    """The commands of a document's consoles, each with what is shown below it."""
    consoles = re.findall(r"```console\n(.*?)\n```", document, re.DOTALL)
    found = [re.findall(r"^\$ ((?:.*\\\n)*.*)\n?((?:(?!\$ ).*\n?)*)", console, re.MULTILINE) for console in consoles]
    return [(command, shown.rstrip()) for console in found for command, shown in console]


def test_the_commands_of_the_tutorial_print_what_it_shows_in_a_shell(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "tutorial.md").read_text()
    assert f"```yaml\n{(ROOT / 'docs' / 'examples' / 'app.yaml').read_text()}```" in document
    shutil.copytree(ROOT / "docs" / "examples", tmp_path, dirs_exist_ok=True)
    commands = typed(document)
    assert len(commands) == 11
    mark = "-- the next --"
    script = [f'leastgrant() {{ "{sys.executable}" -m leastgrant "$@"; }}']
    script += [f"{command}\necho '{mark}'" for command, _ in commands]
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(  # noqa: S603  (the tutorial's own commands)
        [bash, "-c", "\n".join(script)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    printed = [part.strip("\n") for part in done.stdout.split(mark)]
    assert printed[:-1] == [shown for _, shown in commands]


def test_each_command_is_named_where_a_newcomer_looks() -> None:
    for path in ("README.md", "leastgrant/README.md", "docs/index.md"):
        text = (ROOT / path).read_text()
        for command in ("demo", "check", "cdk", "denied", "rehearse"):
            assert f"leastgrant {command}" in text, f"{path} does not say that there is leastgrant {command}"
