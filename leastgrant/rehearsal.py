"""What `leastgrant rehearse` is given, for whoever plays the deployment: it is found by its entry point.

`leastgrant` itself plays nothing. A distribution that does names a function under the group `leastgrant.commands`, as
`rehearse`; it takes a `Rehearsal` and returns the exit status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leastgrant.assembly import Assembly, Place
    from leastgrant.role import Role

ENTRY_POINTS = "leastgrant.commands"
"""The group of the entry points."""


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy, as it is written."""

    name: str
    document: object


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A CDK app, and the roles that it is deployed through."""

    assembly: Assembly
    place: Place
    """Where all of it is deployed."""
    execution_policies: Mapping[str, tuple[NamedPolicy, ...]]
    """Those of the execution roles, by the qualifier of the bootstrap stack; without them, what the template says."""
    bootstrap: Path | None
    """The bootstrap template; None: that of the CDK CLI."""
    parameters: Mapping[str, str]
    """Parameters of the bootstrap template that are not what `cdk bootstrap` gives."""
    boundary: NamedPolicy | None
    """The permissions boundary that `cdk bootstrap` is told to set."""
    ci: Role | None
    """The role that runs the CLI; None: one that may assume the roles which the app names, and nothing else."""
    cdk: Path | None
    """The CDK CLI; None: the one in `node_modules`, or on the path."""
    port: int
    transcript: Path | None
    """A file for what every command printed."""
