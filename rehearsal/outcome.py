"""What the rehearsal found: one line for each thing that had to happen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Basis(Enum):
    """What an outcome rests on."""

    EVIDENCE = "evidence"
    """Calls that the CDK CLI, `ops` or a function made, decided as they were made."""
    CONSEQUENCE = "consequence"
    """What follows from leastgrant's model of the calls that CloudFormation's handlers make."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that had to happen, and what did."""

    act: str
    what: str
    seen: str
    good: bool
    basis: Basis


class RehearsalFailed(Exception):  # noqa: N818  (what failed is the deployment that was played)
    """The rehearsal cannot go on; the message is one line."""
