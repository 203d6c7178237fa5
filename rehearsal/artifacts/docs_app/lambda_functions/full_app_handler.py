"""The docs app of the rehearsal: it knows its login page, and whether its secrets can be found."""

import os
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request to the function's URL (payload format 2.0)."""
    if not os.environ.get("WORK_ENGINE_FUNCTION_NAME"):
        return {"statusCode": 500, "body": "WORK_ENGINE_FUNCTION_NAME is not set"}
    if event["rawPath"] == "/login":
        return {"statusCode": 200, "headers": {"content-type": "text/html"}, "body": "<h1>Log in</h1>"}
    return {"statusCode": 302, "headers": {"location": "/login"}, "body": ""}
