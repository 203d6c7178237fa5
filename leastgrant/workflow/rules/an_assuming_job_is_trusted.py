"""A job that assumes the role has a subject that the role trusts, whatever starts it.

One that a person starts may be refused on another branch, and so may one of many branches: that is what the trust is
for, and a note. What starts it and is never trusted is a finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.contract import Contract, JudgedSubject, finding
from leastgrant.workflow.events import BY_ANYBODY, BY_HAND
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


_FURTHER = re.compile(r":([a-z_]+)(?=:)")
_IMMUTABLE = re.compile(r"repo:[^/:@]+@[0-9]+/")


def an_assuming_job_is_trusted(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find the subjects of jobs that assume the role and are refused; those of one job and line are one fault."""
    by_event: defaultdict[tuple[str, tuple[str, ...], str], list[JudgedSubject]] = defaultdict(list)
    for run in dict.fromkeys(run for run, _ in contract.ours):
        by_event[run.name, run.callers, run.source.event] += contract.judged[run]
    refused: defaultdict[tuple[str, int | None, bool], list[JudgedSubject]] = defaultdict(list)
    for judged in by_event.values():
        one_trusted = any(one.verdict.trusted for one in judged)
        for one in judged:
            if not one.verdict.is_known:
                yield _unknown(one)
            elif one.verdict.refused:
                is_note = one_trusted and _is_meant(contract, one)
                refused[one.run.name, _place(one), is_note].append(one)
    for (_, _, is_note), group in refused.items():
        yield _refused(contract, group, is_note=is_note)


def _place(judged: JudgedSubject) -> int | None:
    environment = judged.run.job.environment
    return _line(judged.run) if judged.subject.environment is None or environment is None else environment.line


def _is_meant(contract: Contract, judged: JudgedSubject) -> bool:
    """Tell whether the trust is there to refuse some of them; of an environment, if the job may have another.

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


def _refused(contract: Contract, group: Sequence[JudgedSubject], *, is_note: bool) -> WorkflowFinding:
    judged = group[0]
    run, subject = judged.run, judged.subject
    if subject.environment is not None and run.job.environment is not None:
        cause = f"has `environment: {run.job.environment.text}`"
        fix = "move the approval to a job of its own, that this job needs, or trust the subject"
    else:
        events = ", ".join(dict.fromkeys(f"`{one.run.source.event}`" for one in group))
        cause = f"starts on {events}"
        fix = _mend(events, is_note=is_note)
    other = None if is_note else _other_form(contract) or _cause(contract, judged.verdict.refused)
    message = f"{run.called} {cause}: its token's subject {_said(group)}"
    return finding(WorkflowKind.SUBJECT, run, message, other or fix, line=_place(judged), is_note=is_note)


def _line(run: Run) -> int | None:
    """Return the trigger's line, if it is in the job's file."""
    return run.source.trigger.line if run.source.trigger in run.workflow.triggers else None


def _said(group: Sequence[JudgedSubject]) -> str:
    patterns = list(dict.fromkeys(str(one.subject.pattern) for one in group))
    more = f" (and {len(patterns) - 1} more: {', '.join(f'`{one}`' for one in patterns[1:])})" if patterns[1:] else ""
    if group[0].subject.pattern.is_literal:
        return f"is `{group[0].verdict.refused[0]}`{more}, which the role does not trust"
    return f"may be any of `{patterns[0]}`{more}, {_all_or_none(group)}"


def _all_or_none(group: Sequence[JudgedSubject]) -> str:
    is_one_trusted = any(one.verdict.trusted for one in group)
    return "and the role does not trust all of them" if is_one_trusted else "and the role trusts none of them"


def _mend(events: str, *, is_note: bool) -> str:
    if is_note:
        return "a job that is to work on what the role trusts alone says so sooner with an `if`"
    return f"take {events} out, hold the job to what the role trusts with an `if`, or trust it"


def _other_form(contract: Contract) -> str | None:
    """Say that plain subjects meet a trust of immutable ones, or the other way round; None if they do not."""
    repository = contract.facts.repository
    heads = [pattern.head for pattern in contract.trust.subjects]
    if "@" not in repository and any(map(_IMMUTABLE.match, heads)):
        return "the role trusts the immutable form: declare the repository as OWNER@ID/NAME@ID, or trust the plain one"
    if "@" in repository and any(head.startswith(f"repo:{contract.facts.name}:") for head in heads):
        return f"the role trusts the plain form: trust `{contract.facts.subject}...`, as the repository has it now"
    return None


def _cause(contract: Contract, refused: Sequence[str]) -> str | None:
    """Say what is wrong with a value of the trust that was meant for one of these subjects, if that is seen."""
    for value in contract.trust.subjects:
        text = value.head
        if len(contract.facts.subject_claims) == 2 and (plain := _plain(text, refused)):  # noqa: PLR2004
            keys = ",".join(("repo", "context", *_FURTHER.findall(text.removeprefix(plain))))
            return (
                f"the role trusts subjects of a template: if the repository has it, say so (`--subject-claims {keys}`)"
            )
        if value.is_literal and "*" in text and any(map(Pattern.parse(text).matches, refused)):
            return f"under StringEquals `*` stands for itself in `{text}`: write the subject out, or use StringLike"
        if value.is_literal and text not in refused and text.lower() in map(str.lower, refused):
            return f"the role trusts `{text}`, and subjects are compared with their case: write it as GitHub does"
    return None


def _plain(text: str, refused: Sequence[str]) -> str | None:
    """Find the refused subject that a longer one begins with."""
    return next((one for one in refused if text.startswith(f"{one}:")), None)
