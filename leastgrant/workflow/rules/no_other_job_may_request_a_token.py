"""Only jobs that need a token may request one, and the role trusts only those that assume it.

A job with a token needs no action to assume the role: any of its steps, and what it installs, can. What needs one for
something else is known of some actions, declared, or not known; then nobody is told to take it away.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import LoginMethod, is_of_repository, steps_of, unread
from leastgrant.workflow.contract import Contract, finding, listed
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.token_users import ASKS_NOT, action_name, asked_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


class _Use(Enum):
    """What a job does with a token."""

    NOTHING = "nothing"
    OTHER = "something else"
    NOT_KNOWN = "not known"
    ELSEWHERE = "told of by another rule"


def no_other_job_may_request_a_token(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that have `id-token: write` and do not assume this role, grouped by where they get it."""
    assuming = {run.name for run, _ in (*contract.logins, *contract.unsure)}
    others: dict[str, list[Run]] = {}
    for run in contract.with_token:
        if run.name not in assuming:
            others.setdefault(run.name, []).append(run)
    trusted = [(runs, subject) for runs in others.values() if (subject := _trusted(contract, runs)) is not None]
    uses = {name: _use(contract, runs[0]) for name, runs in others.items()}
    yield from _useless(others, uses, {runs[0].name: subject for runs, subject in trusted})
    needing = [(runs[0], subject) for runs, subject in trusted if uses[runs[0].name] in (_Use.OTHER, _Use.NOT_KNOWN)]
    if needing:
        yield _trusted_too([run for run, _ in needing], needing[0][1])


def _trusted(contract: Contract, runs: Sequence[Run]) -> str | None:
    return next((subject for run in runs for subject in contract.trusted_of(run)), None)


def _use(contract: Contract, run: Run) -> _Use:
    steps = [step for step, _, _ in steps_of(run)]
    assumed = [one for other, one in contract.assumed if other is run]
    if run.job.calls is not None:
        return _Use.OTHER if asked_for(run.job.calls.text, None) else _Use.ELSEWHERE
    if any(unread(run)) or any(one.way is LoginMethod.TOKEN for one in assumed):
        return _Use.ELSEWHERE
    if run.name in contract.facts.tokens_for_others or any(asked_for(step.uses, step.run) for step in steps):
        return _Use.OTHER
    actions = [step.uses for step in steps if step.uses is not None and not is_of_repository(run, step)]
    known = (
        name.startswith("aws-actions/configure-aws-credentials") or name in ASKS_NOT
        for name in map(action_name, actions)
    )
    return _Use.NOTHING if all(known) else _Use.NOT_KNOWN


def _useless(others: dict[str, list[Run]], uses: dict[str, _Use], trusted: dict[str, str]) -> Iterator[WorkflowFinding]:
    """Find jobs that have a token and do nothing with it; those that get it from one line are one fault."""
    by_place: dict[tuple[object, ...], list[Run]] = {}
    for name, runs in others.items():
        if uses[name] is _Use.NOTHING:
            run = runs[0]
            place = (run.workflow.file, run.permissions.line) if run.permissions else (run.name, run.callers)
            by_place.setdefault(place, []).append(run)
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
            run,
            f"{listed([run, *runs])} {_may(run)}, {told}",
            _mend(run),
            line=run.permissions.line if run.permissions else None,
        )


def _trusted_too(runs: Sequence[Run], subject: str) -> WorkflowFinding:
    run = runs[0]
    return finding(
        WorkflowKind.GRANTED,
        run,
        f"{listed(runs)} {_may(run)} for something else than this role, and the role trusts its subject, `{subject}`: "
        "any step can assume it",
        "let the trust ask for what only the jobs that assume the role have, such as an environment",
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


def _mend(run: Run) -> str:
    if run.permissions is None or run.job.permissions is None:
        return "give the permission to the job that needs it alone, and `permissions: contents: read` to all others"
    return "take `id-token: write` out; a job that needs a token for something else is to be declared"
