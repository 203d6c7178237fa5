"""No escalation: each known way to more permissions is absent, closed by something named, or open.

A step of a way is dangerous if the role is allowed a request of it that is on the step's target and within none of
the step's limits. That is decided exactly, by comparing the role with one that may make all other requests. A limit
counts only as far as it is known: a name, if it is a deployed stack's or in a declared namespace; a boundary or a
policy, if its document is known and allows nothing worth having; a service, if what it does with a role is known; a
deployed role, if its boundary or its policies are such, and the role under proof cannot change them. What closes a
step is found by leaving out, in turn, each condition, the denies and the boundary: whatever makes it dangerous by its
absence closes it. Otherwise the resources do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Policy, Resources, parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import Witness, newly_allowed
from leastgrant.iam.pattern import Budget, ByHead, Pattern
from leastgrant.iam.search import Undecided
from leastgrant.iam.values import Arn, Text
from leastgrant.knowledge import authorization
from leastgrant.proof.deployed import NOTHING_DEPLOYED, DeployedFunction, DeployedRole
from leastgrant.proof.documents import NO_DOCUMENTS, Harm, harm, harm_of
from leastgrant.proof.escalation_catalogue import MODELLED, WAYS, Limit, Step, Target, Way
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.document import Statement
    from leastgrant.iam.evaluation import Relevant
    from leastgrant.iam.string import Context, PolicyString
    from leastgrant.iam.values import Value
    from leastgrant.proof.deployed import Deployed
    from leastgrant.proof.documents import Documents
    from leastgrant.role import Role


class State(Enum):
    """How far a way is there."""

    ABSENT = "absent"
    """No statement allows one of its actions."""
    CLOSED = "closed"
    """Its actions are allowed, but one of them not so that it leads to more."""
    OPEN = "open"
    UNDECIDED = "undecided"
    """Its actions are allowed, and it is not decided whether so that it leads to more."""


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """One way to more permissions, and whether the role has it."""

    way: Way
    state: State
    because: str
    """The action that is absent, what closes it, or what makes it open."""
    statements: tuple[Statement, ...]
    """The statements that allow the closed action, or each open one."""
    witnesses: tuple[Witness, ...] = ()
    """A request for each step, if the way is open."""

    @property
    def name(self) -> str:
        """What it is acknowledged by."""
        return self.way.name

    @property
    def gives(self) -> str:
        """What the role gets, or can give."""
        return self.way.gives

    @property
    def source(self) -> str:
        """Where the way is described."""
        return str(self.way.source)


_STEPS = 120_000
"""Of the work for all ways; less than half a second. Then it is not decided."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """The role, and what is known beside it."""

    role: Role
    own: tuple[Pattern, ...]
    documents: Documents
    deployed: Deployed
    answers: dict[Step, Witness | Undecided | None] = field(default_factory=dict["Step", "Witness | Undecided | None"])
    closing: dict[Step, str] = field(default_factory=dict["Step", str])
    budget: Budget = field(default_factory=lambda: Budget(_STEPS))
    harms: dict[tuple[Limit, str], Harm | None] = field(default_factory=dict["tuple[Limit, str]", "Harm | None"])
    held: dict[int, str | Harm] = field(default_factory=dict["int", "str | Harm"])
    narrowing: dict[str, _Narrowing] = field(default_factory=dict["str", "_Narrowing"])

    def harm(self, limit: Limit, value: str) -> Harm | None:
        """Why a value that a condition names is no limit; None if it is one."""
        if (limit, value) not in self.harms:
            self.harms[limit, value] = self._harm(limit, value)
        return self.harms[limit, value]

    def _harm(self, limit: Limit, value: str) -> Harm | None:
        match limit:
            case Limit.PASSED_TO:
                return None if value in MODELLED else Harm(f"what {value} can do with it is not known")
            case Limit.INVOKER:
                return None if _SERVICE.fullmatch(value) else Harm(f"{value} is no AWS service")
            case Limit.POLICY | Limit.BOUNDARY:
                return harm(value, self.documents, self.own, self.role.permissions, self.budget)
            case Limit.NAMES | Limit.DEPLOYED:
                return None

    def holding(self, member: DeployedRole | DeployedFunction) -> str | Harm:
        """Say what holds a role, or that of a function, to what does no harm; or why nothing does."""
        role = member.runs_with if isinstance(member, DeployedFunction) else member
        if role is None:
            return Harm(f"{member.name} runs with a role that is none of the templates")
        if id(role) not in self.held:
            self.held[id(role)] = _holding(role, self)
        return self.held[id(role)]

    def permissions_on(self, action: str, arns: Sequence[Pattern]) -> Permissions:
        """Return what the role is allowed of an action on these ARNs."""
        if action not in self.narrowing:
            self.narrowing[action] = _Narrowing(self.role.permissions.about(action))
        return self.narrowing[action].on(arns)

    def members(self, step: Step) -> Sequence[DeployedRole | DeployedFunction]:
        """Return what is deployed that the step is on."""
        return self.deployed.roles if step.action == _PASSING else self.deployed.functions


class _Narrowing:
    """The statements about an action, to be narrowed to some ARNs: a role may name hundreds, and is asked of each."""

    def __init__(self, about: Relevant) -> None:
        self._own = [*map(_Named, (*about.allows, *about.denies))]
        self._boundary = None if about.boundary is None else [*map(_Named, about.boundary)]

    def on(self, arns: Sequence[Pattern]) -> Permissions:
        """Return what they allow and deny on the ARNs; of others it is not said."""
        return Permissions([_on(arns, self._own)], None if self._boundary is None else _on(arns, self._boundary))


class _Named:
    """A statement, with its resources to be found by what they begin with."""

    def __init__(self, statement: Statement) -> None:
        strings = statement.resources.strings
        self.statement = statement
        self.has_names = not statement.resources.negated and not any(string.keys for string in strings)
        self._named = {string.widened(): string for string in strings}
        self._by_head = ByHead(self._named)

    def near(self, arns: Iterable[Pattern]) -> tuple[PolicyString, ...]:
        """Return the resources that may have a string in common with one of the ARNs."""
        return tuple(
            self._named[name] for name in dict.fromkeys(near for arn in arns for near in self._by_head.near(arn))
        )


def _on(arns: Sequence[Pattern], statements: Iterable[_Named]) -> Policy:
    narrowed: list[Statement] = []
    for one in statements:
        if not one.has_names:
            narrowed.append(one.statement)
        elif near := one.near(arns):
            narrowed.append(replace(one.statement, resources=Resources(near, negated=False)))
    return Policy(tuple(narrowed))


_PASSING = "iam:PassRole"
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")


def paths(
    role: Role,
    own: Iterable[Pattern] = (),
    documents: Documents = NO_DOCUMENTS,
    deployed: Deployed = NOTHING_DEPLOYED,
) -> tuple[EscalationPath, ...]:
    """Return every known way to more permissions, and whether the role has it.

    If the role's own ARN is not known, every role counts as its own.

    Args:
        role: The role.
        own: The deployed stacks, and what they may own. What names nothing, such as every stack of the account, does
            not count.
        documents: The policies that are known, by ARN; those of AWS are known besides.
        deployed: The roles and functions of the deployed stacks.

    Raises:
        PatternTooComplex: the role's patterns or conditions are too complex to compare.
    """
    asked = _Examined(role, tuple(arn for arn in own if authorization.is_named(str(arn))), documents, deployed)
    return tuple(_path(way, asked) for way in WAYS)


def escalations(found: Iterable[EscalationPath]) -> Iterator[Finding]:
    """Yield a finding for each way that is open."""
    for path in found:
        if path.state is State.UNDECIDED:
            yield Finding(
                Kind.UNDECIDED,
                path.way.action,
                path.name,
                f"it is not decided whether the role can get, or give, {path.gives}: {path.because}",
                _fix(path.way),
                statement=path.statements[0],
            )
        if path.state is State.OPEN:
            yield Finding(
                Kind.ESCALATION,
                path.way.action,
                path.name,
                f"the role can get, or give, {path.gives}: {path.because}",
                _fix(path.way),
                statement=path.statements[0],
            )


def _path(way: Way, asked: _Examined) -> EscalationPath:
    role, answers, closing = asked.role, asked.answers, asked.closing
    for step in way.steps:
        if not role.permissions.about(step.action).allows:
            return EscalationPath(way, State.ABSENT, f"no statement allows {step.action}", ())
    for step in way.steps:
        if step not in answers:
            answers[step] = _danger(step, asked, role.permissions)
        if answers[step] is None:
            if step not in closing:
                closing[step] = _closing(step, asked)
            return EscalationPath(way, State.CLOSED, closing[step], role.permissions.about(step.action).allows)
    for step in way.steps:
        if isinstance(doubt := answers[step], Undecided):
            allows = role.permissions.about(step.action).allows
            return EscalationPath(way, State.UNDECIDED, f"{step.action}: {doubt.reason}", allows)
    witnesses = tuple(witness for step in way.steps if isinstance(witness := answers[step], Witness))
    statements = dict.fromkeys(statement for witness in witnesses for statement in witness.decision.statements)
    return EscalationPath(way, State.OPEN, _open(way, asked, witnesses), tuple(statements), witnesses)


_ROLES = Pattern.parse("arn:aws*:iam::????????????:role/?*")
_EVERY_ARN = Pattern.parse("arn:*")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PLACES = {"Partition": "aws*", "Account": "????????????"}


def _targets(step: Step, role: Role) -> tuple[Pattern, ...]:
    """Return the ARNs that the step is dangerous on; none for an action without resource types."""
    if step.target is Target.OWN_ROLE:
        return role.arns or (_ROLES,)
    if step.target is Target.OTHER_ROLE or step.action == _PASSING:
        return (_ROLES,)
    known = authorization.action(step.action)
    formats = (arn for kind in known.resource_types for arn in kind.arns) if known else ()
    return tuple(Pattern.parse(_PLACEHOLDER.sub(lambda m: _PLACES.get(m[1], "?*"), arn)) for arn in formats)


def _danger(
    step: Step, asked: _Examined, permissions: Permissions, on: Sequence[Pattern] = ()
) -> Witness | Undecided | None:
    """Return a dangerous request that is allowed, on these ARNs or on all, if there is one, or may be one."""
    found = _beyond_harmless(step, asked, permissions, [], on)
    doubts = [*_doubtful(step, asked, permissions)]
    if isinstance(found, Witness) or not doubts:
        return found
    more = _beyond_harmless(step, asked, permissions, [doubt for doubt, _ in doubts], on)
    return Undecided(str(doubts[0][1])) if isinstance(more, Witness) else found or more


def _doubtful(step: Step, asked: _Examined, permissions: Permissions) -> Iterator[tuple[str, Harm]]:
    """Yield the values that limit the step if they do no harm, which is not decided."""
    for limit in step.limits:
        for value in _listed(permissions.about(step.action).conditions, limit):
            found = asked.harm(limit, value)
            if found is not None and not found.decided:
                yield value, found
    for member in asked.members(step) if Limit.DEPLOYED in step.limits else ():
        if isinstance(why := asked.holding(member), Harm) and not why.decided:
            yield member.name, why


def _beyond_harmless(
    step: Step, asked: _Examined, permissions: Permissions, harmful: Collection[str], on: Sequence[Pattern]
) -> Witness | Undecided | None:
    """Return a request beyond what does no harm; of values of which that is not decided, these do."""
    harmless = Permissions(
        [
            parse_policy(
                {"Version": "2012-10-17", "Statement": [*_harmless(step, asked, permissions, harmful, on)]}, "harmless"
            )
        ]
    )
    contexts: list[Context] = [{"iam:passedtoservice": (service,)} for service in step.passed_to] or [{}]
    found = (newly_allowed(harmless, permissions, [step.action], known, asked.budget) for known in contexts)
    doubt: Undecided | None = None
    for answer in chain.from_iterable(found):
        if isinstance(answer, Witness):
            return answer
        doubt = doubt or answer
    return doubt


def _harmless(
    step: Step, asked: _Examined, permissions: Permissions, harmful: Collection[str], on: Sequence[Pattern]
) -> Iterator[dict[str, object]]:
    """Statements that allow all other requests of a step than dangerous ones."""
    role = asked.role
    targets = on or _targets(step, role)
    allow: dict[str, object] = {"Effect": "Allow", "Action": step.action}
    yield {**allow, "NotResource": [*map(str, targets)]} if targets else {**allow, "Resource": str(_EVERY_ARN)}
    if step.target is Target.OTHER_ROLE:
        yield from ({**allow, "Resource": str(arn)} for arn in role.arns if arn.is_literal)
    about = permissions.about(step.action)
    for limit in step.limits:
        if limit is Limit.NAMES:
            yield from ({**allow, "Resource": str(arn)} for arn in asked.own)
        elif limit is Limit.DEPLOYED:
            yield from ({**allow, "Resource": str(arn)} for arn in _held(step, asked, harmful))
        elif listed := [
            value
            for value in _listed(about.conditions, limit)
            if value not in harmful and ((found := asked.harm(limit, value)) is None or not found.decided)
        ]:
            # these keys have one value; several are tried only where the role's conditions speak of several
            several = any(isinstance(c, Comparison) and c.quantifier for c in about.conditions)
            equals = "ForAnyValue:StringEquals" if several else "StringEquals"
            yield {**allow, "Resource": "*", "Condition": {equals: {limit.value: listed}}}


def _held(step: Step, asked: _Examined, harmful: Collection[str]) -> Iterator[Pattern]:
    """Yield the ARNs of what is deployed and does no harm, and the namespaces in which there is nothing else."""
    members = asked.members(step)
    held = {id(member): member.name not in harmful and _holds(asked.holding(member)) for member in members}
    for member in members:
        if held[id(member)]:
            yield from member.arns
    own = ByHead(asked.own)
    inside: defaultdict[Pattern, list[DeployedRole | DeployedFunction]] = defaultdict(list)
    for member in members:
        near = dict.fromkeys(space for arn in member.arns for space in own.near(arn) if space.intersects(arn))
        for namespace in near:
            inside[namespace].append(member)
    for namespace, within in inside.items():
        is_written = step.action == _PASSING and _may(_WRITING, asked, [namespace]) is not None
        if all(held[id(member)] for member in within) and not is_written:
            yield namespace


def _holds(answer: str | Harm) -> bool:
    return isinstance(answer, str) or not answer.decided


_ATTACHING = (Limit.POLICY, Limit.BOUNDARY)
_WRITING = (
    Step("iam:PutRolePolicy", Target.OTHER_ROLE, (Limit.BOUNDARY,)),
    Step("iam:AttachRolePolicy", Target.OTHER_ROLE, _ATTACHING),
)
_UNBINDING = (
    Step("iam:DeleteRolePermissionsBoundary", Target.OTHER_ROLE),
    Step("iam:PutRolePermissionsBoundary", Target.OTHER_ROLE, (Limit.BOUNDARY,)),
)
_NEW_VERSIONS = (Step("iam:CreatePolicyVersion"), Step("iam:SetDefaultPolicyVersion"))


def _may(steps: Iterable[Step], asked: _Examined, on: Sequence[Pattern]) -> Harm | None:
    """Why the role may take one of the steps so that it does harm."""
    doubt: Harm | None = None
    for step in steps:
        match _danger(step, asked, asked.permissions_on(step.action, on), on):
            case Witness():
                return Harm(f"the role is allowed {step.action}")
            case Undecided(reason=reason):
                doubt = doubt or Harm(f"it is not decided whether the role is allowed {step.action}: {reason}", False)
            case None:
                pass
    return doubt


def _holding(role: DeployedRole, asked: _Examined) -> str | Harm:
    """Say what holds a deployed role: its boundary, or its policies; or why neither does."""
    if not role.arns:
        return Harm(f"the name of {role.name} is not known")
    bounded = (
        Harm(f"{role.name} has no permissions boundary that is known")
        if role.boundary is None
        else _may(_UNBINDING, asked, role.arns) or asked.harm(Limit.BOUNDARY, role.boundary)
    )
    if bounded is None:
        return f"the permissions boundary {role.boundary} of {role.name}"
    written = _policies_of(role, asked)
    if written is None:
        return f"the policies of {role.name}, which it cannot write"
    why = f"{bounded}, and its policies are no limit: {written}"
    return Harm(why, decided=bounded.decided and written.decided)


def _policies_of(role: DeployedRole, asked: _Examined) -> Harm | None:
    """Why a role's policies do not hold it."""
    if role.declared is None:
        return Harm("not all of them are known")
    writing = _may(_WRITING, asked, role.arns)
    if writing is None and not role.is_own:
        writing = next((Harm(f"the role is allowed {s.action}") for s in _NEW_VERSIONS if _allows(s, asked)), None)
    return writing or harm_of(Permissions(role.declared.policies), role.name, asked.own, asked.budget)


