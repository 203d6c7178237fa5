"""The account's roles, as moto's IAM has them, for leastgrant to judge."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.iam.models import IAMBackend, iam_backends

from leastgrant import Role
from leastgrant.iam import Pattern, parse_policy, parse_trust_policy
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam import Policy


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of an account."""

    account: str

    @property
    def backend(self) -> IAMBackend:
        """Moto's IAM."""
        return iam_backends[self.account]["aws"]

    def arn(self, name: str) -> str | None:
        """Return the ARN of a role; None if there is none of that name."""
        found = self._find(name)
        return None if found is None else found.arn

    def longest_session(self, name: str) -> int:
        """Return the most seconds that a session of a role may last."""
        return int(self._find(name).max_session_duration)

    def role(self, name: str) -> Role:
        """Return a role, with all its policies.

        Raises:
            AwsError: there is no such role.
        """
        found = self._find(name)
        if found is None:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        trust = found.assume_role_policy_document
        return Role(
            name=name,
            policies=tuple(self._policies(found)),
            trust=parse_trust_policy(_document(trust), f"{name}.AssumeRolePolicyDocument"),
            boundary=self._boundary(found),
            arns=(Pattern.literal(found.arn),),
        )

    def _find(self, name: str) -> Any:
        return next((role for role in tuple(self.backend.roles.values()) if role.name == name), None)

    def _boundary(self, role: Any) -> Policy | None:
        arn = role.permissions_boundary_arn
        return _managed(self.backend.managed_policies[arn], arn) if arn else None

    def _policies(self, role: Any) -> Iterator[Policy]:
        for name, document in role.policies.items():
            yield parse_policy(_document(document), name)
        for arn, policy in role.managed_policies.items():
            yield _managed(policy, arn)


def _managed(policy: Any, arn: str) -> Policy:
    """Return the version of a managed policy that is in force."""
    (current,) = (one for one in policy.versions if one.version_id == policy.default_version_id)
    return parse_policy(_document(current.document), arn)


def _document(document: Any) -> object:
    """Read a policy as moto keeps it: an object, or text that may be percent-encoded."""
    if not isinstance(document, str):
        return document
    return json.loads(document if document.lstrip().startswith("{") else unquote(document))
