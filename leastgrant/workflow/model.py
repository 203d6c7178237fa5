"""A workflow, as far as it says who can request a token, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastgrant.workflow.filters import EVERY, NameFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.workflow.node import Node


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


@dataclass(frozen=True, slots=True)
class WorkflowTrigger:
    """An event that starts the workflow."""

    event: str
    line: int
    branches: NameFilter | None = EVERY
    """None: no branch starts it."""
    tags: NameFilter | None = EVERY
    inputs: Mapping[str, Node] = field(default_factory=dict[str, "Node"])
    """The default of each input that has one, of `workflow_call`."""


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
    uses: str | None
    run: str | None
    condition: Node | None
    env: Mapping[str, Node]
    inputs: Mapping[str, Node]
    """Its `with`."""


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


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file."""

    file: str
    """Its path, as errors and findings show it."""
    triggers: tuple[WorkflowTrigger, ...]
    permissions: TokenPermissions | None
    env: Mapping[str, Node]
    jobs: Mapping[str, Job]

    @property
    def name(self) -> str:
        """The file's name, which is its name in `.github/workflows`."""
        return PurePath(self.file).name

    def permissions_of(self, job: Job) -> TokenPermissions | None:
        """A job's own permissions, or those of the workflow that it inherits."""
        return job.permissions or self.permissions
