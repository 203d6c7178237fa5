"""The GitLab component: its job's script, run as a runner runs it, against an API of this machine."""

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

from leastgrant.workflow.gitlab import parse_pipeline
from tests.action.api import served
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

TEMPLATE = (ROOT / "templates" / "leastgrant.yml").read_text(encoding="utf-8")
HEADER, PIPELINE = yaml.safe_load_all(TEMPLATE)
INPUTS: dict[str, dict[str, Any]] = HEADER["spec"]["inputs"]
SAMPLES = ROOT / "tests" / "leastgrant" / "cli" / "samples"
PLACE = "--account 123456789012 --region eu-west-1"
CHECK = f"--role policy.json --app orders.yaml --stack-name orders {PLACE}"
WRONG = "--role nowhere.json"
"""Soon told to be of no use."""
LEAST = f"--role least.json --app orders.yaml --stack-name orders {PLACE}"
MARK = '<!-- leastgrant: "leastgrant" -->'
NOTES = "/projects/12/merge_requests/7/notes"
BOT, PERSON = {"id": 1}, {"id": 2}


@dataclass
class GitLab:
    """What the API was asked, and the notes that it has."""

    notes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[tuple[str, str, str | None]] = field(default_factory=list[tuple[str, str, str | None]])
    refuses: bool = False
    url: str = ""

    def answer(self, method: str, path: str, headers: Message, told: dict[str, Any]) -> tuple[int, object]:
        path, _, query = path.partition("?")
        self.asked.append((method, path, headers["PRIVATE-TOKEN"]))
        if self.refuses:
            return 403, {}
        if path == "/user":
            return 200, BOT
        if method == "GET":
            page = int(re.findall(r"page=(\d+)$", query)[0])
            return 200, self.notes[100 * (page - 1) : 100 * page]
        if method == "POST":
            self.notes.append({"id": 1000 + len(self.notes), "author": BOT, **told})
            return 201, self.notes[-1]
        (note,) = (one for one in self.notes if path == f"{NOTES}/{one['id']}")
        note |= told
        return 200, note


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    known = GitLab()
    with served(known.answer) as known.url:
        yield known


@dataclass(frozen=True)
class Ran:
    """What a run of the job gave."""

    status: int
    out: str
    err: str
    report: str


def interpolated(text: str, inputs: dict[str, str]) -> str:
    """The text with the inputs in their places, as GitLab puts them there."""
    return re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda place: inputs[place[1]], text)


def value_of(variable: Any) -> str:
    """The value of a variable, which may be one that GitLab does not expand."""
    return str(variable["value"] if "expand" in variable else variable)


