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
    """The ARN of a stack, of its name or ARN, in a region."""

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
        match call.service:
            case "cloudformation":
                return self._of_cloudformation(call)
            case "dynamodb":
                return self._named(call, {"TableName": "table/{}", "ResourceArn": "{}"})
            case "events":
                return self._named(call, {"Rule": "rule/{}", "Name": "rule/{}", "ResourceARN": "{}"})
            case "iam":
                return self._of_iam(call.params)
            case "lambda":
                return self._named(call, {"FunctionName": "function:{}", "Resource": "{}"})
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

    def _of_cloudformation(self, call: Call) -> list[str] | None:
        change_set: str = call.params.get("ChangeSetName", "")
        stack: str | None = call.params.get("StackName")
        if stack is None and change_set.startswith("arn:"):
            return [change_set]
        return [self.stack_arn(stack or "*", call.region)]

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
