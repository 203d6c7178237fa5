"""The stack to import into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.aws.waiting import attempts
from ops.errors import OpsError
from ops.stack.state import read_stack

if TYPE_CHECKING:
    from ops.aws.account import Account
    from ops.stack.state import StackState

_IMPORTING = frozenset({"IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS"})


def import_target(account: Account, name: str) -> StackState:
    """Read the stack to import into.

    Raises:
        OpsError: there is none.
        BotoCoreError, ClientError: as any call.
    """
    stack = read_stack(account.cloudformation, name)
    if stack is None:
        region = account.settings.region
        raise OpsError(f"there is no stack {name!r} in {region}: nothing can be imported into it")
    return stack


def await_stack(account: Account, name: str, timeout: float) -> StackState:
    """Wait until an import that goes on is over, such as that of a run that was interrupted.

    Raises:
        OpsError: there is no such stack, it cannot be updated, or the import is not over in time.
        BotoCoreError, ClientError: as any call.
    """
    for _ in attempts(timeout):
        stack = import_target(account, name)
        if stack.obstacle is None:
            return stack
        if stack.status not in _IMPORTING:
            raise OpsError(stack.obstacle)
    raise OpsError(f"{name}: an import goes on, after {timeout:.0f} s: run this again when it is over (ops watch)")
