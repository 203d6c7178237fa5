"""`python -m ops deploy-role`: update the deploy role's stack, once a person has seen the review and typed its name."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from msgspec import Struct

from ops.aws.waiting import attempts
from ops.change_set.calls import (
    await_change_set,
    create_change_set,
    delete_change_set,
    describe_change_set,
    new_name,
)
from ops.change_set.change_set import ExecutionStatus
from ops.change_set.review import Review, ReviewDocument, review
from ops.change_set.verdict import ReviewVerdict
from ops.errors import OpsError
from ops.stack.state import existing_stack
from ops.terminal.interruption import interruptible
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    import argparse

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult

_QUARTER_OF_AN_HOUR: Final = 900.0
_GOES_ON: Final = frozenset({ExecutionStatus.AVAILABLE, ExecutionStatus.EXECUTE_IN_PROGRESS})


@dataclass(frozen=True)
class RoleUpdate:
    """What became of the change set."""

    review: Review
    end: str
    status: ExitStatus

    def text(self) -> str:
        """Say how it ended; the review was shown before the question."""
        return f"{self.end}\n"

    def document(self) -> RoleUpdateDocument:
        """Return the review, and how it ended."""
        return RoleUpdateDocument(self.review.document(), self.end)


class RoleUpdateDocument(Struct, frozen=True):
    """An update of the deploy role, as JSON."""

    review: ReviewDocument
    end: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments of its own."""
    del parser


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Make a change set, show its review, ask, and execute it; what is not executed is deleted again.

    Raises:
        OpsError: there is no terminal to ask at, or the change set cannot be made, executed or followed.
        InputError: the assembly or the change set's template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    del options
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OpsError("deploy-role asks a person, and there is no terminal to ask at; no workflow deploys the role")
    stack, name = deployment.role_stack, new_name()
    executed = False
    try:
        with interruptible(lambda: f"the change set {name} is deleted again, and {stack.name} stays as it is"):
            create_change_set(account, stack, name)
            change_set = await_change_set(account, stack.name, name)
            found = review(deployment, account, change_set)
            print(found.text(), file=sys.stderr, flush=True)
            if change_set.empty:
                return RoleUpdate(found, f"{stack.name} has nothing to update", found.status)
            if found.verdict is ReviewVerdict.REFUSED:
                return RoleUpdate(found, f"The change set is refused: {stack.name} stays as it is", ExitStatus.FOUND)
            if not _is_typed(deployment.settings.deploy_role_name):
                return RoleUpdate(found, f"That is not the role's name: {stack.name} stays as it is", ExitStatus.FOUND)
        with interruptible(lambda: f"{stack.name} may be updated by now: python -m ops watch {stack.name}"):
            executed = True  # or may be: a call that is interrupted may have been made
            _execute(account, change_set)
            return _followed(account, found, change_set)
    finally:
        if not executed:
            account.cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)


def _execute(account: Account, change_set: ChangeSet) -> None:
    """Execute it; if it can no longer be executed, delete it."""
    try:
        account.cloudformation.execute_change_set(ChangeSetName=change_set.id)
    except ClientError:
        delete_change_set(account, change_set)
        raise


def _is_typed(name: str) -> bool:
    """Tell whether the person at the terminal types the role's name."""
    print(f"To execute it, type the role's name, {name}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == name


def _followed(account: Account, found: Review, change_set: ChangeSet) -> RoleUpdate:
    stack = change_set.stack
    for _ in attempts(_QUARTER_OF_AN_HOUR):
        execution = describe_change_set(account, stack, change_set.id).execution
        state = existing_stack(account.cloudformation, stack)
        if execution not in _GOES_ON and not state.is_changing:
            done = execution is ExecutionStatus.EXECUTE_COMPLETE
            following = "python -m ops simulate" if done else f"python -m ops watch {stack}"
            return RoleUpdate(
                found, f"{stack}: {state.status}\nNext: {following}", ExitStatus.GOOD if done else ExitStatus.FOUND
            )
    raise OpsError(
        f"{stack}: not over after {_QUARTER_OF_AN_HOUR:.0f} s; 'python -m ops watch {stack}' goes on watching"
    )
