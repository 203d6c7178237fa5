"""One property of a live resource beside that of its declaration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ImportEffect(Enum):
    """What a difference means for an import."""

    SAME = "same"
    IN_PLACE = "changes in place"
    """It is imported as it is live; the next deployment changes it, and what the resource holds stays as it is."""
    STOPS = "differs"
    """What the resource holds could be lost, or it is not known: a human must act first."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A property, or another thing that an import depends on."""

    property: str
    outcome: ImportEffect
    live: str
    """In words, as `template`; of what has parts, only those that differ."""
    template: str
    consequence: str = ""
    """What the next deployment does, or what is to be done by hand, and why; empty if it is the same."""
    covers: tuple[str, ...] = ()
    """The properties of the declaration that are as this one is, and are imported as they are live."""
