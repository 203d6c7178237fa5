"""Where functions answer to CloudFormation what they did for a custom resource: the emulator's `/custom-resource/ID`.

On AWS that is a presigned URL of S3 ("Custom resource request types", AWS CloudFormation User Guide).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from local_aws.wire import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local_aws.wire import Environ

_PATH: Final = "/custom-resource/"


@dataclass(frozen=True, slots=True)
class CustomResourceAnswers:
    """The answers that have come, by the id of the request, until they are taken."""

    endpoint: Callable[[], str]
    _answers: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, "Mapping[str, Any]"])

    def url(self, request_id: str) -> str:
        """Return where a request is answered: its `ResponseURL`."""
        return f"{self.endpoint()}{_PATH}{request_id}"

    def take(self, request_id: str) -> Mapping[str, Any] | None:
        """Return the answer to a request; None: none has come."""
        return self._answers.pop(request_id, None)

    @staticmethod
    def serves(environ: Environ) -> bool:
        """Tell whether a request is an answer."""
        return str(environ.get("PATH_INFO", "")).startswith(_PATH)

    def respond(self, environ: Environ) -> Response:
        """Keep the answer that a function puts."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            answer: object = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            return Response.plain(400, b"the answer must be a JSON object", "text/plain")
        self._answers[str(environ["PATH_INFO"]).removeprefix(_PATH)] = cast("dict[str, Any]", answer)
        return Response.plain(200, b"")
