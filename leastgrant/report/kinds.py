"""Titles and explanations of the kinds of finding."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "https://github.com/DataTalksClub/dataops/blob/main/docs"
"""Where the documents are."""


def page_of(finding: str) -> str:
    """Return the address of what the documents say of a kind of finding, by its id."""
    return f"{DOCS}/findings.md#{finding}"


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

MEANINGS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "The deployment will call an action that the role may not call on this resource. "
        "CloudFormation then fails and rolls back.",
        Kind.EXCESS: "No resource of the templates and no declared use calls what this statement grants.",
        Kind.BROAD: "The action is needed, but not on all the resources that this statement names.",
        Kind.ESCAPE: "The statement reaches resources that the role's stacks cannot own.",
        Kind.ESCALATION: "With what it may do, the role can get permissions that it was not given.",
        Kind.TRUST: "Those who can assume the role are not exactly those declared, or, where none are, "
        "some are from outside the account.",
        Kind.UNKNOWN: "It was not read, or it is not known what CloudFormation calls for it: nothing is proved of it.",
        Kind.UNDECIDED: "Something was not read, decided or asked, so nothing is proved of it.",
    }
)

FIXES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "Grant the action on the resource: `leastgrant generate` writes the whole statement.",
        Kind.EXCESS: "Take it out, or declare the use that needs it (`--uses`), with its reason.",
        Kind.BROAD: "Narrow the resource to what is needed, which the finding names.",
        Kind.ESCAPE: "Narrow the resource to the declared namespaces, or declare what the stacks own (`--namespace`).",
        Kind.ESCALATION: "Close the way with the condition that the finding names, such as one on "
        "`iam:PermissionsBoundary`, or take the permission out.",
        Kind.TRUST: "Make the trust policy say exactly who is meant: the whole subject, the audience, and no wildcard.",
        Kind.UNKNOWN: "Declare what it needs as a use (`--uses`), or give the document that was not read "
        "(`--managed-policy ARN=FILE`), or acknowledge the finding.",
        Kind.UNDECIDED: "Give what the finding says is missing, or look at it yourself and acknowledge the finding.",
    }
)

EXPLANATIONS: Mapping[Kind, str] = MappingProxyType({kind: f"{MEANINGS[kind]} {FIXES[kind]}" for kind in Kind})
"""Both, in one."""
