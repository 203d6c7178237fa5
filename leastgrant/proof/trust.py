"""Trust is exact: the tokens that can assume the role are the declared ones, and nothing else can assume it.

Sources: AWS IAM User Guide, "Create a role for OpenID Connect federation" and "Available keys for AWS OIDC
federation"; GitHub Docs, "OpenID Connect reference", for what a subject says.

Claims compared with strings are compared exactly. One that is compared as a number, a date or an ARN, or without
regard to case, is tried with values around what the condition names: a witness is real, but one may be missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from leastgrant.iam.cases import cases
from leastgrant.iam.conditions import Comparison, parse_conditions
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.evaluation import AssumeRequest, Outcome, evaluate_trust
from leastgrant.iam.pattern import PatternTooComplex
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.string import Context

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True)
class Trusted:
    """The tokens that may assume a role: of one provider, with one of the audiences and one of the subjects."""

    provider: str
    """The provider's ARN: `arn:aws:iam::ACCOUNT:oidc-provider/HOST`."""
    audiences: tuple[str, ...]
    subjects: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuses what declares no token."""
        if ":oidc-provider/" not in self.provider:
            raise ValueError(f"{self.provider!r} is not the ARN of an OIDC provider")
        if not self.audiences or not self.subjects:
            raise ValueError("no token is declared; name an audience and a subject")

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
    def _host(self) -> str:
        return self.provider.partition(":oidc-provider/")[2].lower()

    def declares(self, request: AssumeRequest) -> bool:
        """Whether a request is one of those declared."""
        audiences, subjects = (request.context.get(key, ()) for key in (self.audience, self.subject))
        return (
            (request.action, request.principal) == (WEB_IDENTITY, self.principal)
            and set[str]() < set(audiences) <= set(self.audiences)
            and set[str]() < set(subjects) <= set(self.subjects)
        )


def others_trusted(trust: TrustPolicy, trusted: Trusted) -> Iterator[Finding]:
    """Declared tokens that are refused, and, for each statement and principal, a request that is not declared.

    Raises:
        PatternTooComplex: the conditions are too complex to compare.
    """
    yield from _refused(trust, trusted)
    audience: Context = {trusted.audience: trusted.audiences[:1]}
    subject: Context = {trusted.subject: trusted.subjects[:1]}
    known: list[Context] = [{**audience, trusted.subject: (other,)} for other in _other_subjects(trusted)]
    known += [{**subject, trusted.audience: ("any",)}, audience, subject, {}]
    apart = _apart(trust, trusted)
    for statement, request in admitted(trust, [trusted.principal], trusted.declares, apart, {trusted.principal: known}):
        told = {key for condition in statement.conditions for key in condition.keys}
        told |= {trusted.audience, trusted.subject} if request.principal == trusted.principal else set()
        yield Finding(
            Kind.TRUST,
            request.action,
            request.principal.name,
            f"{statement} lets {_who(request, trusted)} {_DOES.get(request.action, 'assume the role')}, "
            f"which is not declared{_shown({key: request.context[key] for key in request.context if key in told})}",
            _mend(request, trusted),
        )


def _apart(trust: TrustPolicy, trusted: Trusted) -> tuple[Condition, ...]:
    """Conditions that tell declared tokens from others; of several values only where the policy allows several."""
    keys = {trusted.audience: list(trusted.audiences), trusted.subject: list(trusted.subjects)}
    several = any(isinstance(c, Comparison) and c.quantifier for s in trust.statements for c in s.conditions)
    equal = "ForAllValues:StringEquals" if several else "StringEquals"
    return parse_conditions({equal: keys, "Null": dict.fromkeys(keys, "false")}, "declared", variables=False)


def admitted(
    trust: TrustPolicy,
    principals: Iterable[Principal],
    excused: Callable[[AssumeRequest], bool],
    apart: Sequence[Condition] = (),
    known: dict[Principal, list[Context]] | None = None,
) -> Iterator[tuple[TrustStatement, AssumeRequest]]:
    """For each statement and principal a request that is allowed and not excused, if there is one.

    Args:
        trust: The trust policy.
        principals: Who is asked about, beside those that the policy names and strangers of each kind.
        excused: Requests that do not count.
        apart: Conditions that tell the excused requests from others.
        known: Contexts to try first, for a principal; the last must be the empty one.

    Raises:
        PatternTooComplex: the conditions are too complex to compare.
    """
    named = (p for s in trust.statements for p in s.principals.principals if p.name != "*")
    asked = tuple(dict.fromkeys((*principals, *named, *_STRANGERS)))
    denied = [c for s in trust.statements if s.effect is Effect.DENY for c in s.conditions]
    for statement in trust.statements:
        if statement.effect is Effect.DENY:
            continue
        conditions = (*statement.conditions, *denied, *apart)
        for principal in filter(statement.principals.match, asked):
            requests = (
                AssumeRequest(action, principal, context)
                for action in _actions(principal)
                if statement.actions.match(action.lower())
                for start in (known or {}).get(principal, [{}])
                for context in _contexts(conditions, start)
                if not statement.failing(context)
            )
            found = (r for r in requests if not excused(r) and _allows(trust, r))
            yield from ((statement, request) for request in islice(found, 1))


_STRANGERS = (
    Principal(PrincipalKind.AWS, "arn:aws:iam::000000000000:role/any"),
    Principal(PrincipalKind.FEDERATED, "arn:aws:iam::000000000000:oidc-provider/any"),
    Principal(PrincipalKind.FEDERATED, "arn:aws:iam::000000000000:saml-provider/any"),
    Principal(PrincipalKind.SERVICE, "any.amazonaws.com"),
)
_SESSION = ("sts:TagSession", "sts:SetSourceIdentity")
_MAX_CASES = 4096


def _actions(principal: Principal) -> tuple[str, ...]:
    """What a principal can be allowed in a trust policy."""
    if principal.kind is not PrincipalKind.FEDERATED:
        return ("sts:AssumeRole", *_SESSION, "sts:SetContext")
    return ("sts:AssumeRoleWithSAML" if ":saml-provider/" in principal.name else WEB_IDENTITY, *_SESSION)


def _contexts(conditions: Sequence[Condition], known: Context) -> list[Context]:
    """Contexts that tell the conditions apart, those with fewest absent keys first."""
    found = list(islice(cases(conditions, frozenset(), known), _MAX_CASES + 1))
    if len(found) > _MAX_CASES:
        raise PatternTooComplex(f"the trust policy's conditions make more than {_MAX_CASES} cases")
    return sorted(found, key=lambda context: sum(not values for values in context.values()))


def _allows(trust: TrustPolicy, request: AssumeRequest) -> bool:
    return evaluate_trust(request, trust).outcome is Outcome.ALLOWED


def _refused(trust: TrustPolicy, trusted: Trusted) -> Iterator[Finding]:
    """Declared tokens that are refused, whatever else the request says."""
    conditions = [condition for statement in trust.statements for condition in statement.conditions]
    claims = trusted.subject.removesuffix("sub")

    def token(context: Context) -> list[tuple[str, tuple[str, ...]]]:
        return sorted(item for item in context.items() if item[0].startswith(claims))

    for subject in trusted.subjects:
        for audience in trusted.audiences:
            contexts = _contexts(conditions, {trusted.audience: (audience,), trusted.subject: (subject,)})
            for _, alike in groupby(sorted(contexts, key=token), key=token):
                requests = [AssumeRequest(WEB_IDENTITY, trusted.principal, context) for context in alike]
                if any(_allows(trust, request) for request in requests):
                    continue
                yield Finding(
                    Kind.TRUST,
                    WEB_IDENTITY,
                    subject,
                    f"the trust policy refuses a declared token{_shown(requests[0].context)}",
                    "let the trust policy admit it, or do not declare it",
                )
                break


_GITHUB = re.compile(r"repo:(?P<owner>[^/:]+)/(?P<repository>[^:]+):(?P<context>.+)")
_CONTEXTS = {
    "ref:refs/heads/any": "another branch",
    "ref:refs/tags/any": "a tag",
    "environment:any": "an environment",
    "pull_request": "a pull request",
}


def _other_subjects(trusted: Trusted) -> dict[str, str]:
    """Subjects of other GitHub jobs than those declared, the most foreign first, each with what it is."""
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
_KINDS = {
    PrincipalKind.AWS: "a principal of any AWS account",
    PrincipalKind.FEDERATED: "any identity provider's users",
    PrincipalKind.SERVICE: "any AWS service",
    PrincipalKind.CANONICAL_USER: "any AWS account",
}


def called(principal: Principal) -> str:
    """How a finding names a principal of which `admitted` tells."""
    return _KINDS[principal.kind] if principal in _STRANGERS else f"{principal.kind.value} principal {principal.name}"


def _who(request: AssumeRequest, trusted: Trusted) -> str:
    context = request.context
    if request.principal != trusted.principal:
        return called(request.principal)
    subjects, audiences = context.get(trusted.subject, ()), context.get(trusted.audience, ())
    if set[str]() < set(subjects) <= set(trusted.subjects):
        ours = set[str]() < set(audiences) <= set(trusted.audiences)
        return "a declared job" if ours else "a token for another audience"
    return _other_subjects(trusted).get(" ".join(subjects)) or "a token with another subject"


def _shown(context: Context) -> str:
    told = {key.rpartition(":")[2]: [value or "empty" for value in values] for key, values in context.items()}
    shown = ", ".join(f"{claim} {' and '.join(values) or 'absent'}" for claim, values in told.items())
    return f": {shown}" if shown else ""


def _mend(request: AssumeRequest, trusted: Trusted) -> str:
    if request.principal != trusted.principal:
        return "name the declared provider as the only principal"
    if request.action != WEB_IDENTITY:
        return f"take {request.action} out"
    return f"list the declared values, and no others, under StringEquals {trusted.audience} and {trusted.subject}"
