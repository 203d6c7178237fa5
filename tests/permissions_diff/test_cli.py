"""Two states of the project are compared: what is read of them, and the jobs that can assume the deploy role."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant import AccessChange, InputError, Sign
from leastgrant.proof.uses import uses_file
from leastgrant.template import Environment, parse, resolve
from leastgrant.workflow import parse_workflow
from ops.errors import OpsError
from permissions_diff import cli as permissions_diff
from permissions_diff.baseline import SNAPSHOTS, ProjectState, committed
from permissions_diff.changes import changes_between
from tests.conftest import ROOT
from tests.leastgrant.proof.test_access_changes import (
    APP,
    DEPLOYER,
    DESCRIBED,
    SEEDING,
    SUBJECT,
    USERS,
    Template,
    role,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leastgrant.proof.needs import Use
    from settings import Settings

WORKFLOW = """
on: {push: {branches: [main]}}
permissions: {contents: read}
jobs:
  checks: {runs-on: ubuntu-24.04, steps: [{run: make test}]}
"""
WITH_TOKEN = (
    WORKFLOW
    + """
  deploy:
    runs-on: ubuntu-24.04
    permissions: {id-token: write}
    steps: [{run: make deploy}]
"""
)


def template(resources: Template, stack: str, settings: Settings) -> Any:
    where = Environment(settings.partition, settings.region, settings.account, stack)
    return resolve(parse(json.dumps({"Resources": resources}), f"{stack}.json"), where)


@pytest.fixture
def make(settings: Settings) -> Any:
    def made(
        name: str = "here",
        deployer: Template | None = None,
        app: Template | None = None,
        uses: tuple[Use, ...] | None = (SEEDING,),
        workflow: str = WORKFLOW,
        *,
        beside: Template | None = None,
    ) -> ProjectState:
        return ProjectState(
            name,
            settings,
            template({DEPLOYER: deployer or role(DESCRIBED)} | (beside or {}), settings.role_stack_name, settings),
            template(app or APP, settings.app_stack_name, settings),
            uses,
            (parse_workflow(workflow, ".github/workflows/deploy.yml"),),
        )

    return made


def test_a_job_that_can_assume_the_role_is_named_with_its_line(make: Any) -> None:
    assert changes_between(make("main"), make(workflow=WITH_TOKEN)) == (
        AccessChange(
            f"job deploy.yml:deploy, as {SUBJECT}",
            Sign.GAINED,
            "sts:AssumeRoleWithWebIdentity",
            "the deploy role",
            ".github/workflows/deploy.yml:9",
        ),
    )
    (lost,) = changes_between(make("main", workflow=WITH_TOKEN), make())
    assert lost.sign is Sign.LOST


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first commit has no snapshot, and its second no snapshot of the uses."""
    root = tmp_path_factory.mktemp("repository")
    (root / SNAPSHOTS).mkdir(parents=True)
    (root / ".github/workflows").mkdir(parents=True)

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (git, in a folder of the test's own)

    def commit(name: str) -> None:
        git("add", ".")
        git("commit", "--quiet", "--message", name)
        git("tag", name)

    git("init", "--quiet")
    (root / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    (root / ".github/workflows/deploy.yml").write_text(WORKFLOW)
    commit("bare")
    (root / SNAPSHOTS / "test_deploy_role.json").write_text(json.dumps({"Resources": {DEPLOYER: role(DESCRIBED)}}))
    (root / SNAPSHOTS / "test_app.json").write_text(json.dumps({"Resources": APP}))
    commit("templates")
    (root / SNAPSHOTS / "test_uses.json").write_text(uses_file([SEEDING]))
    commit("whole")
    (root / SNAPSHOTS / "test_app.json").write_text("{")
    (root / "cdk.json").write_text("[]")
    commit("no-settings")
    (root / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    commit("broken")
    return root


def test_a_commit_is_read_without_running_its_code(repository: Path, make: Any) -> None:
    side = committed("whole", repository)
    assert side.uses == (SEEDING,)
    assert changes_between(side, make()) == ()
    assert committed("templates", repository).uses is None


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        ("nowhere", "'nowhere': git knows no such commit; name a branch, a tag or a commit that is fetched"),
        ("--all", "'--all': git knows no such commit"),
        ("bare", f"bare:{SNAPSHOTS}/test_deploy_role.json: there is no such file; name a later commit"),
        ("no-settings", "no-settings:cdk.json: has no settings"),
    ],
)
def test_a_commit_that_says_nothing_is_refused(repository: Path, ref: str, problem: str) -> None:
    with pytest.raises(OpsError) as caught:
        committed(ref, repository)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arguments", [[], ["--base"], ["--base", "main", "--format", "html"], ["--base", "nowhere"]])
def test_what_cannot_be_answered_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], assembly_directory: Path
) -> None:
    assert permissions_diff.main([*arguments, "--assembly", str(assembly_directory)]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)


def test_a_role_that_nobody_can_be_held_against_is_refused(make: Any, settings: Settings) -> None:
    none = template({DEPLOYER: USERS}, settings.role_stack_name, settings)
    with pytest.raises(InputError, match="has 0 roles"):
        _ = replace(make(), role=none).contract
