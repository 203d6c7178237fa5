"""Are all requests of a set allowed? Which are allowed by one set of permissions and not by another?

The resources that a statement reaches are a union of patterns (`Resource`) or what a union leaves out
(`NotResource`). So what is allowed, and what is not, is a union of regions, each the strings that are in all
of some patterns and in none of others; whether a region is empty is decided exactly by `leastgrant.iam.pattern`.
Where contexts count, it is asked of `leastgrant.iam.search`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, product
from typing import TYPE_CHECKING, NamedTuple, cast

from leastgrant.iam.arn import ARN, COMPONENTS
from leastgrant.iam.document import Effect, Statement
from leastgrant.iam.evaluation import Decision, Permissions, Relevant, Request, evaluate
from leastgrant.iam.pattern import ANY, Budget, ByHead, Pattern, PatternTooComplex, member
from leastgrant.iam.search import Found, Question, Undecided, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.string import Context

_MAX_REGIONS = 10_000
_NO_RESOURCE = Pattern.literal("*")


@dataclass(frozen=True, slots=True)
class RequestSet:
    """Requests for one action: each resource of a pattern, in each context that has `known`.

    A key with no values in `known` is known to be absent; a key that is not there may have any value or none.
    An action that has no resource type is requested on `*` (`Pattern.literal("*")`).

    Raises:
        ValueError: the pattern holds no ARN.
    """

    action: str
    resources: Pattern
    known: Context = field(default_factory=dict[str, tuple[str, ...]])
    except_resources: tuple[Pattern, ...] = ()
    """What the pattern stands for, and no resource is called."""

    def __post_init__(self) -> None:
        """Refuse a set that is empty, as it would count as allowed."""
        if not _of_arns(self.resources) and _find([[_Region((self.resources,), ())]]) is None:
            raise ValueError(f"{self.resources} matches no ARN; write arn:partition:service:region:account:resource")


@dataclass(frozen=True, slots=True)
class Witness:
    """A request, and how it is decided.

    `undecided` is empty if the request is not allowed. Otherwise whether it is depends on these keys, and it was not
    decided whether there are values of them with which it is not; the request is shown without them.
    """

    request: Request
    decision: Decision
    undecided: frozenset[str] = frozenset()


def ungranted(requests: RequestSet, permissions: Permissions, budget: Budget | None = None) -> Witness | None:
    """Find a request of a set that is not allowed; None if it is proved that all are.

    Raises:
        PatternTooComplex: the patterns are too complex to compare.
    """
    about = permissions.about(requests.action)
    unknown = about.keys - requests.known.keys()
    if not unknown:
        resource = _refused(requests, _reached(about, requests.known))
        return None if resource is None else _witness(requests.action, resource, requests.known, permissions)
    resource = _refused(requests, _reached_for_certain(about, requests.known))
    if resource is None:
        return None
    questions = (
        Question(
            () if denied is None else (denied,),
            none_of,
            None,
            requests.known,
            requests.resources,
            requests.except_resources,
        )
        for denied, none_of in _ways_out(about)
    )
    answer = _first(questions, budget)
    if isinstance(answer, Found):
        return _witness(requests.action, answer.resource, answer.context, permissions)
    return answer and _witness(requests.action, resource, requests.known, permissions, answer.keys or unknown)


def newly_allowed(
    before: Permissions,
    after: Permissions,
    actions: Iterable[str],
    known: Context | None = None,
    budget: Budget | None = None,
) -> Iterator[Witness | Undecided]:
    """Yield a request that `after` allows and `before` does not, for each action and allowing statement.

    Where it is not decided whether there is one, that is yielded; nothing, where it is proved that there is none.

    Args:
        before: What was allowed.
        after: What is.
        actions: Those asked about.
        known: What the contexts have, as far as it is known.
        budget: The work for all; each question has `leastgrant.iam.search.STEPS` of it.
    """
    for action in actions:
        old, new = before.about(action), after.about(action)
        if not new.allows or old == new:
            continue
        for statement in dict.fromkeys(new.allows):
            answer = _first(_gains(statement, old, new, known or {}), budget)
            if isinstance(answer, Found):
                yield _witness(action, answer.resource, answer.context, after)
            elif answer is not None:
                yield answer


def _gains(statement: Statement, old: Relevant, new: Relevant, known: Context) -> Iterator[Question]:
    """Yield a question for each way in which a statement can allow what was not allowed before."""
    for denied, none_of in _ways_out(old):
        applying = (statement,) if denied is None else (statement, denied)
        yield Question(applying, (*none_of, *new.denies), new.boundary, known)


def _ways_out(about: Relevant) -> Iterator[tuple[Statement | None, tuple[Statement, ...]]]:
    """Yield each reason to refuse a request: nothing allows it, the boundary does not, a statement denies it."""
    yield None, about.allows
    if about.boundary is not None:
        yield None, about.boundary
    yield from ((deny, ()) for deny in about.denies)


def _first(questions: Iterable[Question], budget: Budget | None = None) -> Found | Undecided | None:
    """Return the first request that is found; else the first question without an answer."""
    undecided: Undecided | None = None
    for question in questions:
        answer = search(question, budget)
        if isinstance(answer, Found):
            return answer
        undecided = undecided or answer
    return undecided


@dataclass(frozen=True, slots=True)
class Grant:
    """What an allowing statement grants for one action pattern and one resource pattern.

    Of a `NotAction` or `NotResource` the pattern is `*` and the exceptions are what it names. A policy
    variable is taken as `*`.
    """

    statement: Statement
    actions: Pattern
    except_actions: tuple[Pattern, ...]
    resources: Pattern
    except_resources: tuple[Pattern, ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions under which it is granted."""
        return self.statement.conditions


