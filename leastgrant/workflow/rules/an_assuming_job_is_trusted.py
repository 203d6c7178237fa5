"""A job that assumes the role has a subject that the role trusts, whatever starts it.

One that a person starts may be refused on another branch, and so may one of many branches: that is what the trust is
for, and a note. What starts it and is never trusted is a finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.contract import Contract, JudgedSubject, finding
from leastgrant.workflow.events import BY_ANYBODY, BY_HAND
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


_FURTHER = re.compile(r":([a-z_]+)(?=:)")
_NO_OWNER = re.compile(r"repo:[^/:*?]+:")
_IMMUTABLE = re.compile(r"repo:[^/:@]+@[0-9]+/")


def an_assuming_job_is_trusted(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find refused subjects of jobs that assume the role; those of one job, or of its environment, are one fault."""
    by_event: defaultdict[tuple[str, tuple[str, ...], str], list[JudgedSubject]] = defaultdict(list)
    for run in dict.fromkeys(run for run, _ in contract.ours):
        by_event[run.name, run.callers, run.source.event] += contract.judged[run]
    refused: defaultdict[tuple[str, int | None, bool], list[JudgedSubject]] = defaultdict(list)
    for judged in by_event.values():
        one_trusted = any(one.verdict.trusted for one in judged)
        for one in judged:
            if not one.verdict.is_known:
                yield _unknown(one)
            elif one.verdict.refused and not _is_of_unknown_environment(one):
                is_note = one_trusted and _is_meant(contract, one)
                of_environment = None if one.subject.environment is None else _place(one)
                refused[one.run.name, of_environment, is_note].append(one)
    for (_, _, is_note), group in refused.items():
        yield _refused(contract, group, is_note=is_note)


def _place(judged: JudgedSubject) -> int | None:
    environment = judged.run.job.environment
    return _line(judged.run) if judged.subject.environment is None or environment is None else environment.line


def _is_of_unknown_environment(judged: JudgedSubject) -> bool:
    """Tell whether it is the subject without the environment that a job has, as far as is known: which is said."""
    return judged.subject.environment is None and not all(name.is_literal for name in judged.run.environments)


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
        f"may have the subjects `{judged.subject.pattern}` on `{run.source.event}`: whether the role "
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
    cause_of = None if is_note else _cause_of(contract, judged)
    message = f"{cause}: its token's subject {_said(group)}"
    return finding(
        WorkflowKind.SUBJECT, run, message, cause_of.fix if cause_of else fix, line=_place(judged), is_note=is_note
    )


def _line(run: Run) -> int | None:
    """Return the trigger's line, if it is in the job's file."""
    return run.source.trigger.line if run.source.trigger in run.workflow.triggers else None


def _said(group: Sequence[JudgedSubject]) -> str:
    patterns = list(dict.fromkeys(str(one.subject.pattern) for one in group))
    more = f" (and {len(patterns) - 1} more: {', '.join(f'`{one}`' for one in patterns[1:])})" if patterns[1:] else ""
    if all(one.subject.pattern.is_literal for one in group):
        return f"is `{group[0].verdict.refused[0]}`{more}, which the role does not trust"
    return f"may be any of `{patterns[0]}`{more}, {_all_or_none(group)}"


def _all_or_none(group: Sequence[JudgedSubject]) -> str:
    is_one_trusted = any(one.verdict.trusted for one in group)
    return "and the role does not trust all of them" if is_one_trusted else "and the role trusts none of them"


def _mend(events: str, *, is_note: bool) -> str:
    if is_note:
        return "a job that is to work on what the role trusts alone says so sooner with an `if`"
    return f"take {events} out, hold the job to what the role trusts with an `if`, or trust it"


@dataclass(frozen=True, slots=True)
class _Cause:
    """What is wrong with values of the trust that were meant for a job which is refused."""

    values: tuple[Pattern, ...]
    fix: str


def values_told_of(contract: Contract) -> frozenset[Pattern]:
    """Return the values of the trust that a refused job is told of: that they let no job in is the same fault."""
    refused = [
        judged.verdict.refused
        for run in dict.fromkeys(run for run, _ in contract.ours)
        for judged in contract.judged[run]
        if judged.verdict.refused and not judged.verdict.trusted
    ]
    causes = (_other_form(contract) or _cause(contract, subjects) for subjects in refused)
    return frozenset(value for cause in causes if cause for value in cause.values)


