"""What a check comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from leastgrant import InputError
from ops.aws.errors import CALL_ERRORS, explained


class CheckVerdict(Enum):
    """Whether what a check asserts holds."""

    GOOD = "good"
    FOUND = "found"
    """It does not."""
    NOT_ASKED = "could not be asked"
    """It is not known: a call was denied or failed, or there is no way to ask."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """A verdict, in one sentence, with what there is to know besides, one line each."""

    verdict: CheckVerdict
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check's finding, under its name."""

    name: str
    finding: CheckFinding


Check: TypeAlias = Callable[[], CheckFinding]


def good(sentence: str, *details: str) -> CheckFinding:
    """Return that what the check asserts holds."""
    return CheckFinding(CheckVerdict.GOOD, sentence, details)


def found(sentence: str, *details: str) -> CheckFinding:
    """Return that what the check asserts does not hold."""
    return CheckFinding(CheckVerdict.FOUND, sentence, details)


def not_asked(sentence: str, *details: str) -> CheckFinding:
    """Return that it is not known whether it holds."""
    return CheckFinding(CheckVerdict.NOT_ASKED, sentence, details)


def result_of(name: str, check: Check) -> CheckResult:
    """Run a check. What keeps it from its answer is its result, so that the other checks still have theirs."""
    try:
        return CheckResult(name, check())
    except CALL_ERRORS as error:
        return CheckResult(name, not_asked(explained(error)))
    except InputError as error:
        return CheckResult(name, not_asked(str(error)))
