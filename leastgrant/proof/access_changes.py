"""Who gains and loses what between two states of stacks, and why.

Roles are compared request by request, over all policies that the stacks give them; what else gives access, such as a
bucket's policy, statement by statement; what only AWS knows, as it is declared.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

from leastgrant.errors import InputError
from leastgrant.iam.document import TrustPolicy, parse_policy, parse_trust_policy
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.managed_policies import managed_policy, managed_policy_version
from leastgrant.proof.excess import EVERYTHING
from leastgrant.proof.needs import Operation, needs_of
from leastgrant.proof.new_access import new_access
from leastgrant.proof.service_role import is_service_role
from leastgrant.role import Role
from leastgrant.template import ABSENT, UNKNOWN, OneOf, alternatives
from leastgrant.text import context_text, first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.iam.document import Actions, Policy
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.needs import Need, Use
    from leastgrant.proof.new_access import NotDecided
    from leastgrant.template import Expression, ResolvedResource, ResolvedTemplate, Value

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
    actions: tuple[str, ...] = field(default=(), compare=False)
    """The IAM actions, if that is what it is."""
    granted: tuple[str, ...] = field(default=(), compare=False)
    """The actions as the statements write them, with wildcards."""


@dataclass(frozen=True)
class State:
    """Stacks at one time, of which each is what it was at another, by its key."""

    name: str
    """How changes call the state."""
    stacks: Mapping[str, ResolvedTemplate]
    """By what a stack is called in both states; nested stacks are found by themselves."""
    uses: tuple[Use, ...] | None = ()
    """What else the roles that deploy are for; None: that is not known."""
    deploying: frozenset[str] = frozenset()
    """The stacks whose roles deploy the others; a role that CloudFormation may assume does anyway."""

    @cached_property
    def all_stacks(self) -> Mapping[str, ResolvedTemplate]:
        """The stacks and those nested in them, by key."""
        found = dict(self.stacks)
        for key, template in self.stacks.items():
            for name, nested in template.nested.items():
                found |= State(self.name, {f"{key}/{name}": nested}).all_stacks
        return found

    @cached_property
    def resources(self) -> tuple[ResolvedResource, ...]:
        """The resources of all stacks."""
        return tuple(one for template in self.all_stacks.values() for one in template)

    @cached_property
    def deployed(self) -> tuple[ResolvedResource, ...]:
        """The resources of the stacks that others deploy."""
        return tuple(one for template in self._deployed for one in template)

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What is called to deploy the stacks, and by the uses."""
        called = [need for template in self._deployed for need in needs_of(template)[0]]
        return (*called, *(need for use in self.uses or () for need in use.needs()))

    @property
    def _deployed(self) -> Iterator[ResolvedTemplate]:
        return (one for key, one in self.all_stacks.items() if key not in self.deploying)

    @cached_property
    def policies(self) -> Mapping[str, Sequence[ResolvedResource]]:
        """The policies that name a role, by the name."""
        found: defaultdict[str, list[ResolvedResource]] = defaultdict(list)
        for one in self.resources:
            if one.declared.type in _POLICIES and "PolicyDocument" in one.properties:
                for name in sorted(_named_by(one)):
                    found[name].append(one)
        return found

    @cached_property
    def managed(self) -> Mapping[str, ResolvedResource]:
        """The managed policies, by ARN."""
        declared = [one for one in self.resources if one.declared.type == _MANAGED]
        return {_text(arn): one for one in declared if "PolicyDocument" in one.properties for arn in one.arns}

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The names of the roles."""
        return frozenset(_text(ref) for one in self.resources if one.declared.type == _ROLE for ref in one.refs)


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


def access_changes(before: State, after: State) -> tuple[AccessChange, ...]:
    """Compare the roles of all stacks, and what else gives access: those that deploy the others first.

    Raises:
        InputError: a policy is not valid.
    """
    keys = sorted({*before.all_stacks, *after.all_stacks}, key=lambda key: (not _deploys(key, before, after), key))
    of_roles = (change for key in keys for change in _of_roles(before, after, key))
    of_others = (change for key in keys for change in _of_others(before, after, key))
    return (*of_roles, *of_others)


def _deploys(key: str, *states: State) -> bool:
    return any(key in state.deploying for state in states)


def _of_roles(before: State, after: State, key: str) -> Iterator[AccessChange]:
    olds, news = (_roles(state, key) for state in (before, after))
    for logical_id in sorted({*olds, *news}):
        known = news.get(logical_id) or olds[logical_id]
        name = known.label
        none = _KnownRole(name, Role(name, (), TrustPolicy(())), frozenset(), boundary_known=True, parts={})
        old, new = olds.get(logical_id, none), news.get(logical_id, none)
        gained, lost = partial(_reached, after), partial(_reached, before)
        if _deploys(key, before, after) or known.deploys:
            gained, lost = partial(_needed_by, after), partial(_no_longer_needed_by, before, after)
        old, new = _with_attached(old, new)
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


def _with_attached(old: _KnownRole, new: _KnownRole) -> tuple[_KnownRole, _KnownRole]:
    """Return both roles with what AWS's own policies allow them, where that is known of all in which they differ."""
    documents = _documents_of_aws(old.attached | new.attached)
    if old.attached == new.attached or (old.attached ^ new.attached) - documents.keys():
        return old, new
    return _with(old, documents), _with(new, documents)


