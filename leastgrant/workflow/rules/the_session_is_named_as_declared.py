"""A session has a name that STS takes, and the declared one if one is: the account's trail shows it.

Source: AWS STS API Reference, "AssumeRoleWithWebIdentity", RoleSessionName.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam.pattern import Pattern

_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_PART = re.compile(r"[\w+=,.@-]{0,64}", re.ASCII)


def the_session_is_named_as_declared(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find names that STS refuses, other names than the declared one, and those that cannot be told."""
    declared = contract.facts.session_name
    fix = f"set `role-session-name: {declared}`" if declared else "write 2 to 64 of A-Z a-z 0-9 _ + = , . @ -"
    for run, assumption in contract.logins:
        line = assumption.line("role-session-name")
        for name in assumption.session_name:
            if not _is_taken(name):
                message = f"calls its session `{name}`, which STS does not take"
                yield finding(WorkflowKind.SESSION_NAME, run, message, fix, line=line)
            elif declared and not name.matches(declared):
                message = f"calls its session `{name}`, and `{declared}` is declared"
                yield finding(WorkflowKind.SESSION_NAME, run, message, fix, line=line)
            elif declared and not name.is_literal:
                message = f"calls its session `{name}`, which cannot be told before the run"
                yield finding(WorkflowKind.UNKNOWN, run, message, fix, line=line)


def _is_taken(name: Pattern) -> bool:
    """Tell whether STS takes the name or, of one that is not known in full, what is known of it."""
    if name.is_literal:
        return _NAME.fullmatch("".join(map(str, name.tokens))) is not None
    return all(_PART.fullmatch(token) for token in name.tokens if isinstance(token, str))
