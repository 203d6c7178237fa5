"""What a check comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from leastgrant import InputError
from ops.aws.errors import CALL_ERRORS, explained


class Verdict(Enum):
    """Whether what a check asserts holds."""

    GOOD = "good"
    FOUND = "found"
    """It does not."""
    NOT_ASKED = "could not be asked"
    """It is not known: a call was denied or failed, or there is no way to ask."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, in one sentence, with what there is to know besides, one line each."""

    verdict: Verdict
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A check's finding, under its name."""

    name: str
    finding: Finding


Check: TypeAlias = Callable[[], Finding]


def good(sentence: str, *details: str) -> Finding:
    """What the check asserts holds."""
    return Finding(Verdict.GOOD, sentence, details)


def found(sentence: str, *details: str) -> Finding:
    """What the check asserts does not hold."""
    return Finding(Verdict.FOUND, sentence, details)


def not_asked(sentence: str, *details: str) -> Finding:
    """Whether it holds is not known."""
    return Finding(Verdict.NOT_ASKED, sentence, details)


def result_of(name: str, check: Check) -> Result:
    """Run a check. What keeps it from its answer is its result, so that the other checks still have theirs."""
    try:
        return Result(name, check())
    except CALL_ERRORS as error:
        return Result(name, not_asked(explained(error)))
    except InputError as error:
        return Result(name, not_asked(str(error)))
