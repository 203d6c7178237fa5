"""Is one request allowed?

By default a request is denied; an explicit deny in any policy overrides every allow; a permissions boundary
that does not allow the request denies it (AWS IAM User Guide, "Policy evaluation logic"). Resource-based
policies, organisations' and session policies are not considered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.iam.document import Effect, Policy, Principal, Statement, TrustPolicy, TrustStatement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.string import Context


def context_of(keys: Mapping[str, str | Sequence[str]]) -> Context:
    """Make a context from keys in any case, each with its value or values.

    Raises:
        ValueError: a key is there twice, in different cases.
    """
    context = {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in keys.items()}
    if len(context) != len(keys):
        raise ValueError("a context key is there twice, in different cases; keep one")
    return context


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `resource` is an ARN, or `*` if the action has no resource type.

    The context is as `context_of` makes it: keys in lower case; a key that is not there is absent.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict[str, tuple[str, ...]])


class Outcome(Enum):
    """How a request is decided."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly denied"
    NOT_ALLOWED = "not allowed by any statement"
    OUTSIDE_BOUNDARY = "not allowed by the permissions boundary"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, and the statements it is due to.

    They are the statements that deny; else those of the policies that allow, even if the boundary does not.
    """

    outcome: Outcome
    statements: tuple[Statement, ...]

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.outcome is Outcome.ALLOWED


@dataclass(frozen=True, slots=True)
class Relevant:
    """The statements whose action element includes one action. Without a boundary, `boundary` is None."""

    denies: tuple[Statement, ...]
    allows: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    conditions: tuple[Condition, ...] = field(init=False, compare=False)
    variables: frozenset[str] = field(init=False, compare=False)
    keys: frozenset[str] = field(init=False, compare=False)
    """All context keys that count."""
    reached: dict[object, object] = field(init=False, compare=False, repr=False, default_factory=dict[object, object])
    """What `leastgrant.iam.inclusion` has worked out about it."""

    def __post_init__(self) -> None:
        """Collect all conditions, and the keys of the policy variables in the resources."""
        statements = (*self.denies, *self.allows, *(self.boundary or ()))
        conditions = tuple(condition for statement in statements for condition in statement.conditions)
        strings = (string for statement in statements for string in statement.resources.strings)
        object.__setattr__(self, "conditions", conditions)
        object.__setattr__(self, "variables", frozenset(key for string in strings for key in string.keys))
        object.__setattr__(self, "keys", self.variables.union(*(condition.keys for condition in conditions)))


class Permissions:
    """What the policies of a role, and its boundary if it has one, let it do."""

    def __init__(self, policies: Iterable[Policy], boundary: Policy | None = None) -> None:
        """Index the statements by service, so that a question costs what concerns its service."""
        self.statements = tuple(statement for policy in policies for statement in policy.statements)
        self.boundary = boundary.statements if boundary else None
        self._by_service = _index(self.statements)
        self._boundary_by_service = _index(self.boundary or ())
        self._relevant: dict[str, Relevant] = {}
        self._nothing = Relevant((), (), None if boundary is None else ())
        self._alike: dict[tuple[tuple[int, ...], tuple[int, ...]], Relevant] = {}

    def about(self, action: str) -> Relevant:
        """Return the statements that concern an action: the same object for all actions that the same ones concern."""
        relevant = self._relevant.get(action)
        if relevant is None:
            relevant = self._relevant[action] = self._about(action.lower())
        return relevant

    def _about(self, action: str) -> Relevant:
        service = action.partition(":")[0]
        own, limits = (
            [s for s in index.get(service, index[""]) if s.actions.match(action)]
            for index in (self._by_service, self._boundary_by_service)
        )
        if not own and not limits:  # so it is for most of the actions that are asked about
            return self._nothing
        concerning = tuple(map(id, own)), tuple(map(id, limits))
        if concerning not in self._alike:
            self._alike[concerning] = Relevant(
                denies=tuple(s for s in (*own, *limits) if s.effect is Effect.DENY),
                allows=tuple(s for s in own if s.effect is Effect.ALLOW),
                boundary=None if self.boundary is None else tuple(s for s in limits if s.effect is Effect.ALLOW),
            )
        return self._alike[concerning]


def _index(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    """Index the statements by the services that they may concern; under "" those that may concern any other."""
    services = [_services(statement) for statement in statements]
    index: dict[str, list[Statement]] = {service: [] for found in services if found for service in found}
    index[""] = []
    for statement, found in zip(statements, services, strict=True):
        for service in index if found is None else found:
            index[service].append(statement)
    return index


def _services(statement: Statement) -> set[str] | None:
    """Return the services that a statement names; None if it may concern any."""
    if statement.actions.negated:
        return None
    services = {pattern.head.partition(":")[0] for pattern in statement.actions.patterns}
    return None if "" in services else services


def evaluate(request: Request, permissions: Permissions) -> Decision:
    """Decide one request."""
    about = permissions.about(request.action)
    denying = _applying(about.denies, request)
    if denying:
        return Decision(Outcome.EXPLICITLY_DENIED, denying)
    allowing = _applying(about.allows, request)
    if not allowing:
        return Decision(Outcome.NOT_ALLOWED, ())
    if about.boundary is not None and not _applying(about.boundary, request):
        return Decision(Outcome.OUTSIDE_BOUNDARY, allowing)
    return Decision(Outcome.ALLOWED, allowing)


def _applying(statements: Iterable[Statement], request: Request) -> tuple[Statement, ...]:
    return tuple(
        statement
        for statement in statements
        if statement.resources.match(request.resource, request.context) and not statement.failing(request.context)
    )


class Element(Enum):
    """The part of a statement that a request fails."""

    ACTION = "Action"
    RESOURCE = "Resource"
    CONDITION = "Condition"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An allowing statement that one element alone keeps from applying."""

    statement: Statement
    element: Element
    condition: Condition | None = None


def near_misses(request: Request, permissions: Permissions) -> list[NearMiss]:
    """Return the statements that one element alone keeps from allowing a request."""
    misses: list[NearMiss] = []
    for statement in (*permissions.statements, *(permissions.boundary or ())):
        if statement.effect is Effect.DENY:
            continue
        failing = statement.failing(request.context)
        failed = [
            element
            for element, matches in (
                (Element.ACTION, statement.actions.match(request.action.lower())),
                (Element.RESOURCE, statement.resources.match(request.resource, request.context)),
                (Element.CONDITION, failing is None),
            )
            if not matches
        ]
        if len(failed) == 1:
            misses.append(NearMiss(statement, failed[0], failing))
    return misses


@dataclass(frozen=True, slots=True)
class AssumeRequest:
    """A request to assume a role: an `sts` action, a principal, and the claims of its token as context."""

    action: str
    principal: Principal
    context: Context = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class TrustDecision:
    """The outcome, and the statements it is due to."""

    outcome: Outcome
    statements: tuple[TrustStatement, ...]


def evaluate_trust(request: AssumeRequest, trust: TrustPolicy) -> TrustDecision:
    """Decide whether a principal may assume a role; what its own policies say is not considered."""
    applying = [
        statement
        for statement in trust.statements
        if statement.actions.match(request.action.lower())
        and statement.principals.match(request.principal)
        and not statement.failing(request.context)
    ]
    denying = tuple(statement for statement in applying if statement.effect is Effect.DENY)
    if denying:
        return TrustDecision(Outcome.EXPLICITLY_DENIED, denying)
    return TrustDecision(Outcome.ALLOWED if applying else Outcome.NOT_ALLOWED, tuple(applying))
