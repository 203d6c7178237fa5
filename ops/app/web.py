"""One GET over HTTP, with what came back as it came: no redirect is followed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, cast
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from ops.errors import OpsError

if TYPE_CHECKING:
    from http.client import HTTPResponse

_LONGEST = 1 << 20
"""Bytes that are read of a body."""


@dataclass(frozen=True, slots=True)
class WebResponse:
    """What the server answered."""

    status: int
    location: str | None
    body: str


class NoResponse(Exception):  # noqa: N818  (it is not this program's error)
    """Nothing came back, and in a moment it may: a time-out, a refused or broken connection. One line."""


def _opener() -> OpenerDirector:
    """Make an opener without the handlers that follow redirects and that make errors of statuses."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler):
        opener.add_handler(handler())
    return opener


def get(url: str, timeout: float) -> WebResponse:
    """Get a URL; a status of 300 and above is an answer like any other.

    Raises:
        NoResponse: nothing came back in time.
        OpsError: it is no web address, or the server's certificate is not to be trusted.
    """
    if not _is_web_address(url):
        raise OpsError(f"{url!r} is not a web address")
    request = Request(url, headers={"User-Agent": "dataops-ops"})  # noqa: S310  (the scheme is looked at above)
    try:
        with cast("HTTPResponse", _opener().open(request, timeout=timeout)) as response:
            body = response.read(_LONGEST).decode("utf-8", "backslashreplace")
            return WebResponse(response.status, response.headers.get("Location"), body)
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise OpsError(f"{url}: {error.reason.verify_message}") from None
        raise NoResponse(f"no answer: {_said(error.reason)}") from None
    except TimeoutError:
        raise NoResponse(f"no answer in {timeout:g} seconds") from None
    except (OSError, HTTPException) as error:
        raise NoResponse(f"no answer: {_said(error)}") from None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _said(error: str | BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__
