"""A service is added to the app and to the deploy role by the text of CONTRIBUTING.md, and taken away again.

Beside `make test`, as it synthesises and tests a copy of the project: `make test-changes`.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Final

from tests.contributing import NewService, apply

QUEUE: Final = (Path(__file__).parent / "queue.diff").read_text()
"""A queue in the app's stack."""

CONCERNED: Final = (
    *("tests/stacks", "tests/settings", "tests/summary", "tests/ops/project"),
    *(f"tests/test_{name}.py" for name in ("acknowledgements", "app", "docs", "snapshots", "runbook", "workflows")),
)


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


def digests(project: Path, *patterns: str) -> dict[str, str]:
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in patterns
        for path in sorted(project.glob(pattern))
        if path.is_file()
    }


def test_a_service_comes_and_goes(project: Path) -> None:
    files = ("stacks/**/*.py", "tests/**/*.py", "tests/**/*.json", "docs/**/*.md")
    succeed(synth(project))
    written, templates = digests(project, *files), digests(project, "cdk.out/*.template.json")
    assert len(templates) == 2

    apply(QUEUE, project)
    refused = synth(project)
    assert refused.returncode != 0
    assert "may not sqs:CreateQueue on arn:aws:sqs:eu-west-1:817685572750:dataops-v1-InboxQueue" in refused.stderr
    assert "add a file for sqs to stacks/deploy_role/grants, as CONTRIBUTING.md shows" in refused.stderr

    service = NewService.read()
    service.take(project)
    succeed(synth(project))
    assert digests(project, "cdk.out/*.template.json").keys() == templates.keys()
    stale = run(project, "python", "-m", "pytest", "tests/test_snapshots.py")
    assert "3 failed" in stale.stdout, "the role, the app and the document are not what they were"
    make_snapshots(project)
    assert "| `SqsDataOpsQueues` | `dataops-v1-*` |" in (project / "docs" / "deploy-role.md").read_text()
    succeed(run(project, "python", "-m", "pytest", *CONCERNED))
    succeed(run(project, "ruff", "check", "."))
    succeed(run(project, "ruff", "format", "--check", "."))
    succeed(run(project, "node_modules/.bin/pyright", "stacks", "app.py"))

    service.undo(project)
    apply(QUEUE, project, "--reverse")
    make_snapshots(project)
    succeed(synth(project))
    assert digests(project, *files) == written
    assert digests(project, "cdk.out/*.template.json") == templates
