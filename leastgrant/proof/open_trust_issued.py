"""What a trust asks of the tokens of CI jobs: subjects and audiences that none of them has, and how wide the rest is.

Source: `leastgrant.iam.issuers`, with those of each issuer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.issuers import GITHUB, issued_by, issuer_like
from leastgrant.iam.pattern import Pattern
from leastgrant.iam.trust import WEB_IDENTITY
from leastgrant.iam.values import Text
from leastgrant.proof.finding import Finding, Kind
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.issuers import IssuedSubjects

_SUBJECTS = {"graph.facebook.com": "id", "www.amazon.com": "user_id"}


def federated(trust: TrustPolicy) -> tuple[Principal, ...]:
    """Return the identity providers that it names."""
    named = (principal for statement in trust.statements for principal in statement.principals.principals)
    return tuple(dict.fromkeys(one for one in named if one.kind is PrincipalKind.FEDERATED))


def subject_key(principal: Principal) -> str:
    """Return the context key that says whose token it is."""
    if ":saml-provider/" in principal.name:
        return "saml:sub"
    host = (principal.name.partition(":oidc-provider/")[2] or principal.name).lower()
    return f"{host}:{_SUBJECTS.get(host, 'sub')}"


def issued(trust: TrustPolicy, principal: Principal) -> IssuedSubjects | None:
    """Return what subjects its tokens have, if that is known."""
    host = principal.name.partition(":oidc-provider/")[2].lower()
    return issued_by(host, lets_in(trust, subject_key(principal)))


def lets_in(trust: TrustPolicy, key: str) -> tuple[Pattern, ...]:
    """Return the values of a key that a statement lets in."""
    return tuple(value for _, comparison in comparisons(trust, key) for value in _patterns(comparison))


def comparisons(trust: TrustPolicy, key: str) -> Iterator[tuple[TrustStatement, Comparison]]:
    """Yield what the key must be like: a statement that denies all that is not like it says so too."""
    for statement in trust.statements:
        denies = statement.effect is Effect.DENY
        for one in statement.conditions:
            if isinstance(one, Comparison) and one.key == key and one.negated is denies:
                yield statement, one


def _patterns(comparison: Comparison) -> Iterator[Pattern]:
    """Yield what it compares with; only texts of `StringLike` have wildcards."""
    for value in comparison.values:
        if isinstance(value, Text):
            yield Pattern(value.string.widened().tokens, any_case=value.ignore_case)


def widths(trust: TrustPolicy) -> Iterator[str]:
    """Yield how wide each value is that says whose a token is, and not of which project or branch."""
    for principal in federated(trust):
        known = issued(trust, principal)
        for value in lets_in(trust, subject_key(principal)) if known else ():
            if known is None or value.is_literal or (fixed := known.fixed(value)) is None:
                continue
            issuer = known.issuer
            match = issuer.any_ref.match(value.head)
            if match is None and value.head == fixed.head:
                yield f"`{value}` is any project of that {issuer.owner}"
            elif match is not None and value.open_ended and match[0] == value.head:
                merged = ", the source branches of merge requests too" if issuer.merge_requests_are_branches else ""
                yield f"`{value}` is any branch of `{match['project']}`{merged}"


def never_issued(trust: TrustPolicy, principal: Principal) -> Iterator[Finding]:
    """Yield the subjects and audiences that are asked for, and that no token of the issuer has."""
    known = issued(trust, principal)
    if known is None or known.issuer is GITHUB:  # whose repositories make their subjects of any claims
        return
    key = subject_key(principal)
    for statement, comparison in _allowing(trust, principal, key):
        if wrong := [value for value in _patterns(comparison) if not known.is_issued(value)]:
            values = shown_values(tuple(map(_shown, wrong)))
            yield _told(
                principal,
                f"{statement} asks for {key} {values}, and {known.issuer.name} issues no such subject: "
                f"{_who_may_yet(known, wrong, comparison)}",
                f"{_why_never(known, wrong[0], comparison)}write it like {known.example}",
            )
    for statement, comparison in _allowing(trust, principal, f"{key.rpartition(':')[0]}:aud"):
        for value in _patterns(comparison):
            name = known.issuer.name
            right = known.right_audience(value)
            if right is not None:
                said = f"{statement} asks for the audience {_shown(value)}, and {name}'s tokens have {right}"
                yield _told(principal, said, f"ask for {right}")
            elif known.is_issued(value):
                said = f"{statement} asks for the audience {_shown(value)}, which is what subjects of {name} are like"
                yield _told(principal, said, f"ask for it in a condition on {key}, and for the audience of the jobs")


def _shown(value: Pattern) -> str:
    """Write a value as the policy does."""
    return value.head if value.is_literal else str(value)


def _allowing(trust: TrustPolicy, principal: Principal, key: str) -> Iterator[tuple[TrustStatement, Comparison]]:
    for statement, comparison in comparisons(trust, key):
        if statement.effect is Effect.ALLOW and statement.principals.match(principal):
            yield statement, comparison


def _told(principal: Principal, message: str, fix: str) -> Finding:
    return Finding(Kind.TRUST, WEB_IDENTITY, principal.name, message, fix)


def _who_may_yet(known: IssuedSubjects, wrong: list[Pattern], comparison: Comparison) -> str:
    others = (
        "the others of it let jobs in" if len(comparison.values) > len(wrong) else "nobody can assume the role by it"
    )
    with_setting = known.is_issued(wrong[0]) is None
    return others + (f"; only {known.issuer.setting} could give a token one like it" if with_setting else "")


def _why_never(issued: IssuedSubjects, value: Pattern, comparison: Comparison) -> str:
    """Say what is wrong with a subject, if that is seen."""
    text = str(value)
    other = issuer_like(value)
    if other is not None and other.example.partition(":")[0] != issued.issuer.example.partition(":")[0]:
        return f"that is how the subjects of {other.name} begin: "
    if value.is_literal and "*" in value.head and comparison.operator != "StringLike":
        return f"under {comparison.operator} `*` stands for itself, use StringLike: "
    if ":ref:refs/heads/" in text and issued.issuer.merge_requests_are_branches:
        return "the ref is the branch's name alone: "
    if text.startswith("project_path:") and ":ref_type:" not in text:
        return "it has no ref_type: "
    return ""
