"""Which subjects a role trusts, of those that a job may have.

The subjects that GitHub can issue are taken apart into cells: those that are in some of the sets which the policy, the
triggers and the conditions of jobs name, and in none of the others. Within a cell the trust policy comes to the same
for all, so one subject of each stands for the whole; the sets are compared exactly, by `leastgrant.iam.pattern`. Where
a condition on the subject is no set of patterns (a policy variable, a number), or there are too many cells, it is not
decided, and said so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from leastgrant.iam.cells import cells
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.document import Effect, Principal, PrincipalKind
from leastgrant.iam.evaluation import AssumeRequest, Outcome, evaluate_trust
from leastgrant.iam.pattern import Pattern, PatternTooComplex, Wildcard, member
from leastgrant.iam.trust import WEB_IDENTITY, admitted
from leastgrant.iam.values import Text
from leastgrant.workflow.claims import alternatives, keys_of, of_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.document import TrustPolicy, TrustStatement
    from leastgrant.iam.trust import Doubt, Ways

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


class Subject(Protocol):
    """The subjects that a job's token may have."""

    @property
    def pattern(self) -> Pattern:
        """At least all of them."""
        ...

    @property
    def apart(self) -> Iterator[Pattern]:
        """Patterns that tell them from others."""
        ...

    def admits(self, text: str, *, widened: bool = False) -> bool:
        """Tell whether it is one of them; if `widened`, also what IAM cannot tell apart."""
        ...

    def between(self, inside: Sequence[Pattern], outside: Sequence[Pattern]) -> str | None:
        """Return one of them in patterns and not in others, where it is not found otherwise."""
        ...

    def plausible(self) -> Iterator[str]:
        """Subjects to be shown rather than others; some may not be of these."""
        ...

    def samples(self) -> Iterator[str]:
        """Yield some of them."""
        ...


_NAME = (Wildcard.ONE_WITHIN, Wildcard.WITHIN)
"""A name: of an owner, a repository, a branch, a tag or an environment (whose colons are written `%3A`)."""


@dataclass(frozen=True, slots=True)
class SubjectForms:
    """What the subjects of an issuer look like: a start, the path of a repository, and what a job runs on."""

    start: str
    contexts: tuple[tuple[str | Wildcard, ...], ...]
    """What follows the repository and its colon."""
    before_names: tuple[str | Wildcard, ...]
    """What a context has before the name of a branch or tag, whose slashes are counted."""
    never: tuple[Pattern, ...]
    """What has the form of a subject, and is none."""
    real: re.Pattern[str]
    ends: tuple[str, ...]
    """What stands for a wildcard that ends a pattern, so that it looks like a subject."""


GITHUB_FORMS = SubjectForms(
    start="repo:",
    contexts=(
        ("ref:refs/heads/", *_NAME),
        ("ref:refs/tags/", *_NAME),
        ("environment:", *_NAME),
        ("pull_request",),
    ),
    before_names=("ref:refs/",),
    # a name of an owner or a repository has no slash
    never=(Pattern(("repo:", Wildcard.WITHIN, "/", Wildcard.WITHIN, "/", Wildcard.WITHIN, ":", Wildcard.ANY)),),
    real=re.compile(
        r"repo:[A-Za-z0-9][\w.@-]*/[\w.@-]+:"
        r"(ref:refs/(heads|tags)/[^:/]([^:]*[^:/])?|environment:[^:]+|pull_request).*"
    ),
    ends=(
        *("-2", "feature", "main", "heads/feature", "refs/heads/feature", "ref:refs/heads/feature"),
        *(":ref:refs/heads/main", "shop:ref:refs/heads/main", "octocat/shop:ref:refs/heads/main"),
    ),
)
GITLAB_FORMS = SubjectForms(
    start="project_path:",
    contexts=(("ref_type:branch:ref:", *_NAME), ("ref_type:tag:ref:", *_NAME)),
    before_names=("ref_type:", *_NAME, ":ref:"),
    never=(),
    real=re.compile(r"project_path:\w[\w.-]*(/[\w.-]+)+:ref_type:(branch|tag):ref:[^:/]([^:]*[^:/])?"),
    ends=(
        *("-2", "feature", "main", "ref:feature", "branch:ref:feature", "ref_type:branch:ref:feature"),
        *(":ref_type:branch:ref:main", "shop:ref_type:branch:ref:main", "other/shop:ref_type:branch:ref:main"),
    ),
)


