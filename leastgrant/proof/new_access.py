"""No new access: what one role may do and another may not, request by request."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.document import Effect, Policy, parse_policy
from leastgrant.iam.evaluation import AssumeRequest, Permissions, Request, evaluate
from leastgrant.iam.inclusion import Witness, newly_allowed
from leastgrant.iam.pattern import Budget, Pattern, member
from leastgrant.iam.search import Undecided
from leastgrant.iam.trust import admitted, statements_about
from leastgrant.knowledge import authorization
from leastgrant.text import first_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.document import Principal, Statement, TrustPolicy
    from leastgrant.iam.evaluation import Relevant
    from leastgrant.iam.trust import Ways
    from leastgrant.role import Role

_Answers: TypeAlias = "tuple[Witness | Undecided, ...]"
_FEW = 3
_STEPS, _STEPS_A_STATEMENT = 80_000, 2_000
"""Of the work for one comparison: the first are less than a third of a second."""


@dataclass(frozen=True, slots=True)
class NotDecided:
    """It is not decided whether there is a request that one role allows and the other does not."""

    action: str
    principal: Principal | None
    """Who would assume the role, if that is the action."""
    reason: str
    """What is missing to decide."""

    def __str__(self) -> str:
        """Say what is not decided, and why not."""
        who = f" by {self.principal.name}" if self.principal else ""
        return f"{self.action}{who}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Access:
    """The difference between two roles, as requests that one allows and the other does not.

    For each action there is at least one if there is any; more, if several statements allow more. Where it could not be
    decided whether there is one, that is told.
    """

    gained: tuple[Witness, ...]
    """Sorted by action; the statements that allow a request are in its decision."""
    lost: tuple[Witness, ...]
    admitted: tuple[AssumeRequest, ...] | None
    """Who can newly assume the role, one request for each statement; None if the trust of one is not known."""
    refused: tuple[AssumeRequest, ...] | None
    """Who no longer can."""
    not_known_gained: tuple[NotDecided, ...] = ()
    """The actions, and principals, of which it is not decided whether access is gained."""
    not_known_lost: tuple[NotDecided, ...] = ()
    """Those of which it is not decided whether access is lost."""

    @property
    def undecided(self) -> tuple[NotDecided, ...]:
        """All that is not decided."""
        return (*self.not_known_gained, *self.not_known_lost)

    @property
    def unchanged(self) -> bool:
        """Whether it is decided that there is no difference, as far as the trust is known."""
        return not (self.gained or self.lost or self.admitted or self.refused or self.undecided)


def new_access(before: Role, after: Role) -> Access:
    """Compare two roles, over all actions that IAM knows and those that the roles name."""
    known = before.trust is not None and after.trust is not None
    if _documents(before) == _documents(after):  # as of most roles that are compared
        return Access((), (), () if known else None, () if known else None)
    actions = tuple(_actions((*_statements(before), *_statements(after))))
    budget = Budget(_STEPS + _STEPS_A_STATEMENT * len((*_statements(before), *_statements(after))))
    doubts = [*_wildcards_in_types(before, after), *_unread(before, after)]
    gained = [*_gained(before, after, actions, budget), *_admitted(before.trust, after.trust), *doubts]
    lost = [*_gained(after, before, actions, budget), *_admitted(after.trust, before.trust)]
    return Access(
        gained=tuple(one for one in gained if isinstance(one, Witness)),
        lost=tuple(one for one in lost if isinstance(one, Witness)),
        admitted=tuple(one for one in gained if isinstance(one, AssumeRequest)) if known else None,
        refused=tuple(one for one in lost if isinstance(one, AssumeRequest)) if known else None,
        not_known_gained=tuple(one for one in gained if isinstance(one, NotDecided)),
        not_known_lost=tuple(one for one in lost if isinstance(one, NotDecided)),
    )


def _wildcards_in_types(before: Role, after: Role) -> Iterator[NotDecided]:
    """Yield the wildcards in resource types that one role alone has: IAM's guide forbids them, and tells no effect."""
    ones, others = ({(s.actions, text): s for s, text in role.wildcards_in_types} for role in (before, after))
    for key in {**ones, **others}:
        if (key in ones) != (key in others):
            actions, text = key
            statement = (ones | others)[key]
            why = f"{statement} has a wildcard in the resource type of {text}, and the guide forbids that"
            yield NotDecided(", ".join(map(str, actions.patterns)), None, f"it is not known what it allows: {why}")