def _allows(step: Step, asked: _Examined) -> bool:
    return bool(asked.role.permissions.about(step.action).allows)


def _listed(conditions: Iterable[Condition], limit: Limit) -> list[str]:
    """Return the values of a key that conditions name in full."""
    values = (
        value
        for condition in conditions
        if isinstance(condition, Comparison) and condition.key == limit.value.lower()
        for value in condition.values
    )
    return list(dict.fromkeys(text for value in values if (text := _literal(value)) is not None))


def _literal(value: Value) -> str | None:
    """Return the one string that matches a value; None if others do, or it is no text."""
    strings = (value.string,) if isinstance(value, Text) and not value.ignore_case else ()
    strings = value.parts if isinstance(value, Arn) else strings
    if not strings or any(string.keys or not string.widened().is_literal for string in strings):
        return None
    return ":".join(str(string.widened()) for string in strings)


def _closing(step: Step, asked: _Examined) -> str:
    """Say what keeps an allowed action from being dangerous: the role itself, or else what holds the deployed roles."""
    alone = replace(step, limits=tuple(limit for limit in step.limits if limit is not Limit.DEPLOYED))
    if alone == step or _danger(alone, asked, asked.role.permissions) is None:
        return _closing_alone(alone, asked)
    held = (asked.holding(member) for member in asked.members(step))
    return " and ".join(dict.fromkeys(text for text in held if isinstance(text, str)))


