"""Who can assume a role: the requests that a trust policy admits, found or ruled out.

Source: AWS IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.conditions import parse_conditions
from leastgrant.iam.document import Actions, Effect, Principal, PrincipalKind, Principals, TrustStatement
from leastgrant.iam.evaluation import AssumeRequest
from leastgrant.iam.pattern import Budget
from leastgrant.iam.search import Found, Question, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.iam.string import Context

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True)
class Doubt:
    """It is not decided whether a principal can be allowed an action, and why not."""

    action: str
    principal: Principal
    reason: str


Ways: TypeAlias = "Iterable[tuple[tuple[TrustStatement, ...], tuple[TrustStatement, ...]]]"
"""How a request can be one that counts: all of some statements apply to it, and none of others do."""

STEPS = 100_000
"""The work that one trust policy may take; about a quarter of a second."""


def under(conditions: Mapping[str, Mapping[str, str | list[str]]]) -> TrustStatement:
    """Make a statement that applies to whatever request meets some conditions."""
    return TrustStatement(
        where="asked",
        sid=None,
        effect=Effect.ALLOW,
        actions=Actions((), negated=True),
        conditions=parse_conditions(conditions, "asked", variables=False),
        principals=Principals((), negated=True),
    )


def admitted(
    trust: TrustPolicy,
    principals: Iterable[Principal],
    counting: Callable[[str, Principal], Ways],
    known: dict[Principal, list[Context]] | None = None,
    budget: Budget | None = None,
) -> Iterator[tuple[TrustStatement, AssumeRequest | Doubt]]:
    """Yield, for each statement and principal, a request that is allowed and counts, if there is or may be one.

    Args:
        trust: The trust policy.
        principals: Who is asked about, beside those that the policy names and strangers of each kind.
        counting: How a request of an action and a principal can be one that counts; in no way, if none does.
        known: Contexts to try first, for a principal; the last must be the empty one.
        budget: The work for all.
    """
    named = (p for s in trust.statements for p in s.principals.principals if p.name != "*")
    asked = tuple(dict.fromkeys((*principals, *named, *_STRANGERS)))
    budget = budget or Budget(STEPS)
    for statement in trust.statements:
        if statement.effect is Effect.DENY:
            continue
        for principal in filter(statement.principals.match, asked):
            starts = (known or {}).get(principal, [{}])
            answers = [
                answer
                for action in _actions(principal)
                if statement.actions.match(action.lower())
                for question in _questions(trust, statement, AssumeRequest(action, principal), counting, starts)
                if (answer := _answer(action, principal, question, budget))
            ]
            found = [answer for answer in answers if isinstance(answer, AssumeRequest)]
            yield from ((statement, answer) for answer in islice(found or answers, 1))


def _questions(
    trust: TrustPolicy,
    statement: TrustStatement,
    asked: AssumeRequest,
    counting: Callable[[str, Principal], Ways],
    starts: Iterable[Context],
) -> Iterator[Question]:
    """Yield the questions whether there is a request that the statement admits, and that counts."""
    denies = tuple(s for s in statements_about(trust, asked.action, asked.principal) if s.effect is Effect.DENY)
    ways = tuple(counting(asked.action, asked.principal))
    for start in starts:
        for applying, none_of in ways:
            yield Question((statement, *applying), (*denies, *none_of), None, start, None)


def _answer(action: str, principal: Principal, question: Question, budget: Budget) -> AssumeRequest | Doubt | None:
    answer = search(question, budget)
    if isinstance(answer, Found):
        return AssumeRequest(action, principal, answer.context)
    return Doubt(action, principal, answer.reason) if answer is not None and not question.known else None


def statements_about(trust: TrustPolicy, action: str, principal: Principal) -> tuple[TrustStatement, ...]:
    """Return the statements that concern an action of a principal."""
    return tuple(s for s in trust.statements if s.actions.match(action.lower()) and s.principals.match(principal))


_STRANGERS = (
    Principal(PrincipalKind.AWS, "arn:aws:iam::000000000000:role/any"),
    Principal(PrincipalKind.FEDERATED, "arn:aws:iam::000000000000:oidc-provider/any"),
    Principal(PrincipalKind.FEDERATED, "arn:aws:iam::000000000000:saml-provider/any"),
    Principal(PrincipalKind.SERVICE, "any.amazonaws.com"),
)
_SESSION = ("sts:TagSession", "sts:SetSourceIdentity")


def _actions(principal: Principal) -> tuple[str, ...]:
    """Return the actions that a principal can be allowed in a trust policy."""
    if principal.kind is not PrincipalKind.FEDERATED:
        return ("sts:AssumeRole", *_SESSION, "sts:SetContext")
    return ("sts:AssumeRoleWithSAML" if ":saml-provider/" in principal.name else WEB_IDENTITY, *_SESSION)


_KINDS = {
    PrincipalKind.AWS: "a principal of any AWS account",
    PrincipalKind.FEDERATED: "any identity provider's users",
    PrincipalKind.SERVICE: "any AWS service",
    PrincipalKind.CANONICAL_USER: "any AWS account",
}


def called(principal: Principal) -> str:
    """Name a principal of which `admitted` tells, as findings do."""
    return _KINDS[principal.kind] if principal in _STRANGERS else f"{principal.kind.value} principal {principal.name}"
