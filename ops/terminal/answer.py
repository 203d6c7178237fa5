"""What a command answers: for a person, for a machine, and as an exit status."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from msgspec import Struct


class Status(IntEnum):
    """The exit status of a command."""

    GOOD = 0
    """All is as it should be: go on."""
    FOUND = 1
    """Something was found: do not go on before it is understood."""
    PROBLEM = 2
    """The command could not give its answer."""


class Answer(Protocol):
    """The answer of one command."""

    @property
    def status(self) -> Status:
        """Whether to go on."""
        ...

    def text(self) -> str:
        """For a terminal, a job summary or a pull request: without control sequences, ending in a line feed."""
        ...

    def document(self) -> Struct:
        """The same for a machine, which is printed as JSON."""
        ...


def json_of(answer: Answer) -> str:
    """The JSON of an answer, in ASCII, ending in a line feed."""
    return json.dumps(msgspec.to_builtins(answer.document()), indent=2) + "\n"
