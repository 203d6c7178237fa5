"""The deploy role in the account is the one that its stack's own template declares: nobody changed it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.checks.result import CheckFinding, found, good
from ops.role.drift import role_drift

if TYPE_CHECKING:
    from ops.role.documents import RoleDocuments
    from settings import Settings


def role_is_as_deployed(settings: Settings, live: RoleDocuments | None, deployed: RoleDocuments | None) -> CheckFinding:
    """Compare the live role with the one of its stack's template; None: there is no role, or no stack.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
    """
    drift = role_drift(settings, live, deployed)
    return (good if drift.none else found)(drift.sentence, *drift.details)
