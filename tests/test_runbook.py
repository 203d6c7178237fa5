"""What the runbook tells an operator to type exists, and what it says that the tools answer is what they can answer."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel, StringShape
from botocore.session import get_session

from leastgrant.knowledge import authorization
from ops.checks.result import CheckVerdict
from ops.checks.role_is_current import STALE
from ops.cli import COMMANDS, parser_of_commands
from ops.errors import OpsError
from ops.stack.state import CAN_BE_UPDATED, CANNOT_BE_UPDATED
from rehearsal.__main__ import main as rehearsal
from stacks.names import AppFunction
from tests.conftest import ROOT

RUNBOOK = ROOT / "docs" / "runbook.md"
PAGES = (RUNBOOK, *sorted((ROOT / "docs" / "runbook").glob("*.md")))
OPERATING = (*PAGES, ROOT / "docs" / "rehearsal.md", ROOT / "docs" / "delivery.md")
LINKING = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
MAKEFILE = (ROOT / "Makefile").read_text()
FAILURES = {
    "rolled-back",
    "update-rollback-failed",
    "orphaned-table",
    "stale-role",
    "drifted-resource",
    "refused-login",
}


def wrong_commands(text: str) -> list[str]:
    """Each command of a text that does not exist, with why."""
    faults = [(line, fault) for line in _commands(text) if (fault := _fault(line))]
    return [f"{line}: {fault}" for line, fault in faults]


def _commands(text: str) -> Iterator[str]:
    """The commands in code: of a block those at the beginning of a line, or after its `#`; of a line all of it."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [part.strip() for block in blocks for line in block.splitlines() for part in _parts(line)]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    yield from (
        line for line in (*lines, *spans) if re.match(r"(\$ )?(make [a-z]|python -m ops|aws [a-z0-9]+ [a-z])", line)
    )


def _parts(line: str) -> list[str]:
    """A line, without what tools print around a command."""
    return re.sub(r"   \(.*\)$|^To (go ahead|delete it): ", "", line.strip()).split("  # ")


_NOW = re.compile(r"\$\(date -u [^)]*\)")


def _fault(line: str) -> str | None:
    program, *words = shlex.split(_NOW.sub("2026-11-25T12:00:00Z", line.removeprefix("$ ").partition(" > ")[0]))
    match program:
        case "make":
            return _fault_of_make(words)
        case "python":
            return _fault_of_rehearsal(words[2:]) if words[1] == "rehearsal" else _fault_of_ops(words[2:])
        case _:
            return _fault_of_aws(words)


def _fault_of_ops(arguments: list[str]) -> str | None:
    try:
        parser_of_commands().parse_args(arguments)
    except OpsError as error:
        return str(error)
    return None


def _fault_of_rehearsal(arguments: list[str]) -> str | None:
    unknown = {word for word in arguments if word.startswith("--")} - {"--port", "--transcript", "--hold", "--calls"}
    return f"no option of the rehearsal: {unknown}" if unknown else None


