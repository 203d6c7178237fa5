"""`make synth` holds the project's workflows against the deploy role, and fails if they do not fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from leastgrant.workflow import WorkflowError
from ops.project.assembly import Assembly, AssemblyError
from ops.project.workflows import check_workflows
from settings import Settings
from summary import cli as summary

DEPLOY = """\
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: arn:aws:iam::817685572750:role/dataops-github-actions-deploy
          role-session-name: dataops-v1-deploy
          aws-region: eu-west-1
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "deploy-dataops-v1.yml").write_text(DEPLOY)
    return tmp_path


Change = tuple[str, str, str]
"""What is written instead of what, and what is said then."""


def edit(directory: Path, old: str, new: str) -> None:
    assert old in DEPLOY
    (directory / "deploy-dataops-v1.yml").write_text(DEPLOY.replace(old, new))


def test_the_projects_own_workflows_fit(assembly: Assembly, settings: Settings):
    assert check_workflows(assembly, settings).text().startswith("Proved: ")


def test_a_deploy_workflow_fits(assembly: Assembly, settings: Settings, directory: Path):
    assert check_workflows(assembly, settings, directory).findings == ()


@pytest.mark.parametrize(
    "change",
    [
        (
            "    runs-on: ubuntu-24.04\n",
            "    runs-on: ubuntu-24.04\n    environment: production\n",
            (
                "job `deploy` has `environment: production`: its token's subject is "
                "`repo:DataTalksClub/dataops:environment:production`, which the role does not trust"
            ),
        ),
        ("branches: [main]", "branches: [develop]", "`repo:DataTalksClub/dataops:ref:refs/heads/develop`"),
        ("      id-token: write\n", "", "has no `id-token: write`"),
        ("817685572750", "817685572751", "assumes `arn:aws:iam::817685572751:role/dataops-github-actions-deploy`"),
        ("aws-region: eu-west-1", "aws-region: us-east-1", "the stacks are in `eu-west-1`"),
        ("name: dataops-v1-deploy", "name: deploy", "`dataops-v1-deploy` is declared"),
        ("permissions:\n  contents: read", "permissions: write-all", ""),
    ],
)
def test_a_change_that_breaks_the_fit(assembly: Assembly, settings: Settings, directory: Path, change: Change):
    old, new, said = change
    edit(directory, old, new)
    found = check_workflows(assembly, settings, directory)
    assert found.passed is (not said)
    assert said in " ".join(finding.message for finding in found.findings)


def test_a_role_that_no_longer_trusts_the_branch(assembly: Assembly, settings: Settings, directory: Path):
    found = check_workflows(assembly, replace(settings, github_repo="other"), directory)
    assert "`repo:DataTalksClub/other:ref:refs/heads/main`, which the role does not trust" in found.findings[0].message


def test_who_must_assume_the_role(assembly: Assembly, settings: Settings, directory: Path):
    assert check_workflows(assembly, settings, directory).passed
    edit(directory, "  deploy:\n", "  ship:\n")
    found = check_workflows(assembly, settings, directory).findings
    assert [finding.kind.value for finding in found] == ["declared", "declared"]


def test_the_summary_says_so_and_fails(
    assembly_directory: Path, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    edit(directory, "branches: [main]", "branches: [develop]")
    monkeypatch.setattr(check_workflows, "__defaults__", (directory,))
    assert summary.main([str(assembly_directory)]) == 1
    output = capsys.readouterr().out
    assert "  Workflows                FAILED   1 findings   0 notes" in output
    assert f"{directory}/deploy-dataops-v1.yml:2 (subject)" in output


def test_a_workflow_that_cannot_be_read_is_one_line(
    assembly_directory: Path, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    edit(directory, "id-token: write", "id-token: maybe")
    monkeypatch.setattr(check_workflows, "__defaults__", (directory,))
    assert summary.main([str(assembly_directory)]) == 2
    assert capsys.readouterr().err.startswith(
        f"{directory}/deploy-dataops-v1.yml:11: jobs.deploy.permissions.id-token: is read,"
    )


def test_no_workflow_is_no_proof(assembly: Assembly, settings: Settings, tmp_path: Path):
    with pytest.raises(WorkflowError, match="has no workflow"):
        check_workflows(assembly, settings, tmp_path)


def test_an_assembly_without_the_role(assembly: Assembly, settings: Settings, directory: Path):
    with pytest.raises(AssemblyError, match="has no stack 'dataops-v1-github-actions'"):
        check_workflows(replace(assembly, stacks=()), settings, directory)
