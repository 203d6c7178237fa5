"""A role as deployed by a template, or as one policy document: what it may do, and who may assume it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from leastgrant.errors import InputError
from leastgrant.iam.document import Effect, Policy, parse_policy, parse_trust_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.managed_policies import managed_policy, managed_policy_version
from leastgrant.template import ABSENT, texts
from leastgrant.template.values import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.iam.document import Statement, TrustPolicy
    from leastgrant.template import ResolvedResource, ResolvedTemplate, Value

_TYPE = "AWS::IAM::Role"
_ALONE = frozenset({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})
_POLICY_TYPES = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"})


class RoleError(InputError):
    """A role cannot be read, in one line: where, what is wrong and what to do."""


@dataclass(frozen=True)
class Role:
    """The role of a proof."""

    name: str
    """How findings call it: its logical id, or the name of the policy's file."""
    policies: tuple[Policy, ...]
    trust: TrustPolicy | None = None
    """None: not known, as of a bare policy."""
    boundary: Policy | None = None
    arns: tuple[Pattern, ...] = ()
    """Its own ARN; none if not known."""
    unread: tuple[str, ...] = ()
    """The ARNs of attached policies, and of a boundary, whose documents are not known."""
    managed: Mapping[str, Policy] = field(default_factory=dict[str, "Policy"])
    """The managed policies of its template, by ARN, as far as they are known."""
    max_session_seconds: int = 3600
    """Its MaxSessionDuration; the default is IAM's."""
    stack: str = ""
    template: str | None = None
    line: int | None = None
    construct_path: str | None = None

    @cached_property
    def permissions(self) -> Permissions:
        """What the policies and the boundary let it do: what has a wildcard in its resource type allows nothing."""
        return Permissions(map(_effective, self.policies), self.boundary and _effective(self.boundary))

    @cached_property
    def as_written(self) -> Permissions:
        """What they would let it do if a wildcard could stand in a resource type."""
        return Permissions(self.policies, self.boundary)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements of its policies."""
        return tuple(statement for policy in self.policies for statement in policy.statements)

    @property
    def wildcards_in_types(self) -> tuple[tuple[Statement, str], ...]:
        """The resources of allowing statements that have a wildcard in their type, each with its statement."""
        every = (*self.statements, *(self.boundary.statements if self.boundary else ()))
        return tuple((s, text) for s in every for text in _texts_with_wildcard_in_type(s))


def _effective(policy: Policy) -> Policy:
    if not any(_texts_with_wildcard_in_type(s) for s in policy.statements):
        return policy
    return Policy(tuple(map(_without_wildcards_in_types, policy.statements)))


def _without_wildcards_in_types(statement: Statement) -> Statement:
    void = _texts_with_wildcard_in_type(statement)
    strings = tuple(string for string in statement.resources.strings if string.text not in void)
    return replace(statement, resources=replace(statement.resources, strings=strings)) if void else statement


def _texts_with_wildcard_in_type(statement: Statement) -> tuple[str, ...]:
    if statement.effect is Effect.DENY or statement.resources.negated:
        return ()
    texts = (string.text for string in statement.resources.strings)
    return tuple(text for text in texts if authorization.has_wildcard_in_type(text))


def role_of_policy(document: object, name: str) -> Role:
    """Make a role that is known by one policy document alone.

    Raises:
        PolicyError: the document is not a valid policy.
    """
    return Role(name, (parse_policy(document, name),))


def role_of_template(
    resolved: ResolvedTemplate, logical_id: str | None = None, given: Mapping[str, Policy] = MappingProxyType({})
) -> Role:
    """Read the role that a template declares, with every policy that the template gives it.

    A managed policy, or one for a role of another template, is a role of which no more is known.

    Args:
        resolved: The template, resolved as far as its policies go.
        logical_id: The role's; needed if the template has several.
        given: Managed policies of other templates, by ARN.

    Raises:
        RoleError: there is no such role, or a part of a policy is not known.
        PolicyError: a policy is not valid.
    """
    where = resolved.template.source.name
    roles = {r.declared.logical_id: r for r in resolved if r.declared.type == _TYPE}
    policies = {r.declared.logical_id: r for r in resolved if r.declared.type in _ALONE}
    choices = (roles or policies) if logical_id is None else {**policies, **roles}
    if logical_id is None and len(choices) == 1:
        (logical_id,) = choices
    if logical_id not in choices:
        known = ", ".join(sorted(choices if logical_id is None else {**policies, **roles})) or "none"
        wanted = f"has no role {logical_id!r}" if logical_id else f"has {len(roles)} roles"
        raise RoleError(f"{where}: {wanted}; name one of its roles with '#LogicalId' (there are: {known})")
    return (
        _alone(resolved, choices[logical_id]) if logical_id in policies else _role(resolved, choices[logical_id], given)
    )


def _alone(resolved: ResolvedTemplate, policy: ResolvedResource) -> Role:
    """Make a role of which the template has one policy."""
    where = resolved.template.source.name
    declared = policy.declared
    document = known_json(policy.properties.get("PolicyDocument", ABSENT), f"{where}: {declared.logical_id}")
    return Role(
        declared.logical_id,
        (parse_policy(document, declared.logical_id),),
        stack=str(resolved.environment.stack_name or where),
        template=where,
        line=declared.line,
        construct_path=declared.construct_path,
    )


def _role(resolved: ResolvedTemplate, role: ResolvedResource, given: Mapping[str, Policy]) -> Role:
    where = resolved.template.source.name
    logical_id = role.declared.logical_id
    found = tuple(_policies(resolved, role, given))
    boundary = role.properties.get("PermissionsBoundary", ABSENT)
    limit = (
        None
        if boundary is ABSENT
        else _managed(resolved, boundary, f"{where}: {logical_id}.PermissionsBoundary", given)
    )
    return Role(
        name=logical_id,
        policies=tuple(policy for policy in found if not isinstance(policy, str)),
        trust=parse_trust_policy(
            known_json(
                role.properties.get("AssumeRolePolicyDocument", ABSENT),
                f"{where}: {logical_id}.AssumeRolePolicyDocument",
            ),
            f"{logical_id}.AssumeRolePolicyDocument",
        ),
        boundary=None if isinstance(limit, str) else limit,
        arns=role.arns,
        unread=tuple(unread for unread in (*found, limit) if isinstance(unread, str)),
        managed={**managed_policies([resolved]), **given},
        max_session_seconds=_max_session(role, f"{where}: {logical_id}.MaxSessionDuration"),
        stack=str(resolved.environment.stack_name or where),
        template=where,
        line=role.declared.line,
        construct_path=role.declared.construct_path,
    )


def _max_session(role: ResolvedResource, where: str) -> int:
    """Read the MaxSessionDuration: an hour, if it is not set (AWS CloudFormation User Guide, "AWS::IAM::Role")."""
    value = role.properties.get("MaxSessionDuration", ABSENT)
    seconds = "3600" if value is ABSENT else str(known_json(value, where))
    if not seconds.isdecimal():
        raise RoleError(f"{where}: {seconds!r} is no number of seconds; write 3600 to 43200")
    return int(seconds)


def _policies(
    resolved: ResolvedTemplate, role: ResolvedResource, given: Mapping[str, Policy]
) -> Iterator[Policy | str]:
    """Yield the role's policies; of one whose document is not known, the ARN."""
    where = f"{resolved.template.source.name}: {role.declared.logical_id}"
    for policy in _items(role.properties.get("Policies", ABSENT), f"{where}.Policies"):
        members = _object(policy, f"{where}.Policies")
        name = known_json(members.get("PolicyName", ABSENT), f"{where}.Policies.PolicyName")
        yield parse_policy(known_json(members.get("PolicyDocument", ABSENT), f"{where}.{name}"), str(name))
    for arn in _items(role.properties.get("ManagedPolicyArns", ABSENT), f"{where}.ManagedPolicyArns"):
        yield _managed(resolved, arn, f"{where}.ManagedPolicyArns", given)
    for resource in resolved:
        place = f"{resolved.template.source.name}: {resource.declared.logical_id}"
        if resource.declared.type in _POLICY_TYPES and _is_attached(resource, role, resolved, place):
            if not resource.certain:
                raise RoleError(f"{place}: may or may not exist; give the parameters its condition depends on")
            if resource.declared.type != "AWS::IAM::RolePolicy" or "PolicyDocument" in resource.properties:
                document = known_json(resource.properties.get("PolicyDocument", ABSENT), place)
                yield parse_policy(document, resource.declared.logical_id)


