"""A role as IAM keeps it: its documents, as they are written, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from leastgrant import Role
from leastgrant.iam import Pattern, parse_policy, parse_trust_policy

if TYPE_CHECKING:
    from leastgrant.iam import Policy

Document: TypeAlias = Mapping[str, Any]
"""A policy document, as JSON; valid, once its role has been read."""

DEFAULT_SESSION_SECONDS = 3600
"""Without a maximum session duration "the default value of one hour is applied" (IAM API Reference, CreateRole)."""


@dataclass(frozen=True)
class Boundary:
    """A managed policy that limits what a role's policies can allow."""

    arn: str
    document: Document


@dataclass(frozen=True)
class RoleDocuments:
    """The role in the account, or the one that the template declares."""

    name: str
    arn: str
    trust: Document
    inline: Mapping[str, Document]
    """By the policy's name."""
    attached: Mapping[str, Document]
    """By the policy's ARN."""
    boundary: Boundary | None
    tags: Mapping[str, str]
    """Without those that AWS gives, whose keys begin with `aws:`."""
    max_session_seconds: int

    @cached_property
    def role(self) -> Role:
        """What the documents come to.

        Raises:
            PolicyError: a document is not valid.
        """
        return Role(
            name=self.name,
            policies=tuple(_parsed({**self.inline, **self.attached})),
            trust=parse_trust_policy(self.trust, f"{self.name}: trust policy"),
            boundary=parse_policy(self.boundary.document, self.boundary.arn) if self.boundary else None,
            arns=(Pattern.literal(self.arn),),
        )


def _parsed(documents: Mapping[str, Document]) -> list[Policy]:
    return [parse_policy(document, name) for name, document in documents.items()]


def without_aws_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Keep the tags that a template or a person gave; `aws:` is "reserved for AWS use" ("Tags for IAM resources")."""
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:")}
