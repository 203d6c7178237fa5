"""The subjects that a job's token may have: `project_path:GROUP/PROJECT:ref_type:branch:ref:NAME`.

Source: GitLab Docs, "OpenID Connect (OIDC) Authentication Using ID Tokens". On a merge request the name is that of its
source branch (`Gitlab::Ci::Jwt`, `source_ref`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern, Wildcard
from leastgrant.workflow.gitlab.expression import RefName, names_in
from leastgrant.workflow.gitlab.names import NamesLike
from leastgrant.workflow.gitlab.starts import STARTS, RefKind, known, presence, regex_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.gitlab.facts import PipelineFacts
    from leastgrant.workflow.gitlab.model import Job, Pipeline
    from leastgrant.workflow.gitlab.starts import Presence, Start


@dataclass(frozen=True, slots=True)
class JobSubject:
    """The subjects of a job on branches, or on tags."""

    pipeline: Pipeline
    job: Job
    kind: RefKind
    facts: PipelineFacts
    written_out: frozenset[str] = frozenset()
    """Subjects that the trust writes out."""
    _there: dict[tuple[str, bool], tuple[tuple[Start, Presence], ...]] = field(
        default_factory=dict[tuple[str, bool], "tuple[tuple[Start, Presence], ...]"], repr=False
    )

    @property
    def start(self) -> str:
        """What each of them begins with."""
        return f"{self.facts.subject}ref_type:{self.kind.value}:ref:"

    @property
    def pattern(self) -> Pattern:
        """At least all of them."""
        return Pattern.literal(self.start) + ANY

    @property
    def apart(self) -> Iterator[Pattern]:
        """Patterns that tell those of which the rules differ."""
        yield self.pattern
        for name in self._names():
            patterns = (Pattern.literal(name),) if isinstance(name, str) else (*name.patterns, *name.widened)
            for pattern in patterns:
                yield Pattern((self.start, *pattern.tokens), any_case=pattern.any_case)

    def _names(self) -> Iterator[str | NamesLike]:
        if self.kind is RefKind.BRANCH:
            yield self.facts.default_branch
        rules = (*(self.pipeline.rules or ()), *(self.job.rules or ()))
        refs = tuple(one for one in (self.job.only, self.job.excepted) if one is not None)
        expressions = [rule.condition for rule in rules if rule.condition] + [
            e for one in refs for e in one.expressions
        ]

        def lookup(name: str) -> str | None:
            value = known(name, self.job, self.facts)
            return value if isinstance(value, str) else None

        for text in expressions:
            yield from (one for one in names_in(text, lookup) if not isinstance(one, str) or _is_name(one))
        for name in (name for one in refs for name in one.names or ()):
            yield regex_of(name) if name.startswith("/") else name.partition("@")[0]

    def admits(self, text: str, *, widened: bool = False) -> bool:
        """Tell whether the job may be in a pipeline whose tokens have this subject."""
        if not text.startswith(self.start) or text == self.start:
            return False
        name = text.removeprefix(self.start)
        if any(one.is_there is not False for _, one in self.presences(text)):
            return True
        likes = (one for one in self._names() if isinstance(one, NamesLike) and not one.is_exact)
        return widened and any(
            pattern.matches(name) and self._may_be_on(like) for like in likes for pattern in like.widened
        )

    def _may_be_on(self, like: NamesLike) -> bool:
        """Tell whether the job may be in a pipeline of the names that an expression matches."""
        return any(
            one.is_there is not False for name in _samples(like) for _, one in self._presences(name, is_exact=False)
        )

    def presences(self, text: str) -> tuple[tuple[Start, Presence], ...]:
        """Return whether the job is in the pipeline of each start that gives its token a subject."""
        name = text.removeprefix(self.start)
        return self._presences(name, is_exact=text in self.written_out or name in self._names())

    def presences_on(self, text: str) -> tuple[tuple[Start, Presence], ...]:
        """Return the same for this subject alone, and not those like it."""
        return self._presences(text.removeprefix(self.start), is_exact=True)

    def _presences(self, name: str, *, is_exact: bool) -> tuple[tuple[Start, Presence], ...]:
        if (name, is_exact) not in self._there:
            ref = RefName(name, is_exact)
            self._there[name, is_exact] = tuple(
                (start, presence(self.pipeline, self.job, start, ref, self.facts))
                for start in STARTS
                if start.kind is self.kind
            )
        return self._there[name, is_exact]

    def between(self, inside: Sequence[Pattern], outside: Sequence[Pattern]) -> str | None:  # noqa: ARG002  (as others)
        """Return None: what is of a cell is found by its patterns."""
        return None

    def plausible(self) -> Iterator[str]:
        """Subjects to be shown rather than others."""
        names = (self.facts.default_branch, "feature") if self.kind is RefKind.BRANCH else ("v1", "v1.0.0")
        yield from (self.start + name for name in names)

    def samples(self) -> Iterator[str]:
        """Yield some of them."""
        for name in self._names():
            yield from (self.start + one for one in ((name,) if isinstance(name, str) else _samples(name)))


def _is_name(text: str) -> bool:
    """Whether a text that a variable is compared with may be a branch or tag."""
    return bool(text) and not any(letter in text for letter in ": ~^?*[\\")


def _samples(like: NamesLike) -> Iterator[str]:
    """Yield a name that each of its patterns takes."""
    for pattern in like.patterns:
        yield "".join("1" if isinstance(token, Wildcard) else token for token in pattern.tokens)
