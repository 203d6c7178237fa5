"""Which subjects a role trusts, of those that a job may have.

A text is judged as AWS does, by the whole trust policy. Where a job may have many subjects, one is tried in each part
that the policy's conditions on the subject tell apart: a witness is real, but where several conditions on it work
together one may be missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.cases import cells
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.evaluation import AssumeRequest, Outcome, evaluate_trust
from leastgrant.iam.pattern import ANY, Wildcard, member
from leastgrant.iam.trust import WEB_IDENTITY, admitted
from leastgrant.iam.values import Text
from leastgrant.workflow.claims import alternatives, of_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.pattern import Pattern
    from leastgrant.iam.trust import Doubt, Ways
    from leastgrant.workflow.subject import TokenSubject

Claims: TypeAlias = "Callable[[str], Mapping[str, str]]"
"""What a token says beside, by its subject."""
PROVIDER = "token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True)
class TrustVerdict:
    """Of the subjects that a job may have, some that are trusted and some that are not."""

    trusted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    is_known: bool = True
    """False: a trusted one may be among them, and none was found."""


class RoleTrust:
    """A role's trust policy, asked about GitHub's tokens."""

    def __init__(self, policy: TrustPolicy, role_arn: str, issuer: str = PROVIDER, claims: Claims = of_subject) -> None:
        """Ask about tokens of the issuer's provider in the role's own account, with the claims of their subject."""
        self.issuer = issuer
        self._claims = claims
        self._subject, self._audience = f"{issuer}:sub", f"{issuer}:aud"
        _, partition, _, _, account, _ = role_arn.split(":", 5)
        self._policy = policy
        self._principal = Principal(PrincipalKind.FEDERATED, f"arn:{partition}:iam::{account}:oidc-provider/{issuer}")
        self.subjects = tuple(dict.fromkeys(self._named(self._subject)))
        self.audiences = tuple(_examples(self._named(self._audience)))
        self._audiences_apart = [text or "any" for _, _, text in cells(self._named(self._audience))]

    def other_issuer(self) -> str | None:
        """Return the one issuer whose tokens are trusted, if it is another than that of the jobs."""
        named = {
            principal.name.partition(":oidc-provider/")[2] if principal.kind is PrincipalKind.FEDERATED else ""
            for statement in self._policy.statements
            if statement.effect is Effect.ALLOW
            for principal in statement.principals.principals
        }
        return named.pop() if len(named) == 1 and self.issuer not in named and "" not in named else None

    def _compared(self, key: str) -> Iterator[tuple[bool, Text]]:
        """Yield what a key is compared with, each with whether it lets tokens through."""
        for statement in self._policy.statements:
            for condition in statement.conditions:
                if isinstance(condition, Comparison) and condition.key == key:
                    lets = statement.effect is Effect.ALLOW and not condition.negated
                    yield from ((lets, value) for value in condition.values if isinstance(value, Text))

    def _named(self, key: str) -> Iterator[Pattern]:
        yield from (value.string.widened() for _, value in self._compared(key))

    def naming(self, subject: str) -> Pattern | None:
        """Return what names a subject that is trusted, written out if it is; None: nothing does."""
        values = (value for lets, value in self._compared(self._subject) if lets)
        found = [
            one for value in values if (one := value.string.widened()).matches(subject) or value.matches(subject, {})
        ]
        return max(found, key=lambda pattern: (pattern.is_literal, len(pattern.head)), default=None)

    def others(self) -> Iterator[tuple[TrustStatement, AssumeRequest | Doubt]]:
        """Return who can assume the role beside the provider, or may be able to, and by which statement."""

        def counting(action: str, principal: Principal) -> Ways:
            return [((), ())] if principal != self._principal and action.startswith("sts:AssumeRole") else []

        return admitted(self._policy, (), counting)

    def parts(self, patterns: Iterable[Pattern]) -> Iterator[str]:
        """Yield a trusted subject of each part that the policy and the patterns divide the trusted ones into.

        Raises:
            PatternTooComplex: the patterns are too complex to compare.
        """
        apart = tuple(dict.fromkeys(patterns))
        for part in cells(self.subjects):
            if self.audiences_of(part[-1]):
                yield from (_filled(pattern) for pattern in part[0])
                yield from (text for _, _, text in cells(apart, part))
        for _, value in self._compared(self._subject):
            if value.ignore_case:
                yield from _in_cases(_filled(value.string.widened()))

    def audiences_of(self, subject: str) -> list[str]:
        """Return the audiences with which a subject is trusted, one of each part that the policy tells apart."""
        return [audience for audience in self._audiences_apart if self.admits(subject, audience)]

    @property
    def other_keys(self) -> frozenset[str]:
        """What the policy asks of a request beside the subject and the audience."""
        keys = (
            condition.keys
            for statement in self._policy.statements
            if statement.effect is Effect.DENY or statement.principals.match(self._principal)
            for condition in statement.conditions
        )
        return frozenset[str]().union(*keys) - {self._subject, self._audience}

    @cached_property
    def asked(self) -> Mapping[str, tuple[str, ...]]:
        """Other claims that the policy asks for, each with values that satisfy it."""
        prefix = f"{self.issuer}:"
        return {
            key.removeprefix(prefix): tuple(
                text for lets, value in self._compared(key) if lets and (text := member((value.string.widened(),)))
            )
            for key in sorted(self.other_keys)
            if key.startswith(prefix)
        }

    def admits(self, subject: str, audience: str) -> bool:
        """Tell whether a token of this subject and audience can assume the role, with whatever else may be in it."""
        return self._admits(subject, audience, self._claims(subject) if self.asked else {})

    def _admits(self, subject: str, audience: str, known: Mapping[str, str]) -> bool:
        return any(
            evaluate_trust(self._request(subject, audience, claims), self._policy).outcome is Outcome.ALLOWED
            for claims in alternatives(known, self.asked)
        )

    def _request(self, subject: str, audience: str, claims: Mapping[str, str]) -> AssumeRequest:
        others = {f"{self.issuer}:{key}": (value,) for key, value in claims.items() if key in self.asked}
        context = {self._subject: (subject,), self._audience: (audience,), **others}
        return AssumeRequest(WEB_IDENTITY, self._principal, context)

    def admits_audience(self, audience: str) -> bool:
        """Tell whether some token of this audience can assume the role."""
        return any(self._admits(subject, audience, {}) for subject in (*self._within(ANY), "x"))

    def judge(self, subject: TokenSubject, audience: str) -> TrustVerdict:
        """Judge which of the subjects can assume the role, with this audience.

        Raises:
            PatternTooComplex: the patterns are too complex to compare.
        """
        candidates = list(dict.fromkeys(self._candidates(subject)))
        known = [text for text in candidates if subject.admits(text)]
        trusted = tuple(text for text in known if self.admits(text, audience))
        refused = tuple(text for text in known if not self.admits(text, audience))
        written_out = {"".join(map(str, pattern.tokens)) for pattern in self.subjects if pattern.is_literal}
        others = (text for text in candidates if text not in written_out and not subject.admits(text))
        return TrustVerdict(trusted, refused, bool(trusted) or not any(self.admits(text, audience) for text in others))

    def _candidates(self, subject: TokenSubject) -> Iterator[str]:
        whole = subject.pattern
        yield from self._within(whole)
        yield from subject.samples()
        other = member((whole,), self.subjects)
        yield from () if other is None else (other,)

    def _within(self, whole: Pattern) -> Iterator[str]:
        """Yield a text of each named subject, and of each two together, as far as they are within a pattern."""
        groups = ((whole, *parts) for size in (1, 2) for parts in combinations(self.subjects, size))
        yield from (text for group in groups if (text := member(group)) is not None)


_REAL = re.compile(
    r"repo:[A-Za-z0-9][\w.@-]*/[\w.@-]+:(ref:refs/(heads|tags)/[^:/]([^:]*[^:/])?|environment:[^:]+|pull_request).*"
)
_ENDS = ("-2", "feature", "main", "heads/feature", "refs/heads/feature", "ref:refs/heads/feature")
_LONGER_ENDS = (*_ENDS, ":ref:refs/heads/main", "shop:ref:refs/heads/main", "octocat/shop:ref:refs/heads/main")


def is_real(subject: str) -> bool:
    """Tell whether it has the form of a subject that GitHub issues."""
    return _REAL.fullmatch(subject) is not None


def _filled(pattern: Pattern) -> str:
    """Return a string of the pattern: one that GitHub could issue, if there is."""
    stars = [at for at, token in enumerate(pattern.tokens) if token is Wildcard.ANY]
    found = ""
    for end in _LONGER_ENDS:
        letters = dict.fromkeys(stars[:-1], "other") | dict.fromkeys(stars[-1:], end)
        found = "".join(
            letters.get(at, "x") if isinstance(token, Wildcard) else token for at, token in enumerate(pattern.tokens)
        )
        if is_real(found):
            return found
    return found


def _in_cases(subject: str) -> Iterator[str]:
    """Yield a subject, and the one of a branch, tag or environment that differs in case alone."""
    yield subject
    _, _, context = (*subject.split(":", 2), "", "")[:3]
    if ":" in context:
        at = max(subject.rfind(mark) for mark in "/:") + 1
        yield subject[:at] + subject[at:].swapcase()


def _examples(patterns: Iterable[Pattern]) -> list[str]:
    return [text for pattern in patterns if (text := member((pattern,))) is not None]
