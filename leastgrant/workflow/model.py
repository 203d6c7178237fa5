"""A workflow, as far as it says who can request a token, and what is done with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastgrant.workflow.filters import EVERY, NameFilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.workflow.tree import Node


_GOES_ON = re.compile(r"\b(always|failure|cancelled)\s*\(", re.IGNORECASE)


class TokenAccess(Enum):
    """Whether a job can request an OIDC token: its permission `id-token`."""

    WRITE = "write"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TokenPermissions:
    """A `permissions`, as far as it is about tokens. What it does not name is none; without it all, so is `id-token`.

    Source: GitHub Docs, "Workflow syntax for GitHub Actions", `permissions`.
    """

    id_token: TokenAccess
    line: int
    """Where the access is given."""
    everything: bool = False
    """Whether it is `write-all`."""


class InputType(Enum):
    """The `type` of an input. Source: GitHub Docs, "Workflow syntax for GitHub Actions", `inputs.<input_id>.type`."""

    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    CHOICE = "choice"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """An input of `workflow_dispatch` or `workflow_call`."""

    type: InputType
    default: Node | None
    options: tuple[str, ...] = ()
    """What a choice is one of."""


@dataclass(frozen=True, slots=True)
class WorkflowTrigger:
    """An event that starts the workflow."""

    event: str
    line: int
    branches: NameFilter | None = EVERY
    """None: no branch starts it."""
    tags: NameFilter | None = EVERY
    inputs: Mapping[str, WorkflowInput] = field(default_factory=dict[str, "WorkflowInput"])
    """By their names, in lower case."""
    after: tuple[str, ...] = ()
    """The workflows after which `workflow_run` starts, by name."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A `strategy.matrix`: the values that a job's runs have, in each combination. What is None is an expression."""

    axes: Mapping[str, tuple[Node, ...] | None]
    include: tuple[Mapping[str, Node], ...] | None
    exclude: tuple[Mapping[str, Node], ...] | None


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """A step that uses an action, or runs a script."""

    line: int
    name: str | None
    uses: str | None
    run: str | None
    condition: Node | None
    env: Mapping[str, Node]
    inputs: Mapping[str, Node]
    """Its `with`."""
    continues_on_error: Node | None = None
    shell: Node | None = None

    @property
    def called(self) -> str:
        """Its name, or the action that it uses, without the version."""
        return self.name or (self.uses or "").partition("@")[0].strip()


@dataclass(frozen=True, slots=True)
class Job:
    """A job: steps, or the call of a reusable workflow."""

    id: str
    line: int
    permissions: TokenPermissions | None
    environment: Node | None
    condition: Node | None
    needs: tuple[str, ...]
    env: Mapping[str, Node]
    matrix: Matrix | None
    """None: it has none."""
    matrix_is_unknown: bool
    """The whole matrix is an expression."""
    steps: tuple[WorkflowStep, ...]
    calls: Node | None
    """The reusable workflow that it calls."""
    inputs: Mapping[str, Node]
    """What it gives the called workflow."""
    secrets: Mapping[str, Node] | None = field(default_factory=dict[str, "Node"])
    """The secrets that it gives the called workflow; None: all that it has (`inherit`)."""
    runner: tuple[Node, ...] = ()
    """The labels of its `runs-on`, or the runner group."""
    continues_on_error: Node | None = None
    container: Node | None = None
    shell: Node | None = None
    """The `shell` of its `defaults`."""


@dataclass(frozen=True, slots=True)
class LocalAction:
    """An action that is kept in the repository."""

    file: str
    inputs: Mapping[str, Node | None]
    """The default of each input, by its name in lower case."""
    steps: tuple[WorkflowStep, ...] | None
    """None: it is a program or a container, and what it does is not read."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file."""

    file: str
    """Its path, as errors and findings show it."""
    title: str
    """Its `name`, or else the file's."""
    triggers: tuple[WorkflowTrigger, ...]
    permissions: TokenPermissions | None
    env: Mapping[str, Node]
    jobs: Mapping[str, Job]
    actions: Mapping[str, LocalAction] = field(default_factory=dict[str, "LocalAction"])
    """The repository's actions that its steps use, by their folder, as far as they were there to be read."""

    @property
    def name(self) -> str:
        """The file's name, which is its name in `.github/workflows`."""
        return PurePath(self.file).name

    def needed(self, job: Job) -> Iterator[Job]:
        """Yield the jobs that must have ended well before one begins, so that it is skipped if they are.

        Source: GitHub Docs, "Workflow syntax for GitHub Actions", `jobs.<job_id>.needs`: a condition with a status
        function such as `always()` lets a job begin nevertheless.
        """
        waiting, seen = [job], {job.id}
        while waiting:
            one = waiting.pop()
            if one.condition is not None and _GOES_ON.search(one.condition.text):
                continue
            for name in one.needs:
                if name not in seen:
                    seen.add(name)
                    waiting.append(self.jobs[name])
                    yield self.jobs[name]

    def permissions_of(self, job: Job) -> TokenPermissions | None:
        """Return a job's own permissions, or those of the workflow that it inherits."""
        return job.permissions or self.permissions
