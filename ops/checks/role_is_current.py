"""The deploy role in the account is the one that the template declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.aws.errors import CALL_ERRORS
from ops.checks.result import CheckFinding, found, good
from ops.errors import OpsError
from ops.role.difference import role_difference
from ops.role.drift import no_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.role.documents import RoleDocuments

STALE = "the live role is stale: update the role stack first"
CHANGED = "the live role is not as synthesised, though its stack is: an update would change nothing"


def role_is_current(
    live: RoleDocuments | None, synthesised: RoleDocuments, deployed: Callable[[], RoleDocuments | None]
) -> CheckFinding:
    """Compare trust, policies, boundary, tags and maximum session.

    Args:
        live: The role in the account; None: there is none.
        synthesised: The role as it should be.
        deployed: The role of the template that its stack was last deployed with.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
    """
    if live is None:
        return found(no_role(synthesised.name))
    difference = role_difference(live, synthesised)
    if difference.none:
        return good(f"{live.name} is as synthesised")
    return found(CHANGED) if _is_deployed(synthesised, deployed) else found(STALE, *difference.lines())


def _is_deployed(synthesised: RoleDocuments, deployed: Callable[[], RoleDocuments | None]) -> bool:
    """Tell whether the stack has that role's template already, so that no update changes anything."""
    try:
        role = deployed()
    except (*CALL_ERRORS, OpsError):  # which `role_is_as_deployed` tells
        return False
    return role is not None and role_difference(role, synthesised).none
