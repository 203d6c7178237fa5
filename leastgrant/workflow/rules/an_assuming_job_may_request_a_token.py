"""A job that assumes the role with its token has the permission to request one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess

if TYPE_CHECKING:
    from collections.abc import Iterator


def an_assuming_job_may_request_a_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that assume the role and have no `id-token: write`; and calls that GitHub refuses."""
    assuming = {run for run, _ in contract.ours}
    for run in contract.runs:
        line = run.permissions.line if run.permissions else None
        if run.asks_too_much:
            yield finding(
                WorkflowKind.TOKEN,
                run,
                f"{run.called} wants `id-token: write`, and `{run.callers[-1]}`, which calls it, may not request a "
                "token: GitHub does not start the run",
                f"give `{run.callers[-1]}` the permission `id-token: write`, or take it from this job",
                line=line,
            )
        elif run.default_decides and run in assuming:
            yield finding(
                WorkflowKind.UNKNOWN,
                run,
                f"{run.called} wants `id-token: write`, and `{run.callers[-1]}`, which calls it, has no `permissions`: "
                "whether it gets a token is decided by the repository's default",
                f"give `{run.callers[-1]}` the permission `id-token: write`",
                line=line,
            )
        elif run in assuming and run.access is TokenAccess.NONE:
            yield finding(
                WorkflowKind.TOKEN,
                run,
                f"{run.called} assumes the role, and has no `id-token: write`: it cannot request a token",
                f"give {f'`{run.callers[-1]}`' if run.callers else 'the job'} `permissions: id-token: write`",
                line=line,
            )
