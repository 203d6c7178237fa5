"""Who gains and loses what between two states of the project, and what it is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant import Operation, Role, needs_of, new_access
from leastgrant.iam import ANY, Pattern, TrustPolicy, parse_policy, parse_trust_policy
from leastgrant.template import ABSENT, UNKNOWN, OneOf, ResolvedResource, alternatives
from ops.terminal.request_context import context_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant import Need, NotDecided
    from leastgrant.iam import AssumeRequest, Witness
    from leastgrant.template import Expression, ResolvedTemplate, Value
    from permissions_diff.baseline import ProjectState

    _Cause = Callable[[str, Sequence[Pattern]], str]
    """What an action on resources is for."""


class Sign(Enum):
    """Whether access is gained or lost; changed: it may be either, or both."""

    GAINED = "+"
    LOST = "-"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Access that is gained, lost or changed."""

    who: str
    sign: Sign
    what: str
    """IAM actions, or what else."""
    on: str
    cause: str
    """What it is for: resources, tools, lines of workflows."""


_ROLE: Final = "AWS::IAM::Role"
_MANAGED: Final = "AWS::IAM::ManagedPolicy"
_POLICIES: Final = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", _MANAGED})
_BOUNDARY: Final = "PermissionsBoundary"
_COMPARED: Final = frozenset({"AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", _BOUNDARY})
"""A role's properties that are compared request by request."""
_ACCESS: Final = re.compile(
    "Access|A(cl|CL)(?![a-z])|Auth|auth|Credential|Grant|IAM|Ingress|Ownership|Permission|Polic|Principal|Public|Role|Session|Trust"
)
"""What the names of types and properties have in them that give others access, or are others that may have it."""
_ALSO_ACCESS: Final = frozenset(
    {
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::StackSet",
        "AWS::IdentityStore::GroupMembership",
        "AWS::Lambda::Url",
        "AWS::RAM::ResourceShare",
        "AWS::SSO::Assignment",
    }
)
"""Types of that kind whose names do not say so, or whose access is in another template."""
_SHOWN: Final = 3


def access_changes(before: ProjectState, after: ProjectState) -> tuple[AccessChange, ...]:
    """Compare both stacks' roles, what else gives access, and the jobs that can assume the deploy role.

    Raises:
        InputError: a side cannot be compared.
    """
    return (
        *_of_roles(
            before,
            after,
            lambda side: side.role,
            gained=partial(_needed_by, after),
            lost=partial(_no_longer_needed_by, before, after),
        ),
        *_of_jobs(before, after),
        *_of_roles(
            before, after, lambda side: side.app, gained=partial(_reached, after), lost=partial(_reached, before)
        ),
        *_of_others(before, after, lambda side: side.role, "the stack of the deploy role"),
        *_of_others(before, after, lambda side: side.app, "the app"),
    )


def _of_roles(
    before: ProjectState,
    after: ProjectState,
    template: Callable[[ProjectState], ResolvedTemplate],
    *,
    gained: _Cause,
    lost: _Cause,
) -> Iterator[AccessChange]:
    roles = {side.name: _roles(side, template(side)) for side in (before, after)}
    for name in sorted({*roles[before.name], *roles[after.name]}):
        none = _KnownRole(Role(name, (), TrustPolicy(())), frozenset(), boundary_known=True, parts={})
        old, new = (roles[side.name].get(name, none) for side in (before, after))
        access = new_access(*_comparable(old, new))
        yield from _grouped(name, Sign.GAINED, access.gained, gained)
        yield from _grouped(name, Sign.LOST, access.lost, lost)
        for sign, arns, side in (
            (Sign.GAINED, new.attached - old.attached, after),
            (Sign.LOST, old.attached - new.attached, before),
        ):
            for arn in sorted(arns):
                yield AccessChange(name, sign, "all that a policy allows", arn, f"attached by {name} of {side.name}")
        yield from _of_trust(name, Sign.GAINED, access.admitted or (), after)
        yield from _of_trust(name, Sign.LOST, access.refused or (), before)
        for one in access.undecided:
            yield AccessChange(name, Sign.CHANGED, f"{one.action} (not decided)", _principal(one), one.reason)
        yield from _not_compared(name, old, new)


def _principal(doubt: NotDecided) -> str:
    return doubt.principal.name if doubt.principal else "what its policies name"


