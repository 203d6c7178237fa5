"""The role trusts no token that no job assumes it with, and nobody else: who can push a branch can write a job on it.

What the trust policy admits is divided by what tells the jobs' tokens apart, and one token of each part is held against
the jobs. Branches and tags of a filter are as wide as IAM's patterns can say them: its `*` goes past a slash.

While a job is refused, a subject of the repository that is written out may be the one that the job is meant to have:
that is one fault, and `an_assuming_job_is_trusted` tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.iam.trust import Doubt, called
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.rules.an_assuming_job_is_trusted import an_assuming_job_is_trusted
from leastgrant.workflow.trust import is_real

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.contract import Contract
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.subject import TokenSubject


@dataclass(frozen=True, slots=True)
class _Needed:
    """Tokens that a job assumes the role with."""

    subject: TokenSubject
    audiences: tuple[Pattern, ...]


def the_trust_is_no_wider_than_its_jobs(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find other principals, and trusted tokens that no job assumes the role with; none, if no job assumes it."""
    for statement, other in contract.trust.others():
        who = called(other.principal)
        yield contract.about_role(
            WorkflowKind.UNKNOWN if isinstance(other, Doubt) else WorkflowKind.WIDE,
            f"it is not decided whether the role trusts {who}, by {statement}: {other.reason}"
            if isinstance(other, Doubt)
            else f"the role trusts {who}, by {statement}, and jobs assume it with GitHub's tokens alone",
            "name GitHub's provider as the only principal",
        )
    if needed := _needed(contract):
        yield from _tokens(contract, needed)


def _needed(contract: Contract) -> list[_Needed]:
    """Return what jobs need; one that asks for an audience that is not trusted is to ask for one that is."""
    found: dict[tuple[object, ...], _Needed] = {}
    for run, assumption in contract.ours:
        audiences = assumption.audience
        if not any(one.is_literal and contract.trust.admits_audience(one.head) for one in audiences):
            audiences = (*audiences, Pattern.literal(contract.audience))
        for judged in contract.judged[run]:
            found[judged.subject.differs_by, audiences] = _Needed(judged.subject, audiences)
    return list(found.values())


def _tokens(contract: Contract, needed: Sequence[_Needed]) -> Iterator[WorkflowFinding]:
    """Find tokens that no job has: one finding for each value of the trust policy, and one for each audience."""
    found: set[tuple[WorkflowKind, object]] = set()
    is_one_refused = any(not finding.is_note for finding in an_assuming_job_is_trusted(contract))
    apart = (pattern for one in needed for pattern in one.subject.apart)
    candidates = sorted((*_strangers(contract.facts), *contract.trust.parts(apart)), key=lambda one: not is_real(one))
    for subject in dict.fromkeys(_as_issued(one, contract.facts) for one in candidates):
        trusted = contract.trust.audiences_of(subject)
        by = contract.trust.naming(subject)
        is_written_out = by is not None and by.is_literal
        is_meant = contract.facts.is_of_repository(subject) or "*" in subject  # which stands for itself here
        if is_one_refused and is_written_out and is_meant:
            continue
        having = [one for one in needed if one.subject.admits(subject, widened=not is_written_out)]
        if trusted and not having and (WorkflowKind.SUBJECT, by) not in found:
            found.add((WorkflowKind.SUBJECT, by))
            yield _wide(contract, _said(subject, by))
        for audience in trusted if having else ():
            asked = any(pattern.matches(audience) for one in having for pattern in one.audiences)
            if not asked and (WorkflowKind.AUDIENCE, audience) not in found:
                found.add((WorkflowKind.AUDIENCE, audience))
                yield _wide(contract, f"tokens for the audience `{audience}`, and no job that assumes it asks for one")


def _wide(contract: Contract, what: str) -> WorkflowFinding:
    fix = "let the trust name the subjects and the audience of the jobs that assume the role, and no others"
    return contract.about_role(WorkflowKind.WIDE, f"the role trusts {what}", fix)


def _said(subject: str, by: Pattern | None) -> str:
    if by is None:
        return f"subjects that it does not name, such as `{subject}`, which no job that assumes it has"
    if by.is_literal:
        return f"the subject `{subject}`, which no job that assumes it has"
    return f"`{by}`, so also the subject `{subject}`, which no job that assumes it has"


def _as_issued(subject: str, facts: Facts) -> str:
    """Write the repository in its own case, as GitHub does."""
    start, context = subject[: len(facts.subject)], subject[len(facts.subject) :]
    return facts.subject + context if start.lower() == facts.subject.lower() else subject


def _strangers(facts: Facts) -> Iterator[str]:
    """Yield subjects that a pattern may let through, the most foreign first, to be shown rather than others of it."""
    owner = facts.repository.partition("/")[0]
    for start in ("repo:octocat/other:", f"repo:{owner}/other:", facts.subject):
        for context in (f"ref:refs/heads/{facts.default_branch}", "ref:refs/heads/feature", "ref:refs/tags/v1"):
            yield start + context
        yield from (f"{start}environment:staging", f"{start}pull_request")
