"""No excess: every action and resource pattern that the role grants is explained by a need."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import ARN
from leastgrant.iam.conditions import parse_conditions
from leastgrant.iam.inclusion import grants_of
from leastgrant.iam.pattern import ANY, Budget, ByHead, Pattern, member
from leastgrant.iam.search import Found, Question, Undecided, search
from leastgrant.knowledge import authorization
from leastgrant.knowledge.authorization import has_resources, is_named
from leastgrant.knowledge.schema import is_listed
from leastgrant.knowledge.sensitive import is_sensitive
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.finding import Finding, Kind
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.document import Statement
    from leastgrant.proof.needs import Need
    from leastgrant.role import Role

EVERYTHING = frozenset({"*", "*:*"})
"""What stands for every action of every service."""

OtherValue: TypeAlias = "tuple[str, ...] | Undecided | None"
"""What a key may be, other than wanted."""
_STEPS = 100_000  # the work to find such values; about a quarter of a second
_FEW = 3  # patterns that a sentence can hold


@dataclass(frozen=True, slots=True)
class Granted:
    """One action on one resource pattern, as a statement grants it, with the needs that explain it."""

    statement: Statement
    action: str
    resource: Pattern
    needs: tuple[Need, ...]
    except_resources: tuple[Pattern, ...] = ()
    """What a `NotResource` leaves out."""

    def outside(self, covers: Sequence[Pattern]) -> str | None:
        """Find the ARN of something it is granted on that none of `covers` has; None if there is none."""
        inside = (self.resource, ARN) if self.resource == ANY else (self.resource,)
        return member(inside, (*covers, *self.except_resources))


def granted(statements: Iterable[Statement], needs: Iterable[Need]) -> Iterator[Granted]:
    """Yield what the statements grant, action by action; a wildcard stands for every action that IAM knows of it."""
    by_action: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs:
        by_action[need.action.lower()].append(need)
    meet = _Meeting()
    indexed = {action: _ByResource(called, meet) for action, called in by_action.items()}
    unlisted = [action for action in indexed if "*" not in action and authorization.action(action) is None]
    nothing = _ByResource((), meet)
    for grant in grants_of(statements):
        for action in _actions(grant.actions, unlisted):
            if any(pattern.matches(action.lower()) for pattern in grant.except_actions):
                continue
            called = indexed.get(action.lower(), nothing)
            explained = tuple(called.on(grant.resources, grant.except_resources))
            yield Granted(grant.statement, action, grant.resources, explained, grant.except_resources)


class _Meeting:
    """Whether two patterns have a string in common: asked once of all the actions on the same resources."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Pattern, Pattern, tuple[Pattern, ...]], bool] = {}

    def __call__(self, one: Pattern, other: Pattern, excepted: tuple[Pattern, ...]) -> bool:
        question = (one, other, excepted)
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = member((one, other), excepted) is not None
        return answer


class _ByResource:
    """The needs of one action, to be found by resource pattern."""

    def __init__(self, needs: Iterable[Need], meet: _Meeting) -> None:
        self._meet = meet
        self._needs: defaultdict[Pattern, list[Need]] = defaultdict(list)
        for need in needs:
            self._needs[need.resource].append(need)
        self._patterns = ByHead(self._needs)

    def on(self, resource: Pattern, excepted: tuple[Pattern, ...]) -> Iterator[Need]:
        for wanted in self._patterns.near(resource):
            if self._meet(resource, wanted, excepted):
                yield from self._needs[wanted]


def _actions(pattern: Pattern, unlisted: Iterable[str]) -> Iterator[str]:
    """Yield each action that a pattern stands for, unlisted ones too; the pattern itself, if all or none match."""
    text = str(pattern)
    if pattern.is_literal:
        yield str(authorization.action(text) or text)
    elif text in EVERYTHING:
        yield text
    else:
        known = [*map(str, authorization.expand(text)), *(action for action in unlisted if pattern.matches(action))]
        yield from known or [text]


def excess(grants: Sequence[Granted]) -> Iterator[Finding]:
    """Yield a finding for each grant that no need explains."""
    explained = {(id(grant.statement), grant.action) for grant in grants if grant.needs}
    reported: set[tuple[int, str]] = set()
    for grant in grants:
        if grant.needs:
            continue
        key = (id(grant.statement), grant.action)
        if key in explained:
            yield _finding(
                grant, f"nothing calls it on {grant.resource}", f"take {grant.resource} out of the statement"
            )
        elif key not in reported:
            reported.add(key)
            yield _finding(grant, _fault(grant.action), "take it out, or declare the use that needs it", whole=True)


def wildcards_in_types(role: Role) -> Iterator[Finding]:
    """Yield a finding for each wildcard in a resource type, which grants nothing.

    "You cannot use a wildcard in the portion of the ARN that specifies the resource type."
    """
    for statement, text in role.wildcards_in_types:
        yield Finding(
            Kind.EXCESS,
            "",
            text,
            f"{statement} names {text}, with a wildcard in the resource type, where IAM takes none: it grants nothing",
            "write the resource type out",
            statement=statement,
        )


