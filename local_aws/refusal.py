"""What each service says when IAM refuses a call: its code, its status, and its form of IAM's sentence.

The sentence is IAM's ("Troubleshoot access denied error messages", AWS IAM User Guide). How a service writes the action
and the resource in it, and the code and status that it answers with, is as public reports show them:
`tests/local_aws/refusals.json` has what they tell, each with its source. A service without a case of its own follows
its protocol.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from leastgrant.iam import Outcome, components, evaluate
from leastgrant.knowledge import authorization
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from leastgrant.iam import Decision, Permissions, Request


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that IAM refuses, as its service says it."""

    action: str
    code: str
    status: int
    message: str

    @property
    def error(self) -> AwsError:
        """What whoever called gets."""
        return AwsError(self.code, self.message, self.status)

    def in_handler(self) -> str:
        """Return the message as the SDK for Java gives it to a resource handler."""
        service = self.action.partition(":")[0]
        extended = f", Extended Request ID: {uuid4()}" if service == "s3" else ""
        named = f"Service: {_sdk_name(service)}, Status Code: {self.status}, Request ID: {uuid4()}{extended}"
        return f"{self.message} ({named})"


def refusal(request: Request, permissions: Permissions, caller: str, asked_for: str | None = None) -> Refusal | None:
    """Return what the service says if IAM refuses a request; None if it does not.

    Args:
        request: What is asked.
        permissions: The caller's.
        caller: The caller's ARN.
        asked_for: What the call itself names, if it is not an ARN: some services repeat that.
    """
    decision = evaluate(request, permissions)
    if decision.allowed:
        return None
    service, _, name = request.action.partition(":")
    because = _because(request.action, decision, permissions)
    named = _named_resource(request, asked_for)
    on = "" if named is None else f" on resource: {named}"
    said = f"User: {caller} is not authorized to perform: {_spelled(request.action)}{on} {because}"
    code, status = _answer(service)
    if service == "ec2":
        said = f"You are not authorized to perform this operation. {said}"
        if not _reads(request.action):
            said = f"{said}. Encoded authorization failure message: {_encoded(request, decision, caller)}"
    if (service, name) == ("sts", "AssumeRole") and decision.outcome is Outcome.NOT_ALLOWED:
        said = said.removesuffix(f" {because}")
    return Refusal(request.action, code, status, said)


def _because(action: str, decision: Decision, permissions: Permissions) -> str:
    spelled = _spelled(action)
    match decision.outcome:
        case Outcome.EXPLICITLY_DENIED:
            own = {id(statement) for statement in permissions.statements}
            by_identity = any(id(statement) in own for statement in decision.statements)
            return f"with an explicit deny in {'an identity-based policy' if by_identity else 'a permissions boundary'}"
        case Outcome.OUTSIDE_BOUNDARY:
            return f"because no permissions boundary allows the {spelled} action"
        case _:
            return f"because no identity-based policy allows the {spelled} action"


def _spelled(action: str) -> str:
    """Write an action as its service does: SQS in lower case, SNS with its name in upper case."""
    service, _, name = action.partition(":")
    match service:
        case "sqs":
            return action.lower()
        case "sns":
            return f"SNS:{name}"
        case _:
            return action


def _named_resource(request: Request, asked_for: str | None) -> str | None:
    """Write a resource as its service does; None if it says nothing of it."""
    service, _, name = request.action.partition(":")
    resource = request.resource
    match service:
        case "s3" if resource != "*":
            return f'"{resource}"'
        case "iam":
            return _of_iam(name, resource)
        case "ec2" | "secretsmanager" if resource == "*":
            return None
        case "secretsmanager":
            made_up = _SECRET.fullmatch(resource) if name == "CreateSecret" else None
            return asked_for or (made_up[1] if made_up else resource)
        case _:
            return resource


def is_tagging(action: str) -> bool:
    """Tell whether an action sets or removes tags."""
    return _TAGGING.match(action.partition(":")[2]) is not None


_TAGGING: Final = re.compile(r"(Un)?Tag[A-Z]|AddTags")
_SECRET: Final = re.compile(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)-.{6}")
_BY_ARN: Final = re.compile(r"(Create(?!Policy)|Tag|Untag|Pass|List(?!.*(Polic|Tags|ForRole)))\w*")
"""The operations of IAM that name the whole ARN; the others name what there is, by its kind and name."""


def _of_iam(operation: str, arn: str) -> str:
    parts = components(arn)
    if parts is None or _BY_ARN.fullmatch(operation):
        return arn
    kind, _, path = parts[-1].partition("/")
    match kind:
        case "role" | "user" | "group":
            return f"{kind} {path.rpartition('/')[2]}"
        case "instance-profile":
            return f"instance profile {path.rpartition('/')[2]}"
        case "policy":
            return f"policy {path.rpartition('/')[2] if operation == 'CreatePolicy' else arn}"
        case _:
            return arn


def _answer(service: str) -> tuple[str, int]:
    """Return the code and the status of a refusal: a service's own, or those of its protocol."""
    if service in _OWN:
        return _OWN[service]
    model = _model(service)
    protocols = () if model is None else (*(model.metadata.get("protocols") or ()), model.metadata["protocol"])
    if "query" in protocols or "rest-xml" in protocols:
        return "AccessDenied", 403
    return "AccessDeniedException", 400 if "json" in protocols else 403


_OWN: Final = {
    "ec2": ("UnauthorizedOperation", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
}


def _model(service: str) -> Any:
    """Return botocore's model of the service that an action's prefix names; None if it has none of that name."""
    try:
        return get_service_model(_MODELS.get(service, service))
    except UnknownServiceError:
        return None


_MODELS: Final = {
    "airflow": "mwaa",
    "aoss": "opensearchserverless",
    "aps": "amp",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "geo": "location",
    "states": "stepfunctions",
    "tag": "resourcegroupstaggingapi",
}
"""The names of botocore for services that IAM calls otherwise."""


def _sdk_name(service: str) -> str:
    """Name a service as the SDK for Java does: `Iam`, `DynamoDb`, `CloudWatchLogs`."""
    model = _model(service)
    words = re.split(r"[^A-Za-z0-9]+", service if model is None else str(model.service_id))
    return "".join(_ACRONYM.sub(lambda found: found[0].capitalize(), word[:1].upper() + word[1:]) for word in words)


_ACRONYM: Final = re.compile(r"[A-Z][A-Z0-9]+(?![a-z])")


def _reads(action: str) -> bool:
    known = authorization.action(action)
    return known is not None and known.reads


def _encoded(request: Request, decision: Decision, caller: str) -> str:
    """Write a refusal as `sts:DecodeAuthorizationMessage` reads it; on AWS it is encrypted, and here it is not."""
    told: dict[str, object] = {
        "allowed": False,
        "explicitDeny": decision.outcome is Outcome.EXPLICITLY_DENIED,
        "matchedStatements": {"items": [{"statementId": str(one)} for one in decision.statements]},
        "failures": {"items": []},
        "context": {
            "principal": {"arn": caller, "name": caller.rpartition("/")[2]},
            "action": request.action,
            "resource": request.resource,
            "conditions": {
                "items": [
                    {"key": key, "values": {"items": [{"value": value} for value in values]}}
                    for key, values in request.context.items()
                ]
            },
        },
    }
    return urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def decoded(encoded: str) -> str:
    """Return the JSON of an encoded refusal.

    Raises:
        AwsError: it is none.
    """
    try:
        text = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        json.loads(text)
    except ValueError:
        problem = "Invalid authorization message was specified."
        raise AwsError("InvalidAuthorizationMessageException", problem) from None
    return text
