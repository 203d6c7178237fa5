"""What a template's own names lead to: a profile to its role, an alias to its key, a role to the services it trusts.

A call is asked for on the thing itself: `iam:PassRole` on the role of an instance profile, a use of a key on the key
that an alias names. Sources: "Grant permissions to attach an IAM role to an instance", Amazon EC2 User Guide; "Using
aliases to control access to KMS keys", AWS KMS Developer Guide; "Grant a user permissions to pass a role to an AWS
service", AWS IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.template.values import alternatives, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leastgrant.template import ResolvedResource, ResolvedTemplate, Value

_ROLE, _PROFILE, _ALIAS = "AWS::IAM::Role", "AWS::IAM::InstanceProfile", "AWS::KMS::Alias"
_PROFILE_WORDS = "InstanceProfile"


class Followed:
    """What the names in a template lead to."""

    def __init__(self, resolved: ResolvedTemplate) -> None:
        """Look at the roles, profiles and aliases of a template."""
        self._roles: dict[Pattern, tuple[Pattern, ...]] = {}
        self._of_iam: dict[str, dict[Pattern, tuple[Pattern, ...]]] = {"Role": self._roles, "User": {}, "Group": {}}
        self._services: dict[Pattern, tuple[Pattern, ...]] = {}
        profiles: list[ResolvedResource] = []
        self._keys: dict[Pattern, tuple[Pattern, ...]] = {}
        for resource in resolved:
            match resource.declared.type:
                case type_name if type_name == _ROLE:
                    self._roles |= dict.fromkeys((*resource.names, *resource.arns), resource.arns)
                    services = _trusted(resource.properties.get("AssumeRolePolicyDocument"))
                    self._services |= dict.fromkeys(resource.arns, services)
                case "AWS::IAM::User" | "AWS::IAM::Group":
                    named = self._of_iam[resource.declared.type.rpartition("::")[2]]
                    named |= dict.fromkeys(resource.names, resource.arns)
                case type_name if type_name == _PROFILE:
                    profiles.append(resource)
                case type_name if type_name == _ALIAS:
                    targets = tuple(one for one in values_at(resource.properties, ["TargetKeyId"]) if one is not None)
                    names = (*resource.names, *resource.refs, *resource.arns)
                    self._keys |= dict.fromkeys(names, targets)
                case _:
                    pass
        self._profiles: dict[Pattern, tuple[Pattern, ...]] = {}
        for profile in profiles:
            roles = self._roles_in(one for one in values_at(profile.properties, ["Roles"]) if one is not None)
            self._profiles |= dict.fromkeys((*profile.names, *profile.arns), roles)

    def values(self, action: str, path: str, found: Sequence[Pattern | None]) -> Sequence[Pattern | None]:
        """Return the values at a property path, as a call on what they name has them."""
        if action == "iam:PassRole":
            if _PROFILE_WORDS in path:
                return _each(found, lambda value: self._profiles.get(value, (ANY,)))
            return _each(found, lambda value: self._roles.get(value, (value,)))
        if action.startswith("iam:"):  # of what has a path, a name alone does not give the ARN
            kind = next((kind for kind in self._of_iam if kind in action), "Role")
            named = self._of_iam[kind]
            return _each(found, lambda value: named.get(value, (value,)))
        if action.startswith("kms:"):
            return _each(found, lambda value: self._keys.get(value, (value,)))
        return found

    def trusted_by(self, role: Pattern) -> tuple[Pattern, ...]:
        """Return the services that a role of the template trusts; none if it is not of the template, or trusts none."""
        return self._services.get(role, ())

    def _roles_in(self, names: Iterable[Pattern]) -> tuple[Pattern, ...]:
        return tuple(arn for name in names for arn in self._roles.get(name, (name,)))


def _each(
    found: Sequence[Pattern | None], leads_to: Callable[[Pattern], Sequence[Pattern]]
) -> tuple[Pattern | None, ...]:
    led = (end for value in found for end in ((None,) if value is None else leads_to(value)))
    return tuple(dict.fromkeys(led))


def _trusted(document: Value | None) -> tuple[Pattern, ...]:
    """Return the services in a trust policy's statements that allow."""
    if document is None:
        return ()
    services: dict[Pattern, None] = {}
    for one in alternatives(document):
        statements = one.get("Statement", ()) if isinstance(one, Mapping) else ()
        for statement in statements if isinstance(statements, tuple) else (statements,):
            if isinstance(statement, Mapping) and statement.get("Effect") != Pattern.literal("Deny"):
                found = values_at(statement, ["Principal", "Service"])
                services |= dict.fromkeys(service for service in found if service is not None and service != ANY)
    return tuple(services)
