"""IAM's own simulation allows the deploy role what the deployment will call, as leastgrant says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.text import counted
from ops.checks.result import Finding, found, good
from ops.role.drift import no_role
from ops.role.questions import questions_of, together
from ops.role.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_iam import IAMClient

    from leastgrant import Need
    from ops.role.documents import RoleDocuments
    from ops.role.simulation import Decision


def iam_agrees(iam: IAMClient, live: RoleDocuments | None, name: str, needs: Iterable[Need]) -> Finding:
    """Calls `SimulatePrincipalPolicy` with a request for each need, and compares the decisions with leastgrant's.

    Raises:
        OpsError: the role is gone.
        PatternTooComplex: the policies are too complex to compare.
        BotoCoreError, ClientError: as any call.
    """
    if live is None:
        return found(no_role(name))
    permissions = live.role.permissions
    questions = questions_of(needs, permissions)
    decisions = simulate(iam, live.arn, questions)
    faults = [(one, fault) for one in questions if (fault := _fault(decisions[one], one.allowed_by(permissions)))]
    asked = counted(len(questions), "request")
    if faults:
        return found(
            f"of {asked} that stand for the deployment's calls, {len(faults)} are not allowed by both",
            *together(faults),
        )
    return good(f"IAM allows all {asked} that stand for the deployment's calls")


def _fault(decision: Decision, granted: bool) -> str | None:
    """What is wrong, or None if IAM and leastgrant both allow the request."""
    match decision.allowed, granted:
        case True, True:
            return None
        case True, False:
            return "IAM and leastgrant disagree: IAM allows it, and leastgrant does not"
        case False, True:
            return f"IAM and leastgrant disagree: leastgrant allows it, and IAM does not ({decision.because})"
        case _:
            return f"IAM denies it ({decision.because})"
