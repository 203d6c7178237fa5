"""A job whose token the role trusts assumes this role, and no other by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import LoginMethod
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.model import TokenAccess

if TYPE_CHECKING:
    from collections.abc import Iterator


def the_role_is_this_one(contract: Contract) -> Iterator[WorkflowFinding]:
    """Other roles that trusted jobs assume, and roles that cannot be told."""
    arn = contract.facts.role_arn
    for run, assumption in contract.assumed:
        line = assumption.line("role-to-assume")
        is_ours, shown = assumption.is_of(arn), " or ".join(f"`{role}`" for role in assumption.role)
        if is_ours is None:
            yield finding(
                WorkflowKind.UNKNOWN,
                run,
                f"{run.called} assumes {shown}, and whether that is `{arn}` cannot be told before the run",
                "write the role's ARN out, or declare the variable that holds it",
                line=line,
            )
        elif (
            is_ours is False
            and _could(contract, run.name, assumption.way, run.access)
            and any(contract.trusted_of(run))
        ):
            yield finding(
                WorkflowKind.ROLE,
                run,
                f"{run.called} assumes {shown}, and its token is one that `{arn}` trusts",
                f"assume `{arn}`, or keep the token from the job",
                line=line,
            )


def _could(contract: Contract, name: str, way: LoginMethod, access: TokenAccess) -> bool:
    return way is LoginMethod.TOKEN and (access is TokenAccess.WRITE or name in contract.facts.assumed_by)