def _closing_alone(step: Step, asked: _Examined) -> str:
    """Say what of the role closes a step: one thing alone, several together, or the resources."""
    role = asked.role
    about = role.permissions.about(step.action)
    granted = [condition for statement in about.allows for condition in statement.conditions]
    denies = f"denied by {', '.join(str(s) for s in about.denies if s in role.statements)}"
    for key in dict.fromkeys(condition.key for condition in granted):
        if _dangerous_with(step, asked, lambda s, key=key: _without(s, key)):
            return " and ".join(dict.fromkeys(_shown(c) for c in granted if c.key == key))
    if _dangerous_with(step, asked, _allowing):
        return denies
    if role.boundary and _danger(step, asked, Permissions(role.policies)):
        return "the permissions boundary"
    bare = Permissions(
        Policy(tuple(replace(s, conditions=()) for s in p.statements if _allowing(s))) for p in role.policies
    )
    if _danger(step, asked, bare):
        several = [
            *map(_shown, granted),
            *([denies] if about.denies else []),
            *(["the permissions boundary"] if role.boundary else []),
        ]
        return ", ".join(dict.fromkeys(several))
    on = ", ".join(dict.fromkeys(string.text for s in about.allows for string in s.resources.strings))
    return f"{step.action} is limited to {on}{_not_on(step, role)}"