def grants_of(statements: Iterable[Statement]) -> Iterator[Grant]:
    """Yield what statements grant, before denies and boundary."""
    for statement in statements:
        if statement.effect is Effect.DENY:
            continue
        resources = tuple(string.widened() for string in statement.resources.strings)
        for (actions, no_actions), (some, none) in product(
            _alternatives(statement.actions.patterns, statement.actions.negated),
            _alternatives(resources, statement.resources.negated),
        ):
            yield Grant(statement, actions, no_actions, some, none)


def _alternatives(patterns: tuple[Pattern, ...], negated: bool) -> list[tuple[Pattern, tuple[Pattern, ...]]]:
    return [(ANY, patterns)] if negated else [(pattern, ()) for pattern in patterns]


class _Region(NamedTuple):
    """The strings that are in all of some patterns and in none of others."""

    inside: tuple[Pattern, ...]
    outside: tuple[Pattern, ...]


class _Reach(NamedTuple):
    """The resources a statement reaches in some context."""

    patterns: tuple[Pattern, ...]
    negated: bool

    def hits(self) -> list[_Region]:
        return [_Region((), self.patterns)] if self.negated else [_Region((p,), ()) for p in self.patterns]

    def misses(self) -> list[_Region]:
        return _Reach(self.patterns, not self.negated).hits()


@dataclass(frozen=True)
class _Reached:
    """What the statements about an action reach in some context."""

    denies: tuple[_Reach, ...]
    allows: tuple[_Reach, ...]
    boundary: tuple[_Reach, ...] | None

    def limits(self) -> list[tuple[_Reach, ...]]:
        """Return the limits: an allowed resource is in some reach of each."""
        return [self.allows] if self.boundary is None else [self.allows, self.boundary]

    @cached_property
    def missed(self) -> list[_Missed]:
        """What is outside of each limit."""
        return [_Missed(limit) for limit in self.limits()]

    @cached_property
    def denied(self) -> ByHead:
        """What is denied by `Resource`."""
        return ByHead(chain.from_iterable(deny.patterns for deny in self.denies if not deny.negated))


class _Missed:
    """What none of some statements reaches."""

    def __init__(self, limit: tuple[_Reach, ...]) -> None:
        self._left_out = ByHead(chain.from_iterable(reach.patterns for reach in limit if not reach.negated))
        self._excepted = [reach.misses() for reach in limit if reach.negated]

    def of(self, resources: Pattern) -> list[list[_Region]]:
        """Return choices of regions; the first is what all their `Resource` patterns leave out."""
        return [[_Region((resources,), tuple(self._left_out.near(resources)))], *self._excepted]


