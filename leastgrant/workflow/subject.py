"""The subjects that a job's token may have.

Source: GitHub Docs, "OpenID Connect reference", example subject claims: a job with an environment has it in the
subject, whatever started the run; a colon in its name is written `%3A`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern, PatternTooComplex, Wildcard
from leastgrant.workflow.claims import of_run
from leastgrant.workflow.filtered import name_between
from leastgrant.workflow.source import BRANCHES, TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.runs import Run

_QUOTED = re.compile(r"'([^']*)'")
_OF_REF = re.compile(r"\b(ref|ref_name|env|inputs)\b", re.IGNORECASE)
_FUNCTION = re.compile(r"\b(contains|startsWith|endsWith)\s*\(", re.IGNORECASE)
_WIDER: Mapping[str, Callable[[str], tuple[str | Wildcard, ...]]] = MappingProxyType(
    {
        "contains": lambda text: (text, Wildcard.ANY),
        "endswith": lambda text: (text,),
        "startswith": lambda text: (text, Wildcard.ANY),
    }
)


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """One subject, or several that cannot be told apart before the run."""

    start: str
    """`repo:OWNER/REPOSITORY:`."""
    context: Pattern
    run: Run
    environment: Pattern | None = None
    further: tuple[str, ...] = ()
    """The claims that a subject's template has after its context."""

    @property
    def pattern(self) -> Pattern:
        """At least all of them."""
        return (
            Pattern.literal(self.start)
            + self.context
            + self._end(str(self.context) if self.context.is_literal else None)
        )

    def _end(self, context: str | None, *, widened: bool = False) -> Pattern:
        """Return how a subject of a context ends; what is not known of it may be anything.

        If `widened`, so may the ref of a workflow, which the context tells already.
        """
        plain = f"{self.start}{context or ''}"
        known = of_run(self.run, plain, self.run.contexts.facts)
        ends = (Pattern.literal(f":{key}:") + _claim(known.get(key), widened=widened) for key in self.further)
        return sum(ends, Pattern.literal(""))

    def _context(self, text: str, *, widened: bool) -> str | None:
        """Return the context of a subject; None: it ends otherwise than those of the template."""
        context = text.removeprefix(self.start)
        if self.further:
            context, sign, _ = context.partition(f":{self.further[0]}:")
            end = text.removeprefix(self.start + context)
            if not sign or not self._end(context, widened=widened).matches(end):
                return None
        return context

    def admits(self, text: str, *, widened: bool = False) -> bool:
        """Tell whether it is one of them; if `widened`, also what IAM cannot tell apart: its `*` goes past a slash."""
        if not text.startswith(self.start):
            return False
        context = self._context(text, widened=widened)
        if context is None:
            return False
        if self.environment is not None:
            return self.context.matches(context)
        source = self.run.source
        held = not source.by_ref or self.run.may_start_on(context.removeprefix("ref:"))
        return held and source.admits(context, widened=widened)

    @property
    def apart(self) -> Iterator[Pattern]:
        """Patterns that tell them from others."""
        yield self.pattern
        if self.environment is None:
            ends = (*self.run.source.taken_back(), *self._compared())
            yield from (Pattern.literal(self.start) + context for context in ends)

    def _compared(self) -> Iterator[Pattern]:
        """How subjects end of the refs that conditions of the run may tell apart: GitHub compares in any case."""
        for text in dict.fromkeys(condition.text for condition in self.run.conditions):
            if not _OF_REF.search(text):
                continue
            functions = {name.lower() for name in _FUNCTION.findall(text)}
            for quoted in _QUOTED.findall(text):
                for start in ("", BRANCHES, TAGS):
                    yield Pattern((f"ref:{start}{quoted}",), any_case=True)
                    yield Pattern.literal(f"ref:{start}{quoted}")
                for tokens in (_WIDER[name](quoted) for name in sorted(functions)):
                    yield Pattern(("ref:", Wildcard.ANY, *tokens), any_case=True)

    @property
    def differs_by(self) -> tuple[object, ...]:
        """What tells it from other subjects: which run it is of only matters if the run has conditions."""
        names = self.run.source.names
        return (self.context, self.environment, names, self.run if self.run.conditions else None)

    def between(self, inside: Sequence[Pattern], outside: Sequence[Pattern]) -> str | None:
        """Return one of them that is in patterns and not in others, where a filter is narrower than `pattern`.

        None: there is none. It may be one that the conditions of the run keep from starting.

        Raises:
            PatternTooComplex: whether there is one is not known.
        """
        source = self.run.source
        if self.environment is not None or source.names is None or not source.names.globs:
            return None
        if self.further or source.prefix is None:
            raise PatternTooComplex("subjects go on after their branch")
        start = f"{self.start}ref:{source.prefix}"
        name = name_between(source.names, start, inside, outside)
        return None if name is None else start + name

    def plausible(self) -> Iterator[str]:
        """Subjects to be shown rather than others; some may not be of these."""
        if self.environment is not None:
            yield from (f"{self.start}environment:{name}" for name in ("production", "staging"))
            return
        branch = self.run.contexts.facts.default_branch
        for name in (branch, "feature", f"gh-readonly-queue/{branch}/pr-1"):
            yield f"{self.start}ref:{BRANCHES}{name}"
        yield f"{self.start}ref:{TAGS}v1"
        yield f"{self.start}pull_request"

    def samples(self) -> Iterator[str]:
        """Yield some of them, where `pattern` is wider."""
        if self.environment is None:
            yield from (self.start + context for context in self.run.source.samples())
            yield from (self.start + str(context) for context in self._compared() if context.is_literal)


def _claim(value: str | None, *, widened: bool) -> Pattern:
    if value is None:
        return ANY
    head, sign, _ = value.partition("@")
    return Pattern.literal(head + sign) + ANY if widened and sign else Pattern.literal(value)


def subjects(run: Run, facts: Facts) -> tuple[TokenSubject, ...]:
    """Return the subjects that a run's token may have."""
    of_ref = TokenSubject(facts.subject, run.source.context, run, further=facts.subject_claims[2:])
    if run.job.calls is not None:  # what the workflow that it calls does is not known
        return (of_ref, _of_environment(facts, run, ANY))
    if run.job.environment is None:
        return (of_ref,)
    names = run.environments
    found = [_of_environment(facts, run, name) for name in names if name != Pattern.literal("")]
    return (*found, of_ref) if any(name.matches("") for name in names) else tuple(found)


def _of_environment(facts: Facts, run: Run, name: Pattern) -> TokenSubject:
    written = (token.replace(":", "%3A") if isinstance(token, str) else token for token in name.tokens)
    return TokenSubject(facts.subject, Pattern(("environment:", *written)), run, name, facts.subject_claims[2:])