def _with(one: _KnownRole, documents: Mapping[str, Policy]) -> _KnownRole:
    policies = (documents[arn] for arn in sorted(one.attached & documents.keys()))
    return replace(
        one,
        role=replace(one.role, policies=(*one.role.policies, *policies)),
        attached=one.attached - documents.keys(),
    )


_OF_AWS: Final = re.compile(r"(?P<policy>[\w+=,.@-]+ v\d+)\.Statement")
"""Where a statement of a policy of AWS's is, with the version that is known; no resource has such a name."""
_MOST_ACTIONS: Final = 200
"""Of a policy of AWS's whose actions are told one by one; the name of a wider one says more."""


def _documents_of_aws(arns: Iterable[str]) -> dict[str, Policy]:
    """Return the documents of AWS's own policies, as far as they are known and not wide."""
    found: dict[str, Policy] = {}
    for arn in arns:
        document = managed_policy(arn)
        if document is not None:
            policy = parse_policy(document, f"{arn.rpartition('/')[2]} {managed_policy_version(arn)}")
            if not _is_wide(policy):
                found[arn] = policy
    return found


def _is_wide(policy: Policy) -> bool:
    patterns = {str(pattern) for statement in policy.statements for pattern in statement.actions.patterns}
    number = sum(len(authorization.expand(pattern)) for pattern in patterns)
    return (
        number > _MOST_ACTIONS
        or bool(patterns & EVERYTHING)
        or any(statement.actions.negated for statement in policy.statements)
    )


def _principal(doubt: NotDecided) -> str:
    return doubt.principal.name if doubt.principal else "what its policies name"


def _comparable(old: _KnownRole, new: _KnownRole) -> tuple[Role, Role]:
    """Return both roles, without boundaries if it is not known what one of them allows."""
    if old.boundary_known and new.boundary_known:
        return old.role, new.role
    return replace(old.role, boundary=None), replace(new.role, boundary=None)


def _not_compared(name: str, old: _KnownRole, new: _KnownRole) -> Iterator[AccessChange]:
    """Yield the parts that differ of roles that are not wholly known, where what is taken for `*` may hide anything."""
    differing = [
        label for label in sorted({*old.parts, *new.parts}) if _differ(old.parts.get(label), new.parts.get(label))
    ]
    unknown: dict[str, None] = {}
    for label in differing:
        both = [part for part in (old.parts.get(label), new.parts.get(label)) if part is not None]
        if label in _OF_NO_REQUEST and not all(part.exact for part in both):
            unknown[label] = None
    if _hidden(old, new):
        unknown |= dict.fromkeys(label for label in differing if label not in _OF_NO_REQUEST)
    if not (old.boundary_known and new.boundary_known) and _BOUNDARY in differing and old.parts and new.parts:
        unknown[_BOUNDARY] = None
    inexact = {label for side in (old, new) for label, part in side.parts.items() if not part.exact}
    for label in unknown:
        why = label if label in inexact or not inexact else ", ".join(sorted(inexact))
        yield _changed(name, label, _ROLE, f"only AWS knows all that {why} says")


