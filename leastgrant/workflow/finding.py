"""What does not fit between workflows, trust and role, one sentence a fault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class WorkflowKind(Enum):
    """What a finding says; the value is its key in the JSON output."""

    SUBJECT = "subject"
    """A job cannot assume the role: its token's subject is not trusted."""
    TOKEN = "token"  # noqa: S105  (a word, and no secret)
    """A job cannot assume the role: it may not request a token."""
    AUDIENCE = "audience"
    """A job cannot assume the role: its token is for another audience."""
    ROLE = "role"
    """A job assumes another role than this one."""
    REGION = "region"
    """A job works in another region."""
    DURATION = "duration"
    """A job asks for a longer session than the role allows, or a shorter one than there is."""
    SESSION_NAME = "session-name"
    """A session is not called as it must be."""
    KEYS = "keys"
    """A job assumes the role with other credentials than its token."""
    GRANTED = "granted"
    """A job may request a token, and does not need one."""
    OUTSIDER = "outsider"
    """People who may not write to the repository can start a job that can assume the role."""
    WIDE = "wide"
    """The role trusts more than the tokens of the jobs that assume it."""
    DECLARED = "declared"
    """Those that assume the role are not those that are declared to."""
    APPROVAL = "approval"
    """A job that assumes the role waits for no approval."""
    RUNNER = "runner"
    """A job that assumes the role runs on a machine that is not GitHub's."""
    INSTALL = "install"
    """A job that assumes the role runs what no lock file or hash names."""
    STEP = "step"
    """A job that assumes the role has other steps than declared."""
    UNKNOWN = "unknown"
    """It cannot be told before the run, so nothing is proved of it."""


@dataclass(frozen=True, slots=True)
class WorkflowFinding:
    """One fault, and how to fix it."""

    kind: WorkflowKind
    message: str
    """What is wrong, in one sentence."""
    fix: str
    """What to do, in one sentence."""
    file: str
    line: int | None
    job: str | None = None
    is_note: bool = False
    """It is as it may be, and good to know; it fails nothing."""

    @property
    def where(self) -> str:
        """`FILE:LINE`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def is_proved(findings: Sequence[WorkflowFinding]) -> bool:
    """Tell whether there are notes at most."""
    return all(finding.is_note for finding in findings)