def _without(statement: Statement, key: str) -> Statement:
    """Return an allowing statement without its conditions on a key."""
    if statement.effect is Effect.DENY:
        return statement
    return replace(statement, conditions=tuple(c for c in statement.conditions if c.key != key))


def _allowing(statement: Statement) -> Statement | None:
    return None if statement.effect is Effect.DENY else statement


def _dangerous_with(step: Step, asked: _Examined, change: Callable[[Statement], Statement | None]) -> bool:
    role = asked.role
    changed = (Policy(tuple(new for s in policy.statements if (new := change(s)))) for policy in role.policies)
    return isinstance(_danger(step, asked, Permissions(changed, role.boundary)), Witness)


def _not_on(step: Step, role: Role) -> str:
    match step.target:
        case Target.OWN_ROLE:
            return f", without {', '.join(map(str, role.arns))}" if role.arns else ", where there is no role"
        case Target.OTHER_ROLE:
            return ", where there is no other role"
        case Target.ANY:
            return ""


def _shown(condition: Condition) -> str:
    if not isinstance(condition, Comparison):
        return f"{condition.operator} {condition.key}"
    values = ", ".join(_literal(value) or _text(value) for value in condition.values)
    return f"{condition.operator} {condition.key}: {values}"


def _text(value: Value) -> str:
    if isinstance(value, Text):
        return value.string.text
    return ":".join(part.text for part in value.parts) if isinstance(value, Arn) else "..."


