"""A service is added to the app and to the deploy role by the text of CONTRIBUTING.md, and taken away again.

Beside `make test`, as it synthesises and tests a copy of the project: `make test-changes`.
"""

from pathlib import Path
from typing import Final

from tests.changes.playing import CONCERNED, digests, make_snapshots, run, succeed, synth
from tests.contributing import NewService, apply

QUEUE: Final = (Path(__file__).parent / "queue.diff").read_text()
"""A queue in the app's stack."""


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
