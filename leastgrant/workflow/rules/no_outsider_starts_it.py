"""No run that people without write access can start has a token that the role trusts.

Source: GitHub Docs, "Securely using pull_request_target", and "Secure use reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.events import BY_ANYBODY, BY_FORKS
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.runs import Run


def no_outsider_starts_it(contract: Contract) -> Iterator[WorkflowFinding]:
    """Run on events such as comments, whose subject the role trusts and whose conditions outsiders can meet."""
    facts = contract.facts
    events = BY_ANYBODY | BY_FORKS if facts.forks_get_tokens else BY_ANYBODY
    asking = {*facts.reviewed, *([facts.approval] if facts.approval else [])}
    found: dict[tuple[str, int | None, tuple[str, ...], bool], list[tuple[Run, str]]] = {}
    for run in contract.with_token:
        if run.source.event not in events or not run.outsiders_may_start or not _may_be_after_theirs(contract, run):
            continue
        trusted = next(contract.trusted_of(run), None)
        if trusted is not None and asking.isdisjoint(run.gates):
            place = (run.source.event, _line(run), run.gates, run.outputs_decide)
            found.setdefault(place, []).append((run, trusted))
    for (event, line, gates, outputs_decide), runs in found.items():
        yield _started(event, line, gates, runs, outputs_decide=outputs_decide)


def _line(run: Run) -> int | None:
    return run.source.trigger.line if run.source.trigger in run.workflow.triggers else None


def _started(
    event: str, line: int | None, gates: tuple[str, ...], runs: Sequence[tuple[Run, str]], *, outputs_decide: bool
) -> WorkflowFinding:
    """Return the finding: what an environment asks for, or sets the output of a job, is for a person to say."""
    waits = " or ".join(f"`{gate}`" for gate in gates)
    told = (
        f"starts on `{event}`, which people without write access can cause, and its token may have the subject "
        f"`{runs[0][1]}`, which the role trusts"
    )
    if outputs_decide and not gates:
        return finding(
            WorkflowKind.UNKNOWN,
            [run for run, _ in runs],
            f"{told}: whether the output of a job before, which its `if` asks for, keeps them out is not known",
            "let the `if` itself ask who caused it, such as by `author_association`, or let the job wait for an "
            "environment with a reviewer, and say that it does (`--reviewed`)",
            line=line,
        )
    return finding(
        WorkflowKind.UNKNOWN if gates else WorkflowKind.OUTSIDER,
        [run for run, _ in runs],
        f"{told}: whether a person must let it through the environment {waits} is not known" if gates else told,
        f"let the environment require a reviewer, and say that it does (`--reviewed {gates[0]!r}`)"
        if gates
        else f"take `{event}` from the workflow or `id-token: write` from the job, or let an `if` ask who caused it",
        line=line,
    )


def _may_be_after_theirs(contract: Contract, run: Run) -> bool:
    """Tell whether outsiders can cause what `workflow_run` comes after; what was not given, anybody may."""
    names = run.source.trigger.after
    before = [one for one in contract.workflows if one.title in names]
    if not names or len({one.title for one in before}) < len(set(names)):
        return True
    return any(trigger.event in BY_ANYBODY | BY_FORKS for one in before for trigger in one.triggers)
