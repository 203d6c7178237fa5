"""A change is played in a copy of the project: applied, synthesised, tested, and counted."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

from tests.contributing import apply

CONCERNED: Final = (
    *("tests/stacks", "tests/ops/change_set", "tests/ops/checks", "tests/ops/role"),
    *(f"tests/ops/commands/test_{name}.py" for name in ("preflight", "record", "review", "simulate", "verify_code")),
    "tests/local_aws/cloudformation/handlers/test_handlers.py",
    *(f"tests/test_{name}.py" for name in ("acknowledgements", "docs", "snapshots")),
)
"""The tests that what is synthesised decides, in one process, which starts CDK once."""
ON_ANY_APP: Final = ("tests/summary", "tests/test_app.py", "tests/test_environment_trust.py", "tests/test_workflows.py")
"""The tests that need an app which is green, whichever: played with one change."""
TAKEN: Final[list[str]] = []
"""For each change that was made: how many files and lines it took."""
MADE: Final = ("tests/__snapshots__/", "docs/deploy-role.md")
"""What `make snapshots` writes, and a maintainer only reads."""


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{project / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(  # noqa: S603  (the project's own commands)
        command, cwd=project, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )


def synth(project: Path) -> subprocess.CompletedProcess[str]:
    return run(project, "node_modules/.bin/cdk", "synth", "--quiet", "--strict")


def succeed(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def make_snapshots(project: Path) -> None:
    succeed(run(project, "python", "-m", "pytest", "tests/test_snapshots.py", "--snapshot-update"))


def be_green(project: Path, *more: str) -> None:
    """Synthesise, write the snapshots anew, and pass every test that a change of the app concerns."""
    succeed(synth(project))
    make_snapshots(project)
    succeed(run(project, "python", "-m", "pytest", *CONCERNED, *more))
    succeed(run(project, "ruff", "check", "."))
    succeed(run(project, "ruff", "format", "--check", "."))
    succeed(run(project, "node_modules/.bin/pyright", "stacks", "app.py"))


def make(project: Path, diff: str, *options: str) -> None:
    """Make the change of a diff."""
    apply((Path(__file__).parent / diff).read_text(), project, *options)


def by_hand(project: Path, change: str) -> dict[str, int]:
    """The lines that a maintainer wrote or took out for a change, by file; new files count."""
    run(project, "git", "add", "--all", "--intent-to-add")
    counted = run(project, "git", "diff", "--numstat", "HEAD").stdout
    rows = re.findall(r"^(\d+)\t(\d+)\t(.+)$", counted, re.MULTILINE)
    lines = {name: int(added) + int(removed) for added, removed, name in rows if not name.startswith(MADE)}
    TAKEN.append(f"{change}: {len(lines)} files, {sum(lines.values())} lines")
    return lines


def add_told_rows(project: Path, why: str) -> str:
    """Write into the page of the take-over the rows that its failing test writes out; and return what that said."""
    told = run(project, "python", "-m", "pytest", "-vv", "tests/stacks/test_takeover.py").stdout
    rows = re.findall(r"docs/migrating-from-sam\.md, between <!-- differences -->: add (\|.+?\|)'[,\]]", told)
    page = project / "docs" / "migrating-from-sam.md"
    assert rows, told
    text = "".join(f"{row} {why} |\n" for row in dict.fromkeys(rows))
    page.write_text(page.read_text().replace("<!-- /differences -->", f"{text}<!-- /differences -->"))
    return told


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What a command printed, in one line: terminals of any width break it elsewhere."""
    return " ".join((done.stdout + done.stderr).split())


def changed(project: Path) -> str:
    """The files that are not as they were before the change, as git tells."""
    return run(project, "git", "status", "--porcelain").stdout
