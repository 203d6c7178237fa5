"""Whether the live role is the one that its stack's own template declares: nobody changed it by hand.

Where they differ, an update with a template that is already deployed changes nothing: CloudFormation compares
templates ("Detect unmanaged configuration changes to stacks and resources with drift detection", AWS CloudFormation
User Guide).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.role.difference import role_difference

if TYPE_CHECKING:
    from ops.role.documents import RoleDocuments
    from settings import Settings

DRIFTED = "the live role was changed by hand: an update of its stack may not put it back"


@dataclass(frozen=True, slots=True)
class Drift:
    """How the live role stands to its stack."""

    none: bool
    """Whether the role is as its stack deployed it."""
    sentence: str
    details: tuple[str, ...] = ()
    """Lines: what differs."""


def no_role(name: str) -> str:
    """Return the sentence that there is no role, and what to do."""
    return f"there is no role {name}: deploy the role stack first"


def role_drift(settings: Settings, live: RoleDocuments | None, deployed: RoleDocuments | None) -> Drift:
    """Compare the live role with the one of its stack's template; None: there is no role, or no stack.

    Raises:
        PatternTooComplex: what the roles allow is too complex to compare.
    """
    name = settings.role_stack_name
    if live is None:
        return Drift(none=False, sentence=no_role(settings.deploy_role_name))
    if deployed is None:
        sentence = f"there is no stack {name}, and yet there is a role {live.name}: stop, and escalate"
        return Drift(none=False, sentence=sentence)
    difference = role_difference(live, deployed)
    if difference.none:
        return Drift(none=True, sentence=f"{live.name} is as {name} deployed it")
    how = "see docs/runbook/drifted-resource.md; + is what the stack deployed"
    return Drift(none=False, sentence=DRIFTED, details=(how, *difference.lines("putting it back")))
