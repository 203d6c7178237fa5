"""No run that people without write access can start has a token that the role trusts.

Source: GitHub Docs, "Securely using pull_request_target", and "Secure use reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.events import BY_ANYBODY
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator


def no_outsider_starts_it(contract: Contract) -> Iterator[WorkflowFinding]:
    """Runs on events such as pull requests and comments, whose subject the role trusts."""
    for run in contract.with_token:
        if run.source.event in BY_ANYBODY and (trusted := next(contract.trusted_of(run), None)):
            yield finding(
                WorkflowKind.OUTSIDER,
                run,
                f"{run.called} starts on `{run.source.event}`, which people without write access can cause, and its "
                f"token may have the subject `{trusted}`, which the role trusts",
                f"take `{run.source.event}` from the workflow, or `id-token: write` from the job",
                line=run.source.trigger.line if run.source.trigger in run.workflow.triggers else None,
            )
