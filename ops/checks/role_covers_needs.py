"""The deploy role in the account, not the one in the template, grants what the deployment will call: by leastgrant."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from leastgrant import refusals
from leastgrant.iam import Outcome
from leastgrant.text import counted
from ops.checks.result import CheckFinding, found, good
from ops.role.drift import no_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant import Need
    from leastgrant.iam import Witness
    from ops.role.documents import RoleDocuments


def role_covers_needs(live: RoleDocuments | None, name: str, needs: Sequence[Need]) -> CheckFinding:
    """Prove each need of a deployment against the live policies and boundary.

    Raises:
        PatternTooComplex: the policies are too complex to compare.
    """
    if live is None:
        return found(no_role(name))
    required = [need for need in needs if need.is_deployed_with]
    refused = {need: witness for need, witness in refusals(required, live.role.permissions).items() if witness}
    if not refused:
        return good(f"{name} grants all {counted(len(required), 'call')} of the deployment")
    return found(
        f"the deployment will fail: {name} does not grant {len(refused)} of {counted(len(required), 'call')}",
        *_details(refused),
    )


def _details(refused: Mapping[Need, Witness]) -> list[str]:
    """Return what would fail, and for want of what: the actions on the same resource together."""
    groups: defaultdict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for need, witness in refused.items():
        groups[need.doing, need.on, _why(witness)][need.action] = None
    return [f"{doing} will fail: {', '.join(actions)} on {on}{why}" for (doing, on, why), actions in groups.items()]


def _why(witness: Witness) -> str:
    statements = ", ".join(map(str, witness.decision.statements))
    match witness.decision.outcome:
        case Outcome.EXPLICITLY_DENIED:
            return f": {statements} denies it"
        case Outcome.OUTSIDE_BOUNDARY:
            return f": {statements} allows it, but the permissions boundary does not"
        case _ if witness.undecided:
            return f": whether it may depends on {', '.join(sorted(witness.undecided))}"
        case _:
            return " is not allowed"
