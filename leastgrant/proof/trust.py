"""Trust is exact: the tokens that can assume the role are the declared ones, and nothing else can assume it.

Sources: AWS IAM User Guide, "Create a role for OpenID Connect federation" and "Available keys for AWS OIDC
federation"; GitHub Docs, "OpenID Connect reference", for what a subject says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind, TrustStatement
from leastgrant.iam.pattern import Budget, PatternTooComplex
from leastgrant.iam.search import Found, Question, Undecided, search, values_of
from leastgrant.iam.trust import STEPS, WEB_IDENTITY, Doubt, admitted, called, statements_about, under
from leastgrant.proof.finding import Finding, Kind
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.string import Context
    from leastgrant.iam.trust import Ways


@dataclass(frozen=True, slots=True)
class Trusted:
    """The tokens that may assume a role: of one provider, with one of the audiences and one of the subjects."""

    provider: str
    """The provider's ARN: `arn:aws:iam::ACCOUNT:oidc-provider/HOST`."""
    audiences: tuple[str, ...]
    subjects: tuple[str, ...]
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Other claims that they have, such as `repository_id`, each with one of some values. Of GitHub's, AWS STS compares
    those of "AWS STS now supports validation of select identity provider specific claims", AWS What's New, January
    2026."""

    def __post_init__(self) -> None:
        """Refuse what declares no token."""
        if ":oidc-provider/" not in self.provider:
            raise ValueError(f"{self.provider!r} is not the ARN of an OIDC provider")
        if not self.audiences or not self.subjects:
            raise ValueError("no token is declared; name an audience and a subject")
        for name, values in self.claims:
            if name in ("", "aud", "sub") or ":" in name or not values:
                raise ValueError(
                    f"{name!r} is not a claim beside aud and sub with a value; name one like repository_id"
                )

    @property
    def principal(self) -> Principal:
        """The provider, as a trust policy names it."""
        return Principal(PrincipalKind.FEDERATED, self.provider)

    @property
    def audience(self) -> str:
        """The context key of a token's audience."""
        return f"{self._host}:aud"

    @property
    def subject(self) -> str:
        """The context key of a token's subject."""
        return f"{self._host}:sub"

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The context key of each claim that is declared, with its values."""
        claims = {f"{self._host}:{name.lower()}": values for name, values in self.claims}
        return {self.audience: self.audiences, self.subject: self.subjects, **claims}

    @property
    def _host(self) -> str:
        return self.provider.partition(":oidc-provider/")[2].lower()


def others_trusted(trust: TrustPolicy, trusted: Trusted) -> Iterator[Finding]:
    """Yield findings: declared tokens that are refused; by statement and principal, a request not declared."""
    budget = Budget(STEPS)
    yield from _refused(trust, trusted, budget)
    audience: Context = {trusted.audience: trusted.audiences[:1]}
    subject: Context = {trusted.subject: trusted.subjects[:1]}
    known: list[Context] = [{**audience, trusted.subject: (other,)} for other in _other_subjects(trusted)]
    known += [{**subject, trusted.audience: ("any",)}, audience, subject, {}]
    declared = _declared(trust, trusted)

    def not_declared(action: str, principal: Principal) -> Ways:
        return [((), (declared,) if (action, principal) == (WEB_IDENTITY, trusted.principal) else ())]

    for statement, request in admitted(trust, [trusted.principal], not_declared, {trusted.principal: known}, budget):
        does = _DOES.get(request.action, "assume the role")
        if isinstance(request, Doubt):
            yield undecided(
                request, f"whether {statement} lets {called(request.principal)} {does}, other than declared"
            )
            continue
        told = {key for condition in statement.conditions for key in condition.keys}
        told |= trusted.keys.keys() if request.principal == trusted.principal else set()
        yield Finding(
            Kind.TRUST,
            request.action,
            request.principal.name,
            f"{statement} lets {_who(request, trusted)} {does}, "
            f"which is not declared{_shown({key: request.context[key] for key in request.context if key in told})}",
            _mend(request, trusted),
        )


def undecided(doubt: Doubt, what: str) -> Finding:
    """Make the finding that something is not decided."""
    return Finding(
        Kind.UNDECIDED,
        doubt.action,
        doubt.principal.name,
        f"it is not decided {what}: {doubt.reason}",
        "compare with values that are written out, or look at it and acknowledge this",
    )


def _declared(trust: TrustPolicy, trusted: Trusted) -> TrustStatement:
    """Make a statement that applies to the declared tokens; of several values only where the policy allows several."""
    keys = {key: list(values) for key, values in trusted.keys.items()}
    several = any(isinstance(c, Comparison) and c.quantifier for s in trust.statements for c in s.conditions)
    equal = "ForAllValues:StringEquals" if several else "StringEquals"
    return under({equal: keys, "Null": dict.fromkeys(keys, "false")})


_MAX_TOKENS = 256


def _refused(trust: TrustPolicy, trusted: Trusted, budget: Budget) -> Iterator[Finding]:
    """Yield a finding for each declared token that is refused, whatever else the request says."""
    about = statements_about(trust, WEB_IDENTITY, trusted.principal)
    for subject in trusted.subjects:
        for audience in trusted.audiences:
            claims = {**trusted.keys, trusted.audience: (audience,), trusted.subject: (subject,)}
            for choice in product(*claims.values()):
                token: Context = {key: (value,) for key, value in zip(claims, choice, strict=True)}
                try:
                    yield from islice(_refusals(about, token, trusted, budget), 1)
                except PatternTooComplex as error:
                    doubt = Doubt(WEB_IDENTITY, trusted.principal, error.problem)
                    yield undecided(doubt, f"whether the trust policy refuses {subject}")


def _refusals(about: Sequence[TrustStatement], token: Context, trusted: Trusted, budget: Budget) -> Iterator[Finding]:
    """Yield a refusal of a token, for each of the other claims that it may have."""
    conditions = [condition for statement in about for condition in statement.conditions]
    host = trusted.subject.removesuffix("sub")
    claims = sorted({key for c in conditions for key in c.keys if key.startswith(host)} - token.keys())
    denies = tuple(s for s in about if s.effect is Effect.DENY)
    allows = [s for s in about if s.effect is Effect.ALLOW]
    values = [values_of(key, conditions, budget) for key in claims]
    for number, chosen in enumerate(product(*values)):
        if number == _MAX_TOKENS:
            raise PatternTooComplex(f"its conditions tell apart more than {_MAX_TOKENS} tokens")
        known = {**token, **dict(zip(claims, chosen, strict=True))}
        answers = [search(Question((allow,), denies, None, known, None), budget) for allow in allows]
        if any(isinstance(answer, Found) for answer in answers):
            continue
        for answer in answers:
            if isinstance(answer, Undecided):
                doubt = Doubt(WEB_IDENTITY, trusted.principal, answer.reason)
                yield undecided(doubt, f"whether the trust policy refuses a declared token{_shown(known)}")
                break
        else:
            yield Finding(
                Kind.TRUST,
                WEB_IDENTITY,
                "".join(token[trusted.subject]),
                f"the trust policy refuses a declared token{_shown(known)}",
                "let the trust policy admit it, or do not declare it",
            )


_GITHUB = re.compile(r"repo:(?P<owner>[^/:]+)/(?P<repository>[^:]+):(?P<context>.+)")
_CONTEXTS = {
    "ref:refs/heads/any": "another branch",
    "ref:refs/tags/any": "a tag",
    "environment:any": "an environment",
    "pull_request": "a pull request",
}


def _other_subjects(trusted: Trusted) -> dict[str, str]:
    """Return subjects of other GitHub jobs than those declared, the most foreign first, each with what it is."""
    subjects: dict[str, str] = {}
    for declared in trusted.subjects:
        match = _GITHUB.fullmatch(declared)
        if not match:
            continue
        for repository, whose in (
            ("any/any", "another owner's repository"),
            (f"{match['owner']}/any", f"another repository of {match['owner']}"),
            (f"{match['owner']}/{match['repository']}", f"{match['owner']}/{match['repository']}"),
        ):
            for context, what in {**_CONTEXTS, match["context"]: "the same place"}.items():
                subjects[f"repo:{repository}:{context}"] = f"a job of {what} of {whose}"
    in_other_case = (
        f"{subject[:at]}{letter.swapcase()}{subject[at + 1 :]}"
        for subject in trusted.subjects
        for at, letter in enumerate(subject)
    )
    subjects |= dict.fromkeys(in_other_case, "a job whose subject has other upper and lower case")
    return {subject: what for subject, what in subjects.items() if subject not in trusted.subjects}


_DOES = {"sts:TagSession": "tag its session", "sts:SetSourceIdentity": "set its source identity"}


def _who(request: AssumeRequest, trusted: Trusted) -> str:
    context = request.context
    if request.principal != trusted.principal:
        return called(request.principal)
    subjects, audiences = context.get(trusted.subject, ()), context.get(trusted.audience, ())
    if set[str]() < set(subjects) <= set(trusted.subjects):
        if not set[str]() < set(audiences) <= set(trusted.audiences):
            return "a token for another audience"
        claimed = ({*context.get(key, ())} for key in trusted.keys)
        alike = all(set[str]() < found <= set(of) for found, of in zip(claimed, trusted.keys.values(), strict=True))
        return "a declared job" if alike else "a token with other claims"
    return _other_subjects(trusted).get(" ".join(subjects)) or "a token with another subject"


def _shown(context: Context) -> str:
    told = {key.rpartition(":")[2]: [value or "empty" for value in values] for key, values in context.items()}
    shown = ", ".join(f"{claim} {shown_values(values)}" for claim, values in told.items())
    return f": {shown}" if shown else ""


def _mend(request: AssumeRequest, trusted: Trusted) -> str:
    if request.principal != trusted.principal:
        return "name the declared provider as the only principal"
    if request.action != WEB_IDENTITY:
        return f"take {request.action} out"
    return f"list the declared values, and no others, under StringEquals {' and '.join(trusted.keys)}"