def _unread(before: Role, after: Role) -> Iterator[NotDecided]:
    """Yield the policies of one role alone whose documents are not known."""
    for arn in sorted({*before.unread} ^ {*after.unread}):
        yield NotDecided("*", None, f"what {arn} allows is not known")


def _statements(role: Role) -> tuple[Statement, ...]:
    return (*role.statements, *(role.boundary.statements if role.boundary else ()))


def _actions(statements: Iterable[Statement]) -> list[str]:
    """Return every action that a statement concerns, sorted."""
    found: set[str] = set()
    for elements in dict.fromkeys(statement.actions for statement in statements):
        literals = [str(pattern) for pattern in elements.patterns if pattern.is_literal]
        found |= {str(authorization.action(text) or text) for text in literals}
        texts = [str(pattern) for pattern in elements.patterns if not pattern.is_literal]
        if elements.negated or not {"*", "*:*"}.isdisjoint(texts):
            found.update(*map(authorization.names, authorization.services()))
            continue
        found |= {str(known) for text in texts for known in authorization.expand(text)}
    return sorted(found)


def _documents(role: Role) -> tuple[object, ...]:
    """Return what decides what a role may do, and who may assume it."""
    return role.policies, role.boundary, role.trust, frozenset(role.unread)


def _gained(before: Role, after: Role, actions: Iterable[str], budget: Budget) -> Iterator[Witness | NotDecided]:
    """Yield requests that `after` allows and `before` does not, or may not.

    Actions that the same statements concern, and that are called on ARNs of the same form, have the same answer.
    """
    comparison = _Comparison(before.as_written, after.as_written, budget)
    doubts: defaultdict[str, list[str]] = defaultdict(list)
    for action in actions:
        if not after.as_written.about(action).allows:
            continue
        answers = comparison.of(action)
        found = [answer for answer in answers if isinstance(answer, Witness)]
        for witness in found if len(found) < 2 else {_key(one): one for one in found}.values():  # noqa: PLR2004
            asked = witness.request
            yield Witness(Request(action, asked.resource, asked.context), witness.decision, witness.undecided)
        if answers and not found:  # where there is a request, it does not matter whether there are others
            doubts[next(answer.reason for answer in answers if isinstance(answer, Undecided))].append(action)
    yield from (NotDecided(first_few(of, "action"), None, reason) for reason, of in doubts.items())


class _Comparison:
    """What is allowed before and after, with each question that was asked."""

    def __init__(self, before: Permissions, after: Permissions, budget: Budget) -> None:
        self._before, self._after, self._budget = before, after, budget
        self._on_any: dict[tuple[int, int], _Answers] = {}
        self._resources: dict[tuple[int, int], _Resources] = {}
        self._of_alike: dict[object, list[tuple[Witness | Undecided, object]]] = {}
        self._on_forms: dict[tuple[object, ...], _Answers] = {}

    def of(self, action: str) -> _Answers:
        """Of an action: on an ARN of a form that it is called on, if there is such a request; else on any."""
        old, new = self._before.about(action), self._after.about(action)
        question = id(old), id(new)
        if question not in self._on_any:
            self._on_any[question] = tuple(newly_allowed(self._before, self._after, [action], budget=self._budget))
            self._resources[question] = _Resources((old, new))
        on_any = self._on_any[question]
        if not on_any:
            return ()
        forms = _forms(action)
        if (question, forms) not in self._on_forms:
            resources = self._resources[question]
            places = {resources.place(form): form for form in reversed(forms)}
            alike = question, frozenset(places)
            if alike not in self._of_alike:
                answers = self._formed(action, forms, on_any)
                self._of_alike[alike] = [(answer, _place_of(answer, places)) for answer in answers]
            self._on_forms[question, forms] = tuple(_on(places.get(at), one) for one, at in self._of_alike[alike])
        return self._on_forms[question, forms]

    def _formed(self, action: str, forms: tuple[str, ...], on_any: _Answers) -> _Answers:
        samples = _samples(forms)
        found = tuple(one for witness in on_any if (one := self._moved(action, samples, witness)))
        if len(found) == len(on_any):
            return found
        limited = tuple(newly_allowed(self._before, _limited(self._after, forms), [action], budget=self._budget))
        if not forms or any(isinstance(one, Witness) for one in limited):
            return limited
        return on_any  # silence must not rest on the forms being all there are

    def _moved(self, action: str, samples: Sequence[str], witness: Witness | Undecided) -> Witness | None:
        """Move a request to a resource of a form, if that is newly allowed too."""
        if isinstance(witness, Undecided):
            return None
        for resource in samples:
            request = Request(action, resource, witness.request.context)
            decision = evaluate(request, self._after)
            if decision.allowed and not evaluate(request, self._before).allowed:
                return Witness(request, decision)
        return None


