"""Where a run comes from: its event and ref, and what its token's subject says of them.

Source: GitHub Docs, "OpenID Connect reference", example subject claims: a job without an environment has the subject
`pull_request` on events of pull requests, and else the run's ref.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.workflow.events import EVENTS, GitRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.filters import NameFilter
    from leastgrant.workflow.model import WorkflowTrigger

BRANCHES, TAGS, PULLS = "refs/heads/", "refs/tags/", "refs/pull/"


@dataclass(frozen=True, slots=True)
class RunSource:
    """An event, with a ref or several that its runs may be of."""

    trigger: WorkflowTrigger
    ref: Pattern
    """The `github.ref`."""
    by_ref: bool = True
    """Whether the subject names the ref; else it is `pull_request`."""
    names: NameFilter | None = None
    """What the names of the branches or tags are held to, where `ref` is wider."""
    is_known: bool = True
    """False: the event is not known, so nothing is of its ref."""

    @property
    def event(self) -> str:
        """The event's name."""
        return self.trigger.event

    @property
    def prefix(self) -> str | None:
        """What comes before the name in the ref of a branch or tag; None: it is of neither, or of both."""
        return next((prefix for prefix in (BRANCHES, TAGS) if self.ref.head.startswith(prefix)), None)

    @property
    def context(self) -> Pattern:
        """How the subject ends."""
        return Pattern.literal("ref:") + self.ref if self.by_ref else Pattern.literal("pull_request")

    def admits(self, context: str, *, widened: bool = False) -> bool:
        """Tell whether a subject that ends so is of one of the runs; `widened` as for `NameFilter.accepts`."""
        accepted = self.names is None or self.names.accepts(_name(context), widened=widened)
        return accepted and self.context.matches(context)

    def taken_back(self) -> Iterator[Pattern]:
        """Yield how subjects end that the filter keeps out, of those like `context`."""
        for glob in self.names.taken_back() if self.names else ():
            yield Pattern.literal(f"ref:{self.ref.head}") + glob.pattern
            sample = f"{glob.sample}x" if glob.sample.endswith("/") else glob.sample
            yield Pattern.literal(f"ref:{self.ref.head}{sample}")

    def samples(self) -> Iterator[str]:
        """Yield endings of subjects that `admits` takes, where the filter is narrower than the pattern."""
        for name in self.names.samples() if self.names else ():
            sample = f"ref:{self.prefix}{name}"
            yield from (sample,) if self.admits(sample) else ()


def _name(context: str) -> str:
    """Return the branch or tag of `ref:refs/heads/NAME`."""
    return context.removeprefix("ref:").removeprefix(BRANCHES).removeprefix(TAGS)


def sources(trigger: WorkflowTrigger, default_branch: str) -> Iterator[RunSource]:
    """Yield the sources of the runs that a trigger starts."""
    ref = EVENTS.get(trigger.event)
    match ref:
        case None:
            yield RunSource(trigger, ANY, is_known=False)
        case GitRef.PUSHED:
            yield from _pushed(trigger)
        case GitRef.ANY:
            yield from (RunSource(trigger, Pattern.literal(kind) + ANY) for kind in (BRANCHES, TAGS))
        case GitRef.TAG:
            yield RunSource(trigger, Pattern.literal(TAGS) + ANY)
        case GitRef.DEFAULT:
            yield RunSource(trigger, Pattern.literal(BRANCHES + default_branch))
        case GitRef.MERGE_QUEUE:
            yield RunSource(trigger, Pattern.literal(f"{BRANCHES}gh-readonly-queue/") + ANY)
        case GitRef.PULL_REQUEST:
            yield RunSource(trigger, Pattern.literal(PULLS) + ANY, by_ref=False)
        case GitRef.PULL_REQUEST_TARGET:  # of the two, no document says which; the ref is, or was, the base branch
            yield from (RunSource(trigger, Pattern.literal(BRANCHES) + ANY, by_ref) for by_ref in (False, True))
        case GitRef.CALLER:
            pass


def _pushed(trigger: WorkflowTrigger) -> Iterator[RunSource]:
    """Yield a source for each pattern of the filters, so that a branch that is written out stands for itself."""
    for kind, names in ((BRANCHES, trigger.branches), (TAGS, trigger.tags)):
        if names is not None:
            for pattern in dict.fromkeys(names.patterns()):
                yield RunSource(trigger, Pattern.literal(kind) + pattern, names=names)
