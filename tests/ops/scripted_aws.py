"""An account whose every answer a test writes; requests and answers are held to botocore's models of the services.

Unlike botocore's Stubber it knows no order, as the calls of several threads have none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote

import boto3
from botocore.awsrequest import AWSResponse
from botocore.validate import validate_parameters

from leastgrant.iam.evaluation import Request, context_of, evaluate
from ops.aws.account import Account
from ops.role.documents import Document, RoleDocuments
from ops.role.synthesised import synthesised_role

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from leastgrant.role import Role
    from ops.project.deployment import Deployment

Parameters: TypeAlias = Mapping[str, Any]


class Failure(Exception):  # noqa: N818
    """An error that AWS answers with."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


Answer: TypeAlias = "dict[str, Any] | Failure | Callable[[Parameters], dict[str, Any] | Failure]"

SERVICES = {
    "cloudformation": "cloudformation",
    "dynamodb": "dynamodb",
    "events": "events",
    "functions": "lambda",
    "iam": "iam",
    "s3": "s3",
    "secrets": "secretsmanager",
    "sts": "sts",
}


@dataclass
class ScriptedAws:
    """Answers by operation, such as `GetRole`; an operation without one fails the test."""

    account: Account
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    calls: list[tuple[str, Parameters]] = field(default_factory=list[tuple[str, Parameters]])

    def called(self, operation: str) -> list[Parameters]:
        return [parameters for name, parameters in self.calls if name == operation]

    def reply(self, model: OperationModel, parameters: Parameters) -> tuple[AWSResponse, dict[str, Any]]:
        name = model.name
        assert name in self.answers, f"{name} was called, and the test has no answer for it"
        self.calls.append((name, parameters))
        answer = self.answers[name]
        answer = answer(parameters) if callable(answer) else answer
        status = answer.status if isinstance(answer, Failure) else 200
        metadata: dict[str, Any] = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
        response = AWSResponse("", status, cast("Any", {}), cast("Any", None))
        if isinstance(answer, Failure):
            return response, {"Error": {"Code": answer.code, "Message": answer.message}, "ResponseMetadata": metadata}
        if model.output_shape is not None:
            validate_parameters(answer, model.output_shape)
        return response, {**answer, "ResponseMetadata": metadata}


_playing: list[ScriptedAws] = []


def _remember(params: Parameters, context: dict[str, Any], **_: Any) -> None:
    context["scripted"] = dict(params)


def _reply(model: OperationModel, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
    return _playing[-1].reply(model, context["scripted"])


@cache
def _clients() -> dict[str, Any]:
    """Made once: reading the services' models is what takes time."""
    session = boto3.Session("AKIAEXAMPLE", "example", region_name="eu-west-1")
    make: Any = cast("Any", session).client
    clients = {name: make(service) for name, service in SERVICES.items()}
    for client in clients.values():
        client.meta.events.register_first("before-parameter-build", _remember)
        client.meta.events.register_first("before-call", _reply)
    return clients


def scripted(deployment: Deployment, **answers: Answer) -> ScriptedAws:
    """The settings' account, in which these operations have answers."""
    account = Account(deployment.settings, cast("Any", None))
    account.__dict__.update(_clients())
    aws = ScriptedAws(account, dict(answers))
    _playing[:] = [aws]
    return aws


NOW = datetime(2026, 11, 25, tzinfo=UTC)
DENIED = Failure("AccessDenied", "User: arn:aws:iam::817685572750:user/op is not authorized", 403)
EXPIRED = Failure("ExpiredToken", "The security token included in the request is expired", 403)
THROTTLED = Failure("Throttling", "Rate exceeded")
NO_ENTITY = Failure("NoSuchEntity", "it cannot be found", 404)


def no_stack(name: str) -> Failure:
    return Failure("ValidationError", f"Stack with id {name} does not exist")


def stack(name: str, status: str = "UPDATE_COMPLETE", **outputs: str) -> dict[str, Any]:
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"Stacks": [{"StackName": name, "StackStatus": status, "CreationTime": NOW, "Outputs": listed}]}


def written(document: Document | str) -> str:
    """A policy document as IAM sends it."""
    return quote(document if isinstance(document, str) else json.dumps(document))


def role_answers(role: RoleDocuments) -> dict[str, Answer]:
    """What IAM answers on a role."""
    described: dict[str, Any] = {
        "Path": "/",
        "RoleName": role.name,
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": role.arn,
        "CreateDate": NOW,
        "AssumeRolePolicyDocument": written(role.trust),
        "MaxSessionDuration": role.max_session_seconds,
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
    }
    managed = {**role.attached, **({role.boundary.arn: role.boundary.document} if role.boundary else {})}
    if role.boundary:
        described["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": role.boundary.arn,
        }
    return {
        "GetRole": {"Role": described},
        "ListRolePolicies": {"PolicyNames": [*role.inline], "IsTruncated": False},
        "GetRolePolicy": lambda asked: {
            "RoleName": role.name,
            "PolicyName": asked["PolicyName"],
            "PolicyDocument": written(role.inline[asked["PolicyName"]]),
        },
        "ListAttachedRolePolicies": {
            "AttachedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in role.attached],
            "IsTruncated": False,
        },
        "GetPolicy": {"Policy": {"DefaultVersionId": "v3"}},
        "GetPolicyVersion": lambda asked: {"PolicyVersion": {"Document": written(managed[asked["PolicyArn"]])}},
        "SimulatePrincipalPolicy": simulator(role.role),
    }


def simulator(role: Role) -> Callable[[Parameters], dict[str, Any]]:
    """IAM's simulator, which agrees with leastgrant."""

    def decide(action: str, resource: str, asked: Parameters) -> str:
        entries = asked.get("ContextEntries", [])
        context = context_of({one["ContextKeyName"]: one["ContextKeyValues"] for one in entries})
        allowed = evaluate(Request(action, resource, context), role.permissions).allowed
        return "allowed" if allowed else "implicitDeny"

    def simulate(asked: Parameters) -> dict[str, Any]:
        results = [
            {
                "EvalActionName": action,
                "EvalDecision": "implicitDeny",
                "ResourceSpecificResults": [
                    {"EvalResourceName": arn, "EvalResourceDecision": decide(action, arn, asked)}
                    for arn in asked["ResourceArns"]
                ],
            }
            for action in asked["ActionNames"]
        ]
        return {"EvaluationResults": results, "IsTruncated": False}

    return simulate


def current_role(deployment: Deployment) -> RoleDocuments:
    """The role as synthesised, as if it were in the account."""
    return synthesised_role(deployment)


def stale_role(deployment: Deployment, without: str = "EventBridgeDataOpsRules") -> RoleDocuments:
    """The role as it was when the deployment was rolled back."""
    role = current_role(deployment)
    ((name, document),) = role.inline.items()
    kept = [statement for statement in document["Statement"] if statement["Sid"] != without]
    return changed(role, inline={name: {**document, "Statement": kept}})


def changed(role: RoleDocuments, **fields: Any) -> RoleDocuments:
    """The role, with other documents."""
    kept = {name: getattr(role, name) for name in RoleDocuments.__dataclass_fields__}
    return RoleDocuments(**{**kept, **fields})
