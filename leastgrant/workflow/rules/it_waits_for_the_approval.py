"""A job that assumes the role waits for the declared approval: an environment that a person must let through.

The environment is the job's own, or that of a job which it needs: one that does nothing a push could change (no action,
so no checkout), whose failure stops what comes after.

Source: GitHub Docs, "Managing environments for deployment" (a job waits until its environment's rules pass), and
"Workflow syntax for GitHub Actions", `jobs.<job_id>.needs` (a job that needs one which failed or was skipped is
skipped, unless its condition lets it go on) and `continue-on-error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.expression import texts
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.model import Job
    from leastgrant.workflow.runs import Run
    from leastgrant.workflow.tree import Node


def it_waits_for_the_approval(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that assume the role and do not wait, and approvals that hold nothing up; nothing, if none is declared.

    One that is declared to come before the approval need not wait: `it_has_the_declared_steps` says what it does.
    """
    environment = contract.facts.approval
    for run in dict.fromkeys(run for run, _ in contract.logins) if environment else ():
        if run.name in contract.facts.before_approval:
            continue
        if run.job.environment is not None and _is(run.job.environment, environment, run):
            continue
        approvals = [
            one for one in run.workflow.needed(run.job) if one.environment and _is(one.environment, environment, run)
        ]
        if approvals:
            yield from _of_approval(run, approvals[0])
            continue
        yield finding(
            WorkflowKind.APPROVAL,
            run,
            f"assumes the role and waits for no approval by the environment `{environment}`",
            f"let it need a job that has `environment: {environment}` and no checkout",
        )


def _is(node: Node, environment: str | None, run: Run) -> bool:
    return environment is not None and texts(node.text, run.contexts) == (Pattern.literal(environment),)


def _of_approval(run: Run, approval: Job) -> Iterator[WorkflowFinding]:
    for node in (approval.continues_on_error, *(step.continues_on_error for step in approval.steps)):
        if node is not None and node.text != "false":
            yield _finding(
                run, approval, node.line, "has `continue-on-error`: what comes after it need not wait", "take it out"
            )
    for step in approval.steps:
        if step.uses is not None:
            wrong = f"uses `{step.uses}`: it is to do nothing but to wait"
            yield _finding(run, approval, step.line, wrong, "let another job do it")
    permissions = run.workflow.permissions_of(approval)
    if permissions is not None and permissions.id_token is TokenAccess.WRITE:
        yield _finding(run, approval, permissions.line, "may request a token", "give it `permissions: {}`")


def _finding(run: Run, approval: Job, line: int, wrong: str, fix: str) -> WorkflowFinding:
    message = f"job `{approval.id}`, whose approval job `{run.job.id}` waits for, {wrong}"
    return WorkflowFinding(WorkflowKind.APPROVAL, message, fix, run.workflow.file, line, approval.id)
