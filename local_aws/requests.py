"""What IAM is asked for each call of an API: actions, resources and context.

An operation that is not here is not guessed: who is held to policies cannot call it. Source of the actions and of the
forms of their resources: "Service Authorization Reference", the page of each service.

Not modelled: condition keys but the global ones of `context_of_call`, and those of a change set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leastgrant.iam import Request, components
from leastgrant.knowledge import authorization, iam_action

if TYPE_CHECKING:
    from leastgrant.iam import Context
    from leastgrant.knowledge import Action
    from local_aws.wire import ApiCall

Params: TypeAlias = Mapping[str, Any]


def context_of_call(account: str, region: str, resource: str = "*") -> Context:
    """Return what is known of every request ("AWS global condition context keys", AWS IAM User Guide).

    Args:
        account: The caller's.
        region: That the call is sent to.
        resource: Its ARN; one without an account is taken to be the caller's.
    """
    *_, owner, _ = components(resource) or ("", "")
    return {
        "aws:principalaccount": (account,),
        "aws:requestedregion": (region,),
        "aws:resourceaccount": (owner or account,),
        "aws:securetransport": ("true",),
    }


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests behind the calls to one account."""

    account: str
    secret_arn: Callable[[str, str], str]
    """The ARN of a secret, of its name or ARN, in a region."""
    stack_arn: Callable[[str, str], str]
    """The ARN of a stack, of its name or ARN, or its change set's ARN, in a region."""
    role_arn: Callable[[str], str | None]
    """The ARN of a role, of its name; None if there is none."""

    def of(self, call: ApiCall) -> tuple[Request, ...] | None:
        """Return what IAM is asked for a call; None if that is not known."""
        called = call.service, call.operation
        if called in _ASKS_NOTHING:
            return ()
        name = _ACTIONS.get(called) or iam_action(":".join(called))
        action = None if name is None else authorization.action(name)
        if action is None or any(call.params.get(parameter) for parameter in _ASKS_MORE.get(called, ())):
            return None
        if (str(action), bool(call.params.get("VersionId"))) in _OF_VERSIONS:
            action = authorization.action(f"{action}Version") or action
        resource = self._resource(call, action) if action.resource_types else "*"
        if resource is None:
            return None
        asked = [(str(action), resource)]
        if call.params.get("Tags") and called in _TAGS:
            asked.append((_TAGS[called], resource))
        passed = call.params.get(_PASSES.get(called, ""))
        if passed:
            asked.append(("iam:PassRole", str(passed)))
        context = {"iam:passedtoservice": (f"{call.service}.amazonaws.com",)} if passed else {}
        if called == ("cloudformation", "CreateChangeSet"):
            context |= _of_change_set(call.params)
        if called == ("sts", "AssumeRole"):
            context |= _of_session(call.params)
        region = "us-east-1" if call.service == "iam" else call.region  # where its one endpoint is
        return tuple(Request(name, on, {**context_of_call(self.account, region, on), **context}) for name, on in asked)

    def _resource(self, call: ApiCall, action: Action) -> str | None:  # noqa: PLR0911  (a case for each service)
        kinds = {kind.name for kind in action.resource_types}
        params = call.params
        match call.service:
            case "cloudformation":
                return self.stack_arn(params.get("StackName") or params.get("ChangeSetName") or "*", call.region)
            case "dynamodb":
                return self._of_dynamodb(call)
            case "events" if any(kind.startswith("rule-") for kind in kinds):
                return self._of_events(call)
            case "iam":
                return self._of_iam(params, kinds)
            case "lambda" if "function" in kinds:
                return self._of_lambda(call)
            case "s3" if "Bucket" in params:
                return _of_s3(params, kinds)
            case "sts":
                return params.get("RoleArn")
            case "ssm":
                return self._of_ssm(call)
            case "secretsmanager":
                found = params.get("SecretId") or params.get("Name")
                return None if found is None else self.secret_arn(found, call.region)
            case _:
                return None

    def _arn(self, call: ApiCall, resource: str) -> str:
        return f"arn:aws:{call.service}:{call.region}:{self.account}:{resource}"

    def _of_dynamodb(self, call: ApiCall) -> str | None:
        table = call.params.get("TableName") or call.params.get("ResourceArn")
        if table is None:
            return None
        arn = str(table) if table.startswith("arn:") else self._arn(call, f"table/{table}")
        index = call.params.get("IndexName")
        return arn if index is None else f"{arn}/index/{index}"

    def _of_events(self, call: ApiCall) -> str | None:
        name = call.params.get("Rule") or call.params.get("Name")
        if name is None:
            return call.params.get("ResourceARN")
        bus = str(call.params.get("EventBusName") or "default").rpartition("/")[2]
        return self._arn(call, f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")

    def _of_iam(self, params: Params, kinds: set[str]) -> str | None:
        if "PolicySourceArn" in params:
            return params["PolicySourceArn"]
        if "role" in kinds:
            name, path = params.get("RoleName"), params.get("Path") or "/"
            return name and (self.role_arn(name) or f"arn:aws:iam::{self.account}:role{path}{name}")
        return params.get("PolicyArn" if "policy" in kinds else "OpenIDConnectProviderArn")

    def _of_ssm(self, call: ApiCall) -> str | None:
        name = call.params.get("Name")
        if name is None or name.startswith("arn:"):
            return name
        return self._arn(call, f"parameter{name}" if name.startswith("/") else f"parameter/{name}")

    def _of_lambda(self, call: ApiCall) -> str | None:
        function = call.params.get("FunctionName")
        if function is None:
            return call.params.get("Resource")
        arn = function if function.startswith("arn:") else self._arn(call, f"function:{function}")
        qualifier = call.params.get("Qualifier")
        return arn if qualifier is None else f"{arn}:{qualifier}"


def _of_session(params: Params) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of a session (AWS STS's page in the Service Authorization Reference)."""
    tags = {tag["Key"]: str(tag["Value"]) for tag in params.get("Tags") or ()}
    values = {
        "sts:externalid": [params.get("ExternalId")],
        "sts:rolesessionname": [params.get("RoleSessionName")],
        "sts:sourceidentity": [params.get("SourceIdentity")],
        "sts:transitivetagkeys": params.get("TransitiveTagKeys") or [],
        "aws:tagkeys": [*tags],
        **{f"aws:requesttag/{key.lower()}": [value] for key, value in tags.items()},
    }
    return {key: found for key, some in values.items() if (found := tuple(value for value in some if value))}


def _of_change_set(params: Params) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of a change set (AWS CloudFormation's page in the Service Authorization Reference)."""
    values = {
        "cloudformation:changesetname": [params.get("ChangeSetName")],
        "cloudformation:importresourcetypes": [one["ResourceType"] for one in params.get("ResourcesToImport") or ()],
        "cloudformation:rolearn": [params.get("RoleARN")],
        "cloudformation:templateurl": [params.get("TemplateURL")],
    }
    return {key: found for key, some in values.items() if (found := tuple(value for value in some if value))}


def _of_s3(params: Params, kinds: set[str]) -> str | None:
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if "object" in kinds:
        return f"{bucket}/{params['Key']}" if "Key" in params else None
    return bucket


_ASKS_NOTHING: Final = frozenset({("sts", "GetCallerIdentity")})
""""GetCallerIdentity", AWS STS API Reference: no permissions are required."""

_ACTIONS: Final = {
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("s3", "ListParts"): "s3:ListMultipartUploadParts",
}
""""Required permissions for Amazon S3 API operations", Amazon S3 User Guide."""

_OF_VERSIONS: Final = frozenset({("s3:GetObject", True), ("s3:DeleteObject", True)})
"""Actions that have another name if the call is for a version."""

_ASKS_MORE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("s3", "GetObjectTagging"): ("VersionId",),
    ("secretsmanager", "BatchGetSecretValue"): ("Filters", "SecretIdList"),
    ("s3", "PutObject"): ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "Tagging"),
    ("s3", "PutObjectTagging"): ("VersionId",),
}
"""Parameters with which a call asks for other permissions too, which are not known here."""

_TAGS: Final = {
    ("dynamodb", "CreateTable"): "dynamodb:TagResource",
    ("events", "PutRule"): "events:TagResource",
    ("iam", "CreateRole"): "iam:TagRole",
    ("lambda", "CreateFunction"): "lambda:TagResource",
    ("secretsmanager", "CreateSecret"): "secretsmanager:TagResource",
    ("sts", "AssumeRole"): "sts:TagSession",
}
"""What a call asks for too if it is given tags."""

_PASSES: Final = {
    ("lambda", "CreateFunction"): "Role",
    ("lambda", "UpdateFunctionConfiguration"): "Role",
    **{
        ("cloudformation", name): "RoleARN"
        for name in ("ContinueUpdateRollback", "CreateChangeSet", "CreateStack", "DeleteStack", "RollbackStack")
    },
    ("cloudformation", "UpdateStack"): "RoleARN",
}
"""Calls that pass a role to their service, and the parameter that names it ("Grant a user permissions to pass a role",
AWS IAM User Guide)."""
