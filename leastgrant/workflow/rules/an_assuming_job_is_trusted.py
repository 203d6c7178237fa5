"""A job that assumes the role has a subject that the role trusts, whatever starts it.

One that a person starts may be refused on another branch, and so may one of many branches: that is what the trust is
for, and a note. What starts it and is never trusted is a finding.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, JudgedSubject, finding
from leastgrant.workflow.events import BY_ANYBODY, BY_HAND
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


def an_assuming_job_is_trusted(contract: Contract) -> Iterator[WorkflowFinding]:
    """The subjects of jobs that assume the role and are refused."""
    by_event: defaultdict[tuple[str, tuple[str, ...], str], list[JudgedSubject]] = defaultdict(list)
    for run in dict.fromkeys(run for run, _ in contract.ours):
        by_event[run.name, run.callers, run.source.event] += contract.judged[run]
    for judged in by_event.values():
        yield from _of_event(contract, judged)


def _of_event(contract: Contract, judged: Sequence[JudgedSubject]) -> Iterator[WorkflowFinding]:
    """What one event that starts a job comes to."""
    one_trusted = any(one.verdict.trusted for one in judged)
    for one in judged:
        if not one.verdict.is_known:
            yield _unknown(one)
        elif one.verdict.refused:
            yield _refused(contract, one, is_note=one_trusted and _is_meant(contract, one))


def _is_meant(contract: Contract, judged: JudgedSubject) -> bool:
    """Whether that some are refused is what the trust is for; of an environment, if the job may have another.

    Of an event that outsiders cause, that one is trusted is the fault.
    """
    if judged.subject.environment is not None and len(contract.judged[judged.run]) == 1:
        return False
    return judged.run.source.event in BY_HAND | BY_ANYBODY or not judged.subject.pattern.is_literal


def _unknown(judged: JudgedSubject) -> WorkflowFinding:
    run = judged.run
    return finding(
        WorkflowKind.UNKNOWN,
        run,
        f"{run.called} may have the subjects `{judged.subject.pattern}` on `{run.source.event}`: whether the role "
        "trusts one of them cannot be told",
        "write the branches, tags or environment out",
        line=_line(run),
    )


def _refused(contract: Contract, judged: JudgedSubject, *, is_note: bool) -> WorkflowFinding:
    run, subject = judged.run, judged.subject
    if subject.environment is not None and run.job.environment is not None:
        return finding(
            WorkflowKind.SUBJECT,
            run,
            f"{run.called} has `environment: {run.job.environment.text}`: its token's subject {_said(judged)}",
            _other_form(contract) or "move the approval to a job of its own, that this job needs, or trust the subject",
            line=run.job.environment.line,
            is_note=is_note,
        )
    return finding(
        WorkflowKind.SUBJECT,
        run,
        f"{run.called} starts on `{run.source.event}`: its token's subject {_said(judged)}",
        _mend(contract, run, is_note=is_note),
        line=_line(run),
        is_note=is_note,
    )


def _line(run: Run) -> int | None:
    """The trigger's, if it is in the job's file."""
    return run.source.trigger.line if run.source.trigger in run.workflow.triggers else None


def _said(judged: JudgedSubject) -> str:
    pattern = judged.subject.pattern
    if pattern.is_literal:
        return f"is `{judged.verdict.refused[0]}`, which the role does not trust"
    return f"may be any of `{pattern}`, {_all_or_none(judged)}"


def _all_or_none(judged: JudgedSubject) -> str:
    return "and the role does not trust all of them" if judged.verdict.trusted else "and the role trusts none of them"


def _mend(contract: Contract, run: Run, *, is_note: bool) -> str:
    if is_note:
        return "a job that is to work on what the role trusts alone says so sooner with an `if`"
    other = _other_form(contract)
    return other or f"take `{run.source.event}` out, hold the job to what the role trusts with an `if`, or trust it"


def _other_form(contract: Contract) -> str | None:
    """Whether plain subjects meet a trust of immutable ones, or the other way round."""
    repository = contract.facts.repository
    heads = [pattern.head for pattern in contract.trust.subjects]
    if "@" not in repository and any(head.startswith("repo:") and "@" in head for head in heads):
        return "the role trusts the immutable form: declare the repository as OWNER@ID/NAME@ID, or trust the plain one"
    if "@" in repository and any(head.startswith(f"repo:{contract.facts.name}:") for head in heads):
        return f"the role trusts the plain form: trust `{contract.facts.subject}...`, as the repository has it now"
    return None
