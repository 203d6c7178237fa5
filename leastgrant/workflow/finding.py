"""What does not fit between workflows, trust and role, one sentence a fault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.pattern import Pattern


class WorkflowKind(Enum):
    """What a finding says, the worst first; the value is its key in the JSON output."""

    WIDE = "wide"
    """The role trusts more than the tokens of the jobs that assume it."""
    OUTSIDER = "outsider"
    """People who may not write to the repository can start a job that can assume the role."""
    SUBJECT = "subject"
    """A job cannot assume the role: its token's subject is not trusted."""
    TOKEN = "token"  # noqa: S105  (a word, and no secret)
    """A job cannot assume the role: it may not request a token."""
    AUDIENCE = "audience"
    """A job cannot assume the role: its token is for another audience."""
    REGION = "region"
    """A job works in another region."""
    DURATION = "duration"
    """A job asks for a longer session than the role allows, or a shorter one than there is."""
    SESSION_NAME = "session-name"
    """A session is not called as it must be."""
    KEYS = "keys"
    """A job assumes the role with other credentials than its token."""
    DECLARED = "declared"
    """Those that assume the role are not those that are declared to."""
    APPROVAL = "approval"
    """A job that assumes the role waits for no approval."""
    RUNNER = "runner"
    """A job that assumes the role runs on a machine that is not GitHub's."""
    INSTALL = "install"
    """A job that assumes the role runs what no lock file or hash names."""
    STEP = "step"
    """A job that assumes the role has other steps than declared."""
    UNKNOWN = "unknown"
    """It cannot be told before the run, so nothing is proved of it."""
    ROLE = "role"
    """A job assumes another role than this one."""
    GRANTED = "granted"
    """A job may request a token, and does not need one."""


@dataclass(frozen=True, slots=True)
class WorkflowFinding:
    """One fault, and how to fix it."""

    kind: WorkflowKind
    message: str
    """What is wrong, in one sentence."""
    fix: str
    """What to do, in one sentence."""
    file: str
    line: int | None
    job: str | None = None
    is_note: bool = False
    """It is as it may be, and good to know; it fails nothing."""
    jobs: tuple[str, ...] = ()
    """All the jobs that it is of, as `FILE.yml:JOB`."""
    called: str = ""
    """How the message calls the first of them."""
    told: str = ""
    """What it says of them."""

    @property
    def where(self) -> str:
        """`FILE:LINE`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


_MOST_NAMED = 4


def sentence(called: str, jobs: Sequence[str], told: str) -> str:
    """Return what is told of jobs: the first in full, the next by their names, more by their number."""
    names = [f"`{one}`" for one in jobs[1 : _MOST_NAMED + 1]]
    rest = ", ..." if len(jobs) > _MOST_NAMED + 1 else ""
    more = f" (and {len(jobs) - 1} more: {', '.join(names)}{rest})" if names else ""
    return f"{called}{more} {told}"


def what_is_trusted(wide: Mapping[Pattern | None, str], is_own: Callable[[str], bool]) -> str:
    """Return what is said of values of a trust, each with a subject that it lets through: the worst in full.

    Args:
        wide: The subjects, by the value; None: nothing in the trust names it.
        is_own: Whether a subject is the repository's.
    """
    (by, subject), *others = sorted(wide.items(), key=lambda one: is_own(one[1]))
    more = f" (and {len(others)} more: {', '.join(map(_named, others))})" if others else ""
    if by is None:
        return f"subjects that it does not name, such as `{subject}`, which no job that assumes it has{more}"
    if by.is_literal:
        return f"the subject `{subject}`, which no job that assumes it has{more}"
    return f"`{by}`, so also the subject `{subject}`, which no job that assumes it has{more}"


def _named(value: tuple[Pattern | None, str]) -> str:
    by, subject = value
    return f"`{subject}`" if by is None or by.is_literal else f"`{by}`, such as `{subject}`"


def joined(findings: Sequence[WorkflowFinding]) -> WorkflowFinding:
    """One finding for those that tell the same of several jobs."""
    first = findings[0]
    jobs = tuple(dict.fromkeys(job for one in findings for job in one.jobs))
    return replace(first, message=sentence(first.called, jobs, first.told), jobs=jobs) if first.jobs else first


def is_proved(findings: Sequence[WorkflowFinding]) -> bool:
    """Tell whether there are notes at most."""
    return all(finding.is_note for finding in findings)


def in_order(found: Sequence[WorkflowFinding], files: Sequence[str]) -> tuple[WorkflowFinding, ...]:
    """Return the findings once each, and then the notes, in the order of their kinds and of the files."""
    kinds = list(WorkflowKind)

    def order(finding: WorkflowFinding) -> tuple[bool, bool, int, int, int]:
        file = files.index(finding.file) if finding.file in files else len(files)
        return finding.is_note, finding.job is not None, kinds.index(finding.kind), file, finding.line or 0

    return tuple(sorted(_once(sorted(found, key=order)), key=order))


def _once(found: Sequence[WorkflowFinding]) -> Iterator[WorkflowFinding]:
    """One finding for one cause: what is told of several jobs in the same words, and what is wrong with one line."""
    alike = _grouped(found, lambda one: (one.kind, one.is_note, one.told or one.message, one.fix, one.jobs == ()))
    causes = list(map(joined, alike))
    # each that is said of the role is a fault of its own
    places = _grouped(causes, lambda one: (one.kind, one.file, one.line, one.job, one.fix if one.job else one.message))
    for place in places:
        messages = list(dict.fromkeys(one.message for one in place if one.is_note is place[0].is_note))
        more = f" (and {len(messages) - 1} more like it)" if messages[1:] else ""
        yield replace(place[0], message=messages[0] + more)


def _grouped(
    found: Iterable[WorkflowFinding], by: Callable[[WorkflowFinding], tuple[object, ...]]
) -> list[list[WorkflowFinding]]:
    groups: dict[tuple[object, ...], list[WorkflowFinding]] = {}
    for finding in found:
        groups.setdefault(by(finding), []).append(finding)
    return list(groups.values())
