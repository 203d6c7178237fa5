"""`python -m ops execute STACK --change-set ID`: execute the change set that was reviewed, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ops.aws.waiting import attempts
from ops.change_set.calls import describe_change_set
from ops.change_set.change_set import ExecutionStatus
from ops.change_set.review import Review, ReviewDocument, review, stack_names
from ops.change_set.verdict import ReviewVerdict
from ops.errors import OpsError
from ops.terminal.interruption import interruptible
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    import argparse

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult

_ID: Final = re.compile(r"arn:[a-z0-9-]+:cloudformation:[a-z0-9-]+:\d{12}:changeSet/[A-Za-z0-9-]+/[A-Za-z0-9-]+")
_TO_BEGIN: Final = 120.0  # seconds


@dataclass(frozen=True)
class Execution:
    """What became of the change set."""

    review: Review
    end: str
    executed: bool = False

    @property
    def status(self) -> ExitStatus:
        """Good if it is executed, or there is nothing to execute."""
        good = self.executed or (self.review.change_set.empty and self.review.status is ExitStatus.GOOD)
        return ExitStatus.GOOD if good else ExitStatus.FOUND

    def text(self) -> str:
        """Return the review, and what was done."""
        return f"{self.review.text()}\n{self.end}\n"

    def document(self) -> ExecutionDocument:
        """Return the same as typed values, for JSON."""
        return ExecutionDocument(self.review.document(), self.end, self.executed)


class ExecutionDocument(Struct, frozen=True):
    """An execution that has begun or was refused, as JSON."""

    review: ReviewDocument
    end: str
    executed: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the stack and the change set."""
    parser.add_argument("stack", metavar="STACK", help="the stack's name: the app's")
    parser.add_argument("--change-set", metavar="ID", required=True, help="the id (ARN) that the review tells")


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Review the change set once more, with its code, and execute it if it is safe.

    Raises:
        OpsError: the stack is not the app's, the change set is not named by its id or not there, or does not begin.
        InputError: as `review`.
        BotoCoreError, ClientError: as any call.
    """
    stack, change_set_id = options.stack, options.change_set
    app, role_stack = stack_names(deployment)
    if stack == role_stack:
        raise OpsError(f"{stack} has the deploy role: python -m ops deploy-role updates it, and asks a person")
    if stack != app:
        raise OpsError(f"{stack!r} is no stack of the settings: name {app}")
    if not _ID.fullmatch(change_set_id):
        raise OpsError(
            f"--change-set: {change_set_id!r} is no change set's id: a name may be another's by now; 'ops review' tells"
            " the id"
        )
    change_set = describe_change_set(account, stack, change_set_id)
    found = review(deployment, account, change_set, uploaded=True)
    if change_set.execution is ExecutionStatus.EXECUTE_COMPLETE:  # such as when a job is run again
        return Execution(found, "It was executed already, and nothing is done.", executed=True)
    if change_set.empty:
        return Execution(found, "Nothing is executed: there is nothing to do.")
    if found.verdict is not ReviewVerdict.SAFE:
        return Execution(found, f"It is not executed: {stack} stays as it is.")
    began = f"{change_set.id} is being executed, and goes on by itself: python -m ops watch {stack}"
    with interruptible(lambda: f"{change_set.id} may be executed by now: python -m ops watch {stack}"):
        # the token is the same for a call that the SDK repeats
        token = f"execute-{change_set.id.rpartition('/')[2]}"
        account.cloudformation.execute_change_set(ChangeSetName=change_set.id, ClientRequestToken=token)
        _await_begin(account, change_set)
    return Execution(found, began, executed=True)


def _await_begin(account: Account, change_set: ChangeSet) -> None:
    """Wait until its execution shows, so that who watches the stack sees this operation and none before it."""
    for _ in attempts(_TO_BEGIN):
        if describe_change_set(account, change_set.stack, change_set.id).execution is not ExecutionStatus.AVAILABLE:
            return
    raise OpsError(
        f"{change_set.id}: its execution was asked for and does not show: python -m ops watch {change_set.stack}"
    )
