"""`python -m ops watch [STACK]`: follow a deployment; if it fails, say what to mend."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leastgrant.report.words import printable
from ops.answer import Status
from ops.diagnosis import diagnose, next_steps
from ops.error import OpsError
from ops.events import Operation, events_after, last_operation, stack_id
from ops.waiting import attempts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ops.account import Account
    from ops.answer import Answer, Json
    from ops.denial import Denial
    from ops.deployment import Deployment
    from ops.diagnosis import Diagnosis
    from ops.events import Event

_HOUR = 3600.0


@dataclass(frozen=True)
class Watched:
    """How a stack's operation ended, and what follows from it."""

    stack: str
    diagnosis: Diagnosis
    next: tuple[str, ...]

    @property
    def status(self) -> Status:
        """Good only if the operation ended as it was meant to."""
        return Status.GOOD if self.diagnosis.operation.succeeded else Status.FOUND

    def text(self) -> str:
        """The end, the cause, what mends it, what was left behind and what comes next."""
        found = self.diagnosis
        lines = [
            f"{self.stack}: {found.operation.status}",
            *(["", f"Cause: {found.cause}"] if found.cause else []),
            *([_denied(found.denial)] if found.denial else []),
            *_section("What mends it", found.mend),
            *_section("Left behind, outside the stack", map(_resource, found.left_behind)),
            *_section("Could not be rolled back", map(_resource, found.stuck)),
            *_section("Next", self.next),
        ]
        return "\n".join(map(printable, lines)) + "\n"

    def document(self) -> Mapping[str, Json]:
        """The same as JSON."""
        found = self.diagnosis
        return {
            "stack": self.stack,
            "status": found.operation.status,
            "succeeded": found.operation.succeeded,
            "cause": _event(found.cause) if found.cause else None,
            "denial": _denial(found.denial) if found.denial else None,
            "mend": list(found.mend),
            "left_behind": [_event(event) for event in found.left_behind],
            "stuck": [_event(event) for event in found.stuck],
            "next": list(self.next),
            "events": [_event(event) for event in found.operation.events],
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The stack, and for how long."""
    parser.add_argument("stack", metavar="STACK", nargs="?", help="the stack's name (the app's)")
    parser.add_argument(
        "--since", type=_time, metavar="TIME", help="wait for an operation that begins at this time (ISO 8601) or later"
    )
    parser.add_argument("--timeout", type=_seconds, default=_HOUR, metavar="S", help="give up after S seconds (3600)")


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> Answer:
    """Follow the operation that goes on to its end, or tell of the last one.

    Raises:
        OpsError: there is no such stack, or it is not done in time.
        AssemblyError, TemplateError, RoleError, PolicyError: what was synthesised cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    stack = deployment.settings.app_stack_name if options.stack is None else options.stack
    operation = follow(account, stack, options.timeout, options.since)
    diagnosis = diagnose(deployment, operation)
    return Watched(stack, diagnosis, tuple(next_steps(deployment, diagnosis, stack)))


def follow(account: Account, stack: str, timeout: float = _HOUR, since: datetime | None = None) -> Operation:
    """The operation that goes on, or the last one, once it has ended; its events go to stderr as they come.

    Raises:
        OpsError: there is no such stack, or it is not done in time.
        BotoCoreError, ClientError: as any call.
    """
    known: tuple[Event, ...] = ()
    identity = stack_id(account, stack)  # a stack that is deleted is known by its id alone
    for _ in attempts(timeout):
        events = _events(account, identity, known, since)
        for event in events[len(known) :]:
            print(printable(f"{event.time:%H:%M:%S}  {event}"), file=sys.stderr, flush=True)
        known = events
        if known and known[-1].settles:
            return Operation(known)
    status = Operation(known).status if known else "waiting for an operation to begin"
    raise OpsError(f"{stack}: {status}, after {timeout:.0f} s; run 'python -m ops watch {stack}' to go on watching")


def _events(account: Account, stack: str, known: tuple[Event, ...], since: datetime | None) -> tuple[Event, ...]:
    """The events of one operation so far: to its end, if it has come."""
    if not known:
        events = last_operation(account, stack).events
        return events if since is None or events[0].time >= since else ()
    new = events_after(account, stack, {event.id for event in known})
    end = next((number for number, event in enumerate(new) if event.ends), len(new))
    return (*known, *new[: end + 1])


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write one as 2026-11-25T12:00:00+00:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 24 * _HOUR:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to a day, 86400")
    return seconds


def _denied(denial: Denial) -> str:
    action, resource = denial.action or "a call that the message does not name", denial.resource or "no named resource"
    return f"Denied: {action} on {resource}, to {denial.principal or 'the caller'}"


def _resource(event: Event) -> str:
    return f"{event.logical_id} ({event.type}) {event.physical_id}".rstrip()


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield title
        yield f"  {line}"


def _event(event: Event) -> Mapping[str, Json]:
    return {
        "time": event.time.isoformat(),
        "logical_id": event.logical_id,
        "physical_id": event.physical_id,
        "type": event.type,
        "status": event.status,
        "reason": event.reason,
    }


def _denial(denial: Denial) -> Mapping[str, Json]:
    return {
        "principal": denial.principal,
        "action": denial.action,
        "resource": denial.resource,
        "policy": denial.policy.value if denial.policy else None,
        "explicit": denial.explicit,
        "encoded": denial.encoded,
    }
