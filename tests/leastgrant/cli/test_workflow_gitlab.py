"""`leastgrant workflow` on GitLab's pipelines, from the files to the exit status."""

import json
from pathlib import Path

import pytest

from tests.leastgrant.cli.conftest import Run
from tests.leastgrant.workflow.gitlab.contract import job

ROLE = """\
Resources:
  Deployer:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      MaxSessionDuration: 7200
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Federated: !Sub "arn:aws:iam::${AWS::AccountId}:oidc-provider/gitlab.com"}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals:
                gitlab.com:aud: https://gitlab.com
                gitlab.com:sub: project_path:acme/team/shop:ref_type:branch:ref:main
"""
FACTS = ["--account", "123456789012", "--repository", "acme/team/shop", "--default-branch", "main"]


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "role.yaml").write_text(ROLE)
        self.pipeline = folder / ".gitlab-ci.yml"
        self.pipeline.write_text(job())

    @property
    def check(self) -> list[object]:
        return ["workflow", "--role", self.folder / "role.yaml", *FACTS, "--region", "eu-west-1"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_fits(run: Run, project: Project) -> None:
    result = run(*project.check, project.pipeline)
    assert (result.status, result.out, result.err) == (0, "Proved: 1 pipeline, 1 job.\n", "")


def test_a_file_of_another_name(run: Run, project: Project) -> None:
    other = project.pipeline.rename(project.folder / "pipeline.yml")
    assert run(*project.check, "--gitlab", other).status == 0
    assert run(*project.check, other).status == 2


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_it_does_not_fit(run: Run, project: Project, form: str) -> None:
    project.pipeline.write_text(job("rules: [{if: $CI_COMMIT_TAG}]"))
    result = run(*project.check, "--format", form, project.pipeline)
    assert result.status == 1
    assert "project_path:acme/team/shop:ref_type:tag:ref:v1" in " ".join(result.out.split())
    assert form == "text" or json.loads(result.out)


def test_files_that_it_includes_are_read_from_the_project_alone(run: Run, project: Project) -> None:
    (project.folder / ".git").mkdir()
    (project.folder / "ci").mkdir()
    (project.folder / "ci" / "deploy.yml").write_text(job())
    project.pipeline.write_text("include: /ci/*.yml\n")
    assert run(*project.check, project.pipeline).status == 0
    project.pipeline.write_text(f"include: ../{project.folder.name}/../../etc/*.yml\n{job()}")
    assert "is not of the files that were read" in " ".join(run(*project.check, project.pipeline).out.split())


def test_the_longest_session_is_the_templates(run: Run, project: Project) -> None:
    project.pipeline.write_text(job().rstrip() + " --duration-seconds 7200\n")
    assert run(*project.check, project.pipeline).status == 0
    project.pipeline.write_text(job().rstrip() + " --duration-seconds 7201\n")
    assert run(*project.check, project.pipeline).status == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere/.gitlab-ci.yml"], "nowhere/.gitlab-ci.yml: cannot be read: No such file or directory"),
        (["PIPELINE", "other.yml"], "other.yml: is no .gitlab-ci.yml, and others are"),
        (["--secret", "A=b", "PIPELINE"], "--secret: is said of GitHub's workflows, and not of GitLab's pipelines"),
        (["--steps", "x.yml", "PIPELINE"], "--steps: is said of GitHub's workflows"),
        (["--subject-claims", "project_path,environment", "PIPELINE"], "workflow: subjects of project_path,ref_type"),
    ],
)
def test_what_cannot_be_used_is_one_line(run: Run, project: Project, arguments: list[str], line: str) -> None:
    given = [project.pipeline if one == "PIPELINE" else one for one in arguments]
    result = run(*project.check, *given)
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(line)


@pytest.mark.parametrize(
    "text", ["a: [", "- x", "", "a: {extends: a}", "\x00", "a: &x [*x]", "x: {script: [y], rules: [z]}"]
)
def test_a_malformed_pipeline_is_one_line(run: Run, project: Project, text: str) -> None:
    project.pipeline.write_text(text)
    result = run(*project.check, project.pipeline)
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(str(project.pipeline))
