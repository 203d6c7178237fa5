"""The jobs that are declared to assume the role do so, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import unread
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator


def the_declared_jobs_assume_it(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find declared jobs that do not assume the role, and others that do; nothing, if none is declared."""
    declared = contract.facts.assumed_by
    assuming = {run.name: (run, assumption) for run, assumption in contract.logins}
    open_to_doubt = {run.name for run in contract.runs if run.job.calls is not None or any(unread(run))}
    for name in declared:
        if name not in assuming and name not in open_to_doubt:
            yield _missing(contract, name)
    for name, (run, assumption) in assuming.items():
        if declared and name not in declared and contract.is_ours(run, assumption):
            yield finding(
                WorkflowKind.DECLARED,
                run,
                "assumes the role, and is not declared to",
                f"declare it (`{name}`), or take the step out",
                line=assumption.line("role-to-assume"),
            )


def _missing(contract: Contract, name: str) -> WorkflowFinding:
    file, _, job_id = name.partition(":")
    workflow = next((one for one in contract.workflows if one.name == file), None)
    job = workflow.jobs.get(job_id) if workflow else None
    fix = f"assume `{contract.facts.role_arn}` in it, or do not declare it"
    if workflow is None:
        message = f"`{name}` is declared to assume the role, and no workflow {file} was given"
        return WorkflowFinding(WorkflowKind.DECLARED, message, fix, contract.template, contract.line)
    message = f"`{name}` is declared to assume the role, and {'there is no such job' if job is None else 'does not'}"
    return WorkflowFinding(WorkflowKind.DECLARED, message, fix, workflow.file, job.line if job else None, job_id)