def _is_attached(policy: ResolvedResource, role: ResolvedResource, resolved: ResolvedTemplate, where: str) -> bool:
    """Tell whether a policy names the role: for certain, as one that is overlooked could grant or deny anything."""
    name = policy.properties.get("RoleName", ABSENT)
    named = _items(policy.properties.get("Roles", ABSENT), f"{where}.Roles")
    values = named if name is ABSENT else (name, *named)
    if any(value in role.refs for value in values):
        return True
    others = [one.refs for one in resolved if one.declared.type == _TYPE and one is not role]
    for value in values:
        of_another = any(value in refs for refs in others)
        if not of_another and any(text.intersects(ref) for text in texts(value) for ref in role.refs):
            raise RoleError(f"{where}: whether it is attached to the role is not known; give its parameters")
    return False


def _managed(resolved: ResolvedTemplate, arn: Value, where: str, given: Mapping[str, Policy]) -> Policy | str:
    """Return a managed policy of the template, given, or of AWS; the ARN of another, as far as it is known."""
    for resource in resolved:
        if resource.declared.type == "AWS::IAM::ManagedPolicy" and arn in resource.arns:
            document = known_json(resource.properties.get("PolicyDocument", ABSENT), where)
            return parse_policy(document, resource.declared.logical_id)
    names = [str(text) for text in texts(arn)]
    if len(names) == 1 and names[0] in given:
        return given[names[0]]
    document = managed_policy(names[0]) if len(names) == 1 else None
    if document is None:
        return " or ".join(names)
    return parse_policy(document, f"{names[0].rpartition('/')[2]} {managed_policy_version(names[0])}")


