"""A placeholder for the docs app: it answers the two requests of the smoke test, and nothing else.

dataops:placeholder  (by this the app stack knows it, and refuses to deploy it unasked)
"""

from typing import Any

_LOGIN_PAGE = """<!doctype html>
<html lang="en">
<title>DataOps: placeholder</title>
<h1>DataOps: placeholder</h1>
<p>This is a placeholder for the docs app. There is nothing to log in to.</p>
</html>
"""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request to the function's URL (payload format 2.0)."""
    method = event.get("requestContext", {}).get("http", {}).get("method")
    path = event.get("rawPath")
    if method not in ("GET", "HEAD"):
        return _answer(405, "This is a placeholder: it answers GET and HEAD only.\n", {"allow": "GET, HEAD"})
    if path == "/login":
        return _answer(200, _LOGIN_PAGE, {"content-type": "text/html; charset=utf-8"})
    if path == "/":
        return _answer(302, "", {"location": "/login"})
    return _answer(404, "This is a placeholder: it has /login and / only.\n")


def _answer(status: int, body: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    defaults = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": status, "headers": {**defaults, **(headers or {})}, "body": body}
