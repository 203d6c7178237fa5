"""The runs of jobs that the workflows make: by trigger, ref and combination, those of called workflows too.

Sources: GitHub Docs, "Reusing workflow configurations" (the caller's permissions bound those of the called workflow,
its variables do not reach it, ten levels), and "Using OpenID Connect with reusable workflows" (the subject is the
caller's).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from leastgrant.workflow.contexts import Contexts
from leastgrant.workflow.expression import condition, may_be_true, texts
from leastgrant.workflow.matrix import combinations
from leastgrant.workflow.model import TokenAccess
from leastgrant.workflow.node import WorkflowError
from leastgrant.workflow.source import sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.workflow.expression import Values
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.model import Job, TokenPermissions, Workflow
    from leastgrant.workflow.source import RunSource

MOST = 10_000
"""The most runs that are looked at."""
DEEPEST = 10
"""The most levels of workflows that call one another."""


@dataclass(frozen=True, slots=True)
class RunCondition:
    """The `if` of a job, where it is asked."""

    text: str
    contexts: Contexts

    def may_hold(self, ref: str | None = None) -> bool:
        """Whether it can be true, of all that is not known; with `ref`, on that ref."""
        contexts = self.contexts if ref is None else self.contexts.on_ref(ref)
        return may_be_true(condition(self.text, contexts))


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A job as it runs; each is itself alone."""

    workflow: Workflow
    """The file that the job is in."""
    job: Job
    source: RunSource
    contexts: Contexts
    access: TokenAccess
    permissions: TokenPermissions | None
    """What gives the access, the job's own or those that it inherits."""
    callers: tuple[str, ...] = ()
    """The jobs that call its workflow, the outermost first, as `FILE.yml:JOB`."""
    conditions: tuple[RunCondition, ...] = ()
    """Its own, and those of the jobs that call its workflow."""
    asks_too_much: bool = False
    """It wants a token, and the job that calls its workflow may not request one; GitHub then starts nothing."""

    def may_start_on(self, ref: str) -> bool:
        """Whether its conditions can hold on a ref."""
        return all(condition.may_hold(ref) for condition in self.conditions)

    @property
    def name(self) -> str:
        """`FILE.yml:JOB`."""
        return f"{self.workflow.name}:{self.job.id}"

    @property
    def called(self) -> str:
        """How sentences call the job."""
        return f"job `{self.job.id}`{f' (called by `{self.callers[-1]}`)' if self.callers else ''}"


def runs(workflows: Iterable[Workflow], facts: Facts) -> tuple[Run, ...]:
    """The runs of all jobs, as far as they can be told apart before the run.

    Raises:
        WorkflowError: workflows call one another in a circle or too deep, or there are too many runs.
    """
    by_name: dict[str, Workflow] = {}
    for workflow in workflows:
        if workflow.name in by_name:
            raise WorkflowError(workflow.file, None, (), "a workflow of this file name was given before; give it once")
        by_name[workflow.name] = workflow
    found = tuple(islice(_runs(by_name, facts), MOST + 1))
    if len(found) > MOST:
        raise WorkflowError(found[-1].workflow.file, None, (), f"there are more than {MOST} runs; give fewer workflows")
    return found


def _runs(by_name: Mapping[str, Workflow], facts: Facts) -> Iterator[Run]:
    for workflow in by_name.values():
        for trigger in workflow.triggers:
            for source in sources(trigger, facts.default_branch):
                yield from _Call(by_name, workflow, Contexts(facts, source)).runs()


@dataclass(frozen=True, slots=True)
class _Call:
    """A workflow that is started, by an event or by a job."""

    by_name: Mapping[str, Workflow]
    workflow: Workflow
    contexts: Contexts
    bound: TokenAccess | None = None
    """What the calling job may request."""
    callers: tuple[str, ...] = ()
    conditions: tuple[RunCondition, ...] = ()

    def runs(self) -> Iterator[Run]:
        outer = self.contexts.with_env(self.workflow.env)
        for job in self.workflow.jobs.values():
            for combination in combinations(job):
                contexts = Contexts(outer.facts, outer.source, outer.inputs, combination, outer.env)
                own = () if job.condition is None else (RunCondition(job.condition.text, contexts),)
                if all(condition.may_hold() for condition in own):
                    yield from self._of_job(job, contexts, (*self.conditions, *own))

    def _of_job(self, job: Job, contexts: Contexts, conditions: tuple[RunCondition, ...]) -> Iterator[Run]:
        permissions = self.workflow.permissions_of(job)
        wanted = permissions.id_token if permissions else self.bound or TokenAccess.NONE
        too_much = wanted is TokenAccess.WRITE and self.bound is TokenAccess.NONE
        access = TokenAccess.NONE if too_much else wanted
        called = called_here(job, self.by_name)
        if called is None:
            inner = contexts.with_env(job.env)
            yield Run(
                self.workflow, job, contexts.source, inner, access, permissions, self.callers, conditions, too_much
            )
            return
        callers = (*self.callers, f"{self.workflow.name}:{job.id}")
        if job.calls is not None and len(callers) > DEEPEST:
            raise job.calls.error(f"workflows call one another more than {DEEPEST} levels deep, or in a circle")
        inputs = _inputs(job, called, contexts)
        source_alone = Contexts(contexts.facts, contexts.source, inputs)
        yield from _Call(self.by_name, called, source_alone, access, callers, conditions).runs()


def called_here(job: Job, by_name: Mapping[str, Workflow]) -> Workflow | None:
    """The workflow of this repository that a job calls, if it is one that was given."""
    if job.calls is None or not job.calls.text.startswith("./.github/workflows/"):
        return None
    return by_name.get(PurePosixPath(job.calls.text).name)


def _inputs(job: Job, called: Workflow, contexts: Contexts) -> Mapping[str, Values]:
    defaults = (trigger.inputs for trigger in called.triggers if trigger.event == "workflow_call")
    given = {name.lower(): node for inputs in defaults for name, node in inputs.items()} | dict(job.inputs)
    return {name: texts(node.text, contexts) for name, node in given.items()}
