"""Stand-ins for the actions that the workflow uses, and for GitHub's command line."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from leastgrant.workflow import Facts, parse_workflow
from leastgrant.workflow.runs import runs
from leastgrant.workflow.subject import subjects
from ops.aws.errors import message_of
from rehearsal.stage import Stage
from tests.pipeline.github import Job, StepError

Actions = dict[str, Callable[[Job, dict[str, str]], None]]
WORKFLOW = "deploy-dataops-v1.yml"
HOSTILE = "$(touch pwned)`touch pwned`';touch pwned;\"\n"
"""A branch, an author, a commit's message or a setting that would leave a file behind, if a shell read it."""


def actions(stage: Stage, store: Path, facts: Facts, workflow: str, name: str) -> Actions:
    """Them all, for the job of a name; artifacts are kept in a folder."""

    def checkout(job: Job, given: dict[str, str]) -> None:
        assert given["persist-credentials"] == "False"
        assert (job.workspace / "Makefile").is_file()

    def upload(job: Job, given: dict[str, str]) -> None:
        (store / given["name"]).mkdir(parents=True)
        shutil.copy2(job.workspace / given["path"], store / given["name"])

    def download(job: Job, given: dict[str, str]) -> None:
        if not (store / given["name"]).is_dir():
            raise StepError(f"Artifact not found for name: {given['name']}")
        shutil.copytree(store / given["name"], job.workspace / given.get("path", "."), dirs_exist_ok=True)

    def log_in(job: Job, given: dict[str, str]) -> None:
        try:
            credentials = stage.client("sts").assume_role_with_web_identity(
                RoleArn=given["role-to-assume"],
                RoleSessionName=given["role-session-name"],
                WebIdentityToken=stage.aws.login.token(subject_of_push(workflow, name, facts)),
            )["Credentials"]
        except ClientError as error:
            raise StepError(f"Could not assume role with OIDC: {message_of(error)}") from None
        job.environment |= {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
            "AWS_REGION": given["aws-region"],
            "AWS_DEFAULT_REGION": given["aws-region"],
        }

    return {
        "actions/checkout": checkout,
        "actions/upload-artifact": upload,
        "actions/download-artifact": download,
        "aws-actions/configure-aws-credentials": log_in,
    }


def subject_of_push(workflow: str, job: str, facts: Facts) -> str:
    """The subject of a job's token in a run that a push to main started, as the contract has it."""
    pushed = (
        run
        for run in runs([parse_workflow(workflow, WORKFLOW)], replace(facts, assumed_by=()))
        if run.job.id == job and run.source.trigger.event == "push"
    )
    (subject,) = {str(subject.pattern) for run in pushed for subject in subjects(run, facts)}
    return subject


def command_line(directory: Path, answers: Mapping[str, Any]) -> Path:
    """A folder with a `gh` that answers `gh api PATH`, and nothing else."""
    directory.mkdir()
    (directory / "answers.json").write_text(json.dumps(answers))
    gh = directory / "gh"
    gh.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, sys\n"
        "assert os.environ['GH_TOKEN'] == 'the-token-of-the-job'\n"
        "_, api, path = sys.argv\n"
        "assert api == 'api'\n"
        "print(json.dumps(json.loads((pathlib.Path(__file__).parent / 'answers.json').read_text())[path]))\n"
    )
    gh.chmod(0o755)
    return directory


def runner(directory: Path, stage: Stage, commit: str) -> dict[str, str]:
    """The environment that a runner gives every step."""
    return {
        "PATH": f"{directory}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(directory),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "AWS_ENDPOINT_URL": stage.aws.endpoint,
        **dict.fromkeys(("GITHUB_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_ACTOR", "GITHUB_WORKFLOW"), HOSTILE),
        "GITHUB_REPOSITORY": "DataTalksClub/dataops",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SHA": commit,
    }
