"""The role trusts no token that no job assumes it with, and nobody else: who can push a branch can write a job on it.

What the trust policy admits is divided by what tells the jobs' tokens apart, and one token of each part is held against
the jobs. Branches and tags of a filter are as wide as IAM's patterns can say them: its `*` goes past a slash.

While a job is refused, a subject of the repository that is written out may be the one that the job is meant to have:
that is one fault, and `an_assuming_job_is_trusted` tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern, PatternTooComplex
from leastgrant.iam.trust import Doubt, called
from leastgrant.workflow.contract import DEFAULT_AUDIENCE
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind, what_is_trusted
from leastgrant.workflow.rules.an_assuming_job_is_trusted import (
    an_assuming_job_is_trusted,
    role_before,
    values_told_of,
)

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
    """Other principals, and the tokens that are trusted and no job that assumes the role has; none, if no job does."""
    chained = {role_before(contract, run) for run, _ in contract.ours}
    for statement, other in contract.trust.others():
        if other.principal.name in chained:
            continue  # which the refused job is told of
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
    """One finding for the values of the trust policy, and one for each audience."""
    if reason := contract.trust.undecided:
        yield _undecided(contract, reason)
    try:
        yield from _wider(contract, needed)
    except PatternTooComplex as error:
        yield _undecided(contract, error.problem)


def _undecided(contract: Contract, reason: str) -> WorkflowFinding:
    return contract.about_role(
        WorkflowKind.UNKNOWN,
        f"it is not decided whether the role trusts more than the tokens of its jobs: {reason}",
        "write the subjects out",
    )


def _wider(contract: Contract, needed: Sequence[_Needed]) -> Iterator[WorkflowFinding]:
    wide: dict[Pattern | None, str] = {}
    unasked: dict[str, None] = {}
    told = values_told_of(contract)
    is_one_refused = any(not finding.is_note for finding in an_assuming_job_is_trusted(contract))
    apart = (pattern for one in needed for pattern in one.subject.apart)
    subjects = dict.fromkeys(contract.trust.parts(apart, _strangers(contract.facts)))
    for subject in sorted(subjects, key=[*_strangers(contract.facts), *subjects].index):
        trusted = contract.trust.audiences_of(subject)
        by = contract.trust.naming(subject)
        is_written_out = by is not None and by.is_literal
        if by in told or (is_one_refused and is_written_out and contract.facts.is_of_repository(subject)):
            continue
        having = [one for one in needed if one.subject.admits(subject, widened=not is_written_out)]
        if trusted and not having:
            wide.setdefault(by, subject)
        for audience in trusted if having else ():
            if not any(pattern.matches(audience) for one in having for pattern in one.audiences):
                unasked.setdefault(audience)
    if wide:
        yield _wide(contract, what_is_trusted(wide, contract.facts.is_of_repository))
    yield from (_of_audience(contract, audience) for audience in unasked)


def _of_audience(contract: Contract, audience: str) -> WorkflowFinding:
    """One that the trust names; or that it names none, which leaves it to the provider's list of audiences."""
    if contract.trust.audiences or audience != contract.trust.default_audience:
        return _wide(contract, f"tokens for the audience `{audience}`, and no job that assumes it asks for one")
    return contract.about_role(
        WorkflowKind.WIDE,
        "the role's trust asks for no audience: it trusts tokens for each that its provider has in its list",
        f"let the trust ask for `{DEFAULT_AUDIENCE}`, as the jobs do",
        is_note=True,
    )


def _wide(contract: Contract, what: str) -> WorkflowFinding:
    fix = "let the trust name the subjects and the audience of the jobs that assume the role, and no others"
    return contract.about_role(WorkflowKind.WIDE, f"the role trusts {what}", fix)


def _strangers(facts: Facts) -> Iterator[str]:
    """Yield subjects that a pattern may let through, the most foreign first, to be shown rather than others of it."""
    owner = facts.repository.partition("/")[0]
    for start in ("repo:octocat/other:", f"repo:{owner}/other:", facts.subject):
        for context in (f"ref:refs/heads/{facts.default_branch}", "ref:refs/heads/feature", "ref:refs/tags/v1"):
            yield start + context
        yield from (f"{start}environment:staging", f"{start}pull_request")
