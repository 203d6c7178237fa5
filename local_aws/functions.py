"""Lambda functions that run: their own code, in a process of its own, with their own role; and their URLs.

Not modelled: concurrency, layers, memory, and the runtimes' versions: Python functions run in this Python, Node
functions in the Node of this environment.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs

from moto.awslambda.models import lambda_backends
from werkzeug.exceptions import HTTPException

from local_aws.callers import RoleSession
from local_aws.wire import ApiCall, AwsError, Environ, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local_aws.callers import Caller, Callers
    from local_aws.roles import Roles

_HERE: Final = Path(__file__).parent
_URLS: Final = "/lambda-url/"
_HALF_AN_HOUR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a function answered."""

    payload: object
    failed: bool

    def as_result(self) -> dict[str, object]:
        """Write it as the API answers."""
        error = {"FunctionError": "Unhandled"} if self.failed else {}
        return {"StatusCode": 200, "Payload": json.dumps(self.payload).encode(), **error}


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of one account and region."""

    account: str
    region: str
    callers: Callers
    roles: Roles
    endpoint: Callable[[], str]

    def invoke(self, call: ApiCall, caller: Caller) -> Mapping[str, object]:
        """Answer `Invoke`.

        Raises:
            AwsError: there is no such function.
        """
        del caller
        for parameter in ("ClientContext", "DurableExecutionName", "Qualifier", "TenantId"):
            if call.params.get(parameter):
                raise AwsError("NotModelled", f"{parameter} of lambda:Invoke is not modelled by the emulator")
        if (call.params.get("InvocationType") or "RequestResponse") != "RequestResponse":
            raise AwsError("NotModelled", f"{call.params['InvocationType']} is not modelled by the emulator")
        try:
            event = json.loads(call.params.get("Payload") or b"{}")
        except ValueError as error:
            problem = f"Could not parse request body into json: {error}"
            raise AwsError("InvalidRequestContentException", problem) from None
        return self.run(call.params["FunctionName"], event).as_result()

    def run(self, name: str, event: object) -> Invocation:
        """Run a function, by its name or ARN.

        Raises:
            AwsError: there is no such function, or its runtime is not modelled.
        """
        function = self.function(name)
        with TemporaryDirectory() as code, TemporaryDirectory() as answers:
            zipfile.ZipFile(io.BytesIO(function.code_bytes)).extractall(code)
            answer = Path(answers) / "answer.json"
            try:
                finished = subprocess.run(  # noqa: S603  (the function that was deployed here)
                    [*_command(function.run_time), function.handler, str(answer)],
                    cwd=code,
                    env=self._environment(function, code),
                    input=json.dumps(event).encode(),
                    capture_output=True,
                    timeout=float(function.timeout),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                said = f"Task timed out after {float(function.timeout):.2f} seconds"
                return Invocation({"errorMessage": said, "errorType": "Sandbox.Timedout"}, True)
            if not answer.exists():
                said = finished.stderr.decode(errors="replace").strip().splitlines()
                return Invocation({"errorMessage": said[-1] if said else "no answer", "errorType": "Runtime"}, True)
            answered = cast("dict[str, Any]", json.loads(answer.read_text(encoding="utf-8")))
        return Invocation(answered.get("error", answered.get("result")), "error" in answered)

    def function(self, name: str) -> Any:
        """Return a function as moto has it, by its name or ARN.

        Raises:
            AwsError: there is no such function.
        """
        try:
            return lambda_backends[self.account][self.region].get_function(name)
        except HTTPException:  # moto's errors of Lambda
            arn = name if name.startswith("arn:") else f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"
            raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404) from None

    def _environment(self, function: Any, code: str) -> dict[str, str]:
        role = str(function.role).rpartition("/")[2]
        session = RoleSession(self.account, role, function.function_name, self.roles)
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": code,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_REGION": self.region,
            "LOCAL_AWS_FUNCTION_ARN": str(function.function_arn),
            "AWS_ENDPOINT_URL": self.endpoint(),
            **self.callers.admit(session, _HALF_AN_HOUR).environment(),
            **function.environment_vars,
        }


def _command(runtime: str) -> list[str]:
    if runtime.startswith("python"):
        return [sys.executable, str(_HERE / "runtime.py")]
    node = shutil.which("node")
    if runtime.startswith("nodejs") and node is not None:
        return [node, str(_HERE / "runtime.mjs")]
    raise AwsError("NotModelled", f"functions with the runtime {runtime} cannot be run here")


@dataclass(frozen=True, slots=True)
class FunctionUrls:
    """The functions' URLs, under `/lambda-url/NAME/` of the emulator."""

    functions: Functions

    def url(self, function: str) -> str:
        """Return the URL of a function, by its name."""
        return f"{self.functions.endpoint()}{_URLS}{function}/"

    @staticmethod
    def serves(environ: Environ) -> bool:
        """Tell whether a request is for a function."""
        return str(environ.get("PATH_INFO", "")).startswith(_URLS)

    def respond(self, environ: Environ) -> Response:
        """Run the function that the request is for, if everybody may ("Control access to Lambda function URLs")."""
        name, _, path = str(environ["PATH_INFO"]).removeprefix(_URLS).partition("/")
        try:
            function = self.functions.function(name)
            if function.url_config is None or not _is_public(function):
                # with the type AWS_IAM only signed requests are let in, and what is signed for Lambda is a call here
                return Response.plain(403, b'{"Message":"Forbidden"}')
            answered = self.functions.run(name, _event(environ, f"/{path}"))
        except AwsError as error:
            return Response.plain(error.status, json.dumps({"Message": error.message}).encode())
        if answered.failed:
            return Response.plain(502, b"Internal Server Error", "text/plain")
        return _response(answered.payload)


