"""Only jobs that assume the role may request a token; those that need one for something else are declared.

A job with a token needs no action to assume the role: any of its steps, and what it installs, can.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


def no_other_job_may_request_a_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Jobs that have `id-token: write`, and do not assume this role."""
    assuming = {run.name for run, _ in (*contract.ours, *contract.unsure)}
    by_job: defaultdict[tuple[str, ...], list[Run]] = defaultdict(list)
    for run in contract.with_token:
        if run.name not in assuming:
            by_job[run.name, *run.callers].append(run)
    for runs in by_job.values():
        yield from _of_job(contract, runs)


def _of_job(contract: Contract, runs: Sequence[Run]) -> Iterator[WorkflowFinding]:
    run = runs[0]
    trusted = next((subject for one in runs for subject in contract.trusted_of(one)), None)
    if trusted is not None:
        message = f"{run.called} {_may(run)}, and the role trusts its subject, `{trusted}`: any step can assume it"
    elif run.name not in contract.facts.tokens_for_others:
        message = f"{run.called} {_may(run)}, and does not assume the role"
    else:
        return
    yield finding(
        WorkflowKind.GRANTED, run, message, _mend(run), line=run.permissions.line if run.permissions else None
    )


def _may(run: Run) -> str:
    if run.permissions is None:
        return f"may request a token, which it inherits from `{run.callers[-1]}`"
    if run.job.permissions is not None:
        return f"has `{_written(run)}`"
    return f"inherits `{_written(run)}` from the top of {run.workflow.name}"


def _written(run: Run) -> str:
    return "permissions: write-all" if run.permissions and run.permissions.everything else "id-token: write"


def _mend(run: Run) -> str:
    if run.permissions is None or run.job.permissions is None:
        return "give the permission to the job that needs it alone, and `permissions: contents: read` to all others"
    return "take `id-token: write` out; a job that needs a token for something else is to be declared"
