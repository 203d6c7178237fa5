"""The account's roles, as moto's IAM has them, for leastgrant to judge."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.iam.models import IAMBackend, iam_backends

from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.pattern import Pattern
from leastgrant.role import Role
from ops.emulator.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam.document import Policy


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of an account."""

    account: str

    @property
    def backend(self) -> IAMBackend:
        """Moto's IAM."""
        return iam_backends[self.account]["aws"]

    def role(self, name: str) -> Role:
        """A role, with all its policies.

        Raises:
            AwsError: there is no such role.
        """
        found: Any = next((role for role in self.backend.roles.values() if role.name == name), None)
        if found is None:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        trust = found.assume_role_policy_document
        return Role(
            name=name,
            policies=tuple(self._policies(found)),
            trust=parse_trust_policy(_document(trust), f"{name}.AssumeRolePolicyDocument"),
            arns=(Pattern.literal(found.arn),),
        )

    def _policies(self, role: Any) -> Iterator[Policy]:
        for name, document in role.policies.items():
            yield parse_policy(_document(document), name)
        for arn, policy in role.managed_policies.items():
            (current,) = (one for one in policy.versions if one.version_id == policy.default_version_id)
            yield parse_policy(_document(current.document), arn)


def _document(document: Any) -> object:
    """A policy as moto keeps it: an object, or text that may be percent-encoded."""
    if not isinstance(document, str):
        return document
    return json.loads(document if document.lstrip().startswith("{") else unquote(document))
