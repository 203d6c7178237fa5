"""A forge's API on this machine."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message


@contextmanager
def served(answer: Callable[[str, str, Message, dict[str, Any]], tuple[int, object]]) -> Iterator[str]:
    """Serve an API; `answer` gives a status and a body for a method, a path, headers and what was sent."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            status, body = answer(self.command, self.path, self.headers, told)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815  (as the server calls them)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
