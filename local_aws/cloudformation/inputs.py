"""What a change set is made from, as the caller gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlparse

from local_aws.cloudformation.handler import NotModelled
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping


def invalid(message: str) -> AwsError:
    """Make the error of a request that is not valid, as CloudFormation answers."""
    return AwsError("ValidationError", message)


_NAMES: Final = {
    "StackName": r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    "ChangeSetName": r"[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*",
}
"""The patterns of names ("AWS CloudFormation API Reference")."""


def check_names(params: Mapping[str, Any]) -> None:
    """Refuse names that are none.

    Raises:
        AwsError: one is not.
    """
    for parameter, pattern in _NAMES.items():
        value = params.get(parameter)
        if value is not None and re.fullmatch(pattern, str(value)) is None:
            member = parameter[0].lower() + parameter[1:]
            problem = f"failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
            raise invalid(f"1 validation error detected: Value '{value}' at '{member}' {problem}")


class ValueRefused(AwsError):  # noqa: N818  (what CloudFormation does)
    """A value cannot be made, which a change set only warns of, as it may be otherwise when it is executed."""

    def __init__(self, message: str) -> None:
        """Take what CloudFormation says."""
        super().__init__("ValidationError", message)


def object_at(url: str) -> tuple[str, str]:
    """Return bucket and key of an object's URL: "Virtual hosting of general purpose buckets", Amazon S3 User Guide.

    Raises:
        AwsError: it names no object.
        NotModelled: it names a version.
    """
    parts = urlparse(url)
    if parts.scheme == "s3":
        raise invalid(f"S3 error: Domain name specified in {parts.hostname} is not a valid S3 domain")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("TemplateURL must be a supported URL.")
    if parts.query:
        raise NotModelled("a query in TemplateURL")
    path = unquote(parts.path).lstrip("/")
    virtual = re.match(r"(?P<bucket>.+)\.s3[.-]", parts.hostname or "")
    bucket, _, key = (virtual["bucket"], "", path) if virtual else path.partition("/")
    if not key:
        raise invalid("TemplateURL must be a supported URL.")
    return bucket, key
