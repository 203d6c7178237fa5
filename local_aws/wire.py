"""Calls as they come over HTTP, and answers as they go back, by moto's own parsers and serializers.

The seams are `moto.core.routing`, `moto.core.parse` and `moto.core.serialize`, which work from botocore's service
models; `tests/local_aws/test_wire.py` holds them to the pinned version.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs
from xml.etree import ElementTree

from botocore.exceptions import UnknownServiceError
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


class AwsError(Exception):
    """A call is refused, as AWS refuses it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Take the code, the message and the HTTP status."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an AWS API."""

    service: str
    """As boto3 names the service, such as `events`."""
    operation: str
    """Such as `DescribeRule`."""
    params: Mapping[str, Any]
    """By the names of the service's API."""
    region: str
    access_key: str | None
    """None: the call is not signed."""
    session_token: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def plain(cls, status: int, body: bytes, content_type: str = "application/json") -> Response:
        """Make a response that is no AWS API's."""
        return cls(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))], body)


_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_UNSIGNED: Final = {"AssumeRoleWithWebIdentity": "sts"}
"""Operations that need no credentials, with their service."""


def read_call(environ: Environ) -> ApiCall:
    """Read the call of a request; its body can be read again.

    Raises:
        AwsError: it is no call of an AWS API.
    """
    body = _body(environ)
    signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = signed["service"] if signed else _UNSIGNED.get(_action(body))
    if service is None:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    service, request, operation, path_parameters = _routed(service, environ, body)
    model = operation.service_model
    parser = PROTOCOL_PARSERS[determine_request_protocol(model, request.content_type)](operation, map_type=dict)
    sent_as: Any = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": path_parameters,
    }
    try:
        _require_json(operation, body)
        params: Any = parser.parse(sent_as)
    except (ElementTree.ParseError, RequestParserError, ValueError) as error:
        raise AwsError("SerializationException", f"{service}:{operation.name} cannot be read: {error}") from None
    return ApiCall(
        service=service,
        operation=str(operation.name),
        params=cast("Mapping[str, Any]", params or {}),
        region=signed["region"] if signed else "us-east-1",
        access_key=signed["key"] if signed else None,
        session_token=environ.get("HTTP_X_AMZ_SECURITY_TOKEN"),
    )


_SIGNED_AS: Final = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2",),
    "monitoring": ("cloudwatch",),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
"""boto3's names of the services that are signed for under another name, or under one that several have."""


def _routed(signed_as: str, environ: Environ, body: bytes) -> tuple[str, Request, Any, Any]:
    """Find the service and the operation of a request, with the parameters that its path has.

    Raises:
        AwsError: there is no such service or operation.
    """
    for service in _SIGNED_AS.get(signed_as, (signed_as,)):
        try:
            model = get_service_model(service)
        except UnknownServiceError:
            raise AwsError("UnknownService", f"there is no service {service}", 404) from None
        request = Request({**environ, **_target(environ, model), "wsgi.input": io.BytesIO(body)})
        try:
            operation, path_parameters = get_service_router(service).match(request)
        except NotFound:
            continue
        return service, request, operation, path_parameters
    raise AwsError("UnknownOperationException", f"{signed_as} has no such operation", 404)


def _target(environ: Environ, model: Any) -> Environ:
    """Return the header that names the operation, as moto knows it: SDKs have more than one name for some services."""
    named = environ.get("HTTP_X_AMZ_TARGET")
    prefix = model.metadata.get("targetPrefix")
    return {"HTTP_X_AMZ_TARGET": f"{prefix}.{named.rpartition('.')[2]}"} if named and prefix else {}


def _require_json(operation: Any, body: bytes) -> None:
    """Require a body that is JSON; moto takes one that is not for an empty one.

    Raises:
        ValueError: it is not.
    """
    shape = operation.input_shape
    is_json = str(operation.service_model.protocol).endswith("json")
    if body and is_json and not (shape and shape.serialization.get("payload")):
        json.loads(body)


def _body(environ: Environ) -> bytes:
    stream = environ["wsgi.input"]
    body: bytes
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":  # which werkzeug has put together
        body = stream.read()
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _action(body: bytes) -> str:
    if not body.startswith((b"Action=", b"Version=")) and b"&Action=" not in body:
        return ""
    return parse_qs(body.decode(errors="replace")).get("Action", [""])[0]


def success_response(call: ApiCall, result: Mapping[str, object]) -> Response:
    """Make the response with a result, by the names of the service's API."""
    return _serialised(call, result, None)


def error_response(call: ApiCall, error: AwsError) -> Response:
    """Make the response with an error."""
    if error.code not in COMMON_ERROR_CODES:  # moto warns of a code that the service's model does not name
        COMMON_ERROR_CODES.append(error.code)
    return _serialised(call, error, error.status)


def _serialised(call: ApiCall, result: object, status: int | None) -> Response:
    model: Any = get_service_model(call.service)
    operation: Any = model.operation_model(call.operation)
    serialised = get_serializer_class(call.service, str(model.protocol))(operation).serialize(result)
    body = serialised["body"]
    data = body.encode() if isinstance(body, str) else body
    headers = [*serialised["headers"].items(), ("Content-Length", str(len(data)))]
    return Response(status or serialised["status_code"], headers, data)


def sent(response: Response, start_response: Any) -> Iterable[bytes]:
    """Send a response to a WSGI server."""
    start_response(f"{response.status} {_PHRASES.get(response.status, 'Unknown')}", response.headers)
    return [response.body]


_PHRASES: Final = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    413: "Content Too Large",
    502: "Bad Gateway",
}
