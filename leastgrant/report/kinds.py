"""Titles and explanations of the kinds of finding."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "Missing permission",
        Kind.EXCESS: "Permission that nothing needs",
        Kind.BROAD: "Permission on more than is needed",
        Kind.ESCAPE: "Permission outside the namespaces",
        Kind.ESCALATION: "Way to more permissions",
        Kind.TRUST: "Trust other than meant",
        Kind.UNKNOWN: "Not read, or not known",
        Kind.UNDECIDED: "Question without an answer",
    }
)

EXPLANATIONS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "The deployment will call an action that the role may not call on this resource. "
        "CloudFormation then fails and rolls back. Grant the action on the resource.",
        Kind.EXCESS: "No resource of the templates and no declared use calls what this statement grants. "
        "Take it out, or declare the use that needs it, with its reason.",
        Kind.BROAD: "The action is needed, but not on all the resources that this statement names. "
        "Narrow the resource to what is needed.",
        Kind.ESCAPE: "The statement reaches resources that the role's stacks cannot own. "
        "Narrow the resource to the declared namespaces.",
        Kind.ESCALATION: "With what it may do, the role can get permissions that it was not given. "
        "Close the way with a condition, or take the permission out.",
        Kind.TRUST: "Those who can assume the role are not exactly those declared, or, where none are, "
        "some are from outside the account. Make the trust policy say who is meant.",
        Kind.UNKNOWN: "It was not read, or it is not known what CloudFormation calls for it: nothing is proved of it. "
        "Declare what it needs as a use, and acknowledge the finding.",
        Kind.UNDECIDED: "Something was not read, decided or asked, so nothing is proved of it. "
        "Give what is missing, or look at it yourself and acknowledge the finding.",
    }
)