def _fault_of_make(words: list[str]) -> str | None:
    target, *variables = words
    recipe = re.search(rf"^{re.escape(target)}:.*##.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    if recipe is None:
        return "no target of the Makefile"
    values = dict(variable.split("=", 1) for variable in variables)
    if unknown := [name for name in values if f"$({name})" not in MAKEFILE]:
        return f"no variable of the Makefile: {unknown}"
    arguments = shlex.split(values.get("ARGS", ""))
    if "rehearsal" in recipe[1]:
        return _fault_of_rehearsal(arguments)
    return _fault_of_ops([target, *arguments]) if f"python -m ops {target} $(ARGS)" in recipe[1] else None


def _fault_of_aws(words: list[str]) -> str | None:
    service, operation, *arguments = words
    try:
        model = service_model(service)
    except UnknownServiceError:
        return "no service of AWS"
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return "no operation of the service"
    shape = model.operation_model(names[operation]).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set[str]()
    options = {word.removeprefix("--") for word in arguments if word.startswith("--")}
    if unknown := options - known - {"region"}:  # which every command of the AWS CLI takes
        return f"no option of the operation: {unknown}"
    named = [value for option, value in pairwise(arguments) if option == "--region"]
    return None if service == "sts" or named == ["eu-west-1"] else "names no --region: a profile may have another"


@cache
def service_model(name: str) -> ServiceModel:
    return get_session().get_service_model(name)


def wrong_links(path: Path, text: str) -> list[str]:
    """Each link of a document that leads nowhere."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [target for target in targets if "://" not in target and not _leads_somewhere(path, target)]


def _leads_somewhere(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    found = (path.parent / file) if file else path
    return found.exists() and (not anchor or anchor in _anchors(found.read_text()))


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def unknown_statuses(text: str) -> set[str]:
    """What looks like a status of CloudFormation, and is none."""
    said = re.findall(r"\b[A-Z]+(?:_[A-Z]+)*_(?:\w*COMPLETE|\w*FAILED|\w*PROGRESS|SKIPPED)\w*", text)
    of_resource = service_model("cloudformation").shape_for("ResourceStatus")
    assert isinstance(of_resource, StringShape)
    return set(said) - CAN_BE_UPDATED - set(CANNOT_BE_UPDATED) - set(of_resource.enum)


CHECKS = "".join((ROOT / "ops" / "commands" / f"{command}.py").read_text() for command in ("preflight", "smoke"))
CHECKS += "".join(f'"{function}"' for function in AppFunction)  # which verify-code has in its rows


def unknown_checks(text: str) -> set[str]:
    """The rows of the tables of preflight and smoke, and the names in text, that no check has."""
    verdicts = "|".join(verdict.value for verdict in CheckVerdict)
    rows = re.findall(rf"^  (\S(?:.*?\S)?)  +(?:{verdicts})  ", text, re.MULTILINE)
    names = re.findall(r"`((?:deploy role|secret): [^`]*|OIDC \w+|artifact \w+)`", text)
    checked = [re.sub(r"dataops-v1(-github-actions)?$", "{stack.name}", name) for name in (*rows, *names)]
    return {name for name in checked if f'"{name}"' not in CHECKS}


def permissions() -> dict[str, set[str]]:
    table = RUNBOOK.read_text().partition("<!-- permissions -->")[2].partition("<!-- /permissions -->")[0]
    rows = [row.strip("|").split("|") for row in table.strip().splitlines()[2:]]
    return {row[0].strip().strip("`"): set(re.findall(r"`([a-z0-9]+:\w+)`", row[1])) for row in rows}


@pytest.mark.parametrize("path", OPERATING, ids=lambda path: path.stem)
def test_every_command_exists(path: Path) -> None:
    assert list(_commands(path.read_text()))
    assert wrong_commands(path.read_text()) == []


@pytest.mark.parametrize("path", LINKING, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert wrong_links(path, path.read_text()) == []


@pytest.mark.parametrize("path", OPERATING, ids=lambda path: path.stem)
def test_every_status_and_check_exists(path: Path) -> None:
    assert unknown_statuses(path.read_text()) == set()
    assert unknown_checks(path.read_text()) == set()


def test_every_failure_has_a_page_that_says_how_it_is_over() -> None:
    assert {path.stem for path in PAGES[1:]} == FAILURES
    for path in PAGES[1:]:
        headings = re.findall(r"^## (.*)$", path.read_text(), re.MULTILINE)
        assert headings == ["Symptoms", "The one command", "What to do", "Never", "It is over when"], path.name
        assert f"runbook/{path.name}" in RUNBOOK.read_text()


def test_each_gate_has_its_command_and_says_how_to_go_back() -> None:
    gates = re.split(r"^### ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    assert [gate[0] for gate in gates] == list("1234567")
    for gate in gates:
        assert "python -m ops " in gate
        assert all(
            word in gate
            for word in ("\nmake ", "**Bad**", "deploy the code of before" if gate[0] == "7" else "**Back**")
        )


def test_each_command_has_its_permissions() -> None:
    assert {name.split()[0] for name in permissions()} == {"all", *COMMANDS}
    for command, actions in permissions().items():
        assert actions
        unknown = {name for name in actions if authorization.action(name) is None}
        assert unknown == set(), command


def test_the_stale_role_is_named_as_ops_names_it() -> None:
    assert all(STALE in path.read_text() for path in PAGES if path.stem in {"runbook", "stale-role"})


@pytest.mark.parametrize("command", ["preflight", "review", "reconcile", "simulate", "deploy-role"])
def test_what_is_meant_for_a_command_does_not_go_to_its_synthesis(command: str) -> None:
    made = would_run(command, "ARGS=--meant-for-ops", "SETTINGS=-c a=b")
    (synth,) = (line for line in made if " synth " in line)
    assert "-c a=b" in synth
    assert "--meant-for-ops" not in synth
    assert any(line.startswith(f"python -m ops {command} --meant-for-ops") for line in made)
    assert any("--meant-for-cdk" in line for line in would_run("synth", "ARGS=--meant-for-cdk") if " synth " in line)


@pytest.mark.parametrize(
    ("arguments", "approval"),
    [
        ((), "broadening"),
        (("ARGS=--method=prepare-change-set",), "never"),
        (("ARGS=--method=execute-change-set",), "broadening"),
        (("ARGS=--method=execute-change-set", "APPROVAL=never"), "never"),
        (("ARGS=--method=prepare-change-set", "APPROVAL=any-change"), "any-change"),
    ],
)
def test_what_is_only_prepared_is_not_asked_about(arguments: tuple[str, ...], approval: str) -> None:
    (made,) = (line for line in would_run("deploy", *arguments) if " deploy " in line)
    assert f" --require-approval {approval} " in made


def would_run(*arguments: str) -> list[str]:
    there = ("-o", ".venv/.app", "-o", ".venv/.ops", "-o", "node_modules/.cli")
    command = ["make", "--dry-run", "--no-print-directory", *there, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.splitlines()  # noqa: S603


def test_the_rehearsal_has_the_options_that_its_page_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        rehearsal(["--help"])
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--port", "--transcript"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("make simulat", "no target of the Makefile"),
        ("make lint", None),
        ('make review ARGS="dataops-v1 --changeset adopt"', "unrecognized arguments"),
        ('make review SETTING="-c a=b"', "no variable of the Makefile"),
        ("make review", "the following arguments are required: STACK"),
        ('make rehearse ARGS="--record FILE"', "no option of the rehearsal"),
        ("python -m ops recncile --execute", "invalid choice"),
        ("python -m ops watch --timeout soon", "is no number of seconds"),
        ("python -m ops simulate --json > role-before.json", None),
        ("aws cloudformation continue-rollback --stack-name dataops-v1", "no operation of the service"),
        ("aws cloudformation continue-update-rollback --skip-resources X", "no option of the operation"),
        ("aws cloudformations describe-stacks", "no service of AWS"),
        ("aws cloudformation describe-stacks", "names no --region"),
        ("aws cloudformation describe-stacks --region us-east-1", "names no --region"),
        ("aws cloudformation describe-stacks --region eu-west-1", None),
        ("aws sts get-caller-identity", None),
    ],
)
def test_a_command_that_does_not_exist_is_found(line: str, fault: str | None) -> None:
    for text in (f"```\n{line}          # so\n```", f"Then run `{line}`."):
        found = wrong_commands(text)
        assert len(found) == (fault is not None)
        assert fault is None or fault in found[0]


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = "[a](runbook/stale.md), [b](runbook.md#7-celebrate), [c](runbook.md#7-smoke), [d](https://aws.amazon.com)"
    assert wrong_links(ROOT / "docs" / "rehearsal.md", text) == ["runbook/stale.md", "runbook.md#7-celebrate"]


def test_a_status_or_a_check_that_there_is_not_is_found() -> None:
    assert unknown_statuses("UPDATE_ROLLBACK_COMPLETED after CREATE_FAILED, then DELETE_SKIPPED") == {
        "UPDATE_ROLLBACK_COMPLETED"
    }
    table = "  stack dataops-v1          good     …\n  deploy role: is current   found    …\n"
    assert unknown_checks(f"{table} and `secret: portal`") == {"deploy role: is current", "secret: portal"}
