"""The result of a command: for a person, for a machine, and as an exit status."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from msgspec import Struct


class ExitStatus(IntEnum):
    """The exit status of a command."""

    GOOD = 0
    """All is as it should be: go on."""
    FOUND = 1
    """Something was found: do not go on before it is understood."""
    PROBLEM = 2
    """The command could not give a result."""


class CommandResult(Protocol):
    """The result of one command."""

    @property
    def status(self) -> ExitStatus:
        """Whether to go on."""
        ...

    def text(self) -> str:
        """Write it for a terminal, a job summary or a pull request: no control sequences, a line feed at the end."""
        ...

    def document(self) -> Struct:
        """Return the same as typed values, which are printed as JSON."""
        ...


def json_of(result: CommandResult) -> str:
    """Return the JSON of a result, in ASCII, ending in a line feed."""
    return json.dumps(msgspec.to_builtins(result.document()), indent=2) + "\n"
