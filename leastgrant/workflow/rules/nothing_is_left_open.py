"""What cannot be told is said: what a called workflow does, what an event is, what else the trust policy asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.subject import subjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.runs import Run


def nothing_is_left_open(contract: Contract) -> Iterator[WorkflowFinding]:
    """What keeps the proof from being one."""
    for run in contract.with_token:
        yield from _of_run(contract, run)
    if keys := contract.trust.other_keys:
        shown = ", ".join(sorted(keys))
        yield contract.about_role(
            WorkflowKind.UNKNOWN,
            f"the role's trust also asks for {shown}, which is not worked out here",
            "hold the trust to the subject and the audience",
        )


def _of_run(contract: Contract, run: Run) -> Iterator[WorkflowFinding]:
    if run.job.calls is not None:
        here = run.job.calls.text.startswith("./")
        yield finding(
            WorkflowKind.UNKNOWN,
            run,
            f"{run.called} may request a token, and lets `{run.job.calls.text}` use it, which was not given to be read",
            "give that workflow too" if here else "call a workflow of this repository, or take `id-token: write` out",
            line=run.job.calls.line,
        )
    if not run.source.is_known:
        yield finding(
            WorkflowKind.UNKNOWN,
            run,
            f"{run.called} may request a token, and starts on `{run.source.event}`, an event that is not known here",
            "take the event out, or `id-token: write` from the job",
            line=run.source.trigger.line,
        )
    for subject in subjects(run, contract.facts):
        if subject.environment is not None and not subject.environment.is_literal and run.job.environment is not None:
            yield finding(
                WorkflowKind.UNKNOWN,
                run,
                f"{run.called} has `environment: {run.job.environment.text}`, which cannot be told before the run: its "
                f"token's subject may be any of `{subject.pattern}`",
                "write the environment's name out",
                line=run.job.environment.line,
            )
