"""`make synth` holds the project's workflows against the deploy role, and fails if they do not fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from leastgrant.workflow import WorkflowError
from ops.project.assembly import Assembly, AssemblyError
from ops.project.workflows import check_workflows
from settings import Settings
from summary import cli as summary
from tests.conftest import ROOT

DEPLOY = (ROOT / ".github" / "workflows" / "deploy-dataops-v1.yml").read_text()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "deploy-dataops-v1.yml").write_text(DEPLOY)
    return tmp_path


Change = tuple[str, str, str]
"""What is written instead of what, and what is said then."""


def edit(directory: Path, old: str, new: str) -> None:
    assert old in DEPLOY
    (directory / "deploy-dataops-v1.yml").write_text(DEPLOY.replace(old, new))


def line_of(text: str) -> int:
    return DEPLOY[: DEPLOY.index(text)].count("\n") + 1


def test_the_projects_own_workflows_fit(assembly: Assembly, settings: Settings):
    assert check_workflows(assembly, settings).text().startswith("Proved: ")


def test_a_deploy_workflow_fits(assembly: Assembly, settings: Settings, directory: Path):
    assert check_workflows(assembly, settings, directory).findings == ()


@pytest.mark.parametrize(
    "change",
    [
        (
            "    name: Deploy dataops-v1\n",
            "    environment: production\n",
            (
                "job `deploy` has `environment: production`: its token's subject is "
                "`repo:DataTalksClub/dataops:environment:production`, which the role does not trust"
            ),
        ),
        (
            "== 'refs/heads/main'",
            "== 'refs/heads/develop'",
            "starts on `workflow_dispatch`: its token's subject may be any of",
        ),
        ("      id-token: write\n", "", "has no `id-token: write`"),
        ("817685572750", "817685572751", "assumes `arn:aws:iam::817685572751:role/dataops-github-actions-deploy`"),
        ("aws-region: eu-west-1", "aws-region: us-east-1", "the stacks are in `eu-west-1`"),
        ("name: dataops-v1-deploy", "name: deploy", "`dataops-v1-deploy` is declared"),
        ("permissions:\n  contents: read", "permissions: write-all", "job `checks` inherits `permissions: write-all`"),
    ],
)
def test_a_change_that_breaks_the_fit(assembly: Assembly, settings: Settings, directory: Path, change: Change):
    old, new, said = change
    edit(directory, old, new)
    found = check_workflows(assembly, settings, directory)
    assert not found.passed
    assert said in " ".join(finding.message for finding in found.findings)


def test_a_role_that_no_longer_trusts_the_branch(assembly: Assembly, settings: Settings, directory: Path):
    found = check_workflows(assembly, replace(settings, github_repo="other"), directory)
    subject = "its token's subject may be any of `repo:DataTalksClub/other:ref:refs/heads/main`"
    (refused,) = (finding.message for finding in found.findings if subject in finding.message)
    assert refused.endswith("and the role trusts none of them")


def test_who_must_assume_the_role(assembly: Assembly, settings: Settings, directory: Path):
    assert check_workflows(assembly, settings, directory).passed
    edit(directory, "  deploy:\n", "  ship:\n")
    found = check_workflows(assembly, settings, directory).findings
    assert [finding.kind.value for finding in found] == ["declared", "declared"], found


def test_the_summary_says_so_and_fails(
    assembly_directory: Path, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    edit(directory, "aws-region: eu-west-1", "aws-region: us-east-1")
    monkeypatch.setattr(check_workflows, "__defaults__", (directory,))
    assert summary.main([str(assembly_directory)]) == 1
    output = capsys.readouterr().out
    assert "  Workflows                FAILED   2 findings   0 notes" in output
    assert f"{directory}/deploy-dataops-v1.yml:{line_of('aws-region')} (region)" in output


def test_a_workflow_that_cannot_be_read_is_one_line(
    assembly_directory: Path, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    edit(directory, "id-token: write", "id-token: maybe")
    monkeypatch.setattr(check_workflows, "__defaults__", (directory,))
    assert summary.main([str(assembly_directory)]) == 2
    assert capsys.readouterr().err.startswith(
        f"{directory}/deploy-dataops-v1.yml:{line_of('id-token')}: jobs.prepare.permissions.id-token: is read,"
    )


def test_no_workflow_is_no_proof(assembly: Assembly, settings: Settings, tmp_path: Path):
    with pytest.raises(WorkflowError, match="has no workflow"):
        check_workflows(assembly, settings, tmp_path)


def test_an_assembly_without_the_role(assembly: Assembly, settings: Settings, directory: Path):
    with pytest.raises(AssemblyError, match="has no stack 'dataops-v1-github-actions'"):
        check_workflows(replace(assembly, stacks=()), settings, directory)