def managed_policies(templates: Iterable[ResolvedTemplate]) -> Mapping[str, Policy]:
    """Return the managed policies that templates declare, by ARN, as far as ARNs and documents are known."""
    found: dict[str, Policy] = {}
    for resolved in templates:
        for resource in resolved:
            if resource.declared.type != "AWS::IAM::ManagedPolicy" or len(resource.arns) != 1 or not resource.certain:
                continue
            (arn,) = resource.arns
            name = resource.declared.logical_id
            try:
                document = known_json(resource.properties.get("PolicyDocument", ABSENT), name)
                if arn.is_literal:
                    found[str(arn)] = parse_policy(document, name)
            except (RoleError, PolicyError):
                continue  # what is not known is not among the known
    return found


def _items(value: Value, where: str) -> tuple[Value, ...]:
    if value is ABSENT:
        return ()
    if isinstance(value, tuple):
        return value
    raise RoleError(f"{where}: expected a list that is known; give the parameters it depends on")


def _object(value: Value, where: str) -> Mapping[str, Value]:
    if isinstance(value, Mapping):
        return value
    raise RoleError(f"{where}: expected an object that is known; give the parameters it depends on")


def known_json(value: Value, where: str) -> object:
    """Return the JSON that a resolved value stands for; all of it must be known, or a grant could hide in the rest.

    Raises:
        RoleError: a part is not known before the deployment.
    """
    if isinstance(value, Mapping):
        return {key: known_json(item, f"{where}.{key}") for key, item in value.items() if item is not ABSENT}
    if isinstance(value, tuple):
        return [known_json(item, f"{where}[{number}]") for number, item in enumerate(value) if item is not ABSENT]
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Pattern) and len(alternatives(value)) == 1 and value.is_literal:
        return "".join(cast("tuple[str, ...]", value.tokens))
    raise RoleError(f"{where}: not known before the deployment; give the account, region and parameters it depends on")
