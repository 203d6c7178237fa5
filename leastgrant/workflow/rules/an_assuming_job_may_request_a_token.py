"""A job that assumes the role with its token has the permission to request one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run

_MOST_NAMED = 4


def an_assuming_job_may_request_a_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that assume the role and have no `id-token: write`; and calls that GitHub refuses."""
    assuming = {run for run, _ in contract.ours}
    if by_default := [run for run in contract.runs if run.default_decides and run in assuming]:
        yield _decided_by_default(by_default)
    for run in contract.runs:
        line = run.permissions.line if run.permissions else None
        if run.asks_too_much:
            yield finding(
                WorkflowKind.TOKEN,
                run,
                f"wants `id-token: write`, and `{run.callers[-1]}`, which calls it, may not request a "
                "token: GitHub does not start the run",
                f"give `{run.callers[-1]}` the permission `id-token: write`, or take it from this job",
                line=line,
            )
        elif run in assuming and not run.default_decides and run.access is TokenAccess.NONE:
            yield finding(
                WorkflowKind.TOKEN,
                run,
                "assumes the role, and has no `id-token: write`: it cannot request a token",
                f"give {f'`{run.callers[-1]}`' if run.callers else 'the job'} `permissions: id-token: write`",
                line=line,
            )


def _decided_by_default(runs: Sequence[Run]) -> WorkflowFinding:
    """Those whose callers have no `permissions`, in one."""
    callers = [f"`{one}`" for one in dict.fromkeys(run.callers[-1] for run in runs)]
    more = f" and {len(callers) - _MOST_NAMED} more" if callers[_MOST_NAMED:] else ""
    return finding(
        WorkflowKind.UNKNOWN,
        runs,
        f"wants `id-token: write`, and what calls it ({', '.join(callers[:_MOST_NAMED])}{more}) has no `permissions`: "
        "whether it gets a token is decided by the repository's default",
        "give the jobs that call it `permissions: id-token: write`, and what else it wants",
        line=runs[0].permissions.line if runs[0].permissions else None,
    )
