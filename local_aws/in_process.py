"""What boto3 of this process calls, answered by the gateway itself: half of a call's time is its connection."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from botocore.awsrequest import AWSPreparedRequest

    from local_aws.wire import Environ, Headers


def answer(application: Callable[[Environ, Any], Iterable[bytes]], request: AWSPreparedRequest) -> AWSResponse:
    """Return what a WSGI application answers to a request that botocore is about to send."""
    started: list[tuple[str, Headers]] = []

    def start(status: str, headers: Headers, _: object = None) -> None:
        started.append((status, headers))

    body = b"".join(application(_environ(request), start))
    status, headers = started[-1]
    received: Any = headers
    return AWSResponse(request.url, int(status.partition(" ")[0]), received, _Body(body))


class _Body(io.BytesIO):
    """The body of a response, with what botocore asks of urllib3's."""

    def stream(self, amt: int = 2**16, **_: object) -> Generator[bytes]:
        """Yield it piece by piece."""
        while piece := self.read(amt):
            yield piece


def _environ(request: AWSPreparedRequest) -> Environ:
    url = urlsplit(request.url)
    body = _read(request.body)
    environ: Environ = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "RAW_URI": f"{url.path}?{url.query}" if url.query else url.path,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
    }
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.decode() if isinstance(value, bytes) else value
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is whole
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_CONTENT_LENGTH", None)
    if (content_type := environ.pop("HTTP_CONTENT_TYPE", None)) is not None:
        environ["CONTENT_TYPE"] = content_type
    return environ


def _read(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else body.read()