def _open(way: Way, asked: _Examined, witnesses: tuple[Witness, ...]) -> str:
    requests = " and ".join(
        f"{w.request.action} on {w.request.resource}{_context(w)} ({', '.join(map(str, w.decision.statements))})"
        for w in witnesses
    )
    own = any(step.target is Target.OWN_ROLE for step in way.steps) and not asked.role.arns
    notes = ["its own ARN is not known, so that may be itself"] if own else []
    for step, witness in zip(way.steps, witnesses, strict=True):
        sent = (
            (limit, value) for limit in step.limits for value in witness.request.context.get(limit.value.lower(), ())
        )
        notes += [str(note) for limit, value in sent if (note := asked.harm(limit, value))]
        if Limit.DEPLOYED in step.limits and asked.deployed.roles:
            notes.append(_not_held(step, asked, witness.request.resource))
    return "; ".join([f"it may {requests}", *dict.fromkeys(notes)])


def _not_held(step: Step, asked: _Examined, resource: str) -> str:
    """Say why a role or a function is not held: it is one of the templates, or a namespace is not theirs alone."""
    why = {member: held for member in asked.members(step) if isinstance(held := asked.holding(member), Harm)}
    meant = [str(held) for member, held in why.items() if any(arn.matches(resource) for arn in member.arns)]
    if meant:
        return "; ".join(dict.fromkeys(meant))
    kind = "role" if step.action == _PASSING else "function"
    others = "".join(f"; {held}" for held in dict.fromkeys(map(str, why.values())))
    return f"that {kind} is none of the templates, nor in a namespace of held ones alone{others}"