class Job:
    """A job of a merge request that the component makes, on a runner without a network.

    `git` and `python3` are stand-ins: the one gives this checkout for the commit, the other the Python of the tests for
    what would be installed. Both write down what they were asked for.
    """

    def __init__(self, folder: Path, gitlab: GitLab) -> None:
        self.folder, self.gitlab = folder, gitlab
        self.variables = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "12", "NOTES_TOKEN": "t0ken"}
        self.asked = folder / "asked"
        programs = folder / "programs"
        programs.mkdir()
        git = (
            f'#!/bin/sh\necho "git $*" >> "{self.asked}"\n'
            f'case "$*" in init*) mkdir "$3";; *checkout*) ln -s "{ROOT}/action" "$2/action";; esac\n'
        )
        python = (
            f'#!/bin/sh\nmkdir -p "$3/bin"\nprintf \'#!/bin/sh\\necho "pip $*" >> "{self.asked}"\' > "$3/bin/pip"\n'
            f'printf \'#!/bin/sh\\nexec "{sys.executable}" "$@"\' > "$3/bin/python"\nchmod +x "$3"/bin/*\n'
        )
        for name, text in (("git", git), ("python3", python)):
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def run(self, **inputs: str) -> Ran:
        """Run the job's script, with the variables that the pipeline gives it."""
        default = {name: str(one["default"]) for name, one in INPUTS.items() if "default" in one}
        default |= {"comment": "true", "commit": "a" * 40, "working-directory": str(SAMPLES), "command": "check"}
        given = (
            default | {"token-variable": "NOTES_TOKEN"} | {key.replace("_", "-"): one for key, one in inputs.items()}
        )
        (job,) = PIPELINE.values()
        own: dict[str, Any] = job["variables"]
        report = self.folder / "leastgrant.md"
        report.unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603  (the component's script)
            ["/bin/sh", "-c", interpolated(job["script"][0], given)],
            cwd=self.folder,
            env={
                "PATH": self.path,
                "TMPDIR": str(self.folder),
                "CI_PROJECT_DIR": str(self.folder),
                "CI_API_V4_URL": self.gitlab.url,
                **self.variables,
                **{name: interpolated(value_of(one), given) for name, one in own.items()},
            },
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
        return Ran(done.returncode, done.stdout, done.stderr, report.read_text("utf-8") if report.exists() else "")


@pytest.fixture
def job(tmp_path: Path, gitlab: GitLab) -> Job:
    return Job(tmp_path, gitlab)


def test_what_is_found_is_in_the_report_and_in_one_note(job: Job, gitlab: GitLab) -> None:
    first = job.run(arguments=CHECK)
    assert (first.status, first.err) == (1, "")
    assert "missing" in first.report
    (note,) = gitlab.notes
    assert note["body"] == f"{MARK}\n{first.report}"

    second = job.run(arguments=LEAST)
    assert second.report != first.report
    assert gitlab.notes == [{"id": note["id"], "author": BOT, "body": f"{MARK}\n{second.report}"}]
    asked = [(method, path) for method, path, _ in gitlab.asked]
    assert asked == [
        *(("GET", "/user"), ("GET", NOTES), ("POST", NOTES)),
        *(("GET", "/user"), ("GET", NOTES), ("PUT", f"{NOTES}/{note['id']}")),
    ]
    assert {token for _, _, token in gitlab.asked} == {"t0ken"}
    assert "t0ken" not in first.out + second.out


def test_it_runs_the_commit_that_is_named_with_what_is_pinned(job: Job) -> None:
    job.run(arguments=WRONG)
    asked = job.asked.read_text(encoding="utf-8")
    assert f"fetch --quiet --depth 1 {INPUTS['source']['default']} {'a' * 40}\n" in asked
    assert re.search(
        r"^pip install .*--require-hashes --requirement \S+/action/requirements\.txt$", asked, re.MULTILINE
    )


def test_another_use_has_a_note_of_its_own_and_those_of_people_are_left(job: Job, gitlab: GitLab) -> None:
    people = [{"id": number, "author": PERSON, "body": f"{MARK} is what I quote"} for number in range(150)]
    gitlab.notes += people
    job.run(arguments=WRONG, name="prod")
    job.run(arguments=WRONG)
    job.run(arguments=WRONG, name="prod")
    assert gitlab.notes[:150] == people
    assert len(gitlab.notes) == 152


@pytest.mark.parametrize("variable", ["CI_MERGE_REQUEST_IID", "NOTES_TOKEN"])
def test_without_a_merge_request_or_a_token_no_note_is_written(job: Job, gitlab: GitLab, variable: str) -> None:
    del job.variables[variable]
    ran = job.run(arguments=WRONG)
    assert ran.status == 2
    assert gitlab.asked == []
    assert ("The note is not written: there is no token" in ran.out) is (variable == "NOTES_TOKEN")


def test_comment_false_writes_none(job: Job, gitlab: GitLab) -> None:
    assert job.run(arguments=WRONG, comment="false").status == 2
    assert gitlab.asked == []


def test_a_token_that_may_not_comment_changes_nothing_else(job: Job, gitlab: GitLab) -> None:
    gitlab.refuses = True
    ran = job.run(arguments=WRONG)
    assert ran.status == 2
    assert "arguments are required" in ran.report
    assert "The note is not written: HTTP Error 403" in ran.out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (WRONG, "the following arguments are required"),
        ("--role 'x", "No closing quotation"),
        (f"{CHECK} --format json", "--format is set by the action"),
        ("$(touch pwned) `touch pwned` ; touch pwned", "the following arguments are required"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_no_shell_reads_it(
    job: Job, gitlab: GitLab, arguments: str, why: str
) -> None:
    ran = job.run(arguments=arguments)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert why in ran.err
    assert why in gitlab.notes[0]["body"]
    assert not (SAMPLES / "pwned").exists()


def test_a_commit_that_cannot_be_fetched_ends_the_job(job: Job) -> None:
    (job.folder / "programs" / "git").write_text("#!/bin/sh\nexit 128\n", encoding="utf-8")
    ran = job.run(arguments=LEAST)
    assert (ran.status, ran.report) == (128, "")


def test_each_input_is_declared_and_used() -> None:
    used = set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", TEMPLATE))
    assert used == INPUTS.keys()
    assert {name for name, one in INPUTS.items() if "default" not in one} == {"commit", "arguments"}


def test_leastgrant_reads_a_pipeline_that_has_it() -> None:
    include = f"include: [{{local: leastgrant.yml, inputs: {{job: roles, arguments: cdk.out, commit: {'a' * 40}}}}}]"
    pipeline = parse_pipeline(include, ".gitlab-ci.yml", lambda _: (("leastgrant.yml", TEMPLATE),))
    assert pipeline.jobs["roles"].variables["LEASTGRANT_ARGUMENTS"] == ("cdk.out",)
    assert pipeline.unread == ()
