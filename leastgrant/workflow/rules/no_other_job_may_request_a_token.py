"""Only jobs that need a token may request one, and the role trusts only those that assume it.

A job with a token needs no action to assume the role: any of its steps, and what it installs, can. What needs one for
something else is known of some actions, declared, or not known; then nobody is told to take it away.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import LoginMethod, is_of_repository, steps_of, unread
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.token_users import asked_for, asks_not, needs_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


class _Use(Enum):
    """What a job does with a token."""

    NOTHING = "nothing"
    NOTHING_KNOWN = "nothing that is known, and scripts"
    OTHER = "something else"
    NOT_KNOWN = "not known"
    ELSEWHERE = "told of by another rule"


_USELESS = (_Use.NOTHING, _Use.NOTHING_KNOWN)


def no_other_job_may_request_a_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that have `id-token: write` and do not assume this role, grouped by where they get it."""
    assuming = {run.name for run, _ in (*contract.logins, *contract.unsure)}
    others: dict[str, list[Run]] = {}
    for run in contract.with_token:
        if run.name not in assuming:
            others.setdefault(run.name, []).append(run)
    uses = {name: _use_of_all(contract, runs) for name, runs in others.items()}
    trusted = {name: subject for name, runs in others.items() if (subject := _trusted(contract, runs)) is not None}
    told = {name: _place(runs[0]) for name, runs in others.items() if uses[name] in _USELESS}
    shared = {place for place in told.values() if place[0]}
    told |= {
        name: place
        for name, runs in others.items()
        if uses[name] is _Use.NOT_KNOWN and name in trusted and (place := _place(runs[0])) in shared
    }
    yield from _useless({name: others[name] for name in others if name in told}, uses, trusted)
    for use in (_Use.OTHER, _Use.NOT_KNOWN):
        needing = {
            name: subject
            for name, runs in others.items()
            if uses[name] is use
            and name not in told
            and (subject := next(filter(None, map(contract.shared_subject, runs)), None)) is not None
        }
        if needing:
            yield _trusted_too([others[name][0] for name in needing], next(iter(needing.values())), use)


def _trusted(contract: Contract, runs: Sequence[Run]) -> str | None:
    return next((subject for run in runs for subject in contract.trusted_of(run)), None)


def _use_of_all(contract: Contract, runs: Sequence[Run]) -> _Use:
    """Return what a job does with a token in some run; of several uses, the one of which most is to be said."""
    found = {_use(contract, run) for run in runs}
    return next(
        use for use in (_Use.ELSEWHERE, _Use.OTHER, _Use.NOT_KNOWN, _Use.NOTHING_KNOWN, _Use.NOTHING) if use in found
    )


def _use(contract: Contract, run: Run) -> _Use:
    steps = [step for step, _, _ in steps_of(run)]
    assumed = [one for other, one in contract.assumed if other is run]
    if run.job.calls is not None:
        return _Use.OTHER if asked_for(run.job.calls.text, None) else _Use.ELSEWHERE
    if any(unread(run)) or any(one.way is LoginMethod.TOKEN for one in assumed):
        return _Use.ELSEWHERE
    if run.name in contract.facts.tokens_for_others or any(asked_for(one.uses, one.run, one.inputs) for one in steps):
        return _Use.OTHER
    known = (
        step.uses.lower().startswith("aws-actions/configure-aws-credentials") or needs_none(step.uses, step.inputs)
        for step in steps
        if step.uses is not None and not is_of_repository(run, step)
    )
    if not all(known):
        return _Use.NOT_KNOWN
    return _Use.NOTHING if all(asks_not(step.run) for step in steps) else _Use.NOTHING_KNOWN


def _place(run: Run) -> tuple[bool, object, object]:
    """Return where a job gets its token, and whether that is a line for all the jobs of its file."""
    if run.permissions is None:
        return False, run.name, run.callers
    return run.job.permissions is None, run.workflow.file, run.permissions.line


def _useless(others: dict[str, list[Run]], uses: dict[str, _Use], trusted: dict[str, str]) -> Iterator[WorkflowFinding]:
    """Find jobs that have a token and do nothing with it; those that get it from one line are one fault.

    So are those which get it from that line and of which it is not known whether they need it: the fix is the same.
    """
    by_place: dict[tuple[bool, object, object], list[Run]] = {}
    for runs in others.values():
        by_place.setdefault(_place(runs[0]), []).append(runs[0])
    for runs in by_place.values():
        run = next((one for one in runs if one.name in trusted), runs[0])
        subject = trusted.get(run.name)
        told = (
            f"and the role trusts its subject, `{subject}`: any step can assume it"
            if subject
            else "and does not assume the role"
        )
        yield finding(
            WorkflowKind.GRANTED,
            [run, *runs],
            f"{_may(run)}, {told}",
            _fix(run, is_sure=all(uses[one.name] is _Use.NOTHING for one in runs)),
            line=run.permissions.line if run.permissions else None,
        )


def _trusted_too(runs: Sequence[Run], subject: str, use: _Use) -> WorkflowFinding:
    run = runs[0]
    is_known = use is _Use.OTHER
    trust = "let the trust ask for what only the jobs that assume the role have, such as an environment"
    return finding(
        WorkflowKind.GRANTED,
        runs,
        f"{_may(run)} {'for something else than this role' if is_known else '(what for is not known)'}, and the role "
        f"trusts its subject, `{subject}`: any step can assume it",
        trust if is_known else f"give the permission to the jobs that need it alone, or {trust}",
        line=run.permissions.line if run.permissions else None,
    )


def _may(run: Run) -> str:
    if run.permissions is None:
        return f"may request a token, which it inherits from `{run.callers[-1]}`"
    if run.job.permissions is not None:
        return f"has `{_written(run)}`"
    return f"inherits `{_written(run)}` from the top of {run.workflow.name}"


def _written(run: Run) -> str:
    return "permissions: write-all" if run.permissions and run.permissions.everything else "id-token: write"


def _fix(run: Run, *, is_sure: bool) -> str:
    if run.permissions is None or run.job.permissions is None:
        return "give the permission to the job that needs it alone, and `permissions: contents: read` to all others"
    take = "take `id-token: write` out" if is_sure else "take `id-token: write` out, if no script of the job uses it"
    return f"{take}; a job that needs a token for something else is to be declared (`--token-for-other`)"
