"""A denied call, held against the templates and the role: what it is for, what refuses it, and what grants it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.denial.message import PolicyType
from leastgrant.iam.arn import COMPONENTS, components
from leastgrant.iam.evaluation import Element, Outcome, Request, evaluate, near_misses
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import UnknownType, authorization, known_calls
from leastgrant.proof.generation import LeastStatement, least_statements
from leastgrant.proof.missing import contexts_of, refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.denial.message import Denial
    from leastgrant.iam.document import Statement
    from leastgrant.iam.evaluation import NearMiss
    from leastgrant.iam.string import Context
    from leastgrant.knowledge import PossibleCall
    from leastgrant.proof.needs import Need
    from leastgrant.role import Role


class Layer(Enum):
    """What refused a call ("Policy evaluation logic", AWS IAM User Guide)."""

    IDENTITY = "the caller's own policies"
    BOUNDARY = "the permissions boundary"
    SESSION = "the session policy"
    SERVICE_CONTROL = "a service control policy"
    RESOURCE_CONTROL = "a resource control policy"
    RESOURCE = "the policy of the resource"
    ENDPOINT = "the policy of the VPC endpoint"
    TRUST = "the trust policy of the role"
    NOT_TOLD = "not told"


_LAYERS = {
    PolicyType.IDENTITY: Layer.IDENTITY,
    PolicyType.RESOURCE: Layer.RESOURCE,
    PolicyType.BOUNDARY: Layer.BOUNDARY,
    PolicyType.SESSION: Layer.SESSION,
    PolicyType.SERVICE_CONTROL: Layer.SERVICE_CONTROL,
    PolicyType.RESOURCE_CONTROL: Layer.RESOURCE_CONTROL,
    PolicyType.ENDPOINT: Layer.ENDPOINT,
}

_WITH_A_TOKEN = frozenset({"sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"})
"""Whoever calls these is nobody yet: the trust policy alone decides."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of a denied call."""

    denial: Denial
    need: Need | None
    """What it is made for; None: not found in the templates, or there are none."""
    candidates: tuple[Need, ...]
    """Where the message names no action: the calls that may be meant."""
    possible: tuple[PossibleCall, ...]
    """Without a template: the calls of the failed resource's type that have this action."""
    layer: Layer
    by_role: bool
    """Whether the layer follows from the role's policies, and not from the message."""
    allowed: bool
    """The role, as given, allows the call: what refused it is elsewhere, or what is deployed is another."""
    nearly: tuple[NearMiss, ...]
    """The statements of the role that one element alone keeps from granting it."""
    denying: tuple[Statement, ...]
    """The statements of the role that deny it."""
    another_caller: bool
    """The caller is not the role that is given."""
    grant: LeastStatement | None
    """The statement that allows the call; None: the action is not told."""
    narrow: bool
    """Its resource is wider than the call, which the message does not tell: to be narrowed."""
    next: tuple[Need, ...]
    """What the same role is refused next, in the deployment of these templates."""

    @property
    def fixed_by_grant(self) -> bool:
        """Whether the statement, put in the layer that refused, is what fixes it."""
        return not self.denial.explicit and not self.denying and not self.allowed


def explained(denial: Denial, needs: Sequence[Need] = (), role: Role | None = None) -> Explained:
    """Hold a denial against what the templates need and what the role's policies say.

    Raises:
        PatternTooComplex: the denied resource is too complex to compare.
    """
    account = account_of(denial)
    need = need_denied(denial, needs, account) or _of_failed(denial, needs)
    candidates = () if denial.action else _candidates(denial, needs, role)
    if need is None and len(candidates) == 1:
        (need,) = candidates
    action = denial.action or (need.action if need else None)
    request = None if action is None else _request(denial, action, need, role, account)
    decision = evaluate(request, role.permissions) if role and request else None
    layer, by_role = _layer(denial, action, role, request)
    grant, narrow = (None, False) if action is None else _grant(denial, action, need, account)
    return Explained(
        denial=denial,
        need=need,
        candidates=() if need else candidates,
        possible=() if needs or action is None else _possible(denial, action),
        layer=layer,
        by_role=by_role,
        allowed=decision is not None and decision.allowed,
        nearly=tuple(_nearly(request, role)) if role and request and decision and not decision.allowed else (),
        denying=decision.statements if decision and decision.outcome is Outcome.EXPLICITLY_DENIED else (),
        another_caller=role is not None and _is_another(denial, role),
        grant=grant,
        narrow=narrow,
        next=tuple(_next(need, action, needs, role)) if role else (),
    )


