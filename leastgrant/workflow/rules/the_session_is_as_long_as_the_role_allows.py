"""A session lasts no longer than the role allows, and as long as there is at all.

Sources: AWS STS API Reference, "AssumeRoleWithWebIdentity", DurationSeconds: 900 seconds at least, at most the role's
MaxSessionDuration; the action's README: an hour, if nothing is said; its source: `Number.parseInt`, so `3600s` is 3600.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST = 900
_DEFAULT = 3600
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,15}")


def the_session_is_as_long_as_the_role_allows(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find durations that STS refuses, and those that cannot be told."""
    longest = contract.facts.max_session_seconds
    fix = f"ask for {_SHORTEST} to {longest} seconds, or set the role's MaxSessionDuration"
    for run, assumption in contract.logins:
        for duration in map(str, assumption.duration):
            if "*" in duration:
                kind, wrong = WorkflowKind.UNKNOWN, "which cannot be told before the run"
            elif not _SHORTEST <= (seconds := _read(duration)) <= longest:
                read = "" if duration == str(seconds) else f"which is read as {seconds}, "
                kind, wrong = WorkflowKind.DURATION, f"{read}and the role allows {_SHORTEST} to {longest}"
            else:
                continue
            message = f"asks for a session of `{duration}` seconds, {wrong}"
            yield finding(kind, run, message, fix, line=assumption.line("role-duration-seconds"))


def _read(duration: str) -> int:
    """Parse the seconds as the action does: the number that the text begins with, or else the default."""
    number = _NUMBER.match(duration)
    return (int(number[0]) if number else 0) or _DEFAULT
