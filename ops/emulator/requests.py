"""What IAM is asked for each call of an API: actions, resources and context.

An operation that is not here is not guessed: who is held to policies cannot call it. Source of the actions and of the
forms of their resources: "Service Authorization Reference", the page of each service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leastgrant.iam.evaluate import Request
from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action

if TYPE_CHECKING:
    from ops.emulator.wire import Call

Params: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests behind the calls to one account."""

    account: str
    secret_arn: Callable[[str, str], str]
    """The ARN of a secret, of its name or ARN, in a region."""
    stack_arn: Callable[[str, str], str]
    """The ARN of a stack, of its name or ARN, or its change set's ARN, in a region."""

    def of(self, call: Call) -> tuple[Request, ...] | None:
        """What IAM is asked for a call; None if that is not known."""
        if (call.service, call.operation) in _ASKS_NOTHING:
            return ()
        action = _ACTIONS.get((call.service, call.operation)) or iam_action(f"{call.service}:{call.operation}")
        known = None if action is None else authorization.action(action)
        if known is None:
            return None
        resources = self._resources(call, str(known)) if known.resource_types else ["*"]
        return None if resources is None else tuple(Request(str(known), resource) for resource in resources)

    def _resources(self, call: Call, action: str) -> list[str] | None:
        if call.service in _NAMED:
            return self._named(call, _NAMED[call.service])
        match call.service:
            case "cloudformation":
                named = call.params.get("StackName") or call.params.get("ChangeSetName")
                return [self.stack_arn(named or "*", call.region)]
            case "iam":
                return self._of_iam(call.params)
            case "s3":
                return self._of_s3(call.params, action)
            case "secretsmanager":
                found = call.params.get("SecretId") or call.params.get("Name")
                return None if found is None else [self.secret_arn(found, call.region)]
            case _:
                return None

    def _named(self, call: Call, forms: Mapping[str, str]) -> list[str] | None:
        for parameter, form in forms.items():
            value: str | None = call.params.get(parameter)
            if value is not None and value.startswith("arn:"):
                return [value]
            if value is not None:
                return [f"arn:aws:{call.service}:{call.region}:{self.account}:{form.format(value)}"]
        return None

    def _of_iam(self, params: Params) -> list[str] | None:
        for parameter in ("PolicySourceArn", "OpenIDConnectProviderArn", "PolicyArn"):
            if parameter in params and "RoleName" not in params:
                return [params[parameter]]
        role = params.get("RoleName")
        return None if role is None else [f"arn:aws:iam::{self.account}:role/{role}"]

    def _of_s3(self, params: Params, action: str) -> list[str] | None:
        if "Bucket" not in params:
            return None
        bucket = f"arn:aws:s3:::{params['Bucket']}"
        return [f"{bucket}/{params['Key']}" if action in _ON_OBJECTS and "Key" in params else bucket]


_NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "dynamodb": {"TableName": "table/{}", "ResourceArn": "{}"},
    "events": {"Rule": "rule/{}", "Name": "rule/{}", "ResourceARN": "{}"},
    "lambda": {"FunctionName": "function:{}", "Resource": "{}"},
}
"""The parameters that name what a service is called on, as a name or as an ARN, and the resource part of the ARN."""
_ON_OBJECTS: Final = frozenset({"s3:GetObject", "s3:PutObject", "s3:DeleteObject"})

_ASKS_NOTHING: Final = frozenset({("sts", "GetCallerIdentity")})
""""GetCallerIdentity", AWS STS API Reference: no permissions are required."""

_ACTIONS: Final = {
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
}
""""Required permissions for Amazon S3 API operations", Amazon S3 User Guide."""
