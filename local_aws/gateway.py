"""In front of moto: every call is read, recorded, decided by the caller's policies, and passed on or answered here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from moto.moto_api._internal import mock_random

from local_aws.assuming import ASSUMING
from local_aws.callers import Anonymous
from local_aws.refusal import refusal
from local_aws.state import ServiceCall, changes_something
from local_aws.wire import ApiCall, AwsError, Environ, Response, error_response, read_call, sent, success_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastgrant.iam import Permissions, Request
    from local_aws.assuming import Assuming
    from local_aws.callers import Caller, Callers
    from local_aws.requests import Requests

Operation: TypeAlias = Callable[[ApiCall, "Caller"], Mapping[str, object]]
"""Answers a call, once it is allowed; raises `AwsError` to refuse."""
Operations: TypeAlias = Mapping[tuple[str, str], Operation]
"""What is answered here instead of by moto, by service and operation."""


class Page(Protocol):
    """What answers requests that are no calls of an AWS API."""

    def serves(self, environ: Environ, /) -> bool:
        """Tell whether a request is for it."""
        ...

    def respond(self, environ: Environ, /) -> Response:
        """Answer a request."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call that was made."""

    caller: str
    """The caller's ARN; empty if it was not signed."""
    call: ApiCall
    requests: tuple[Request, ...]
    """What IAM was asked."""
    error: str | None
    """The code it was refused with; None if it was passed on."""
    message: str | None = None
    """What it was refused with."""


@dataclass
class Fault:
    """Something that goes wrong: the next calls of an operation are refused."""

    service: str
    operation: str
    error: AwsError
    times: int = 1
    matches: Callable[[ApiCall], bool] = lambda _: True

    def strikes(self, call: ApiCall) -> bool:
        """Tell whether this call is one of them; each is counted."""
        if self.times and (call.service, call.operation) == (self.service, self.operation) and self.matches(call):
            self.times -= 1
            return True
        return False


@dataclass
class Gateway:
    """The WSGI application of the emulator."""

    account: str
    services: Callable[[Environ, Any], Iterable[bytes]]
    """moto's application."""
    callers: Callers
    requests: Requests
    operations: Operations
    assuming: Assuming
    pages: Sequence[Page]
    """What is served besides calls."""
    faults: list[Fault] = field(default_factory=list[Fault])
    recorded: list[Recorded] = field(default_factory=list[Recorded])
    unread: list[str] = field(default_factory=list[str])
    """Why requests that came were no calls that can be read: they are not among those recorded."""
    before: list[Callable[[ApiCall], None]] = field(default_factory=list[Callable[[ApiCall], None]])
    """Called with each call before it is answered: a test's way to do something in between."""
    lock: Lock = field(default_factory=Lock)
    """moto's backends are not made for threads: one call at a time."""
    keep: Callable[[ServiceCall], None] | None = None
    """Writes down a call that has changed a service; None: nothing does."""

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one HTTP request."""
        for page in self.pages:
            if page.serves(environ):
                return sent(page.respond(environ), start_response)
        try:
            call = read_call(environ)
        except AwsError as error:
            self.unread.append(error.message)
            return sent(Response.plain(error.status, error.message.encode(), "text/plain"), start_response)
        for observer in self.before:
            observer(call)
        try:
            answered = self._answered(call)
        except AwsError as error:
            return sent(error_response(call, error), start_response)
        if answered is not None:
            return sent(success_response(call, answered), start_response)
        return self._of_moto(call, environ, start_response)

    def _of_moto(self, call: ApiCall, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Return what moto answers. What it does not know it raises, or its web server sends a page for people."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            started.append((status, headers))

        account = self._caller(call).account
        try:
            with self.lock:
                body = list(self._served(call, {**environ, "HTTP_X_MOTO_ACCOUNT_ID": account}, start, started))
        except (NotImplementedError, ImportError):  # some of moto's services need packages that are not installed
            return sent(error_response(call, _not_modelled(call)), start_response)
        if started[-1][0].startswith(("4", "5")) and b"".join(body).startswith(_PAGE):
            return sent(error_response(call, _not_modelled(call)), start_response)
        start_response(*started[-1])
        return body

    def _served(
        self, call: ApiCall, environ: Environ, start: Any, started: list[tuple[str, list[tuple[str, str]]]]
    ) -> Iterable[bytes]:
        """Have moto answer, with ids that are the same when the call is played back, if it is kept."""
        if self.keep is None or not changes_something(call.operation):
            return self.services(environ, start)
        seed = secrets.randbits(64)
        mock_random.seed(seed)
        body = list(self.services(environ, start))
        status, _ = started[-1]
        if status.startswith(("2", "3")):
            self.keep(ServiceCall(f"{call.service}:{call.operation}", environ, seed, status))
        return body

    def replay(self, call: ServiceCall) -> str:
        """Have moto answer a call again that was kept; return the HTTP status."""
        statuses: list[str] = []

        def start(status: str, headers: object, error: object = None) -> None:
            del headers, error
            statuses.append(status)

        mock_random.seed(call.seed)
        list(self.services(call.environ, start))
        return statuses[-1]

    def _answered(self, call: ApiCall) -> Mapping[str, object] | None:
        """Return the answer, if it is given here."""
        own = self.operations.get((call.service, call.operation))
        caller = self._caller(call)
        if call.access_key is None:  # only what needs no credentials is read without a signature
            return own(call, caller) if own else None
        if caller.account != self.account and call.service != "sts":
            own = None  # what is answered here is of one account; moto has others
        asked = self.requests.of(call)
        try:
            self._allow(call, caller, asked)
            if own is None:
                _see_that_moto_answers(call)
        except AwsError as error:
            self.recorded.append(Recorded(caller.arn, call, asked or (), error.code, error.message))
            raise
        self.recorded.append(Recorded(caller.arn, call, asked or (), None))
        return own(call, caller) if own else None

    def _caller(self, call: ApiCall) -> Caller:
        return Anonymous(self.account) if call.access_key is None else self.callers.identify(call)

    def _allow(self, call: ApiCall, caller: Caller, asked: tuple[Request, ...] | None) -> None:
        for fault in self.faults:
            if fault.strikes(call):
                raise fault.error
        permissions = caller.permissions
        if permissions is not None and asked is None:
            raise AwsError("NotModelled", f"it is not known what IAM is asked for {call.service}:{call.operation}")
        for request in asked or ():
            if request.action in ASSUMING:
                refused = self.assuming.refusal(request, caller)
            elif permissions is None:
                continue
            else:
                refused = refusal(request, permissions, caller.arn, call.params.get("SecretId"))
            if refused is not None:
                raise refused.error


def _see_that_moto_answers(call: ApiCall) -> None:
    if call.service in _REPLACED:
        raise _not_modelled(call)


def _not_modelled(call: ApiCall) -> AwsError:
    return AwsError("NotModelled", f"{call.service}:{call.operation} is not modelled by the emulator")


_PAGE: Final = b"<!doctype html>"
"""How a page of werkzeug's begins; no service answers so."""
_REPLACED: Final = frozenset({"cloudformation"})
"""Services that moto is never asked for: it would answer of stacks that are not there."""


def denied(request: Request, permissions: Permissions, caller: str) -> str | None:
    """Return what AWS says if it refuses a request; None if it does not."""
    refused = refusal(request, permissions, caller)
    return None if refused is None else refused.message
