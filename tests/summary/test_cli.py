"""The summary after `make synth` says what was made, and what was found."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from summary.cli import main


def edit(path: Path, **members: Any) -> None:
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | members))


@pytest.fixture
def directory(assembly_directory: Path, tmp_path: Path) -> Path:
    """A copy of the assembly, to be spoilt."""
    return shutil.copytree(assembly_directory, tmp_path / "cdk.out", ignore=shutil.ignore_patterns("asset.*"))


def test_both_stacks(assembly_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(assembly_directory)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "dataops-v1-github-actions  (account 817685572750, eu-west-1)" in lines
    assert any(re.fullmatch(r" +\d+  AWS::DynamoDB::Table", line) for line in lines)
    assert [line.rpartition(" ")[2] for line in lines if "of 10,240 characters" in line] == [
        "GitHubActionsDeployRole",
        "WorkEngineFunctionRole",
        "DocsFullAppFunctionRole",
    ]
    validations = lines[lines.index("Validations") + 1 :]
    assert [line.split("  ")[1] for line in validations] == [
        "CloudFormation Validate",
        "AwsSolutions",
        "Serverless",
        "Deployment",
        "NothingIsLost",
        "LeastGrant",
        "Workflows",
    ]
    assert all("passed" in line for line in validations)


def test_a_finding_is_shown_and_exits_with_1(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    violation = {"ruleName": "AwsSolutions-S1"}
    reports = [{"pluginName": "AwsSolutions", "conclusion": "failure", "violations": [violation]}]
    edit(directory / "validation-report.json", pluginReports=reports)
    assert main([str(directory)]) == 1
    assert "AwsSolutions             FAILED   1 findings" in capsys.readouterr().out


def test_a_plugin_that_broke_down_exits_with_1(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken: dict[str, object] = {"pluginName": "AwsSolutions", "conclusion": "failure", "violations": []}
    edit(directory / "validation-report.json", pluginReports=[broken])
    assert main([str(directory)]) == 1
    assert "AwsSolutions             FAILED   0 findings" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "members", "message"),
    [
        ("manifest.json", {"artifacts": []}, "manifest.json: artifacts: must be an object"),
        (
            "manifest.json",
            {"artifacts": {"a": {"type": "aws:cloudformation:stack"}}},
            "manifest.json: properties: missing",
        ),
        ("DataOps.template.json", {"Resources": 1}, "DataOps.template.json: Resources: must be an object"),
        ("validation-report.json", {"pluginReports": {}}, "validation-report.json: pluginReports: must be a list"),
    ],
)
def test_a_malformed_assembly_is_one_line_and_exits_with_2(
    directory: Path, capsys: pytest.CaptureFixture[str], file: str, members: dict[str, Any], message: str
) -> None:
    edit(directory / file, **members)
    assert main([str(directory)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert output.err.count("\n") == 1


def test_a_policy_over_the_limit_exits_with_1(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = directory / "DeployRole.template.json"
    resources = json.loads(template.read_text())["Resources"]
    (policy,) = resources["GitHubActionsDeployRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    statements += [statement | {"Sid": f"{statement['Sid']}Again"} for statement in statements]
    edit(template, Resources=resources)
    assert main([str(directory)]) == 1
    assert "of 10,240 characters: policies of GitHubActionsDeployRole  TOO LARGE" in capsys.readouterr().out


def test_a_validation_that_was_not_turned_on_is_not_said_to_have_passed(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "validations.json").write_text('{"AwsSolutions": 0}')
    edit(directory / "validation-report.json", pluginReports=[])
    assert main([str(directory)]) == 0
    assert "Serverless" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory; run 'make synth' first"),
        ("{", "not JSON (Expecting"),
        ("[" * 100_000, "not what cdk writes (nested too deep); run 'make synth' again"),
        ("1", "the document: must be an object"),
    ],
)
def test_an_unreadable_assembly_is_one_line_and_exits_with_2(
    directory: Path, capsys: pytest.CaptureFixture[str], content: str | None, message: str
) -> None:
    manifest = directory / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_text(content)
    assert main([str(directory)]) == 2
    assert message in capsys.readouterr().err


def test_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("usage: python -m summary DIRECTORY")


def test_the_workflows_are_held_to_what_was_synthesised(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`cdk synth -c githubRepositoryId=123`: the settings of the assembly count, not those of cdk.json."""
    template, settings = directory / "DeployRole.template.json", directory / "settings.json"
    trusting = '"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"'
    asking = f'"token.actions.githubusercontent.com:repository_id": "123", {trusting}'
    assert template.read_text().count(trusting) == 1
    template.write_text(template.read_text().replace(trusting, asking))
    assert main([str(directory)]) == 1
    assert "Workflows                FAILED" in capsys.readouterr().out
    edit(settings, context=json.loads(settings.read_text())["context"] | {"githubRepositoryId": "123"})
    assert main([str(directory)]) == 0, capsys.readouterr().out