def _is_public(function: Any) -> bool:
    """Tell whether everybody has both actions that are needed ("Control access to Lambda function URLs")."""
    if function.url_config.config.get("AuthType") != "NONE":
        return False
    statements: list[dict[str, Any]] = function.policy.statements
    allowed = {one["Action"] for one in statements if one["Effect"] == "Allow" and _is_for_everybody(one)}
    return {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} <= allowed


def _is_for_everybody(statement: Mapping[str, Any]) -> bool:
    """Tell whether a statement allows its action to whoever calls a public URL: with no other condition than that."""
    conditions = {
        (op, key): value for op, keys in statement.get("Condition", {}).items() for key, value in keys.items()
    }
    return statement["Principal"] in ("*", {"AWS": "*"}) and conditions.items() <= _OF_PUBLIC_URLS.items()


_OF_PUBLIC_URLS: Final = {
    ("Bool", "lambda:InvokedViaFunctionUrl"): "true",
    ("StringEquals", "lambda:FunctionUrlAuthType"): "NONE",
}
"""The conditions that hold ("Control access to Lambda function URLs")."""


def _event(environ: Environ, path: str) -> dict[str, object]:
    """Write the request in payload format 2.0 ("Invoking Lambda function URLs")."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    sent = {**environ, "HTTP_CONTENT_TYPE": environ.get("CONTENT_TYPE"), "HTTP_CONTENT_LENGTH": str(length)}
    headers = {n[5:].replace("_", "-").lower(): v for n, v in sent.items() if n.startswith("HTTP_") and v}
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "queryStringParameters": {name: ",".join(values) for name, values in query.items()},
        "headers": headers,
        "requestContext": {"http": {"method": environ["REQUEST_METHOD"], "path": path, "sourceIp": "127.0.0.1"}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _response(payload: object) -> Response:
    if not isinstance(payload, dict) or "statusCode" not in payload:
        return Response.plain(200, json.dumps(payload).encode())
    answered = cast("dict[str, Any]", payload)
    body = str(answered.get("body", ""))
    data = base64.b64decode(body) if answered.get("isBase64Encoded") else body.encode()
    headers: dict[str, str] = answered.get("headers") or {}
    cookies = [("Set-Cookie", str(cookie)) for cookie in answered.get("cookies") or ()]
    length = ("Content-Length", str(len(data)))
    return Response(int(answered["statusCode"]), [*headers.items(), *cookies, length], data)