def _cause_of(contract: Contract, judged: JudgedSubject) -> _Cause | None:
    if before := role_before(contract, judged.run):
        return _Cause((), f"the role trusts `{before}`, which a step before assumes: set `role-chaining: true`")
    return _other_form(contract) or _cause(contract, judged.verdict.refused)


def role_before(contract: Contract, run: Run) -> str | None:
    """Return a role that the trust names and that the job assumes before this one, without going on from it.

    Source: README of aws-actions/configure-aws-credentials, `role-chaining`: without it the token is used again.
    """
    before: list[str] = []
    for other, assumption in contract.assumed:
        if other is run:
            if contract.is_ours(run, assumption):
                return next(filter(contract.trusts_role, before), None)
            before += [str(role) for role in assumption.role if role.is_literal]
    return None


def _other_form(contract: Contract) -> _Cause | None:
    """Whether plain subjects meet a trust of immutable ones, or the other way round."""
    repository = contract.facts.repository
    values = contract.trust.subjects
    immutable = tuple(value for value in values if _IMMUTABLE.match(value.head))
    plain = tuple(value for value in values if value.head.startswith(f"repo:{contract.facts.name}:"))
    if "@" not in repository and immutable:
        fix = "the role trusts the immutable form: declare the repository as OWNER@ID/NAME@ID, or trust the plain one"
        return _Cause(immutable, fix)
    if "@" in repository and plain and len(plain) == len(values):
        now = f"trust `{contract.facts.subject}...`, as the repository has it now"
        return _Cause(plain, f"the role trusts the plain form: {now}")
    return None


def _cause(contract: Contract, refused: Sequence[str]) -> _Cause | None:
    """Return what is wrong with a value of the trust that was meant for one of these subjects, if that is seen."""
    if absent := contract.trust.unknown_to_aws:
        meant = tuple(value for value in contract.trust.subjects if any(map(value.matches, refused)))
        return _Cause(meant, f"AWS has no key {', '.join(absent)}, so no request has it: ask for a claim that it has")
    for value in contract.trust.subjects:
        if fix := _fault(contract, value, refused):
            return _Cause((value,), fix)
    return None


def _fault(contract: Contract, value: Pattern, refused: Sequence[str]) -> str | None:
    faults = (_of_template, _star, _case, _no_owner, _beginning)
    return next((fix for fault in faults if (fix := fault(contract, value, refused))), None)


def _of_template(contract: Contract, value: Pattern, refused: Sequence[str]) -> str | None:
    plain = next((one for one in refused if value.head.startswith(f"{one}:")), None)
    if plain is None or contract.facts.subject_claims[2:]:
        return None
    keys = ",".join(("repo", "context", *_FURTHER.findall(value.head.removeprefix(plain))))
    return f"the role trusts subjects of a template: if the repository has it, say so (`--subject-claims {keys}`)"


def _star(_: Contract, value: Pattern, refused: Sequence[str]) -> str | None:
    text = value.head
    if value.is_literal and "*" in text and any(map(Pattern.parse(text).matches, refused)):
        return f"under StringEquals `*` stands for itself in `{text}`: write the subject out, or use StringLike"
    return None


def _case(_: Contract, value: Pattern, refused: Sequence[str]) -> str | None:
    if any(Pattern(value.tokens, any_case=True).matches(one) and not value.matches(one) for one in refused):
        return f"the role trusts `{value}`, and subjects are compared with their case: write it as GitHub does"
    return None


def _no_owner(contract: Contract, value: Pattern, _: Sequence[str]) -> str | None:
    if _NO_OWNER.match(value.head):
        return f"`{value}` names no owner, and no subject is like it: write `{contract.facts.subject}...`"
    return None


def _beginning(_: Contract, value: Pattern, refused: Sequence[str]) -> str | None:
    if value.is_literal and any(one.startswith(f"{value.head}:") for one in refused):
        return f"`{value}` is how subjects begin, and none is that alone: write the whole of it"
    return None