class RoleTrust:
    """A role's trust policy, asked about the tokens of CI jobs."""

    def __init__(
        self,
        policy: TrustPolicy,
        role_arn: str,
        issuer: str = PROVIDER,
        claims: Claims = of_subject,
        own: str = "repo:octocat/shop:",
        *,
        has_template: bool = False,
        forms: SubjectForms = GITHUB_FORMS,
    ) -> None:
        """Return the tokens come by the issuer's provider in the role's own account, with the claims of their subject.

        `own` is what the subjects of the repository begin with; `has_template`, that they go on after their context.
        """
        self.issuer = issuer
        self._claims, self._own, self._issued = claims, own, forms
        self._end = (":", Wildcard.ONE, Wildcard.ANY) if has_template else ()
        self._subject, self._audience = f"{issuer}:sub", f"{issuer}:aud"
        _, partition, _, _, account, _ = role_arn.split(":", 5)
        self._policy = policy
        self._principal = Principal(PrincipalKind.FEDERATED, f"arn:{partition}:iam::{account}:oidc-provider/{issuer}")
        self.subjects = tuple(dict.fromkeys(self._named(self._subject)))
        self.audiences = tuple(_examples(self._named(self._audience)))
        owner = own.removeprefix("repo:").partition("/")[0]
        self.default_audience = f"https://github.com/{owner}"
        """The audience of a token that is asked for without one."""
        self._audiences_apart = [text or self.default_audience for _, _, text in cells(self._named(self._audience))]

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

    @cached_property
    def _sets(self) -> tuple[Pattern, ...]:
        """The sets of subjects that the policy names, those that are compared in any case too."""
        values = (value for _, value in self._compared(self._subject))
        return tuple(dict.fromkeys(Pattern(v.string.widened().tokens, any_case=v.ignore_case) for v in values))

    @cached_property
    def undecided(self) -> str | None:
        """Why what the policy says of the subject is no set of patterns; None: it is."""
        for statement in self._policy.statements:
            for condition in statement.conditions:
                if not isinstance(condition, Comparison) or condition.key != self._subject:
                    continue
                if any(not isinstance(value, Text) or value.keys for value in condition.values):
                    return f"{statement.where} compares the subject with what is not known before a request"
        return None

    def parts(self, patterns: Iterable[Pattern], plausible: Iterable[str] = ()) -> Iterator[str]:
        """Yield a trusted subject of each part that the policy and the patterns divide the trusted ones into.

        Args:
            patterns: What divides them, beside the policy.
            plausible: Subjects to be shown rather than others of their part.

        Raises:
            PatternTooComplex: the patterns are too complex to compare.
        """
        patterns = tuple(dict.fromkeys(patterns))
        shown = (*plausible, *map(self._filled, (*self.subjects, *patterns)))
        for inside, outside, _ in cells(self._sets):
            if any(self.audiences_of(text) for text in self._of_cell(inside, outside, shown)):
                for more, less, _ in cells(patterns, (inside, outside, "")):
                    yield from self._of_cell(more, less, shown)

    def _of_cell(self, inside: Sequence[Pattern], outside: Sequence[Pattern], shown: Sequence[str]) -> Iterator[str]:
        """Yield a subject of each form that GitHub issues which a cell has."""
        for form, others in self._forms:
            within, beyond = (*inside, form), (*outside, *others)
            fitting = (
                text
                for text in shown
                if all(one.matches(text) for one in within) and not any(one.matches(text) for one in beyond)
            )
            text = next(fitting, None) or member(within, beyond)
            if text is not None:
                yield text

    @cached_property
    def _forms(self) -> tuple[tuple[Pattern, tuple[Pattern, ...]], ...]:
        """What is issued: to the repository, and to others, whose names differ in more than their case."""
        contexts, any_other = self._issued.contexts, (self._issued.start, *_NAME, "/", *_NAME, ":")
        of_own = [Pattern((self._own, *context, *self._end)) for context in contexts]
        of_others = [Pattern((*any_other, *context, *self._end)) for context in contexts]
        ours = Pattern((self._own, Wildcard.ANY), any_case=True)
        return (*((form, ()) for form in of_own), *((form, (ours, *self._issued.never)) for form in of_others))

    def _is_real(self, subject: str) -> bool:
        """Tell whether it has the form of a subject that is issued."""
        return self._issued.real.fullmatch(subject) is not None

    def _filled(self, pattern: Pattern) -> str:
        """Return a string of the pattern: one that could be issued, if there is."""
        stars = [at for at, token in enumerate(pattern.tokens) if token is Wildcard.ANY]
        before = pattern.tokens[stars[-1] - 1] if stars and stars[-1] else ""
        starts_anew = isinstance(before, str) and before.endswith("/")
        found = ""
        for end in self._issued.ends[1:] if starts_anew else self._issued.ends:
            letters = dict.fromkeys(stars[:-1], "other") | dict.fromkeys(stars[-1:], end)
            found = "".join(
                letters.get(at, "x") if isinstance(token, Wildcard) else token
                for at, token in enumerate(pattern.tokens)
            )
            if self._is_real(found):
                return found
        return found

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
            if key.removeprefix(prefix) in keys_of(self.issuer)
        }

    @property
    def unknown_to_aws(self) -> tuple[str, ...]:
        """What the policy asks of a token that AWS has no key for: no request has it."""
        prefix = f"{self.issuer}:"
        keys = (key for key in sorted(self.other_keys) if key.startswith(prefix))
        return tuple(key for key in keys if key.removeprefix(prefix) not in keys_of(self.issuer))

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

    def names_audience(self, audience: str) -> bool:
        """Whether the policy names an audience as one to let through; so that none is let through has another cause."""
        return any(lets and value.matches(audience, {}) for lets, value in self._compared(self._audience))

    def admits_audience(self, audience: str) -> bool:
        """Whether some token of this audience can assume the role."""
        if audience not in self._audiences_admitted:
            subjects = (subject or "x" for subject in self._one_of_each_part)
            self._audiences_admitted[audience] = any(self._admits(subject, audience, {}) for subject in subjects)
        return self._audiences_admitted[audience]

    @cached_property
    def _audiences_admitted(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _one_of_each_part(self) -> tuple[str, ...]:
        parts = cells(self._sets)
        return tuple(text for inside, outside, one in parts for text in (one, *self._of_cell(inside, outside, ())))

    def judge(self, subject: Subject, audience: str) -> TrustVerdict:
        """Which of the subjects can assume the role, with this audience."""
        try:
            trusted, refused, is_open = self._judged(subject, audience)
        except PatternTooComplex:
            return TrustVerdict(is_known=False)
        return TrustVerdict(tuple(trusted), tuple(refused), bool(trusted) or not is_open)

    def _judged(self, subject: Subject, audience: str) -> tuple[list[str], list[str], bool]:
        """Subjects that are trusted, others that are not, and whether there may be more that are."""
        found: dict[str, bool] = {}
        is_open = self.undecided is not None
        shown = (*subject.samples(), *subject.plausible(), *map(self._filled, self.subjects))
        for inside, outside, _ in cells((*self._sets, *subject.apart), ((subject.pattern,), (), "")):
            of_cell = next(filter(subject.admits, self._within(inside, outside, shown)), None)
            if of_cell is not None:
                found[of_cell] = self.admits(of_cell, audience)
            else:
                is_open |= self._is_open(subject, inside, outside, audience, found)
        return [one for one in found if found[one]], [one for one in found if not found[one]], is_open

    def _is_open(
        self,
        subject: Subject,
        inside: Sequence[Pattern],
        outside: Sequence[Pattern],
        audience: str,
        found: dict[str, bool],
    ) -> bool:
        """Look for a subject of a cell that a filter lets through; tell whether there may be a trusted one."""
        try:
            text = subject.between(inside, outside)
        except PatternTooComplex:
            return any(self.admits(one, audience) for one in self._of_cell(inside, outside, ()))
        if text is None:
            return False
        is_trusted = self.admits(text, audience)
        if subject.admits(text):
            found[text] = is_trusted
            return False
        return is_trusted

    def _within(self, inside: Sequence[Pattern], outside: Sequence[Pattern], shown: Sequence[str]) -> Iterator[str]:
        """Subjects of a cell: such as are shown, and others whose branches or tags have few slashes."""
        fitting = [t for t in shown if all(one.matches(t) for one in inside) and not any(o.matches(t) for o in outside)]
        yield from filter(self._is_real, fitting)
        for slashes in range(_MOST_SLASHES):
            parts = (*_NAME, "/") * (slashes + 2)
            deeper = Pattern((self._own, *self._issued.before_names, *parts, Wildcard.ANY))
            for form, _ in self._forms[: len(self._issued.contexts)]:
                text = member((*inside, form), (*outside, deeper))
                yield from () if text is None else (text,)


_MOST_SLASHES = 3


def _examples(patterns: Iterable[Pattern]) -> list[str]:
    return [text for pattern in patterns if (text := member((pattern,))) is not None]