class _Resources:
    """The resources that statements name, as far as they tell apart the forms of ARNs."""

    def __init__(self, about: Iterable[Relevant]) -> None:
        statements = (s for one in about for s in (*one.allows, *one.denies, *(one.boundary or ())))
        strings = dict.fromkeys(string for statement in statements for string in statement.resources.strings)
        self._begin_and_have_rest = [(s.widened().head, s.widened().open_ended and not s.keys) for s in strings]

    def place(self, form: str) -> object:
        """Return what is the same for forms on which all requests are decided alike, whatever the rest of the ARN.

        That is which resources have all that begins as the form does, where the others have none; else the form.
        """
        head = form.partition("?")[0].partition("*")[0]
        has_all: list[bool] = []
        for begin, has_rest in self._begin_and_have_rest:
            is_in = has_rest and head.startswith(begin)
            if not is_in and (head.startswith(begin) or begin.startswith(head)):
                return form
            has_all.append(is_in)
        return tuple(has_all)


def _place_of(answer: Witness | Undecided, places: Mapping[object, str]) -> object:
    """Return the place that a request is in; None if it is decided for its resource alone, or there is none."""
    if isinstance(answer, Undecided):
        return None
    alike = ((place, form) for place, form in places.items() if place != form)
    return next((place for place, form in alike if Pattern.parse(form).matches(answer.request.resource)), None)


def _on(form: str | None, answer: Witness | Undecided) -> Witness | Undecided:
    """Return the same answer on a resource of a form."""
    if form is None or isinstance(answer, Undecided):
        return answer
    asked = answer.request
    return Witness(Request(asked.action, _sample(form), asked.context), answer.decision, answer.undecided)


@cache
def _sample(form: str) -> str:
    return member((Pattern.parse(form),)) or ""


@cache
def _samples(forms: tuple[str, ...]) -> tuple[str, ...]:
    """Return a few resources of some forms, the shortest first."""
    shortest = sorted(forms, key=lambda form: (len(form.replace("*", "")), form))[:_FEW]
    return tuple(map(_sample, shortest)) or ("*",)


def _key(witness: Witness) -> tuple[object, ...]:
    return witness.request.resource, tuple(sorted(witness.request.context.items()))


_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PLACES = {"Partition": "aws", "Account": "????????????"}


def _forms(action: str) -> tuple[str, ...]:
    """Return the forms of the ARNs that an action is called on; none if it has no resource types."""
    formats = authorization.formats(action)
    return ("*",) if formats is None else _filled(formats)


@cache
def _filled(formats: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({_PLACEHOLDER.sub(lambda match: _PLACES.get(match[1], "?*"), arn) for arn in formats}))


def _limited(permissions: Permissions, forms: tuple[str, ...]) -> Permissions:
    """Limit permissions to ARNs of these forms; without any, to requests on no resource."""
    boundary = None if permissions.boundary is None else Policy(permissions.boundary)
    return Permissions((Policy(permissions.statements), _all_others_denied(forms)), boundary)


@cache
def _all_others_denied(forms: tuple[str, ...]) -> Policy:
    where = {"NotResource": [*forms]} if forms else {"Resource": "arn:*"}
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", **where}}
    return parse_policy(deny, "forms")


def _admitted(before: TrustPolicy | None, after: TrustPolicy | None) -> Iterator[AssumeRequest | NotDecided]:
    """Yield requests to assume the role that `after` allows and `before` does not, or may not."""
    if before is None or after is None:
        return

    def newly(action: str, principal: Principal) -> Ways:
        about = statements_about(before, action, principal)
        denies = [s for s in about if s.effect is Effect.DENY]
        return [((), tuple(s for s in about if s.effect is Effect.ALLOW)), *(((deny,), ()) for deny in denies)]

    named = [p for s in before.statements for p in s.principals.principals if p.name != "*"]
    found: dict[tuple[object, ...], AssumeRequest] = {}
    doubts: dict[NotDecided, None] = {}
    for _, answer in admitted(after, named, newly):
        if isinstance(answer, AssumeRequest):
            found[answer.action, answer.principal, tuple(sorted(answer.context.items()))] = answer
        else:
            doubts[NotDecided(answer.action, answer.principal, answer.reason)] = None
    yield from (*found.values(), *doubts)