def _comparable(old: _KnownRole, new: _KnownRole) -> tuple[Role, Role]:
    """Return both roles, without boundaries if it is not known what one of them allows."""
    if old.boundary_known and new.boundary_known:
        return old.role, new.role
    return replace(old.role, boundary=None), replace(new.role, boundary=None)


def _not_compared(name: str, old: _KnownRole, new: _KnownRole) -> Iterator[AccessChange]:
    """Yield the parts that differ of roles that are not wholly known: what is taken for `*` may hide anything."""
    unknown = [label for label, part in (*old.parts.items(), *new.parts.items()) if not part.exact]
    boundary = {_BOUNDARY} if not (old.boundary_known and new.boundary_known) else set[str]()
    for label in sorted({*old.parts, *new.parts} if unknown else boundary):
        if _differ(old.parts.get(label), new.parts.get(label)):
            why = ", ".join(dict.fromkeys(unknown)) or label
            yield _changed(name, label, _ROLE, f"only AWS knows all that {why} says")


def _changed(who: str, label: str, on: str, cause: str) -> AccessChange:
    return AccessChange(who, Sign.CHANGED, f"changes: {label} (not compared exactly)", on, cause)


def _grouped(name: str, sign: Sign, witnesses: Iterable[Witness], cause: _Cause) -> Iterator[AccessChange]:
    """Yield one change for all actions on the same, for the same."""
    groups: dict[tuple[str, str], list[str]] = {}
    for witness in witnesses:
        action = witness.request.action
        reached = list(_reached_by(witness))
        on = ", ".join(map(str, reached)) + context_text(witness.request.context)
        groups.setdefault((on, cause(action, reached)), []).append(action)
    for (on, why), actions in groups.items():
        yield AccessChange(name, sign, ", ".join(dict.fromkeys(actions)), on, why)


def _reached_by(witness: Witness) -> Iterator[Pattern]:
    """Yield the resources that the statements which allow a request name, as far as the request is among them."""
    request = witness.request
    for statement in witness.decision.statements:
        if statement.resources.negated:
            yield Pattern.literal(request.resource)
            continue
        yield from (p for p in statement.resources.patterns(request.context) if p.matches(request.resource))


def _needed_by(side: ProjectState, action: str, reached: Sequence[Pattern]) -> str:
    """Return what needs an action of the deploy role: resources of the app, declared uses."""
    found = list(_names(_explaining(side, action, reached)))
    if found:
        return ", ".join(found)
    if side.uses is None:
        return f"no resource of the app; {side.name} has no snapshot of the declared uses"
    return "nothing that is known: neither a resource of the app nor a declared use"


def _no_longer_needed_by(before: ProjectState, after: ProjectState, action: str, reached: Sequence[Pattern]) -> str:
    """Return what still needs it; else what needed it before."""
    still = list(_names(_explaining(after, action, reached)))
    return f"STILL NEEDED: {', '.join(still)}" if still else _needed_by(before, action, reached)


def _explaining(side: ProjectState, action: str, reached: Sequence[Pattern]) -> Iterator[Need]:
    called, _ = needs_of(side.app)
    for need in (*called, *(need for use in side.uses or () for need in use.needs())):
        if need.action == action and any(pattern.intersects(need.resource) for pattern in reached):
            yield need


def _names(needs: Iterable[Need]) -> Iterator[str]:
    subjects = dict.fromkeys(
        f"the use `{need.subject.name}`"
        if need.operation is Operation.USE
        else f"{need.subject.name} ({need.subject.type})"
        for need in needs
    )
    yield from _first(list(subjects))


def _reached(side: ProjectState, action: str, reached: Sequence[Pattern]) -> str:
    """Name the resources of the app that a function's role reaches."""
    del action
    found = [
        one.declared.logical_id
        for one in side.app
        if any(arn.intersects(pattern) for arn in one.arns if arn != ANY for pattern in reached)
    ]
    return f"reaches {', '.join(_first(found))}" if found else "reaches nothing of the app"


def _first(names: Sequence[str]) -> Iterator[str]:
    yield from names[:_SHOWN]
    if len(names) > _SHOWN:
        yield f"and {len(names) - _SHOWN} more"


def _of_trust(name: str, sign: Sign, requests: Iterable[AssumeRequest], side: ProjectState) -> Iterator[AccessChange]:
    for request in requests:
        who = f"{request.principal.kind.value} {request.principal.name}{context_text(request.context)}"
        yield AccessChange(who, sign, request.action, name, f"the trust policy of {name} in {side.name}")


