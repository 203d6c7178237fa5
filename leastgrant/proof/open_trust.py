"""Trust where no token is declared: nobody from outside may assume the role without saying who exactly he is.

Outside are other accounts, and the users of an identity provider where no condition asks for the subject of their
token. Principals of the role's own account and services of AWS are not: what they may do is for their own policies, or
the service, to say. Sources: AWS IAM User Guide, "AWS JSON policy elements: Principal", "Available keys for AWS OIDC
federation", and for an owner that anyone can be, "Create a role for OpenID Connect federation".

Of issuers whose subjects are known (`leastgrant.iam.issuers`) it is exact: a subject that they issue is looked for
whose owner no value of the trust spells out. A value that none of their tokens has lets nobody in, which is told too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import components
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.pattern import Pattern, Wildcard, member
from leastgrant.iam.string import PolicyString
from leastgrant.iam.trust import Doubt, admitted, called, under
from leastgrant.iam.values import Text
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.open_trust_issued import (
    comparisons,
    federated,
    issued,
    lets_in,
    never_issued,
    subject_key,
    widths,
)
from leastgrant.proof.service_role import is_service_role
from leastgrant.proof.trust import undecided
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.issuers import IssuedSubjects
    from leastgrant.iam.string import Context
    from leastgrant.iam.trust import Ways
    from leastgrant.proof.trust import Trusted
    from leastgrant.role import Role

_Conditions: TypeAlias = "tuple[TrustStatement, ...]"
_MOST_NAMED = 4


def trust_line(role: Role, trusted: Trusted | None) -> str:
    """Say who may assume the role, in one line."""
    if role.trust is None:
        return "not looked at: a policy does not say who may assume the role"
    named = dict.fromkeys(
        f"{principal.kind.value} {principal.name}"
        for statement in role.trust.statements
        if statement.effect is Effect.ALLOW
        for principal in statement.principals.principals
    )
    shown = ", ".join([*named][:_MOST_NAMED]) or "nobody"
    more = f" and {len(named) - _MOST_NAMED:,} more" if len(named) > _MOST_NAMED else ""
    asked = "compared with the tokens declared" if trusted else "no token is declared"
    passed = "; whoever deploys with it needs iam:PassRole on it" if is_service_role(role.trust) else ""
    wide = "".join(f"; {one}" for one in dict.fromkeys(widths(role.trust)))
    return f"{shown}{more} ({asked}){wide}{passed}"


def open_to_others(trust: TrustPolicy, accounts: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each statement and principal from outside that may assume the role.

    Args:
        trust: The trust policy.
        accounts: The role's own; none, if it is not known.
    """
    own = frozenset(accounts)
    providers = federated(trust)
    open_subjects = {principal: tuple(_open_subjects(trust, principal)) for principal in providers}
    shown = {principal: list(_shown_first(trust, principal)) for principal in providers}

    def from_outside(action: str, principal: Principal) -> Ways:
        return _from_outside(action, principal, own, open_subjects)

    anybody: set[int] = set()
    for statement, request in admitted(trust, (), from_outside, shown):
        if id(statement) in anybody:
            continue  # who anybody is need not be told by kind
        if isinstance(request, Doubt):
            yield undecided(request, f"whether {statement} lets {called(request.principal)} assume the role")
            continue
        if request.principal.kind is PrincipalKind.AWS and _account(request.principal) == _STRANGER:
            anybody.add(id(statement))
        said = "".join(f", {key} {shown_values(values)}" for key, values in request.context.items() if values)
        yield Finding(
            Kind.TRUST,
            request.action,
            "*" if id(statement) in anybody else request.principal.name,
            f"{statement} lets {_who(trust, request, own)} assume the role{said}",
            _fix(trust, request),
        )
    for principal in providers:
        yield from never_issued(trust, principal)


_STRANGER = "000000000000"


def _open_subjects(trust: TrustPolicy, principal: Principal) -> Iterator[tuple[_Conditions, _Conditions]]:
    """Yield what a subject of anyone is, and what it is not; and that there is none at all."""
    key = subject_key(principal)
    known = issued(trust, principal)
    if known is None:
        yield from (((under({"StringEquals": {key: one}}),), ()) for one in _made_up(trust, key))
    else:
        said = tuple(_said_whose(trust, key, known))
        yield from (((_like(key, (form,)),), said) for form in (*known.forms, *known.other_forms))
    yield (under({"Null": {key: "true"}}),), ()


