"""`python -m ops watch [STACK]`: follow a deployment; if it fails, say how to fix it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from msgspec import Struct

from leastgrant.denial import Denial
from leastgrant.text import printable
from ops.aws.waiting import attempts
from ops.errors import OpsError
from ops.stack.diagnosis import diagnose, next_steps
from ops.stack.events import StackOperation, events_after, last_operation
from ops.stack.state import existing_stack
from ops.terminal.interruption import interruptible
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from ops.stack.diagnosis import Diagnosis, Failure
    from ops.stack.events import OperationEvent
    from ops.terminal.result import CommandResult

_HOUR = 3600.0


@dataclass(frozen=True)
class Watched:
    """How a stack's operation ended, and what follows from it."""

    stack: str
    diagnosis: Diagnosis
    next: tuple[str, ...]
    was_over: bool = False
    """It had ended before anybody watched."""

    @property
    def status(self) -> ExitStatus:
        """Good only if the operation ended as it was meant to."""
        return ExitStatus.GOOD if self.diagnosis.operation.succeeded else ExitStatus.FOUND

    def text(self) -> str:
        """Return the end, the cause, how to fix it, what was left behind and what comes next."""
        found = self.diagnosis
        lines = [
            f"{self.stack}: {found.operation.status}",
            *([_over(found.operation)] if self.was_over else []),
            *(_of_cause(found.cause) if found.cause and found.cause not in found.stuck else ()),
            *_section("Left behind, outside the stack", map(_resource, found.left_behind)),
            *_section("Could not be rolled back", (line for failure in found.stuck for line in _of_stuck(failure))),
            *_section("Next", self.next),
        ]
        return "\n".join(map(printable, lines)) + "\n"

    def document(self) -> WatchDocument:
        """Return the same as typed values, for JSON."""
        found = self.diagnosis
        return WatchDocument(
            stack=self.stack,
            status=found.operation.status,
            succeeded=found.operation.succeeded,
            was_over=self.was_over,
            cause=_failure_document(found.cause) if found.cause else None,
            left_behind=tuple(map(_event_document, found.left_behind)),
            stuck=tuple(map(_failure_document, found.stuck)),
            next=self.next,
            events=tuple(map(_event_document, found.operation.events)),
        )


class EventDocument(Struct, frozen=True):
    """An event, as JSON."""

    time: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str


class FailureDocument(EventDocument, frozen=True):
    """A failure, as JSON."""

    denial: Denial | None
    fix: tuple[str, ...]


class WatchDocument(Struct, frozen=True):
    """An operation that has ended, as JSON."""

    stack: str
    status: str
    succeeded: bool
    was_over: bool
    cause: FailureDocument | None
    left_behind: tuple[EventDocument, ...]
    stuck: tuple[FailureDocument, ...]
    next: tuple[str, ...]
    events: tuple[EventDocument, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the stack, and how long to watch it."""
    parser.add_argument("stack", metavar="STACK", nargs="?", help="the stack's name (the app's)")
    parser.add_argument("--next", action="store_true", help="if nothing goes on, wait for the next operation to begin")
    parser.add_argument("--timeout", type=_seconds, default=_HOUR, metavar="S", help="give up after S seconds (3600)")


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Follow the operation that goes on to its end, or tell of the last one.

    Raises:
        InputError: there is no such stack, or it is not done in time, or what was synthesised cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    stack = deployment.settings.app_stack_name if options.stack is None else options.stack
    identity = existing_stack(account.cloudformation, stack).id  # a stack that is deleted is known by its id alone
    wanted = _wanted(account, identity, options)
    again = " --next" if options.next else ""
    following = f"'python -m ops watch {stack}{again}'"
    try:
        with interruptible(lambda: f"what goes on in {stack} goes on by itself; {following} watches it again"):
            operation, was_over = follow(account, identity, options.timeout, wanted)
    except TimeoutError as error:
        raise OpsError(f"{stack}: {error}; to go on watching, run {following}") from None
    diagnosis = diagnose(deployment, operation)
    return Watched(stack, diagnosis, tuple(next_steps(deployment, diagnosis, stack)), was_over)


def _wanted(account: Account, identity: str, options: argparse.Namespace) -> Callable[[StackOperation], bool]:
    """Make the test whether an operation is the one to watch."""
    if options.next:
        before = last_operation(account, identity)
        return lambda operation: not before.ended or operation.events[-1] != before.events[-1]
    return lambda _: True


def follow(
    account: Account, identity: str, timeout: float, wanted: Callable[[StackOperation], bool]
) -> tuple[StackOperation, bool]:
    """Follow the last operation that is wanted, or wait for it; return it, and whether it had ended before.

    Its events go to stderr as they come.

    Raises:
        TimeoutError: it is not done in time.
        BotoCoreError, ClientError: as any call.
    """
    known: tuple[OperationEvent, ...] = ()
    for asked, _ in enumerate(attempts(timeout)):
        events = _events(account, identity, known, wanted)
        if asked == 0 and not events:
            print("waiting for an operation to begin", file=sys.stderr, flush=True)
        for event in events[len(known) :]:
            print(printable(f"{event.time:%H:%M:%S}  {event}"), file=sys.stderr, flush=True)
        known = events
        if known and known[-1].settles:
            return StackOperation(known), asked == 0
    status = StackOperation(known).status if known else "waiting for an operation to begin"
    raise TimeoutError(f"{status}, after {timeout:.0f} s")


def _events(
    account: Account, stack: str, known: tuple[OperationEvent, ...], wanted: Callable[[StackOperation], bool]
) -> tuple[OperationEvent, ...]:
    """Return the events of one operation so far: to its end, if it has come."""
    if not known:
        operation = last_operation(account, stack)
        return operation.events if wanted(operation) else ()
    new = events_after(account, stack, {event.id for event in known})
    end = next((number for number, event in enumerate(new) if event.ends), len(new))
    return (*known, *new[: end + 1])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 24 * _HOUR:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to a day, 86400")
    return seconds


def _over(operation: StackOperation) -> str:
    end = operation.events[-1].time.astimezone(UTC)
    return f"over since {end:%Y-%m-%d %H:%M:%S} UTC; to wait for the next operation: --next"


def _of_cause(cause: Failure) -> Iterator[str]:
    yield ""
    yield f"Cause: {cause.event}"
    if cause.denial:
        yield _denied(cause.denial)
    yield from _section("How to fix it", cause.fix)


def _of_stuck(failure: Failure) -> Iterator[str]:
    yield _resource(failure.event)
    yield f"  because: {' '.join(failure.event.reason.split()) or 'no reason is told'}"
    yield from (f"  to fix: {line}" for line in failure.fix)


def _denied(denial: Denial) -> str:
    action, resource = denial.action or "a call that the message does not name", denial.resource or "no named resource"
    return f"Denied: {action} on {resource}, to {denial.principal or 'the caller'}"


def _resource(event: OperationEvent) -> str:
    return f"{event.logical_id} ({event.type}) {event.physical_id}".rstrip()


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield title
        yield f"  {line}"


def _event_document(event: OperationEvent) -> EventDocument:
    return EventDocument(
        event.time.isoformat(), event.logical_id, event.physical_id, event.type, event.status, event.reason
    )


def _failure_document(failure: Failure) -> FailureDocument:
    event, denial = failure.event, failure.denial
    return FailureDocument(
        event.time.isoformat(),
        event.logical_id,
        event.physical_id,
        event.type,
        event.status,
        event.reason,
        denial,
        failure.fix,
    )
