"""What a rehearsal finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How something that had to happen went."""

    GOOD = "ok"
    WRONG = "WRONG"
    NOT_PLAYED = "-"
    """What it needs had gone wrong before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that had to happen, and what did."""

    act: str
    what: str
    seen: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, in the words of whoever said it."""

    act: str
    where: str
    """A stack and its resource, or the call that was refused."""
    said: str


@dataclass(frozen=True, slots=True)
class RehearsedResource:
    """A resource of a stack."""

    stack: str
    logical_id: str
    type: str
    fidelity: str
    """How far it was there: `real`, `stood in`, or what the emulator says of it."""
