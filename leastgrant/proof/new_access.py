"""No new access: what one role may do and another may not, request by request."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Outcome, Permissions, evaluate_trust
from leastgrant.iam.inclusion import newly_allowed
from leastgrant.knowledge import authorization
from leastgrant.proof.trust import admitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.iam.document import Statement, TrustPolicy
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.inclusion import Witness
    from leastgrant.role import Role


@dataclass(frozen=True, slots=True)
class Access:
    """The difference between two roles, as requests that one allows and the other does not.

    For each action there is at least one if there is any; more, if several statements allow more.
    """

    gained: tuple[Witness, ...]
    """Sorted by action; the statements that allow a request are in its decision."""
    lost: tuple[Witness, ...]
    admitted: tuple[AssumeRequest, ...] | None
    """Who can newly assume the role, one request for each statement; None if the trust of one is not known."""
    refused: tuple[AssumeRequest, ...] | None
    """Who no longer can."""

    @property
    def unchanged(self) -> bool:
        """Whether there is no difference, as far as is known."""
        return not (self.gained or self.lost or self.admitted or self.refused)


def new_access(before: Role, after: Role) -> Access:
    """What changes from one role to another, over all actions that IAM knows and those that the roles name.

    Raises:
        PatternTooComplex: the patterns or conditions are too complex to compare.
    """
    known = before.trust is not None and after.trust is not None
    if _documents(before) == _documents(after):  # as of most roles that are compared
        return Access((), (), *([(), ()] if known else [None, None]))
    actions = tuple(_actions((*_statements(before), *_statements(after))))
    return Access(
        gained=tuple(_gained(before, after, actions)),
        lost=tuple(_gained(after, before, actions)),
        admitted=tuple(_admitted(before.trust, after.trust)) if known else None,
        refused=tuple(_admitted(after.trust, before.trust)) if known else None,
    )


def _statements(role: Role) -> tuple[Statement, ...]:
    return (*role.statements, *(role.boundary.statements if role.boundary else ()))


def _actions(statements: Iterable[Statement]) -> list[str]:
    """Every action that a statement concerns, sorted."""
    found: set[str] = set()
    for elements in dict.fromkeys(statement.actions for statement in statements):
        texts = [str(pattern) for pattern in elements.patterns]
        found |= {text for text, pattern in zip(texts, elements.patterns, strict=True) if pattern.is_literal}
        if elements.negated or not {"*", "*:*"}.isdisjoint(texts):
            texts += [f"{service}:*" for service in authorization.services()]
        found |= {str(known) for text in texts for known in authorization.expand(text)}
    return sorted({str(authorization.action(action) or action) for action in found})


def _documents(role: Role) -> tuple[object, ...]:
    """What decides what a role may do, and who may assume it."""
    return role.policies, role.boundary, role.trust


def _gained(before: Role, after: Role, actions: Iterable[str]) -> Iterator[Witness]:
    """Requests that `after` allows and `before` does not.

    Actions that the same statements concern, and that are called on ARNs of the same form, have the same answer.
    """
    answers: dict[tuple[object, ...], tuple[Witness, ...]] = {}
    limited: dict[tuple[str, ...], Permissions] = {}
    for action in actions:
        if before.permissions.about(action) == after.permissions.about(action):
            continue
        forms = _forms(action)
        question = (*_concerning(before.permissions, action), None, *_concerning(after.permissions, action), forms)
        if question not in answers:
            if forms not in limited:
                limited[forms] = _limited(after, forms)
            found = tuple(newly_allowed(before.permissions, limited[forms], [action]))
            if not found and forms:  # silence must not rest on the forms being all there are
                found = tuple(newly_allowed(before.permissions, after.permissions, [action]))
            answers[question] = found
        for witness in {_key(witness): witness for witness in answers[question]}.values():
            yield replace(witness, request=replace(witness.request, action=action))


def _key(witness: Witness) -> tuple[object, ...]:
    return witness.request.resource, tuple(sorted(witness.request.context.items()))


def _concerning(permissions: Permissions, action: str) -> Iterator[int | None]:
    """What tells apart actions that different statements concern."""
    about = permissions.about(action)
    for statements in (about.denies, about.allows, about.boundary or ()):
        yield from (id(statement) for statement in statements)
        yield None


_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PLACES = {"Partition": "aws", "Account": "????????????"}


def _forms(action: str) -> tuple[str, ...]:
    """The forms of the ARNs that an action is called on; none if it has no resource types."""
    known = authorization.action(action)
    if known is None:
        return ("*",)
    arns = {arn for kind in known.resource_types for arn in kind.arns}
    return tuple(sorted(_PLACEHOLDER.sub(lambda match: _PLACES.get(match[1], "?*"), arn) for arn in arns))


def _limited(role: Role, forms: tuple[str, ...]) -> Permissions:
    """What the role may do on ARNs of these forms; without any, what it may do on no resource."""
    where = {"NotResource": [*forms]} if forms else {"Resource": "arn:*"}
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", **where}}
    return Permissions((*role.policies, parse_policy(deny, "forms")), role.boundary)


def _admitted(before: TrustPolicy | None, after: TrustPolicy | None) -> Iterator[AssumeRequest]:
    """Requests to assume the role that `after` allows and `before` does not."""
    if before is None or after is None:
        return

    def allowed_before(request: AssumeRequest) -> bool:
        return evaluate_trust(request, before).outcome is Outcome.ALLOWED

    conditions = [condition for statement in before.statements for condition in statement.conditions]
    named = [p for s in before.statements for p in s.principals.principals if p.name != "*"]
    requests = (request for _, request in admitted(after, named, allowed_before, conditions))
    yield from {(r.action, r.principal, tuple(sorted(r.context.items()))): r for r in requests}.values()
