"""The deploy role in the account is the one that the template declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.checks.result import Finding, found, good
from ops.role_difference import role_difference

if TYPE_CHECKING:
    from ops.role_documents import RoleDocuments

STALE = "the live role is stale: update the role stack first"


def role_is_current(live: RoleDocuments | None, synthesised: RoleDocuments) -> Finding:
    """Compares trust, policies, boundary, tags and maximum session.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
    """
    if live is None:
        return no_role(synthesised.name)
    difference = role_difference(live, synthesised)
    if difference.none:
        return good(f"{live.name} is as synthesised")
    return found(STALE, *difference.lines())


def no_role(name: str) -> Finding:
    """There is nothing to ask about."""
    return found(f"there is no role {name}: deploy the role stack first")
