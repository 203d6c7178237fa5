"""A change set that a person is asked about: executed once the person types a name, and else deleted again."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from msgspec import Struct

from ops.aws.waiting import attempts
from ops.change_set.calls import await_change_set, delete_change_set, describe_change_set
from ops.change_set.change_set import ExecutionStatus
from ops.change_set.review import Review, ReviewDocument
from ops.change_set.verdict import ReviewVerdict
from ops.errors import OpsError
from ops.stack.state import existing_stack
from ops.terminal.interruption import interruptible
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet

_QUARTER_OF_AN_HOUR: Final = 900.0
_GOES_ON: Final = frozenset({ExecutionStatus.AVAILABLE, ExecutionStatus.EXECUTE_IN_PROGRESS})


@dataclass(frozen=True)
class AskedUpdate:
    """What became of the change set."""

    review: Review
    end: str
    status: ExitStatus

    def text(self) -> str:
        """Say how it ended; the review was shown before the question."""
        return f"{self.end}\n"

    def document(self) -> AskedUpdateDocument:
        """Return the review, and how it ended."""
        return AskedUpdateDocument(self.review.document(), self.end)


class AskedUpdateDocument(Struct, frozen=True):
    """An update that a person was asked about, as JSON."""

    review: ReviewDocument
    end: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the person is asked."""

    name: str
    """To be typed."""
    whose: str
    """What the name is of, such as "the role's name"."""
    following: str
    """The command that comes after a good end."""


def check_terminal(command: str) -> None:
    """Refuse to go on without a person.

    Raises:
        OpsError: there is no terminal to ask at.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OpsError(f"{command} asks a person, and there is no terminal to ask at; no workflow runs it")


def ask_and_execute(
    account: Account,
    stack: str,
    name: str,
    question: Question,
    *,
    make: Callable[[], None],
    reviewed: Callable[[ChangeSet], Review],
) -> AskedUpdate:
    """Make a change set, show its review, ask, and execute it; or delete it again.

    Args:
        account: The account.
        stack: The stack's name.
        name: The change set's.
        question: What the person is asked.
        make: Asks CloudFormation for the change set.
        reviewed: Judges it.

    Raises:
        OpsError: the change set cannot be made, executed or followed.
        InputError: the change set's template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    executed = False
    try:
        with interruptible(lambda: f"the change set {name} is deleted again, and {stack} stays as it is"):
            make()
            change_set = await_change_set(account, stack, name)
            found = reviewed(change_set)
            print(found.text(), file=sys.stderr, flush=True)
            if change_set.empty:
                return AskedUpdate(found, f"{stack} has nothing to update", found.status)
            if found.verdict is ReviewVerdict.REFUSED:
                return AskedUpdate(found, f"The change set is refused: {stack} stays as it is", ExitStatus.FOUND)
            if not _is_typed(question):
                return AskedUpdate(found, f"That is not {question.whose}: {stack} stays as it is", ExitStatus.FOUND)
        with interruptible(lambda: f"{stack} may be updated by now: python -m ops watch {stack}"):
            executed = True  # or may be: a call that is interrupted may have been made
            _execute(account, change_set)
            return _followed(account, found, change_set, question.following)
    finally:
        if not executed:
            account.cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)


def _execute(account: Account, change_set: ChangeSet) -> None:
    """Execute it; if it can no longer be executed, delete it."""
    try:
        account.cloudformation.execute_change_set(ChangeSetName=change_set.id)
    except ClientError:
        delete_change_set(account, change_set)
        raise


def _is_typed(question: Question) -> bool:
    """Tell whether the person at the terminal types the name."""
    print(f"To execute it, type {question.whose}, {question.name}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == question.name


def _followed(account: Account, found: Review, change_set: ChangeSet, following: str) -> AskedUpdate:
    stack = change_set.stack
    for _ in attempts(_QUARTER_OF_AN_HOUR):
        execution = describe_change_set(account, stack, change_set.id).execution
        state = existing_stack(account.cloudformation, stack)
        if execution not in _GOES_ON and not state.is_changing:
            done = execution is ExecutionStatus.EXECUTE_COMPLETE
            command = following if done else f"python -m ops watch {stack}"
            return AskedUpdate(
                found, f"{stack}: {state.status}\nNext: {command}", ExitStatus.GOOD if done else ExitStatus.FOUND
            )
    raise OpsError(
        f"{stack}: not over after {_QUARTER_OF_AN_HOUR:.0f} s; 'python -m ops watch {stack}' goes on watching"
    )