_OF_NO_REQUEST: Final = frozenset({"AssumeRolePolicyDocument", "ManagedPolicyArns", _BOUNDARY})
"""The parts of a role that are compared apart from the requests that its policies allow."""


def _hidden(old: _KnownRole, new: _KnownRole) -> bool:
    """Tell whether a difference of the policies may be hidden by what is not known of them.

    What alone comes, or goes, is told as far as it may reach; what replaces something else may be less than that and
    look like it, and a `Deny` of unknown reach hides what it does not deny.
    """
    before, after = (
        {grant: None for label, part in side.parts.items() if label not in _OF_NO_REQUEST for grant in _grants(part)}
        for side in (old, new)
    )
    gone, come = ([grant for grant in one if grant not in other] for one, other in ((before, after), (after, before)))
    inexact = [grant for grant in (*gone, *come) if not grant.exact]
    return any(grant.effect != "Allow" for grant in inexact) or bool(gone and come and inexact)


@dataclass(frozen=True, slots=True)
class _Grant:
    """One action on one resource in a statement, as far as it is known, and as it is written."""

    effect: str
    action: str
    known: str
    written: str
    exact: bool


def _grants(part: _Part) -> Iterator[_Grant]:
    """Yield what a part says, action by action and resource by resource; as a whole, if it is not that well known."""
    condition, written = part.written
    for known, text in _documents(part.known, written):
        statements = _of_document(known, text)
        if statements is None:
            yield _Grant("", "", json.dumps(known, sort_keys=True), repr((condition, text)), part.exact)
            continue
        for statement, as_written in statements:
            yield from _of_one(statement, as_written, condition)


def _documents(known: object, written: object) -> Iterator[tuple[object, object]]:
    """Yield the policy document of a part, or those of a list of policies."""
    ours, texts = _each(known), _each(written)
    if not isinstance(known, list) or len(ours) != len(texts):
        yield known, written
        return
    for one, text in zip(ours, texts, strict=True):
        yield (one.get(_DOCUMENT) if _is_object(one) else one), (text.get(_DOCUMENT) if _is_object(text) else text)


_DOCUMENT: Final = "PolicyDocument"


def _of_one(statement: Mapping[str, object], written: object, condition: str | None) -> Iterator[_Grant]:
    rest = {key: value for key, value in statement.items() if key not in {"Action", "Resource", "Sid"}}
    texts: Mapping[str, object] = written if _is_object(written) else {}
    conditioned = repr((condition, texts.get("Condition"), texts.get("NotResource"), texts.get("NotAction")))
    on, on_written = _each(statement.get("Resource", "")), _each(texts.get("Resource"))
    if len(on) != len(on_written):
        on, on_written = [on], [on_written]
    for action in _each(statement.get("Action", "")):
        for resource, text in zip(on, on_written, strict=True):
            known = json.dumps([resource, rest], sort_keys=True)
            exact = (isinstance(text, str) or "*" not in str(resource)) and "*" not in json.dumps(rest)
            yield _Grant(str(statement.get("Effect")), str(action), known, f"{text!r} {conditioned}", exact)


def _each(value: object) -> list[object]:
    return [*cast("Sequence[object]", value)] if isinstance(value, (list, tuple)) else [value]


_CHANGES: Final = "changes: "


def _changed(who: str, label: str, on: str, cause: str) -> AccessChange:
    return AccessChange(who, Sign.CHANGED, f"{_CHANGES}{label} (not compared exactly)", on, cause)


def _grouped(name: str, sign: Sign, witnesses: Iterable[Witness], cause: _Cause) -> Iterator[AccessChange]:
    """Yield one change for all actions on the same, for the same."""
    groups: defaultdict[tuple[str, str], list[Witness]] = defaultdict(list)
    for witness in witnesses:
        reached = list(_reached_by(witness))
        on = ", ".join(map(str, dict.fromkeys(reached))) + context_text(witness.request.context)
        by = dict.fromkeys(m["policy"] for s in witness.decision.statements if (m := _OF_AWS.match(s.where)))
        why = ", ".join((cause(witness.request.action, reached), *(f"by {policy}" for policy in by)))
        groups[on, why].append(witness)
    for (on, why), some in groups.items():
        actions = tuple(dict.fromkeys(witness.request.action for witness in some))
        granted = {str(p): None for w in some for s in w.decision.statements for p in _naming(w, s.actions)}
        yield AccessChange(name, sign, ", ".join(actions), on, why, actions, tuple(granted))


