"""A pipeline, as far as it says which jobs have which tokens, where they run, and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.workflow.tree import Node


@dataclass(frozen=True, slots=True)
class Rule:
    """One of `rules`: the first that holds decides."""

    line: int
    condition: str | None
    """Its `if`; None: it has none."""
    when: str
    """Empty: as the job says."""
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])


@dataclass(frozen=True, slots=True)
class Refs:
    """An `only` or an `except`: what it names, and its `variables`; `changes` may hold of any branch."""

    names: tuple[str, ...] | None
    """None: it asks for none."""
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A line, or a block, of what a job runs."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs."""

    id: str
    file: str
    line: int
    rules: tuple[Rule, ...] | None
    only: Refs | None
    excepted: Refs | None
    when: str
    environment: str | None
    tokens: Mapping[str, tuple[str, ...]]
    """Its ID tokens, by variable, each with its audiences."""
    variables: Mapping[str, tuple[str, ...]]
    """Its own and the pipeline's, each with what it may be."""
    scripts: tuple[Script, ...]
    needs: tuple[str, ...]
    triggers: bool
    """It starts another pipeline, and runs nothing itself."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline's file, with the files that it includes of the same project."""

    file: str
    jobs: Mapping[str, Job]
    rules: tuple[Rule, ...] | None
    """Those of `workflow`; None: it has none."""
    unread: tuple[Node, ...] = ()
    """What it includes, extends or refers to, and was not read."""