def _said_whose(trust: TrustPolicy, key: str, known: IssuedSubjects) -> Iterator[TrustStatement]:
    """Yield a statement that applies to the subjects of owners whom the trust spells out."""
    if fixed := tuple(dict.fromkeys(filter(None, map(known.fixed, lets_in(trust, key))))):
        yield _like(key, fixed)
    for _, comparison in comparisons(trust, key):
        if values := tuple(one for one in comparison.values if isinstance(one, Text) and one.ignore_case):
            yield replace(under({}), conditions=(replace(comparison, values=values),))


def _like(key: str, patterns: Iterable[Pattern]) -> TrustStatement:
    values = tuple(Text(PolicyString(str(pattern), pattern.tokens)) for pattern in patterns)
    condition = Comparison("StringLike", key, values, negated=False, quantifier=None, if_exists=False)
    return replace(under({}), conditions=(condition,))


def _shown_first(trust: TrustPolicy, principal: Principal) -> Iterator[Context]:
    """Yield subjects to be shown rather than others, if they are let in; the last is whatever there is."""
    known = issued(trust, principal)
    if known is not None:
        key = subject_key(principal)
        open_values = (value for value in lets_in(trust, key) if value.head and known.fixed(value) is None)
        others = (text for value in open_values if (text := _of_another(value, known)) is not None)
        yield from ({key: (text,)} for text in (*known.samples, *others))
    yield {}


def _of_another(value: Pattern, known: IssuedSubjects) -> str | None:
    """Return a subject whose owner's name goes on where a value leaves it open, rather than ends there."""
    ended = tuple(Pattern((value.head + end, Wildcard.ANY)) for end in "/:")
    return next((text for form in known.forms if (text := member((value, form), ended)) is not None), None)


_ANYONE = (
    "any",
    "repo:any/any:ref:refs/heads/any",
    "repo:any/any:environment:any",
    "repo:any/any:pull_request",
)


def _made_up(trust: TrustPolicy, key: str) -> tuple[str, ...]:
    """Return subjects of an issuer that is not known: anyone's, and one that matches each pattern of an open owner.

    An owner is what a subject says up to its first slash, or its first colon but one.
    """
    found = [*_ANYONE]
    for value in lets_in(trust, key):
        pattern = str(value)
        owner = pattern.partition("*")[0].partition("?")[0]
        if owner != pattern and not owner.strip("*?").partition(":")[2].partition("/")[1]:
            found.append(pattern.replace("*", "any").replace("?", "a"))
    return tuple(dict.fromkeys(found))


def _from_outside(
    action: str,
    principal: Principal,
    own: Collection[str],
    open_subjects: Mapping[Principal, tuple[tuple[_Conditions, _Conditions], ...]],
) -> Ways:
    """Return how a request can be one from outside."""
    if action.startswith(("sts:Tag", "sts:Set")):
        return []  # who cannot assume the role has no use for it
    if principal.kind is PrincipalKind.SERVICE or (principal.kind is PrincipalKind.AWS and _account(principal) in own):
        return []
    if principal.kind is PrincipalKind.AWS:
        arns = [f"arn:*:*:*:{account}:*" for account in sorted(own)]
        conditions = ("StringEquals", "aws:PrincipalAccount", sorted(own)), ("ArnLike", "aws:PrincipalArn", arns)
        return [((), tuple(under({operator: {key: values}}) for operator, key, values in conditions))]
    if principal not in open_subjects or (_account(principal) or "") not in {"", *own}:
        return [((), ())]
    return open_subjects[principal]


def _account(principal: Principal) -> str:
    if principal.name.isdecimal():
        return principal.name
    parts = components(principal.name)
    return parts[4] if parts else ""


def _who(trust: TrustPolicy, request: AssumeRequest, own: Collection[str]) -> str:
    principal = request.principal
    if principal.kind is PrincipalKind.FEDERATED:
        account = _account(principal)
        if account and account not in own and account != _STRANGER:
            return f"users of another account's identity provider, {principal.name},"
        known = issued(trust, principal)
        if known is not None and not known.issuer.is_shared:
            return f"any job of its {known.issuer.owner}, of whatever project, by {called(principal)},"
        return f"any token or user of {called(principal)}" if account != _STRANGER else called(principal)
    account = _account(principal)
    if account == _STRANGER:
        return "anybody, a principal of any AWS account," if not request.context else called(principal)
    return f"another account, {principal.name}," if own else f"{principal.name}, perhaps of another account,"


def _fix(trust: TrustPolicy, request: AssumeRequest) -> str:
    if request.principal.kind is PrincipalKind.FEDERATED:
        known = issued(trust, request.principal)
        like = f", such as {known.example}" if known else ""
        return f"ask for the subject in a condition on {subject_key(request.principal)}{like}"
    return "name the principals that are meant, of this account, or acknowledge that others are"
