"""The action and the hook, installed from the registries as GitHub and pre-commit do it: `make test-package`."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.action.test_action import ACTION, CHECK, DEFINITION, SAMPLES, GitHub, Job, github
from tests.conftest import ROOT

__all__ = ["github"]

CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: leastgrant-check
        files: ^(app|role)\\.yaml$
        args: [--role, role.yaml, --app, app.yaml, --stack-name, shop, --account, "123456789012", --region, eu-west-1]
"""


def test_the_steps_of_the_action_run_one_after_the_other(tmp_path: Path, github: GitHub) -> None:
    job = Job(tmp_path, github)
    install, run = (step["run"] for step in DEFINITION["runs"]["steps"])
    environment = job.environment(command="check", arguments=CHECK)
    for script in (install, run):
        done = subprocess.run(  # noqa: S603  (the action's step)
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
            cwd=SAMPLES,
            env={**environment, "HOME": str(tmp_path), "ACTION": str(ACTION)},
            capture_output=True,
            check=False,
            text=True,
        )
        if script is install:
            assert done.returncode == 0, done.stderr
    ran = job.ran(done)
    assert (ran.status, ran.output) == (1, "status=1\n"), done.stderr
    assert len(github.comments) == 1


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pre-commit") / "environment"
    venv.create(home, with_pip=True)
    subprocess.run([home / "bin" / "pip", "install", "--quiet", "pre-commit"], check=True)  # noqa: S603
    return home / "bin" / "pre-commit"


def test_the_hook_holds_up_a_commit_that_the_role_does_not_fit(pre_commit: Path, tmp_path: Path) -> None:
    repository = tmp_path / "shop"
    repository.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**kept, "PRE_COMMIT_HOME": str(tmp_path / "home"), "GIT_CONFIG_GLOBAL": os.devnull}

    def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"]
        return subprocess.run(  # noqa: S603
            ["git", *identity, *arguments],  # noqa: S607
            cwd=repository,
            env={**environment, "PATH": f"{pre_commit.parent}{os.pathsep}{kept['PATH']}"},
            capture_output=True,
            check=check,
            text=True,
        )

    git("init", "--quiet")
    revision = git("-C", str(ROOT), "rev-parse", "HEAD").stdout.strip()
    (repository / ".pre-commit-config.yaml").write_text(CONFIG.format(repo=ROOT, rev=revision), encoding="utf-8")
    for name in ("app.yaml", "role.yaml"):
        shutil.copy(ROOT / "docs" / "examples" / name, repository)
    (repository / "notes.txt").write_text("x", encoding="utf-8")
    subprocess.run([pre_commit, "install"], cwd=repository, env=environment, check=True, capture_output=True)  # noqa: S603
    git("add", ".pre-commit-config.yaml", "notes.txt")
    untouched = git("commit", "--message", "Nothing that is proved")
    assert "Skipped" in untouched.stderr
    git("add", "app.yaml", "role.yaml")
    refused = git("commit", "--message", "A role that does not fit", check=False)
    assert refused.returncode == 1
    assert "events:DescribeRule" in refused.stderr + refused.stdout
    assert len(git("log", "--oneline").stdout.splitlines()) == 1