def _context(witness: Witness) -> str:
    context = witness.request.context.items()
    shown = ", ".join(f"{key} {' and '.join(values)}" for key, values in context if values)
    return f" with {shown}" if shown else ""


_FIX = {
    Limit.PASSED_TO: "list known services under StringEquals iam:PassedToService",
    Limit.POLICY: "list policies under ArnEquals iam:PolicyARN that are known to allow nothing worth having",
    Limit.BOUNDARY: "require with StringEquals iam:PermissionsBoundary a boundary that is known to bound",
    Limit.INVOKER: "list AWS services under StringEquals lambda:Principal",
    Limit.DEPLOYED: "give the templates' roles a permissions boundary that is known, and pass no others",
    Limit.NAMES: "name the deployed stacks in the resources, or declare a namespace that names them",
}


def _fix(way: Way) -> str:
    choices = [_FIX[limit] for limit in way.steps[-1].limits]
    if any(step.target is Target.OWN_ROLE for step in way.steps):
        choices.insert(0, "take its own ARN out of the resources")
    if any(step.passed_to for step in way.steps):
        choices.append(f"leave {' and '.join(way.steps[0].passed_to)} out of iam:PassedToService")
    return f"{', or '.join(choices) or f'take {way.action} out'}, or acknowledge it with the reason"
