"""The deploy role as it is in the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from leastgrant.iam import PolicyError, read_object
from ops.aws.errors import code_of
from ops.errors import OpsError
from ops.role.documents import DEFAULT_SESSION_SECONDS, Boundary, Document, RoleDocuments, without_aws_tags

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

NO_SUCH_ENTITY = "NoSuchEntity"
"""IAM's error code for what does not exist (IAM API Reference, `GetRole`)."""


def read_live_role(iam: IAMClient, name: str) -> RoleDocuments | None:
    """Read the role with every policy that counts: inline, attached, the boundary. None: there is no such role.

    Calls `GetRole`, `ListRolePolicies`, `GetRolePolicy`, `ListAttachedRolePolicies`, and for each managed policy
    `GetPolicy` and `GetPolicyVersion`.

    Raises:
        OpsError: a document is not a valid policy.
        BotoCoreError, ClientError: as any call; also if a policy goes away while it is read.
    """
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if code_of(error) == NO_SUCH_ENTITY:
            return None
        raise
    boundary_arn = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    documents = RoleDocuments(
        name=name,
        arn=role["Arn"],
        trust=_read(role.get("AssumeRolePolicyDocument"), f"{name}: trust policy"),
        inline={policy: _inline(iam, name, policy) for policy in sorted(_inline_names(iam, name))},
        attached={arn: _managed(iam, arn) for arn in sorted(_attached_arns(iam, name))},
        boundary=Boundary(boundary_arn, _managed(iam, boundary_arn)) if boundary_arn else None,
        tags=without_aws_tags({tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}),
        max_session_seconds=role.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS),
    )
    try:
        _ = documents.role
    except PolicyError as error:
        raise _malformed(error) from None
    return documents


def _inline_names(iam: IAMClient, role: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]


def _inline(iam: IAMClient, role: str, policy: str) -> Document:
    return _read(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"], policy)


def _attached_arns(iam: IAMClient, role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [arn for page in pages for policy in page["AttachedPolicies"] if (arn := policy.get("PolicyArn"))]


def _managed(iam: IAMClient, arn: str) -> Document:
    """Return the version of a managed policy that is in force."""
    version = iam.get_policy(PolicyArn=arn)["Policy"].get("DefaultVersionId", "v1")
    return _read(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"].get("Document"), arn)


def _read(document: object, name: str) -> Document:
    """Read a document as the SDK hands it out: decoded, or, if it is not JSON, the text as it came."""
    try:
        return cast("Document", read_object(document, name))
    except PolicyError as error:
        raise _malformed(error) from None


def _malformed(error: PolicyError) -> OpsError:
    return OpsError(f"the live role cannot be read: {error}")