def _reached(about: Relevant, context: Context) -> _Reached:
    """Return what statements reach in a context, worked out once for all contexts that they do not tell apart."""
    known = tuple((key, context.get(key)) for key in about.keys)
    if known not in about.reached:
        about.reached[known] = _worked_out(about, context)
    return cast("_Reached", about.reached[known])


def _worked_out(about: Relevant, context: Context) -> _Reached:
    denies, allows, boundary = (
        tuple(reach for statement in statements or () if (reach := _reach(statement, context)))
        for statements in (about.denies, about.allows, about.boundary)
    )
    return _Reached(denies, allows, None if about.boundary is None else boundary)


def _reach(statement: Statement, context: Context) -> _Reach | None:
    if statement.failing(context):
        return None
    return _Reach(tuple(statement.resources.patterns(context)), statement.resources.negated)


def _reached_for_certain(about: Relevant, known: Context) -> _Reached:
    """Return a lower bound of what is allowed and an upper bound of what is denied, over all unknown keys."""
    denies = tuple(reach for s in about.denies if (reach := _possible_reach(s, known)))
    allows, boundary = (
        tuple(reach for s in statements or () if (reach := _certain_reach(s, known)))
        for statements in (about.allows, about.boundary)
    )
    return _Reached(denies, allows, None if about.boundary is None else boundary)


def _certain_reach(statement: Statement, known: Context) -> _Reach | None:
    if not all(c.keys <= known.keys() and c.holds(known) for c in statement.conditions):
        return None
    return _bounded_reach(statement, known, widen=statement.resources.negated)


def _possible_reach(statement: Statement, known: Context) -> _Reach | None:
    if any(c.keys <= known.keys() and not c.holds(known) for c in statement.conditions):
        return None
    return _bounded_reach(statement, known, widen=not statement.resources.negated)


def _bounded_reach(statement: Statement, known: Context, *, widen: bool) -> _Reach:
    """Return the reach, each string with an unknown variable widened or left out."""
    patterns = (
        string.resolve(known) if string.keys <= known.keys() else string.widened() if widen else None
        for string in statement.resources.strings
    )
    return _Reach(tuple(pattern for pattern in patterns if pattern), statement.resources.negated)


def _refused(requests: RequestSet, reached: _Reached) -> str | None:
    """Find a resource that is not allowed."""
    resources = requests.resources
    asked = [[_Region((), requests.except_resources)]] if requests.except_resources else []
    ways = chain(
        (missed.of(resources) for missed in reached.missed),
        ([[_Region((resources, denied), ())]] for denied in reached.denied.near(resources)),
        ([[_Region((resources,), ())], deny.hits()] for deny in reached.denies if deny.negated),
    )
    return next((found for way in ways if (found := _find([*asked, *way])) is not None), None)


def _find(choices: Sequence[list[_Region]]) -> str | None:
    """Find a resource that is in one region of each choice."""
    for count, regions in enumerate(product(*choices)):
        if count == _MAX_REGIONS:
            raise PatternTooComplex(f"the statements divide the resources in more than {_MAX_REGIONS} regions")
        inside = tuple(chain.from_iterable(region.inside for region in regions))
        outside = tuple(chain.from_iterable(region.outside for region in regions))
        arn = member(inside if any(map(_of_arns, inside)) else (*inside, ARN), outside)
        found = arn if arn is not None else member((*inside, _NO_RESOURCE), outside)
        if found is not None:
            return found
    return None


def _of_arns(pattern: Pattern) -> bool:
    """Tell whether the pattern spells out what makes all its strings ARNs."""
    first = pattern.tokens[0] if pattern.tokens else ""
    return isinstance(first, str) and first.startswith("arn:") and first.count(":") >= COMPONENTS - 1


def _witness(
    action: str,
    resource: str,
    context: Context,
    permissions: Permissions,
    undecided: frozenset[str] = frozenset(),
) -> Witness:
    request = Request(action, resource, context)
    return Witness(request, evaluate(request, permissions), undecided)
