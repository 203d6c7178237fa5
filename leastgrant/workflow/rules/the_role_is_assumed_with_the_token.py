"""The role is assumed with GitHub's token alone: not with stored keys, nor by way of another role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import LoginMethod
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAID_BY = {
    LoginMethod.KEYS: "aws-access-key-id",
    LoginMethod.CHAIN: "role-chaining",
    LoginMethod.FILE: "web-identity-token-file",
}


def the_role_is_assumed_with_the_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find other ways in which jobs assume the role; and credentials that are handed on as outputs, as a note."""
    for run, assumption in contract.assumed:
        if not contract.is_ours(run, assumption):
            continue
        if assumption.way is not LoginMethod.TOKEN:
            said_by = _SAID_BY[assumption.way]
            message = f"assumes the role with {assumption.way.value} (`{said_by}`)"
            fix = f"take `{said_by}` out, so that the job's token is used"
            yield finding(WorkflowKind.KEYS, run, message, fix, line=assumption.line(said_by))
        if assumption.hands_on:
            message = "makes the role's credentials outputs, which other jobs can be given"
            fix = "take `output-credentials` out, if no step needs it"
            yield finding(
                WorkflowKind.KEYS, run, message, fix, line=assumption.line("output-credentials"), is_note=True
            )
