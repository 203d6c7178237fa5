"""What a handler makes of the services' errors, and the errors of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ParamValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


def failure(operation: str, code: str, message: str, status: int = 400) -> ClientError:
    """Make the error with which a service refuses an operation, where moto does not."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)  # pyright: ignore[reportArgumentType]  (the stub wants every header)


def code_of(error: ClientError) -> str:
    """Return the error's code, such as `ResourceNotFoundException`."""
    return error.response.get("Error", {}).get("Code", "")


def message_of(error: ClientError) -> str:
    """Return what the service says."""
    return error.response.get("Error", {}).get("Message", "")


def none_if(error: ClientError, *codes: str) -> None:
    """Pass over the error if it has one of these codes, which say that there is no such resource.

    Raises:
        ClientError: it has another.
    """
    if code_of(error) not in codes:
        raise error


@contextmanager
def undone_by(undo: Callable[[], None]) -> Generator[None, None, None]:
    """Take back what was made if a later call for it fails.

    CloudFormation does so when it rolls back: what was half made has a physical id, and is deleted.
    """
    try:
        yield
    except (ClientError, ParamValidationError):
        undo()
        raise
