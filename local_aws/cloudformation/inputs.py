"""What a change set is made from, as the caller gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlparse

from local_aws.cloudformation.handler import NotModelled
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_aws.cloudformation.stack_template import StackTemplate

_CAPABILITIES: Final = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}


def invalid(message: str) -> AwsError:
    """Make the error of a request that is not valid, as CloudFormation answers."""
    return AwsError("ValidationError", message)


def given_parameter(parameter: Mapping[str, Any], before: StackTemplate | None) -> tuple[str, str]:
    """Return the key and value of a parameter that a change set is given.

    Raises:
        AwsError: there is no previous value to use.
    """
    key, value = str(parameter["ParameterKey"]), parameter.get("ParameterValue")
    if parameter.get("UsePreviousValue"):
        if value is not None:
            raise invalid(f"Invalid input for parameter key {key}. Specify either UsePreviousValue or a value")
        value = None if before is None else before.values.get(key)
        if value is None:
            problem = "Cannot specify usePreviousValue as true for a parameter key not in the previous template"
            raise invalid(f"Invalid input for parameter key {key}. {problem}")
    return key, str(value or "")


def require_capabilities(template: StackTemplate, given: Sequence[str]) -> None:
    """Refuse IAM resources that are not acknowledged; if any has a name, with a capability of its own.

    "Acknowledging IAM resources in CloudFormation templates", AWS CloudFormation User Guide.

    Raises:
        AwsError: it was not.
    """
    ours = [one for one in template.template.resources.values() if one.type.startswith("AWS::IAM::")]
    named = any(name in one.properties for one in ours for name in _NAMES_IN_IAM)
    enough = {"CAPABILITY_NAMED_IAM"} if named else _CAPABILITIES
    if ours and not enough.intersection(given):
        required = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{required}]")


_NAMES_IN_IAM: Final = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")


def object_at(url: str) -> tuple[str, str]:
    """Return bucket and key of an object's URL: "Virtual hosting of general purpose buckets", Amazon S3 User Guide.

    Raises:
        AwsError: it names no object.
        NotModelled: it names a version.
    """
    parts = urlparse(url)
    if parts.query:
        raise NotModelled("a query in TemplateURL")
    path = unquote(parts.path).lstrip("/")
    virtual = re.match(r"(?P<bucket>.+)\.s3[.-]", parts.hostname or "")
    bucket, _, key = (virtual["bucket"], "", path) if virtual else path.partition("/")
    if not key:
        raise invalid(f"TemplateURL must be a supported URL: {url}")
    return bucket, key
