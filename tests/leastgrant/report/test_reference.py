"""The reference of findings: each kind is found in its example, the page is made of it, code scanning leads there."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastgrant.cli import main
from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import DOCS
from leastgrant.report.reference import REFERENCES, Example, Reference, reference_of, reference_page
from leastgrant.report.sarif import RULES
from leastgrant.report.workflow import workflow_sarif
from leastgrant.workflow import WorkflowKind
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"
PLACE = ["--account", "123456789012", "--region", "eu-west-1"]
STEPS = "deploy.yml:deploy:\n  - aws-actions/configure-aws-credentials\n"


def found_in(reference: Reference, folder: Path, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The ids of what the command finds in the example."""
    of_workflows = reference.id.startswith("workflow-")
    file = folder / ("deploy.yml" if reference.of is Example.WORKFLOW else "example.yaml")
    file.write_text(reference.example, encoding="utf-8")
    role, app = str(EXAMPLES / "role.yaml"), str(EXAMPLES / "app.yaml")
    if of_workflows:
        workflow = folder / "deploy.yml"
        if reference.of is not Example.WORKFLOW:
            role = str(file)
            workflow.write_text(REFERENCES["workflow-approval"].example, encoding="utf-8")
        (folder / "steps.yml").write_text(STEPS, encoding="utf-8")
        repository = ["--repository", "acme/shop", "--default-branch", "main"]
        arguments = ["workflow", "--role", role, *PLACE, *repository, str(workflow)]
    else:
        role, app = (role, str(file)) if reference.of is Example.TEMPLATE else (str(file), app)
        arguments = ["check", "--role", role, "--app", app, "--stack-name", "shop", *PLACE]
    given = [str(folder / "steps.yml") if one == "steps.yml" else one for one in reference.given]
    status = main([*arguments, *given, "--format", "json"])
    captured = capsys.readouterr()
    assert status == 1, captured.err
    report: dict[str, Any] = json.loads(captured.out)
    if of_workflows:
        return {f"workflow-{one['kind']}" for one in report["findings"] if not one["note"]}
    return {kind.value for kind in Kind if report[kind.value]}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_each_kind_is_found_in_its_example(
    reference: Reference, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.id in found_in(reference, tmp_path, capsys)


def test_every_kind_has_its_part() -> None:
    assert [*REFERENCES] == [*(kind.value for kind in Kind), *(f"workflow-{kind.value}" for kind in WorkflowKind)]


def test_the_page_is_made_of_it() -> None:
    """To write it anew: python -c 'from leastgrant.report.reference import *; print(reference_page(), end="")'."""
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == reference_page()


def test_a_page_is_in_the_documents() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    for reference in REFERENCES.values():
        path, _, anchor = reference.page.removeprefix(DOCS).partition("#")
        assert (path, f"\n## {anchor}\n" in page) == ("/findings.md", True)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("missing", "missing"),
        ("leastgrant/missing", "missing"),
        ("missing[events:DescribeRule arn:aws:events:eu-west-1:123456789012:rule/a]", "missing"),
        ("leastgrant/workflow-session-name", "workflow-session-name"),
        ("events:DescribeRule", None),
        ("nothing", None),
    ],
)
def test_a_finding_is_named_by_its_id(text: str, id_: str | None) -> None:
    found = reference_of(text)
    assert (found and found.id) == id_


def test_code_scanning_leads_to_the_page() -> None:
    report = json.loads(workflow_sarif([], []))
    (run,) = report["runs"]
    assert {rule["id"]: rule["helpUri"] for rule in run["tool"]["driver"]["rules"]} == {
        f"leastgrant/{id_}": reference.page for id_, reference in REFERENCES.items() if id_.startswith("workflow-")
    }
    assert {f"leastgrant/{kind.value}": rule.page for kind, rule in RULES.items()} == {
        f"leastgrant/{kind.value}": REFERENCES[kind.value].page for kind in Kind
    }


def test_it_is_explained_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "missing[events:DescribeRule arn:aws:events:eu-west-1:123456789012:rule/a]"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("missing: Missing permission\n")
    assert "\nTo fix: Grant the action on the resource" in out
    assert out.endswith(f"{DOCS}/findings.md#missing\n")
