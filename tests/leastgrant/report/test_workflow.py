"""The formats say where, what and how to fix it."""

import json

from leastgrant.report.workflow import workflow_json, workflow_sarif, workflow_text
from leastgrant.workflow import parse_workflow
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from tests.leastgrant.workflow.contract import DEPLOY

WORKFLOWS = [parse_workflow(DEPLOY, ".github/workflows/deploy.yml")]
FOUND = (
    WorkflowFinding(
        WorkflowKind.REGION,
        "job `deploy` is \x1b[31m elsewhere",
        "come back",
        ".github/workflows/deploy.yml",
        9,
        "deploy",
    ),
    WorkflowFinding(
        WorkflowKind.SUBJECT, "job `deploy` may be refused", "say so", ".github/workflows/deploy.yml", 9, "deploy", True
    ),
)


def test_text():
    assert workflow_text(WORKFLOWS, FOUND) == (
        ".github/workflows/deploy.yml:9 (region)\n"
        "    Job `deploy` is \\x1b[31m elsewhere\n"
        "      To fix: come back\n"
        ".github/workflows/deploy.yml:9 (note)\n"
        "    Job `deploy` may be refused\n"
        "      If you like: say so\n"
        "\n"
        "Not proved: 1 region in 1 workflow, 1 job, 1 note.\n"
    )
    assert workflow_text(WORKFLOWS, ()) == "Proved: 1 workflow, 1 job.\n"
    assert workflow_text(WORKFLOWS, FOUND[1:]).endswith("\nProved: 1 workflow, 1 job, 1 note.\n")


def test_json():
    report = json.loads(workflow_json(WORKFLOWS, FOUND))
    assert (report["proved"], report["workflows"]) == (False, [".github/workflows/deploy.yml"])
    assert [(one["kind"], one["note"], one["line"], one["job"]) for one in report["findings"]] == [
        ("region", False, 9, "deploy"),
        ("subject", True, 9, "deploy"),
    ]


def test_sarif():
    (run,) = json.loads(workflow_sarif(WORKFLOWS, (*FOUND, FOUND[0])))["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = run["results"]
    assert [rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results] == [True] * 3
    assert [one["level"] for one in results] == ["error", "note", "error"]
    assert results[0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": ".github/workflows/deploy.yml"},
        "region": {"startLine": 9},
    }
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]
    assert len(set(prints)) == 3
