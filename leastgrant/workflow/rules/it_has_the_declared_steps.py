"""A job whose steps are declared has those, in their order, and no others: each of them can use the role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.shell import commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.facts import DeclaredStep
    from leastgrant.workflow.model import WorkflowStep
    from leastgrant.workflow.runs import Run


def it_has_the_declared_steps(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find steps that are not declared, declared ones that are not there, and those that do something else."""
    for run in {run.name: run for run in (*contract.runs, *contract.alone)}.values():
        declared = contract.facts.steps.get(run.name)
        if declared is not None:
            yield from _of_job(run, declared)


def _of_job(run: Run, declared: Sequence[DeclaredStep]) -> Iterator[WorkflowFinding]:
    at = 0
    for step in run.job.steps:
        found = next((number for number in range(at, len(declared)) if declared[number].name == step.called), None)
        if found is None:
            where = "in this place" if any(one.name == step.called for one in declared) else "at all"
            yield _finding(
                run, step.line, f"{_called(step)}, which is not declared {where}", "declare it, or take it out"
            )
            continue
        for gone in declared[at:found]:
            yield _gone(run, gone, step.line)
        yield from _of_step(run, step, declared[found])
        at = found + 1
    for gone in declared[at:]:
        yield _gone(run, gone, run.job.line)


def _gone(run: Run, declared: DeclaredStep, line: int) -> WorkflowFinding:
    return _finding(
        run, line, f"no step `{declared.name}` here, which is declared", "put it back, or do not declare it"
    )


def _of_step(run: Run, step: WorkflowStep, declared: DeclaredStep) -> Iterator[WorkflowFinding]:
    if step.continues_on_error is not None and step.continues_on_error.text != "false":
        yield _finding(run, step.line, f"{_called(step)}, with `continue-on-error`: it holds nothing up", "take it out")
    condition = None if step.condition is None else " ".join(step.condition.text.split())
    if condition != declared.condition:
        said = f"`if: {condition}`" if condition else "no `if`"
        expected = f"`if: {declared.condition}`" if declared.condition else "none"
        yield _finding(
            run, step.line, f"{_called(step)}, with {said}, and {expected} is declared", "write it as declared"
        )
    if declared.runs is None:
        return
    texts = [command.text for command in commands(step.run or "")]
    fits = len(texts) == len(declared.runs) and all(map(str.startswith, texts, declared.runs))
    if not fits:
        others = [text for number, text in enumerate(texts) if not text.startswith(declared.runs[number : number + 1])]
        shown = f"runs `{others[0]}`" if others else f"does not run `{declared.runs[len(texts)]}`"
        yield _finding(
            run, step.line, f"{_called(step)}, which {shown}, other than declared", "let it run what is declared"
        )


def _called(step: WorkflowStep) -> str:
    name = step.called or f"run: {' '.join((step.run or '').split())[:60]}"
    return f"the step `{name}`"


def _finding(run: Run, line: int, what: str, fix: str) -> WorkflowFinding:
    return finding(WorkflowKind.STEP, run, f"has {what}", fix, line=line)