def _of_jobs(before: ProjectState, after: ProjectState) -> Iterator[AccessChange]:
    """Yield the jobs that can assume the deploy role, each with the subject that the role trusts."""
    old, new = _jobs(before), _jobs(after)
    for sign, jobs, others in ((Sign.GAINED, new, old), (Sign.LOST, old, new)):
        for (job, subject), where in jobs.items():
            if (job, subject) not in others:
                yield AccessChange(
                    f"job {job}, as {subject}", sign, "sts:AssumeRoleWithWebIdentity", "the deploy role", where
                )


def _jobs(side: ProjectState) -> dict[tuple[str, str], str]:
    contract = side.contract
    return {
        (run.name, subject): f"{run.workflow.file}:{run.permissions.line if run.permissions else run.job.line}"
        for run in contract.with_token
        for subject in contract.trusted_of(run)
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a template: as far as it is known, with the rest as `*`, and as it is written."""

    known: object
    written: object
    exact: bool
    """Whether all of it is known."""


def _part(resource: ResolvedResource, value: Value, written: Expression) -> _Part:
    declared = resource.declared
    return _Part(_known(value), (declared.condition, written), resource.certain and _is_known(value))


def _differ(old: _Part | None, new: _Part | None) -> bool:
    """Tell whether two parts differ, or may: what is not wholly known may mean anything."""
    if old is None or new is None:
        return old is not new
    return old.known != new.known or (old.written != new.written and not (old.exact and new.exact))


@dataclass(frozen=True, slots=True)
class _KnownRole:
    """A role, with unknown parts of its policies as wildcards; policies of AWS's are known by name alone."""

    role: Role
    attached: frozenset[str]
    boundary_known: bool
    parts: Mapping[str, _Part]
    """What its permissions are read from, by property."""


def _roles(side: ProjectState, resolved: ResolvedTemplate) -> dict[str, _KnownRole]:
    return {one.declared.logical_id: _role(side, one) for one in resolved if one.declared.type == _ROLE}


def _role(side: ProjectState, resource: ResolvedResource) -> _KnownRole:
    name, properties = resource.declared.logical_id, cast("dict[str, Any]", _known(resource.properties))
    parts = {
        label: _part(resource, value, resource.declared.properties[label])
        for label, value in resource.properties.items()
        if label in _COMPARED
    }
    documents = [
        (f"{name}.Policies", cast("dict[str, object]", policy).get("PolicyDocument"))
        for policy in _list(properties.get("Policies"))
        if isinstance(policy, dict)
    ]
    attached = list(map(str, _list(properties.get("ManagedPolicyArns"))))
    managed: dict[str, object] = {}
    for one in (*side.role, *side.app):
        if one.declared.type not in _POLICIES or "PolicyDocument" not in one.properties:
            continue
        called, document = one.declared.logical_id, _known(one.properties["PolicyDocument"])
        arns = list(map(_text, one.arns)) if one.declared.type == _MANAGED else []
        managed |= dict.fromkeys(arns, document)
        if not _named_by(one).isdisjoint(map(_text, resource.refs)) or not set(arns).isdisjoint(attached):
            documents.append((called, document))
            written = one.declared.properties["PolicyDocument"]
            parts[f"{called}.PolicyDocument"] = _part(one, one.properties["PolicyDocument"], written)
    boundary = str(properties[_BOUNDARY]) if _BOUNDARY in properties else None
    return _KnownRole(
        Role(
            name,
            tuple(parse_policy(document, where) for where, document in documents),
            parse_trust_policy(properties.get("AssumeRolePolicyDocument"), f"{name}.AssumeRolePolicyDocument"),
            parse_policy(managed[boundary], f"{name}.{_BOUNDARY}") if boundary in managed else None,
        ),
        frozenset(attached) - {*managed},
        boundary_known=boundary is None or boundary in managed,
        parts=parts,
    )


def _named_by(policy: ResolvedResource) -> set[str]:
    """Return the names of the roles that a policy says it is for."""
    properties = cast("dict[str, Any]", _known(policy.properties))
    return {str(name) for name in (*_list(properties.get("Roles")), properties.get("RoleName")) if name is not None}


def _list(value: object) -> list[Any]:
    """Return a list; nothing, if it is not known."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _known(value: Value) -> object:
    """Return a value as JSON, what is not known of it as `*`."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items() if item is not ABSENT}
    if isinstance(value, tuple):
        return [_known(item) for item in value if item is not ABSENT]
    if isinstance(value, bool | int | float):
        return value
    return _text(value) if isinstance(value, Pattern) else "*"


def _is_known(value: Value) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_known, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_known, value))
    return value.is_literal if isinstance(value, Pattern) else value is not UNKNOWN and not isinstance(value, OneOf)


