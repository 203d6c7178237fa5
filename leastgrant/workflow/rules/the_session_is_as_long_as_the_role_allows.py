"""A session lasts no longer than the role allows, and as long as there is at all.

Sources: AWS STS API Reference, "AssumeRoleWithWebIdentity", DurationSeconds: 900 seconds at least, at most the role's
MaxSessionDuration; the action's README: an hour, if nothing is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST = 900
_NUMBER = re.compile(r"[0-9]{1,9}")


def the_session_is_as_long_as_the_role_allows(contract: Contract) -> Iterator[WorkflowFinding]:
    """Durations that STS refuses, and those that cannot be told."""
    longest = contract.facts.max_session_seconds
    mend = f"ask for {_SHORTEST} to {longest} seconds, or set the role's MaxSessionDuration"
    for run, assumption in contract.ours:
        for duration in map(str, assumption.duration):
            if "*" in duration:
                kind, wrong = WorkflowKind.UNKNOWN, "which cannot be told before the run"
            elif not _NUMBER.fullmatch(duration):
                kind, wrong = WorkflowKind.DURATION, "which is no number of seconds"
            elif not _SHORTEST <= int(duration) <= longest:
                kind, wrong = WorkflowKind.DURATION, f"and the role allows {_SHORTEST} to {longest}"
            else:
                continue
            message = f"{run.called} asks for a session of `{duration}` seconds, {wrong}"
            yield finding(kind, run, message, mend, line=assumption.line("role-duration-seconds"))
