"""IAM's own simulation allows the deploy role what the deployment will call, as leastgrant says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.text import counted
from ops.checks.result import CheckFinding, found, good
from ops.role.drift import no_role
from ops.role.simulated_request import grouped_lines, requests_for
from ops.role.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_iam import IAMClient

    from leastgrant import Need
    from ops.role.documents import RoleDocuments
    from ops.role.simulation import SimulatedDecision


def iam_agrees(iam: IAMClient, live: RoleDocuments | None, name: str, needs: Iterable[Need]) -> CheckFinding:
    """Call `SimulatePrincipalPolicy` with a request for each need, and compare the decisions with leastgrant's.

    Raises:
        OpsError: the role is gone.
        PatternTooComplex: the policies are too complex to compare.
        BotoCoreError, ClientError: as any call.
    """
    if live is None:
        return found(no_role(name))
    permissions = live.role.permissions
    requests = requests_for(needs, permissions)
    decisions = simulate(iam, live.arn, requests)
    faults = [(one, fault) for one in requests if (fault := _fault(decisions[one], one.allowed_by(permissions)))]
    asked = counted(len(requests), "request")
    if faults:
        return found(
            f"of {asked} that stand for the deployment's calls, {len(faults)} are not allowed by both",
            *grouped_lines(faults),
        )
    return good(f"IAM allows all {asked} that stand for the deployment's calls")


def _fault(decision: SimulatedDecision, granted: bool) -> str | None:
    """Return what is wrong, or None if IAM and leastgrant both allow the request."""
    match decision.allowed, granted:
        case True, True:
            return None
        case True, False:
            return "IAM and leastgrant disagree: IAM allows it, and leastgrant does not"
        case False, True:
            return f"IAM and leastgrant disagree: leastgrant allows it, and IAM does not ({decision.because})"
        case _:
            return f"IAM denies it ({decision.because})"