def need_denied(denial: Denial, needs: Sequence[Need], account: str | None) -> Need | None:
    """Return the need that was denied: of the resource that failed, if it has one."""
    action = (denial.action or "").lower()
    arn = arn_of(denial.resource, account)
    on = Pattern.parse(arn) if arn else None
    matching = [
        need
        for need in needs
        if need.action.lower() == action and (on is None or need.on == "*" or need.resource.intersects(on))
    ]
    own = [need for need in matching if need.subject.name == denial.failed.logical_id]
    return next(iter([*own, *matching]), None)


def _of_failed(denial: Denial, needs: Sequence[Need]) -> Need | None:
    """Return the call of the resource that failed, though on another ARN than leastgrant thinks that it is on."""
    action, name = (denial.action or "").lower(), denial.failed.logical_id
    return next((need for need in needs if name == need.subject.name and need.action.lower() == action), None)


_IAM_KINDS = {
    "role": "role",
    "policy": "policy",
    "user": "user",
    "group": "group",
    "instance profile": "instance-profile",
}


def arn_of(resource: str | None, account: str | None) -> str | None:
    """Return the ARN of a resource; None if it is not told in a form that says which it is.

    IAM names its resources by kind and name; other services by an ARN, in which a name not yet known is `*`.
    """
    if resource is None:
        return None
    if resource.count(":") >= COMPONENTS - 1:
        return resource
    kind, _, name = resource.rpartition(" ")
    return f"arn:aws:iam::{account or '*'}:{_IAM_KINDS[kind]}/{name}" if kind in _IAM_KINDS else None


_ACCOUNT = re.compile(r"[0-9]{12}")


def account_of(denial: Denial) -> str | None:
    """Return the account of the caller, or else of the resource, if it is told."""
    for arn in (denial.principal, denial.resource):
        parts = components(arn) if arn else None
        if parts and _ACCOUNT.fullmatch(parts[4]):
            return parts[4]
    return None


def region_of(denial: Denial) -> str | None:
    """Return the region of the denied resource, if its ARN has one."""
    parts = components(denial.resource) if denial.resource else None
    return parts[3] or None if parts else None


def role_arn_of(denial: Denial) -> str | None:
    """Return the ARN of the role that called, or of the user; a role's path is not told, and taken to be `/`."""
    parts = components(denial.principal) if denial.principal else None
    if parts is None:
        return None
    kind, _, name = parts[-1].partition("/")
    if kind != "assumed-role":
        return denial.principal
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{name.partition('/')[0]}"


def _is_another(denial: Denial, role: Role) -> bool:
    caller = role_arn_of(denial)
    if caller is None or not role.arns or ":role/" not in caller:
        return False
    name = caller.partition(":role/")[2]
    forms = [Pattern.parse(f"arn:*:iam::*:role/{name}"), Pattern.parse(f"arn:*:iam::*:role/*/{name}")]
    return not any(arn.intersects(form) for arn in role.arns for form in forms)


def _candidates(denial: Denial, needs: Sequence[Need], role: Role | None) -> tuple[Need, ...]:
    """Return the calls of the failed resource, to the service that refused, that the role is not granted."""
    failed = denial.failed
    if failed.logical_id is None and failed.type is None:
        return ()
    those = [
        need
        for need in needs
        if need.is_deployed_with
        and failed.logical_id in {None, need.subject.name}
        and failed.type in {None, need.subject.type}
        and denial.service in {None, need.action.partition(":")[0]}
    ]
    refused = those if role is None else [need for need, why in refusals(those, role.permissions).items() if why]
    return tuple({(need.action, need.on): need for need in refused}.values())


