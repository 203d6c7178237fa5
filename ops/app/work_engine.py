"""The work engine's smoke tests, by invoking it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec
from msgspec import Struct

from leastgrant.text import counted
from ops.app.probe import SERVER_ERROR, ProbeResult, excerpt
from ops.app.redaction import NOTHING, Redaction
from ops.aws.errors import CALL_ERRORS, explained

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    from ops.aws.account import Account

HEALTH: Final = "/api/health"
TEMPLATES: Final = "/api/templates"

_FEWEST_TEMPLATES: Final = 11
_TYPES: Final = frozenset({"podcast", "newsletter"})

Judge: TypeAlias = "Callable[[int, Any], str | None]"
"""Of a status and a body, decoded from JSON: what is wrong, or None."""


def health(account: Account, function: str) -> ProbeResult:
    """Ask for its health, which is 200 and `{"status":"ok"}`. Calls `Invoke`; what fails is the result's `fault`."""
    return _invoke(account, function, {"httpMethod": "GET", "path": HEALTH}, _is_healthy)


def templates(account: Account, function: str, secret_name: str) -> ProbeResult:
    """Ask, as the portal, for the templates: 200, and at least eleven, among them those of two types.

    Calls `GetSecretValue` and `Invoke`; what fails is the result's `fault`. Nothing of the reply shows the secret.
    """
    try:
        secret = account.secrets.get_secret_value(SecretId=secret_name).get("SecretString")
    except CALL_ERRORS as error:
        return _failed(error, NOTHING)
    if not secret:
        return ProbeResult("not asked", fault=f"the secret {secret_name} has no text")
    event = {
        "httpMethod": "GET",
        "path": TEMPLATES,
        "headers": {"x-portal-auth": "true", "x-portal-secret": secret},
    }
    return _invoke(account, function, event, _has_templates, Redaction(secret))


def _invoke(
    account: Account, function: str, event: Mapping[str, object], judge: Judge, redact: Redaction = NOTHING
) -> ProbeResult:
    try:
        response = account.functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        text = response["Payload"].read().decode("utf-8", "backslashreplace")
    except CALL_ERRORS as error:
        return _failed(error, redact)
    if "FunctionError" in response:
        said = f"the function failed ({response['FunctionError']})"
        return ProbeResult(said, excerpt(text, redact), fault=said, again=True)
    answered = _proxy_response(text)
    if answered is None:
        return ProbeResult(
            "no HTTP answer", excerpt(text, redact), fault="it did not answer with a statusCode and a body"
        )
    status, body = answered.status_code, answered.body
    fault = judge(status, _json(body))
    again = status >= SERVER_ERROR
    return ProbeResult(f"statusCode {status}", excerpt(body, redact), redact(fault) if fault else None, again=again)


def _failed(error: BotoCoreError | ClientError | ResponseParserError, redact: Redaction) -> ProbeResult:
    """Return what an error came to: the SDK has asked again where that helps."""
    said = redact(explained(error))
    return ProbeResult("not asked", fault=said)


class ProxyResponse(Struct, frozen=True, rename="camel"):
    """What a function returns for an HTTP request ("Lambda function URLs", AWS Lambda Developer Guide)."""

    status_code: int
    body: str


def _proxy_response(text: str) -> ProxyResponse | None:
    """Return the response in a payload; None if it is none."""
    try:
        return msgspec.json.decode(text, type=ProxyResponse)
    except (ValueError, RecursionError):
        return None


def _json(text: str) -> object:
    """Return the JSON value; None if it is not JSON."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def _is_healthy(status: int, body: Any) -> str | None:
    if status != 200:  # noqa: PLR2004
        return f"statusCode {status}, not 200"
    return None if body == {"status": "ok"} else 'the body is not {"status":"ok"}'


def _has_templates(status: int, body: Any) -> str | None:
    if status != 200:  # noqa: PLR2004
        return f"statusCode {status}, not 200"
    listed = cast("dict[str, object]", body).get("templates") if isinstance(body, dict) else body
    if not isinstance(listed, list):
        return "the body is no list of templates"
    found = cast("list[object]", listed)
    if len(found) < _FEWEST_TEMPLATES:
        return f"{counted(len(found), 'template')}, fewer than {_FEWEST_TEMPLATES}"
    types = [cast("dict[str, object]", one).get("type") for one in found if isinstance(one, dict)]
    lacking = sorted(one for one in _TYPES if one not in types)
    return f"no template of the type {' or '.join(lacking)}" if lacking else None
