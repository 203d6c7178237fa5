"""Which HTTP requests are read at all: of this machine's own names, and of a size that memory can hold."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local_aws.wire import Response, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_aws.wire import Environ

LONGEST: Final = 256 * 1024 * 1024
"""The most bytes of a body: a zipped function has 50 MB at most, and what is larger in S3 is put in parts."""

_PIECE: Final = 64 * 1024

_LOOPBACK: Final = re.compile(r"((.+\.)?localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
"""What may stand in `Host`; a bucket's name may come before localhost. A page of the web that has its own name resolve
to this machine sends that name."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The WSGI application of the web server: it passes on what may be read."""

    application: Callable[[Environ, Any], Iterable[bytes]]
    longest: int = LONGEST

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one HTTP request."""
        refused = self._refusal(environ)
        if refused is not None:
            status, problem = refused
            return sent(Response.plain(status, f"{problem}\n".encode(), "text/plain; charset=utf-8"), start_response)
        return self.application(environ, start_response)

    def _refusal(self, environ: Environ) -> tuple[int, str] | None:
        host, length = str(environ.get("HTTP_HOST", "")), str(environ.get("CONTENT_LENGTH") or "0")
        if _LOOPBACK.fullmatch(host) is None:
            return 403, f"Host {host!r} is not this machine: call the emulator as localhost"
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            return self._put_together(environ)
        if not (length.isascii() and length.isdigit()):
            return 400, f"Content-Length {length!r} is no number"
        return (413, self._too_long) if int(length) > self.longest else None

    def _put_together(self, environ: Environ) -> tuple[int, str] | None:
        """Read a body whose length is not told, as far as it may be read."""
        body, stream = io.BytesIO(), environ["wsgi.input"]
        try:
            while len(body.getbuffer()) <= self.longest and (piece := stream.read(_PIECE)):
                body.write(piece)
        except OSError as error:
            return 400, f"the body's chunks cannot be read: {error}"
        if len(body.getbuffer()) > self.longest:
            return 413, self._too_long
        environ["wsgi.input"] = io.BytesIO(body.getvalue())
        return None

    @property
    def _too_long(self) -> str:
        return f"the body is longer than {self.longest} bytes: put it in parts"