def _text(pattern: Pattern) -> str:
    """Write a pattern as a policy does: what is written in the template stays, wildcards too."""
    return "".join(token if isinstance(token, str) else token.value for token in pattern.tokens)


def _of_others(
    before: ProjectState, after: ProjectState, template: Callable[[ProjectState], ResolvedTemplate], stack: str
) -> Iterator[AccessChange]:
    """Yield changes of all that gives access beside what the roles may do, compared as declared."""
    old, new = (_others(side, template(side)) for side in (before, after))
    differing = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    for name in differing:
        for sign, others in ((Sign.LOST, old), (Sign.GAINED, new)):
            if name in others:
                kind, _, properties = others[name]
                declared = json.dumps(properties, sort_keys=True)
                told = Sign.CHANGED if '"Deny"' in declared else sign  # who loses a Deny may gain access
                yield AccessChange("others", told, kind, name, f"as {stack} declares: {declared}")
    was, now = (_parts(side, template(side)) for side in (before, after))
    for key in sorted({*was, *now}):
        name, kind, label = key
        if name not in differing and _differ(was.get(key), now.get(key)):
            cause = f"was {_shown(was.get(key))}, is {_shown(now.get(key))}"
            yield _changed("others", label, f"{name} ({kind})", cause)


def _others(side: ProjectState, resolved: ResolvedTemplate) -> dict[str, tuple[str, bool, object]]:
    """Return what is compared as a whole, by logical id."""
    roles = _role_names(side)
    return {
        one.declared.logical_id: (one.declared.type, one.certain, _known(one.properties))
        for one in resolved
        if _gives_access(one.declared.type) and not _is_of_roles(one, roles)
    }


def _role_names(side: ProjectState) -> set[str]:
    return {_text(ref) for one in (*side.role, *side.app) if one.declared.type == _ROLE for ref in one.refs}


def _gives_access(kind: str) -> bool:
    return kind != _ROLE and (kind in _ALSO_ACCESS or _ACCESS.search(kind) is not None)


def _is_of_roles(policy: ResolvedResource, roles: set[str]) -> bool:
    """Tell whether a policy is compared with the roles that it names, and is for nobody else."""
    named = _named_by(policy)
    to_others = {"Users", "Groups"} & {*policy.properties}
    return policy.declared.type in _POLICIES - {_MANAGED} and bool(named) and named <= roles and not to_others


def _parts(side: ProjectState, resolved: ResolvedTemplate) -> dict[tuple[str, str, str], _Part]:
    """Return the properties that concern access and are not compared with the roles, by logical id, type and path."""
    roles = _role_names(side)
    found: dict[tuple[str, str, str], _Part] = {}
    for one in resolved:
        name, kind = one.declared.logical_id, one.declared.type
        if _is_of_roles(one, roles):
            continue
        for label, value in one.properties.items():
            if kind == _ROLE and label in _COMPARED:
                continue
            whole = (label, value, one.declared.properties[label])
            for path, inner, written in (whole,) if _gives_access(kind) else _about_access(label, *whole):
                found[name, kind, path] = _part(one, inner, written)
    return found


def _about_access(path: str, name: str, value: Value, written: Expression) -> Iterator[tuple[str, Value, Expression]]:
    """Yield the properties within a property whose names tell that they concern access."""
    if _ACCESS.search(name):
        yield path, value, written
    elif isinstance(value, Mapping):
        for key, item in value.items():
            inner = written[key] if isinstance(written, Mapping) and key in written else written
            yield from _about_access(f"{path}.{key}", key, item, inner)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _about_access(f"{path}[{number}]", "", item, written)
    elif isinstance(value, OneOf) and any(
        True for one in alternatives(value) for _ in _about_access(path, name, one, written)
    ):
        yield path, value, written


def _shown(part: _Part | None) -> str:
    return "absent" if part is None else json.dumps(part.known, sort_keys=True)