def _request(denial: Denial, action: str, need: Need | None, role: Role | None, account: str | None) -> Request | None:
    """Return the call as a request: on the resource that was told, or on one that the role is refused."""
    known: list[Context] = [*contexts_of(need, role.permissions)] if role and need else []
    context: Context = {**(known[0] if known else {}), **dict(denial.context)}
    arn = arn_of(denial.resource, account)
    if not authorization.has_resources(action):
        return Request(action, "*", context)
    if arn and Pattern.parse(arn).is_literal:
        return Request(action, arn, context)
    if role and need and (witness := refusals([need], role.permissions)[need]):
        return witness.request
    if need and need.resource.is_literal:
        return Request(action, need.on, context)
    return None


def _layer(denial: Denial, action: str | None, role: Role | None, request: Request | None) -> tuple[Layer, bool]:
    """Return what refused the call, and whether the role's policies tell it, where the message does not."""
    if denial.policy is not None:
        return _LAYERS[denial.policy], False
    if action in _WITH_A_TOKEN:
        return Layer.TRUST, False
    if role is None or request is None:
        return Layer.NOT_TOLD, False
    decision = evaluate(request, role.permissions)
    boundary = role.boundary.statements if role.boundary else ()
    of_boundary = any(one is each for one in decision.statements for each in boundary)
    layers = {
        Outcome.ALLOWED: Layer.NOT_TOLD,
        Outcome.OUTSIDE_BOUNDARY: Layer.BOUNDARY,
        Outcome.EXPLICITLY_DENIED: Layer.BOUNDARY if of_boundary else Layer.IDENTITY,
        Outcome.NOT_ALLOWED: Layer.NOT_TOLD if denial.explicit else Layer.IDENTITY,
    }
    return layers[decision.outcome], True


def _nearly(request: Request, role: Role) -> Iterator[NearMiss]:
    """Yield what nearly grants a request: of statements with other actions, those that name the service."""
    service = request.action.partition(":")[0].lower()
    for miss in near_misses(request, role.permissions):
        patterns = miss.statement.actions.patterns
        if miss.element is not Element.ACTION or any(one.head.startswith(f"{service}:") for one in patterns):
            yield miss


def _grant(denial: Denial, action: str, need: Need | None, account: str | None) -> tuple[LeastStatement, bool]:
    """Return the statement that allows a call, and whether its resource is wider than the call is known to be."""
    arn = arn_of(denial.resource, account)
    if need is not None and (arn is None or need.resource.includes(Pattern.parse(arn)) or need.on == "*"):
        sure = least_statements([need])
        if sure:
            return sure[0], False
        return LeastStatement(_sid(action), (action,), (need.on,), ()), False
    if not authorization.has_resources(action):
        return LeastStatement(_sid(action), (action,), ("*",), ()), False
    if arn is not None:
        return LeastStatement(_sid(action), (action,), (arn.replace("${", "${$}{"),), ()), False
    return LeastStatement(_sid(action), (action,), _anywhere(denial, action, account), ()), True


def _sid(action: str) -> str:
    service, _, name = action.partition(":")
    return "".join(part[:1].upper() + part[1:] for part in ("allow", *service.split("-"), name))


_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def _anywhere(denial: Denial, action: str, account: str | None) -> tuple[str, ...]:
    """Return the ARN formats of an action's resources, in the account and region, with every name open."""
    known = authorization.action(action)
    place = {"Partition": "aws", "Account": account or "*", "Region": region_of(denial) or "*"}
    formats = {arn for kind in known.resource_types for arn in kind.arns} if known else set[str]()
    return tuple(sorted(_PLACEHOLDER.sub(lambda name: place.get(name[1], "*"), arn) for arn in formats)) or ("*",)


def _possible(denial: Denial, action: str) -> tuple[PossibleCall, ...]:
    known = known_calls(denial.failed.type) if denial.failed.type else ()
    return () if isinstance(known, UnknownType) else tuple(call for call in known if call.action == action)


def _next(need: Need | None, action: str | None, needs: Sequence[Need], role: Role) -> Iterator[Need]:
    """Yield what the role is refused beside this call, each once."""
    demanded = [one for one in needs if one.is_deployed_with]
    told = {(action, need.on if need else None)}
    for one, witness in refusals(demanded, role.permissions).items():
        if witness is not None and (one.action, one.on) not in told:
            told.add((one.action, one.on))
            yield one