def _naming(witness: Witness, actions: Actions) -> Iterator[Pattern]:
    """Yield the patterns of a statement that an action is among; the action, if all but some are named."""
    action = witness.request.action
    named = [] if actions.negated else [p for p in actions.patterns if p.matches(action.lower()) and not p.is_literal]
    yield from named or [Pattern.literal(action)]


def _reached_by(witness: Witness) -> Iterator[Pattern]:
    """Yield the resources that the statements which allow a request name, as far as the request is among them."""
    request = witness.request
    for statement in witness.decision.statements:
        if statement.resources.negated:
            yield Pattern.literal(request.resource)
            continue
        yield from (p for p in statement.resources.patterns(request.context) if p.matches(request.resource))


def _needed_by(side: State, action: str, reached: Sequence[Pattern]) -> str:
    """Return what needs an action of a role that deploys: resources, declared uses."""
    found = _names(_explaining(side, action, reached))
    if found:
        return found
    if side.uses is None:
        return f"no resource of the app; {side.name} has no snapshot of the declared uses"
    return "nothing that is known: neither a resource of the app nor a declared use"


def _no_longer_needed_by(before: State, after: State, action: str, reached: Sequence[Pattern]) -> str:
    """Return what still needs it; else what needed it before."""
    still = _names(_explaining(after, action, reached))
    return f"STILL NEEDED: {still}" if still else _needed_by(before, action, reached)


def _explaining(side: State, action: str, reached: Sequence[Pattern]) -> Iterator[Need]:
    for need in side.needs:
        if need.action == action and any(pattern.intersects(need.resource) for pattern in reached):
            yield need


def _names(needs: Iterable[Need]) -> str:
    """Name what needs something, each once; empty if nothing does."""
    subjects = dict.fromkeys(
        f"the use `{need.subject.name}`"
        if need.operation is Operation.USE
        else f"{path_of(need.subject.construct_path) or need.subject.name} ({need.subject.type})"
        for need in needs
    )
    return first_few(list(subjects), "resource")


def _reached(side: State, action: str, reached: Sequence[Pattern]) -> str:
    """Name the resources that a role reaches; of `*` those of the action's service."""
    service = f"arn:*:{action.partition(':')[0]}:"
    patterns = [Pattern.parse(f"{service}*") if pattern == ANY else pattern for pattern in reached]
    found = [
        label_of(one)
        for one in side.deployed
        if any(arn.intersects(pattern) for arn in one.arns if arn != ANY for pattern in patterns)
    ]
    return f"reaches {first_few(found, 'resource')}" if found else "reaches nothing of the app"


def label_of(resource: ResolvedResource) -> str:
    """Name a resource by its construct path, if it has one; else by its logical id."""
    return path_of(resource.declared.construct_path) or resource.declared.logical_id


def path_of(construct_path: str | None) -> str | None:
    """Return what a construct is called by its path: the resource in an L2 construct as the construct."""
    return None if construct_path is None else construct_path.removesuffix("/Resource")


