"""The runs of jobs that the workflows make: by trigger, ref and combination, those of called workflows too.

Sources: GitHub Docs, "Reusing workflow configurations" (the caller's permissions bound those of the called workflow,
its variables do not reach it, ten levels), and "Using OpenID Connect with reusable workflows" (the subject is the
caller's).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice, product
from math import prod
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.workflow.contexts import Contexts
from leastgrant.workflow.expression import UNKNOWN, condition, may_be_true, texts
from leastgrant.workflow.matrix import combinations
from leastgrant.workflow.model import InputType, TokenAccess
from leastgrant.workflow.source import RunSource, sources
from leastgrant.workflow.tree import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.workflow.expression import Atom, Values
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.model import Job, TokenPermissions, Workflow, WorkflowInput, WorkflowTrigger
    from leastgrant.workflow.tree import Node

MOST = 10_000
"""The most runs that are looked at."""
DEEPEST = 10
"""The most levels of workflows that call one another."""
MOST_CHOICES = 32
"""The most combinations of inputs that are told apart."""
_DIRECTORY = PurePosixPath(".github/workflows")
_EMPTY: Mapping[InputType, Atom] = MappingProxyType(
    {
        InputType.STRING: Pattern.literal(""),
        InputType.CHOICE: Pattern.literal(""),
        InputType.ENVIRONMENT: Pattern.literal(""),
        InputType.BOOLEAN: False,
        InputType.NUMBER: 0.0,
    }
)


@dataclass(frozen=True, slots=True)
class RunCondition:
    """The `if` of a job, where it is asked."""

    text: str
    contexts: Contexts

    def may_hold_of_outsider(self) -> bool:
        """Tell whether it can be true of a run that somebody causes who may not write to the repository."""
        return may_be_true(condition(self.text, self.contexts.by_outsider()))

    def may_hold_without_outputs(self) -> bool:
        """Tell whether it can be true of such a run if no job before had outputs."""
        return may_be_true(condition(self.text, self.contexts.by_outsider().without_outputs()))

    def may_hold(self, ref: str | None = None) -> bool:
        """Tell whether it can be true, of all that is not known; with `ref`, on that ref."""
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
    default_decides: bool = False
    """It wants a token, and no job that calls its workflow says whether it may: the sources do not agree on what comes
    of it (GitHub's changelog of 2023-06-15, and public runs), so it is taken to get one."""

    gates: tuple[str, ...] = ()
    """The environments that it waits for: its own, that of a job it needs, or that of a job which calls its workflow
    needs; only those whose names are known."""

    environments: tuple[Pattern, ...] = ()
    """What its environment may be, an empty one standing for none; nothing, if the job says nothing of one."""
    _starts: dict[str, bool] = field(default_factory=dict[str, bool], repr=False)
    """Whether it may start on the refs that were asked about."""

    @property
    def outsiders_may_start(self) -> bool:
        """Whether its conditions can hold of what outsiders cause."""
        return all(condition.may_hold_of_outsider() for condition in self.conditions)

    @property
    def outputs_decide(self) -> bool:
        """Whether outputs of jobs before decide if its conditions hold of what outsiders cause."""
        return not all(condition.may_hold_without_outputs() for condition in self.conditions)

    def may_start_on(self, ref: str) -> bool:
        """Tell whether its conditions can hold on a ref."""
        if ref not in self._starts:
            self._starts[ref] = all(condition.may_hold(ref) for condition in self.conditions)
        return self._starts[ref]

    @property
    def name(self) -> str:
        """`FILE.yml:JOB`."""
        return f"{self.workflow.name}:{self.job.id}"

    @property
    def called(self) -> str:
        """How sentences call the job."""
        return f"job `{self.job.id}`{f' (called by `{self.callers[-1]}`)' if self.callers else ''}"


def runs(workflows: Iterable[Workflow], facts: Facts) -> tuple[Run, ...]:
    """Return the runs of all jobs, as far as they can be told apart before the run.

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
                for inputs in _chosen(trigger, facts):
                    yield from _Call(by_name, workflow, Contexts(facts, source, inputs)).runs()


def _chosen(trigger: WorkflowTrigger, facts: Facts) -> Iterator[Mapping[str, Values]]:
    """Yield the inputs of each run that a person may start: one for each choice, so that they stay together."""
    values = {name: _values(one, facts) for name, one in trigger.inputs.items()}
    if prod(map(len, values.values())) > MOST_CHOICES:
        yield values
        return
    for chosen in product(*values.values()):
        yield {name: (value,) for name, value in zip(values, chosen, strict=True)}


def _values(given: WorkflowInput, facts: Facts) -> Values:
    match given.type:
        case InputType.CHOICE if given.options:
            return tuple(map(Pattern.literal, given.options))
        case InputType.BOOLEAN:
            return (True, False)
        case InputType.ENVIRONMENT if facts.environments:
            return tuple(map(Pattern.literal, facts.environments))
        case _:
            return UNKNOWN


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
    default_decides: bool = False
    """No caller says what may be requested."""
    gates: tuple[str, ...] = ()

    def runs(self) -> Iterator[Run]:
        outer = self.contexts.with_env(self.workflow.env)
        for job in self.workflow.jobs.values():
            for combination in combinations(job):
                contexts = replace(outer, matrix=combination)
                own = () if job.condition is None else (RunCondition(job.condition.text, contexts),)
                before = (RunCondition(one.text, outer) for one in self._before(job))
                conditions = (*self.conditions, *before, *own)
                if all(condition.may_hold() for condition in conditions):
                    yield from self._of_job(job, contexts, conditions, self._gates(job, outer))

    def _gates(self, job: Job, outer: Contexts) -> tuple[str, ...]:
        before = (one for needed in self.workflow.needed(job) for one in _environment(needed, outer))
        return tuple(dict.fromkeys((*self.gates, *before)))

    def _before(self, job: Job) -> Iterator[Node]:
        """Yield the conditions of the jobs that it needs, as it is skipped with them."""
        for needed in self.workflow.needed(job):
            if needed.condition is not None:
                yield needed.condition

    def _of_job(
        self, job: Job, contexts: Contexts, conditions: tuple[RunCondition, ...], gates: tuple[str, ...]
    ) -> Iterator[Run]:
        permissions = self.workflow.permissions_of(job)
        wanted = permissions.id_token if permissions else self.bound or TokenAccess.NONE
        is_bound = self.bound is TokenAccess.NONE and wanted is TokenAccess.WRITE
        too_much = is_bound and not self.default_decides
        access = TokenAccess.NONE if too_much else wanted
        called = called_here(job, self.by_name, contexts.facts)
        if called is None:
            for environments in _environments(job, contexts):
                yield Run(
                    self.workflow,
                    job,
                    contexts.source,
                    _in_environment(environments, contexts).with_env(job.env),
                    access,
                    permissions,
                    self.callers,
                    conditions,
                    too_much,
                    is_bound and self.default_decides,
                    tuple(dict.fromkeys((*gates, *_environment(job, contexts)))),
                    environments,
                )
            return
        callers = (*self.callers, f"{self.workflow.name}:{job.id}")
        if job.calls is not None and len(callers) > DEEPEST:
            raise job.calls.error(f"workflows call one another more than {DEEPEST} levels deep, or in a circle")
        inputs = _inputs(job, called, contexts)
        source_alone = Contexts(contexts.facts, contexts.source, inputs, secrets=_secrets(job, contexts))
        default_decides = permissions is None and (self.bound is None or self.default_decides)
        yield from _Call(self.by_name, called, source_alone, access, callers, conditions, default_decides, gates).runs()


def uncalled(workflows: Iterable[Workflow], facts: Facts) -> tuple[Run, ...]:
    """Return what would run of workflows that only others call, if none given does; the ref is the caller's."""
    by_name = {workflow.name: workflow for workflow in workflows}
    jobs = (job for workflow in by_name.values() for job in workflow.jobs.values())
    called = {one.name for job in jobs if (one := called_here(job, by_name, facts)) is not None}
    return tuple(
        run
        for workflow in by_name.values()
        if workflow.name not in called and {trigger.event for trigger in workflow.triggers} == {"workflow_call"}
        for trigger in workflow.triggers
        for run in _Call(
            by_name,
            workflow,
            Contexts(facts, RunSource(trigger, ANY, is_known=False), dict.fromkeys(trigger.inputs, UNKNOWN)),
            TokenAccess.WRITE,
        ).runs()
    )


def called_here(job: Job, by_name: Mapping[str, Workflow], facts: Facts) -> Workflow | None:
    """Return the workflow of this repository that a job calls, if it is one that was given.

    One that it calls by the repository's full name is taken as it is here, whatever the version.
    """
    if job.calls is None:
        return None
    path, _, version = job.calls.text.partition("@")
    is_here = path.startswith("./") if not version else path.lower().startswith(f"{facts.name}/".lower())
    directory = PurePosixPath(path if not version else path[len(facts.name) + 1 :])
    return by_name.get(directory.name) if is_here and directory.parent == _DIRECTORY else None


def _environment(job: Job, contexts: Contexts) -> tuple[str, ...]:
    """Return the environment that a job has in any case, if it is known."""
    names = () if job.environment is None else texts(job.environment.text, contexts)
    return (str(names[0]),) if len(names) == 1 and names[0].is_literal and str(names[0]) else ()


def _environments(job: Job, contexts: Contexts) -> Iterator[tuple[Pattern, ...]]:
    """Yield what the environment of each run may be: each that is known stands for itself, as settings go with it."""
    names = () if job.environment is None else texts(job.environment.text, contexts)
    if not all(name.is_literal for name in names) or len(names) > MOST_CHOICES:
        yield names
        return
    yield from ((name,) for name in names) if names else ((),)


def _in_environment(names: tuple[Pattern, ...], contexts: Contexts) -> Contexts:
    return replace(contexts, environment=tuple(name for name in names if name != Pattern.literal("")))


def _secrets(job: Job, contexts: Contexts) -> Mapping[str, Values] | None:
    if job.secrets is None:
        return contexts.secrets
    return {name: texts(node.text, contexts) for name, node in job.secrets.items()}


def _inputs(job: Job, called: Workflow, contexts: Contexts) -> Mapping[str, Values]:
    """Return what the caller gives, in the type that the called workflow says, or else the default."""
    declared = {
        name: one
        for trigger in called.triggers
        if trigger.event == "workflow_call"
        for name, one in trigger.inputs.items()
    }
    return {name: _handed(one, job.inputs.get(name, one.default), contexts) for name, one in declared.items()}


def _handed(declared: WorkflowInput, node: Node | None, contexts: Contexts) -> Values:
    if node is None:
        return (_EMPTY[declared.type],)
    values: Values = texts(node.text, contexts)
    return tuple(dict.fromkeys(map(_as_boolean, values))) if declared.type is InputType.BOOLEAN else values


def _as_boolean(value: Atom) -> Atom:
    return str(value).lower() == "true" if isinstance(value, Pattern) and value.is_literal else value
