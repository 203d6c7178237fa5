"""The deploy role in the account is the one that its stack's own template declares: nobody changed it by hand.

Where they differ, an update with a template that is already deployed changes nothing: CloudFormation compares
templates ("Detect unmanaged configuration changes to stacks and resources with drift detection", AWS CloudFormation
User Guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.checks.result import Finding, found, good
from ops.checks.role_is_current import no_role
from ops.role.difference import role_difference

if TYPE_CHECKING:
    from ops.role.documents import RoleDocuments
    from settings import Settings

DRIFTED = "the live role was changed by hand: an update of its stack may not put it back"


def role_is_as_deployed(settings: Settings, live: RoleDocuments | None, deployed: RoleDocuments | None) -> Finding:
    """Compares the live role with the one of its stack's template; None: there is no role, or no stack.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
    """
    name = settings.role_stack_name
    if live is None:
        return no_role(settings.deploy_role_name)
    if deployed is None:
        return found(f"there is no stack {name}, and yet there is a role {live.name}: stop, and escalate")
    difference = role_difference(live, deployed)
    if difference.none:
        return good(f"{live.name} is as {name} deployed it")
    differs = difference.lines("putting it back")
    return found(DRIFTED, "see docs/runbook/drifted-resource.md; + is what the stack deployed", *differs)
