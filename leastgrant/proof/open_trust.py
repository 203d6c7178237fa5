"""Trust where no token is declared: nobody from outside may assume the role without saying who exactly he is.

Outside are other accounts, and the users of an identity provider where no condition asks for the subject of their
token. Principals of the role's own account and services of AWS are not: what they may do is for their own policies, or
the service, to say. Sources: AWS IAM User Guide, "AWS JSON policy elements: Principal", "Available keys for AWS OIDC
federation", and for an owner that anyone can be, "Create a role for OpenID Connect federation".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.arn import components
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.trust import Doubt, admitted, called, under
from leastgrant.iam.values import Text
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.service_role import is_service_role
from leastgrant.proof.trust import undecided
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.trust import Ways
    from leastgrant.proof.trust import Trusted
    from leastgrant.role import Role

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
    return f"{shown}{more} ({asked}){passed}"


def open_to_others(trust: TrustPolicy, accounts: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each statement and principal from outside that may assume the role.

    Args:
        trust: The trust policy.
        accounts: The role's own; none, if it is not known.
    """
    own = frozenset(accounts)
    federated = {
        principal
        for statement in trust.statements
        for principal in statement.principals.principals
        if principal.kind is PrincipalKind.FEDERATED
    }
    open_subjects = {principal: tuple(_open_subjects(trust, _subject_key(principal))) for principal in federated}

    def from_outside(action: str, principal: Principal) -> Ways:
        return _from_outside(action, principal, own, open_subjects)

    anybody: set[int] = set()
    for statement, request in admitted(trust, (), from_outside):
        if id(statement) in anybody:
            continue  # who anybody is need not be told by kind
        if isinstance(request, Doubt):
            yield undecided(request, f"whether {statement} lets {called(request.principal)} assume the role")
            continue
        if request.principal.kind is PrincipalKind.AWS and _account(request.principal) == _STRANGER:
            anybody.add(id(statement))
        who = _who(request, own)
        shown = "".join(f", {key} {shown_values(values)}" for key, values in request.context.items() if values)
        yield Finding(
            Kind.TRUST,
            request.action,
            "*" if id(statement) in anybody else request.principal.name,
            f"{statement} lets {who} assume the role{shown}",
            _mend(request),
        )


_STRANGER = "000000000000"
_SUBJECTS = {"graph.facebook.com": "id", "www.amazon.com": "user_id"}


def _subject_key(principal: Principal) -> str:
    """Return the context key that says whose token it is."""
    if ":saml-provider/" in principal.name:
        return "saml:sub"
    host = (principal.name.partition(":oidc-provider/")[2] or principal.name).lower()
    return f"{host}:{_SUBJECTS.get(host, 'sub')}"


_ANYONE = (
    "any",
    "repo:any/any:ref:refs/heads/any",
    "repo:any/any:environment:any",
    "repo:any/any:pull_request",
)


def _open_subjects(trust: TrustPolicy, key: str) -> Iterator[TrustStatement]:
    """Yield subjects of anyone: made-up ones, one that matches each pattern whose owner is open, and none at all.

    An owner, such as of a repository, is what a subject says up to its first slash, or its first colon but one.
    """
    subjects = [*_ANYONE]
    for statement in trust.statements:
        for condition in statement.conditions:
            if isinstance(condition, Comparison) and condition.key == key:
                for pattern in _texts(condition):
                    owner = pattern.partition("*")[0].partition("?")[0]
                    if owner != pattern and not owner.strip("*?").partition(":")[2].partition("/")[1]:
                        subjects.append(pattern.replace("*", "any").replace("?", "a"))
    yield from (under({"StringEquals": {key: subject}}) for subject in dict.fromkeys(subjects))
    yield under({"Null": {key: "true"}})


def _texts(condition: Comparison) -> Iterator[str]:
    """Yield the texts of a condition; only those of `StringLike` have wildcards."""
    yield from (value.string.text for value in condition.values if isinstance(value, Text))


def _from_outside(
    action: str,
    principal: Principal,
    own: Collection[str],
    open_subjects: Mapping[Principal, tuple[TrustStatement, ...]],
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
    return [((statement,), ()) for statement in open_subjects[principal]]


def _account(principal: Principal) -> str:
    if principal.name.isdecimal():
        return principal.name
    parts = components(principal.name)
    return parts[4] if parts else ""


def _who(request: AssumeRequest, own: Collection[str]) -> str:
    principal = request.principal
    if principal.kind is PrincipalKind.FEDERATED:
        account = _account(principal)
        if account and account not in own and account != _STRANGER:
            return f"users of another account's identity provider, {principal.name},"
        return f"any token or user of {called(principal)}" if account != _STRANGER else called(principal)
    account = _account(principal)
    if account == _STRANGER:
        return "anybody, a principal of any AWS account," if not request.context else called(principal)
    return f"another account, {principal.name}," if own else f"{principal.name}, perhaps of another account,"


def _mend(request: AssumeRequest) -> str:
    if request.principal.kind is PrincipalKind.FEDERATED:
        return f"ask for the subject in a condition on {_subject_key(request.principal)}"
    return "name the principals that are meant, of this account, or acknowledge that others are"
