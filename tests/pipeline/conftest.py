"""One account, one sealed cloud assembly, and deploy jobs on them."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastgrant.workflow import Facts
from local_aws import Emulator
from ops.project.workflows import DEPLOY, PREPARE, SESSION_NAME
from rehearsal.account import lay_out
from rehearsal.assemblies import Variants
from rehearsal.places import ARTIFACTS
from rehearsal.stage import Stage
from settings import Settings
from tests.conftest import ROOT
from tests.pipeline.github import Job, job_of, workspace_of
from tests.pipeline.stand_ins import WORKFLOW, actions, command_line, runner

TEXT = (ROOT / ".github" / "workflows" / WORKFLOW).read_text()
COMMIT = "5" * 40
APPROVED = [{"state": "approved", "user": {"login": "maintainer"}, "environments": [{"name": "dataops-v1"}]}]


@pytest.fixture(scope="session")
def facts(settings: Settings) -> Facts:
    return Facts(
        repository=f"{settings.github_owner}/{settings.github_repo}",
        default_branch=settings.github_branch,
        regions=(settings.region,),
        role_arn=f"arn:aws:iam::{settings.account}:role/{settings.deploy_role_name}",
        session_name=SESSION_NAME,
        assumed_by=(PREPARE, DEPLOY),
    )


@pytest.fixture(scope="session")
def aws(settings: Settings) -> Iterator[Emulator]:
    with Emulator(settings.account, settings.region) as emulator:
        yield emulator


@dataclass
class Pipeline:
    """The workflow's jobs on an account that is ready for a deployment."""

    stage: Stage
    facts: Facts
    workspace: Path
    directory: Path
    sealed: Path
    """Where artifacts are kept."""
    digest: str = ""
    last: Job | None = None
    """The last run of the job that prepares."""
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def job(
        self,
        name: str,
        *,
        workflow: str = TEXT,
        sealed: Path | None = None,
        digest: str | None = None,
        head: str = COMMIT,
        reviews: Any = APPROVED,
        left_out: frozenset[str] = frozenset(),
        attempt: str = "1",
        prepared: Job | None = None,
    ) -> Job:
        """A job, run to its end."""
        number = next(self.numbers)
        self._clean()
        scratch = self.directory / f"run-{number}"
        answers = {
            "repos/DataTalksClub/dataops/actions/runs/77/approvals": reviews,
            "repos/DataTalksClub/dataops/commits/main": {"sha": head},
        }
        return Job(
            definition=job_of(workflow, name),
            workspace=self.workspace,
            scratch=scratch,
            environment={
                **runner(command_line(self.directory / f"bin-{number}", answers), self.stage, COMMIT),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(scratch),
            },
            contexts={
                "github.run_id": f"77{number}",
                "github.run_attempt": attempt,
                "github.token": "the-token-of-the-job",
                "needs.checks.outputs.attempt": attempt,
                **({} if prepared is None else self.outputs_of(prepared)),
                "runner.temp": str(scratch),
                "needs.checks.outputs.digest": self.digest if digest is None else digest,
            },
            actions=actions(self.stage, sealed or self.sealed, self.facts, workflow, name),
            left_out=left_out,
        ).run()

    def outputs_of(self, prepared: Job) -> dict[str, str]:
        """What the job that prepares hands to those after it."""
        return {
            f"needs.prepare.outputs.{name}": prepared.resolved(value)
            for name, value in prepared.definition["outputs"].items()
        }

    def deploy(self, **options: Any) -> Job:
        """The job that prepares, and the one after the approval; or the first, if it stops."""
        prepared = self.job("prepare", **options)
        self.last = prepared
        return prepared if prepared.failed else self.job("deploy", prepared=prepared, **options)

    def _clean(self) -> None:
        """Leave nothing to a job of what another made: each has a machine of its own."""
        shutil.rmtree(self.workspace / "cdk.out", ignore_errors=True)
        for made in (*self.workspace.glob("cdk.out.*"), self.workspace / "review.json"):
            made.unlink(missing_ok=True)

    def executed(self) -> int:
        """How many change sets were executed with the deploy role so far."""
        recorded = self.stage.aws.gateway.recorded
        return sum(one.call.operation == "ExecuteChangeSet" and ":assumed-role/" in one.caller for one in recorded)


@pytest.fixture(scope="session")
def pipeline(aws: Emulator, settings: Settings, facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The checks job has run, and the operator has deployed the role."""
    directory = tmp_path_factory.mktemp("pipeline")
    workspace = workspace_of(ROOT, tmp_path_factory.mktemp("clone"))
    build = workspace / "scripts" / "build"
    build.parent.mkdir()
    build.write_text(f"#!/bin/sh\nmkdir build && cp -r {ARTIFACTS}/* build\n")
    build.chmod(0o755)
    stage = Stage(aws, settings, Variants(directory / "assembly", directory), directory, list[str]().append)
    lay_out(stage)
    _forget_the_intake_table(workspace / settings.live_record)
    made = Pipeline(stage, facts, workspace, directory, directory / "artifacts")
    checks = made.job("checks", left_out=frozenset({"Lint and test"}))  # which would run this very test
    assert not checks.failed, checks.log
    shutil.copytree(workspace / "cdk.out", stage.variants.original)
    made.digest = checks.outputs["seal.digest"]
    for command, typed, stack in (
        ("deploy-role", settings.deploy_role_name, settings.role_stack_name),
        ("bound-roles", settings.app_stack_name, settings.app_stack_name),
    ):
        shown = asked(made, command, typed)
        assert f"{stack}: UPDATE_COMPLETE" in shown, shown
    return made


def _forget_the_intake_table(record: Path) -> None:
    """Record the account that is laid out, in which no update left the table behind, so that the role may make it."""
    document = json.loads(record.read_text())
    del document["resources"]["DataOpsIntakeTable"]
    record.write_text(json.dumps(document))


def asked(pipeline: Pipeline, command: str, typed: str) -> str:
    """What the operator sees of a command of `ops` that asks, at a terminal, typing this."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603  (the project's own command)
        [sys.executable, "-m", "ops", command, "--assembly", str(pipeline.stage.variants.original)],
        cwd=pipeline.workspace,
        env={**os.environ, **pipeline.stage.operator()},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    ):
        os.close(terminal)
        os.write(keyboard, f"{typed}\n".encode())
        shown = b"".join(_read(keyboard))
    os.close(keyboard)
    return shown.decode()


def _read(terminal: int) -> Iterator[bytes]:
    """What is shown, until nobody has the terminal open any more; Linux says that by an error."""
    while True:
        try:
            yield os.read(terminal, 65_536)
        except OSError:
            return
