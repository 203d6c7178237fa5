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
from leastgrant.iam.pattern import PatternTooComplex
from leastgrant.iam.values import Text
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.service_role import is_service_role
from leastgrant.proof.trust import admitted, called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.string import Context
    from leastgrant.proof.trust import Trusted
    from leastgrant.role import Role

_MOST_NAMED = 4


def trust_line(role: Role, trusted: Trusted | None) -> str:
    """Who may assume the role, in one line."""
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
    """For each statement and principal from outside, that it may assume the role.

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
    no_subject: Context = {}
    probes = {principal: [*_probes(trust, _subject_key(principal)), no_subject] for principal in federated}
    anybody: set[int] = set()
    try:
        for statement, request in admitted(trust, (), lambda one: _is_inside(one, own, probes), known=probes):
            if id(statement) in anybody:
                continue  # who anybody is need not be told by kind
            if request.principal.kind is PrincipalKind.AWS and _account(request.principal) == _STRANGER:
                anybody.add(id(statement))
            who = _who(request, own)
            shown = "".join(f", {key} {' and '.join(values)}" for key, values in request.context.items() if values)
            yield Finding(
                Kind.TRUST,
                request.action,
                "*" if id(statement) in anybody else request.principal.name,
                f"{statement} lets {who} assume the role{shown}",
                _mend(request),
            )
    except PatternTooComplex as error:
        yield Finding(
            Kind.UNKNOWN,
            "sts:AssumeRole",
            "",
            f"who may assume the role is not known: {error}",
            "write fewer wildcards, or declare the tokens that may",
        )


_STRANGER = "000000000000"
_SUBJECTS = {"graph.facebook.com": "id", "www.amazon.com": "user_id"}


def _subject_key(principal: Principal) -> str:
    """The context key that says whose token it is."""
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


def _probes(trust: TrustPolicy, key: str) -> Iterator[Context]:
    """Subjects of anyone: some made up, and for each pattern whose owner is open, one that matches it.

    An owner, such as of a repository, is what a subject says up to its first slash, or its first colon but one.
    """
    for subject in _ANYONE:
        yield {key: (subject,)}
    for statement in trust.statements:
        for condition in statement.conditions:
            if isinstance(condition, Comparison) and condition.key == key:
                for pattern in _texts(condition):
                    owner = pattern.partition("*")[0].partition("?")[0]
                    if owner != pattern and not owner.strip("*?").partition(":")[2].partition("/")[1]:
                        yield {key: (pattern.replace("*", "any").replace("?", "a"),)}


def _texts(condition: Comparison) -> Iterator[str]:
    """The texts of a condition; only those of `StringLike` have wildcards."""
    yield from (value.string.text for value in condition.values if isinstance(value, Text))


def _is_inside(request: AssumeRequest, own: Collection[str], probes: dict[Principal, list[Context]]) -> bool:
    if request.action.startswith(("sts:Tag", "sts:Set")):
        return True  # who cannot assume the role has no use for it
    principal = request.principal
    if principal.kind is PrincipalKind.SERVICE:
        return True
    if _account(principal) in own and principal.kind is PrincipalKind.AWS:
        return True
    if principal.kind is PrincipalKind.AWS:
        (account,) = request.context.get("aws:principalaccount") or ("",)
        (arn,) = request.context.get("aws:principalarn") or ("",)
        return account in own or (bool(arn) and _account(Principal(principal.kind, arn)) in own)
    if principal not in probes or (_account(principal) or "") not in {"", *own}:
        return False
    key = _subject_key(principal)
    subject = request.context.get(key, ())
    return bool(subject) and {key: subject} not in probes[principal]


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
