"""A job whose steps are declared has those, in their order, and no others: each of them can use the role."""

from __future__ import annotations

import re
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
    yield from _of_surroundings(run)
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
    yield from _of_action(run, step, declared)
    if declared.runs is None:
        return
    if step.shell is not None:
        what = f"{_called(step)}, with `shell: {step.shell.text}`, which is not declared"
        yield _finding(run, step.shell.line, what, "take it out")
    texts = [command.text for command in commands(step.run or "")]
    is_as = str.__eq__ if declared.exact else str.startswith
    fits = len(texts) == len(declared.runs) and all(map(is_as, texts, declared.runs))
    if not fits:
        others = [
            text
            for number, text in enumerate(texts)
            if number >= len(declared.runs) or not is_as(text, declared.runs[number])
        ]
        shown = f"runs `{others[0]}`" if others else f"does not run `{declared.runs[len(texts)]}`"
        yield _finding(
            run, step.line, f"{_called(step)}, which {shown}, other than declared", "let it run what is declared"
        )


def _of_action(run: Run, step: WorkflowStep, declared: DeclaredStep) -> Iterator[WorkflowFinding]:
    action = (step.uses or "").partition("@")[0].strip()
    if declared.uses is not None and action != declared.uses:
        instead = f"uses `{action}`" if action else f"runs `{' '.join((step.run or '').split())[:60]}`"
        what = f"{_called(step)}, which {instead}, and `{declared.uses}` is declared"
        yield _finding(run, step.line, what, "let it use what is declared")
    elif declared.inputs is not None:
        given = {name: node.text for name, node in step.inputs.items()}
        for name in sorted(given.keys() | declared.inputs.keys()):
            if given.get(name) != declared.inputs.get(name):
                shown = f"`{name}: {given[name]}`" if name in given else f"no `{name}`"
                yield _finding(
                    run, step.line, f"{_called(step)}, with {shown}, other than declared", "write it as declared"
                )


_DECIDES = re.compile(
    r"(BASH_ENV|ENV|PATH|IFS|NODE_OPTIONS|(AWS_ENDPOINT_URL|PYTHON|PERL|RUBY).*|(LD|DYLD|GIT|NPM|PIP)_.*)$"
)
"""Variables by which other programs run than a step names, or by which they ask another host."""


def _of_surroundings(run: Run) -> Iterator[WorkflowFinding]:
    """Find what decides, beside its steps, what they run."""
    for node, what in ((run.job.container, "container"), (run.job.shell, "shell")):
        if node is not None:
            yield _finding(run, node.line, f"its steps declared, and a `{what}` that is not", "take it out")
    for env in (run.workflow.env, run.job.env, *(step.env for step in run.job.steps)):
        for name, node in env.items():
            if _DECIDES.match(name.upper()):
                what = f"the variable `{name}`, which decides what its declared steps run"
                yield _finding(run, node.line, what, "take it out")


def _called(step: WorkflowStep) -> str:
    name = step.called or f"run: {' '.join((step.run or '').split())[:60]}"
    return f"the step `{name}`"


def _finding(run: Run, line: int, what: str, fix: str) -> WorkflowFinding:
    return finding(WorkflowKind.STEP, run, f"has {what}", fix, line=line)