def _fault(action: str) -> str:
    if action in EVERYTHING:
        return "nothing calls every action of every service"
    return "nothing calls it" if authorization.expand(action) or is_listed(action) else "IAM knows no such action"


def _finding(grant: Granted, why: str, fix: str, *, whole: bool = False) -> Finding:
    return Finding(
        Kind.EXCESS,
        grant.action,
        "" if whole else str(grant.resource),
        f"{grant.statement} grants {grant.action}: {why}",
        fix,
        statement=grant.statement,
    )


def broad(grants: Iterable[Granted], namespaces: Sequence[Pattern]) -> Iterator[Finding]:
    """Yield a finding for each grant that reaches further than its needs: on more resources, or in more contexts.

    A namespace is what a stack may own, so a grant on the whole of it is none too broad, nor one within it. A call that
    may be made on whatever there is explains the action, and no breadth: neither of a grant that names nothing, nor, if
    the action is sensitive, one within a namespace that names nothing.
    """
    budget, others = Budget(_STEPS), dict[object, OtherValue]()
    grants = tuple(grants)
    answers: dict[tuple[object, ...], str | None] = {}
    known = {(need.subject, need.resource) for grant in grants for need in grant.needs if need.is_sure}
    named = tuple(namespace for namespace in namespaces if is_named(str(namespace)))
    for grant in grants:
        yield from _unasked(grant, budget, others)
        if not grant.needs or not has_resources(grant.action) or authorization.action(grant.action) is None:
            continue
        sensitive = is_sensitive(grant.action)
        explaining = grant.needs
        if not is_named(str(grant.resource)):
            explaining = tuple(
                need
                for need in grant.needs
                if need.is_sure
                or is_named(str(need.resource))
                or (not sensitive and (need.subject, need.resource) in known)
            )
        wanted = tuple(dict.fromkeys(with_any_content(need.resource) for need in explaining))
        within = namespaces if explaining or not sensitive else named
        question = (grant.resource, grant.except_resources, wanted, within is named)
        if question not in answers:
            answers[question] = grant.outside((*wanted, *within))
        beyond = answers[question]
        if beyond is not None:
            yield Finding(
                Kind.BROAD,
                grant.action,
                str(grant.resource),
                f"{grant.statement} grants {grant.action} on {grant.resource}, also on {beyond}, "
                f"{'which nothing needs' if wanted else 'where it may be called, but nothing needs it'}",
                f"narrow it to {', '.join(map(str, wanted[:_FEW]))}{' ...' if len(wanted) > _FEW else ''}"
                if wanted
                else "name what it may be called on, or take it out",
                statement=grant.statement,
            )


def _unasked(grant: Granted, budget: Budget, others: dict[object, OtherValue]) -> Iterator[Finding]:
    """Yield condition keys that every need sends with known values, where the grant holds with another, or without."""
    sent = [context for need in grant.needs for context in need.contexts]
    for key in sent[0] if sent else ():
        if not all(context.get(key) for context in sent):
            continue
        wanted = tuple(dict.fromkeys(value for context in sent for value in context[key]))
        question = (id(grant.statement), key, wanted)
        if question not in others:
            others[question] = other_value(grant.statement, key, wanted, budget)
        other = others[question]
        if isinstance(other, Undecided):
            yield Finding(
                Kind.UNDECIDED,
                grant.action,
                str(grant.resource),
                f"it is not decided whether {grant.statement} grants {grant.action} on {grant.resource} with another "
                f"{key} than {' or '.join(wanted)}: {other.reason}",
                f"require {key} to equal {' or '.join(wanted)}",
                statement=grant.statement,
            )
        elif other is not None:
            values = shown_values(other)
            yield Finding(
                Kind.BROAD,
                grant.action,
                str(grant.resource),
                f"{grant.statement} grants {grant.action} on {grant.resource}, also with {key} {values}, "
                "which nothing needs",
                f"require {key} to equal {' or '.join(wanted)}",
                statement=grant.statement,
            )


def other_value(statement: Statement, key: str, wanted: Sequence[str], budget: Budget | None = None) -> OtherValue:
    """Find a value other than `wanted` that a key may have where the statement's conditions on it hold."""
    about = tuple(condition for condition in statement.conditions if key in condition.keys)
    apart = parse_conditions({"StringEquals": {key: list(wanted)}}, "the values wanted", variables=False)
    with_it, wanted_alone = (replace(statement, conditions=conditions) for conditions in (about, apart))
    if with_it == wanted_alone:
        return None
    answer = search(Question((with_it,), (wanted_alone,), resources=None), budget)
    return answer.context[key] if isinstance(answer, Found) else answer
