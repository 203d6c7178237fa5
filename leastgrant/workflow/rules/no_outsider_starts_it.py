"""No run that people without write access can start has a token that the role trusts.

Source: GitHub Docs, "Securely using pull_request_target", and "Secure use reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.events import BY_ANYBODY, BY_FORKS
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.runs import Run


def no_outsider_starts_it(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find runs on events such as comments, whose subject the role trusts and whose conditions outsiders can meet."""
    events = BY_ANYBODY | BY_FORKS if contract.facts.forks_get_tokens else BY_ANYBODY
    for run in contract.with_token:
        if run.source.event not in events or not run.outsiders_may_start or not _may_be_after_theirs(contract, run):
            continue
        if trusted := next(contract.trusted_of(run), None):
            yield finding(
                WorkflowKind.OUTSIDER,
                run,
                f"{run.called} starts on `{run.source.event}`, which people without write access can cause, and its "
                f"token may have the subject `{trusted}`, which the role trusts",
                f"take `{run.source.event}` from the workflow or `id-token: write` from the job, or let an `if` "
                "ask who caused it",
                line=run.source.trigger.line if run.source.trigger in run.workflow.triggers else None,
            )


def _may_be_after_theirs(contract: Contract, run: Run) -> bool:
    """Tell whether outsiders can cause what `workflow_run` comes after; what was not given, anybody may."""
    names = run.source.trigger.after
    before = [one for one in contract.workflows if one.title in names]
    if not names or len({one.title for one in before}) < len(set(names)):
        return True
    return any(trigger.event in BY_ANYBODY | BY_FORKS for one in before for trigger in one.triggers)