def _of_trust(name: str, sign: Sign, requests: Iterable[AssumeRequest], side: State) -> Iterator[AccessChange]:
    for request in requests:
        who = f"{request.principal.kind.value} {request.principal.name}{context_text(request.context)}"
        yield AccessChange(who, sign, request.action, name, f"the trust policy of {name} in {side.name}")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a template: as far as it is known, with the rest as `*`, and as it is written."""

    known: object
    written: tuple[str | None, Expression]
    """With the condition that the resource has."""
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

    label: str
    role: Role
    attached: frozenset[str]
    boundary_known: bool
    parts: Mapping[str, _Part]
    """What its permissions are read from, by property."""

    @property
    def deploys(self) -> bool:
        """Whether CloudFormation acts with it."""
        return self.role.trust is not None and is_service_role(self.role.trust)


def _roles(state: State, key: str) -> dict[str, _KnownRole]:
    template = state.all_stacks.get(key, ())
    try:
        return {one.declared.logical_id: _role(state, one) for one in template if one.declared.type == _ROLE}
    except PolicyError as error:
        raise InputError(f"{state.name}: {key}: {error}") from None


def _role(state: State, resource: ResolvedResource) -> _KnownRole:
    name, properties = label_of(resource), cast("dict[str, Any]", _known(resource.properties))
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
    naming = [one for ref in resource.refs for one in state.policies.get(_text(ref), ())]
    by_arn = [state.managed[arn] for arn in attached if arn in state.managed]
    for one in {id(one): one for one in (*naming, *by_arn)}.values():
        called, value = label_of(one), one.properties["PolicyDocument"]
        documents.append((called, _known(value)))
        parts[f"{called}.PolicyDocument"] = _part(one, value, one.declared.properties["PolicyDocument"])
    boundary = str(properties[_BOUNDARY]) if _BOUNDARY in properties else None
    limit = None if boundary is None else state.managed.get(boundary)
    return _KnownRole(
        name,
        Role(
            name,
            tuple(parse_policy(document, where) for where, document in documents if _is_object(document)),
            _trust(properties.get("AssumeRolePolicyDocument"), name),
            None if limit is None else parse_policy(_known(limit.properties["PolicyDocument"]), f"{name}.{_BOUNDARY}"),
        ),
        frozenset(attached) - {*state.managed},
        boundary_known=boundary is None or limit is not None,
        parts=parts,
    )


def _trust(document: object, name: str) -> TrustPolicy:
    """Read who may assume a role; what is not known of it is told as a part that is not compared."""
    if not _is_object(document):
        return TrustPolicy(())
    return parse_trust_policy(document, f"{name}.AssumeRolePolicyDocument")


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


# --- what gives access beside roles -------------------------------------------------------------------------------


def _of_others(before: State, after: State, key: str) -> Iterator[AccessChange]:
    """Yield changes of all that gives access beside what the roles may do, compared as declared."""
    olds, news = (_others(state, key) for state in (before, after))
    for logical_id in sorted({*olds, *news}):
        old, new = olds.get(logical_id), news.get(logical_id)
        one = new or old
        if one is None or (one.type == _ROLE and not (old and new)):  # such a role is compared as a role
            continue
        was: Mapping[str, _Part] = old.parts if old else {}
        now: Mapping[str, _Part] = new.parts if new else {}
        parts = [
            change for path in sorted({*was, *now}) for change in _of_part(one, path, was.get(path), now.get(path))
        ]
        if one.is_whole and (not (old and new) or _is_another(old, new, parts)):
            yield from _of_whole(old, Sign.LOST, key)
            yield from _of_whole(new, Sign.GAINED, key)
        elif not (old and new):
            sign = Sign.GAINED if new else Sign.LOST
            yield from (_of_new(change, sign) for change in parts)
        else:
            yield from parts


def _of_new(change: AccessChange, sign: Sign) -> AccessChange:
    """Return the change of a property as what comes, or goes, with its resource."""
    is_inexact = change.what.startswith(_CHANGES)
    return replace(change, sign=sign, what=change.what[len(_CHANGES) :].partition(" ")[0]) if is_inexact else change


def _is_another(old: _Other, new: _Other, changes: Iterable[AccessChange]) -> bool:
    """Tell whether a resource is another one for all that is known, and not a policy with other statements alone."""
    known = [{path: part.known for path, part in side.parts.items()} for side in (old, new)]
    told = all(change.actions or change.what.startswith("a statement") for change in changes)
    return (old.type, old.certain) != (new.type, new.certain) or (known[0] != known[1] and not told)


def _of_whole(one: _Other | None, sign: Sign, stack: str) -> Iterator[AccessChange]:
    if one is not None:
        declared = json.dumps({path: part.known for path, part in one.parts.items()}, sort_keys=True)
        told = Sign.CHANGED if '"Deny"' in declared else sign  # who loses a Deny may gain access
        yield AccessChange("others", told, one.type, one.label, f"as {stack} declares: {declared}")


def _of_part(one: _Other, path: str, old: _Part | None, new: _Part | None) -> Iterator[AccessChange]:
    """Yield the change of one property: of a policy its statements, of what else both values."""
    if not _differ(old, new):
        return
    on = f"{one.label} ({one.type})"
    statements = _statements(old), _statements(new)
    if None not in statements:
        was, now = ([*side] if side else [] for side in statements)
        gone, come = [s for s in was if s not in now], [s for s in now if s not in was]
        if not any(known == other for known, _ in gone for other, _ in come):  # the same, as far as it is known
            for sign, some in ((Sign.LOST, gone), (Sign.GAINED, come)):
                yield from (_of_statement(known, sign, on, path) for known, _ in some)
            return
    yield _changed("others", path, on, f"was {_shown(old)}, is {_shown(new)}")


def _statements(part: _Part | None) -> Sequence[tuple[Mapping[str, object], object]] | None:
    """Return the statements of a policy, as far as they are known and as they are written; None if it is none."""
    return [] if part is None else _of_document(part.known, part.written[1])


def _of_document(known: object, written: object) -> Sequence[tuple[Mapping[str, object], object]] | None:
    if not _is_object(known) or not _is_object(written):
        return None
    ours, texts = _each(known.get("Statement")), _each(written.get("Statement"))
    found = [(one, text) for one, text in zip(ours, texts, strict=False) if _is_object(one)]
    return found if len(found) == len(ours) == len(texts) else None


def _of_statement(statement: Mapping[str, object], sign: Sign, on: str, path: str) -> AccessChange:
    effect = statement.get("Effect")
    who = statement.get("Principal")
    named = (
        [f"{kind} {name}" for kind, names in who.items() for name in _each(names)] if _is_object(who) else ["anybody"]
    )
    actions = tuple(str(action) for action in _each(statement.get("Action", statement.get("NotAction"))))
    what = ", ".join(actions) if effect == "Allow" and "Action" in statement else f"a statement that is {effect}"
    told = sign if effect == "Allow" else Sign.CHANGED  # who loses a Deny may gain access
    verb = {Sign.GAINED: "adds", Sign.LOST: "drops"}[sign]
    cause = f"{path} {verb} {json.dumps(statement, sort_keys=True)}"
    return AccessChange(", ".join(named) if who is not None else "others", told, what, on, cause, actions, actions)


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


@dataclass(frozen=True, slots=True)
class _Other:
    """A resource that is not compared as a role, and that may give access."""

    label: str
    type: str
    certain: bool
    is_whole: bool
    """Whether that it exists gives access."""
    parts: Mapping[str, _Part]
    """The properties that concern access, by path."""


def _others(state: State, key: str) -> dict[str, _Other]:
    """Return the resources of a stack that are not compared with the roles, by logical id."""
    template = state.all_stacks.get(key)
    if template is None:
        return {}
    found: dict[str, _Other] = {}
    for one in template:
        name, kind = one.declared.logical_id, one.declared.type
        if not _is_of_roles(one, state.role_names) and name not in template.nested:  # it is compared by itself
            found[name] = _Other(label_of(one), kind, one.certain, _gives_access(kind), dict(_parts(one)))
    return found


def _gives_access(kind: str) -> bool:
    return kind != _ROLE and (kind in _ALSO_ACCESS or _ACCESS.search(kind) is not None)


def _is_of_roles(policy: ResolvedResource, roles: frozenset[str]) -> bool:
    """Tell whether a policy is compared with the roles that it names, and is for nobody else."""
    named = _named_by(policy)
    to_others = {"Users", "Groups"} & {*policy.properties}
    return policy.declared.type in _POLICIES - {_MANAGED} and bool(named) and named <= roles and not to_others


def _parts(one: ResolvedResource) -> Iterator[tuple[str, _Part]]:
    """Yield the properties that concern access and are not compared with the roles, by path."""
    kind = one.declared.type
    for label, value in one.properties.items():
        if kind == _ROLE and label in _COMPARED:
            continue
        whole = (label, value, one.declared.properties[label])
        for path, inner, written in (whole,) if _gives_access(kind) else _about_access(label, *whole):
            yield path, _part(one, inner, written)


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
