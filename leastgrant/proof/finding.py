"""What is wrong with a role, one sentence a fault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastgrant.iam.document import Statement
    from leastgrant.proof.needs import Need, Subject


class Kind(Enum):
    """What a finding says; the value is its key in the JSON output."""

    MISSING = "missing"
    """Something will be called that the role may not call."""
    EXCESS = "excess"
    """The role may call something that nothing calls."""
    BROAD = "broad"
    """The role may call it on more than it is called on."""
    ESCAPE = "escape"
    """A grant reaches outside the declared namespaces."""
    ESCALATION = "escalation"
    """The role can get more permissions than it has."""
    TRUST = "trust"
    """Others than declared can assume the role, or the declared ones cannot; or, none declared, some from outside."""
    UNKNOWN = "unknown"
    """It is not known what CloudFormation calls for a resource, or a part was not read, so nothing is proved of it."""
    UNDECIDED = "undecided"
    """Something was not read, decided or asked, so nothing is proved of it; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, and how to fix it."""

    kind: Kind
    action: str
    """`service:Action`; empty if the fault is not about one."""
    resource: str
    """The ARN or pattern it is about; empty if it is not about one."""
    message: str
    """What is wrong, in one sentence."""
    fix: str
    """What to do, in one sentence."""
    need: Need | None = None
    statement: Statement | None = None
    subject: Subject | None = None
    """The resource it is about; None if it is about the role."""
    layer: str = ""
    """What refuses it, if it is not the role's own policies: the boundary, or a policy of the organisation."""

    @property
    def id(self) -> str:
        """What it is acknowledged by: the kind, and the action or resource it is about."""
        about = " ".join(part for part in (self.action, self.resource) if part)
        return f"{self.kind.value}[{about}]" if about else self.kind.value


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A finding that is meant to be, and why.

    Raises:
        ValueError: there is no reason.
    """

    finding: Finding
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"{self.finding.id} is acknowledged without a reason; say why it is meant to be")
