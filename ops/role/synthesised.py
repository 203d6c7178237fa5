"""The deploy role as a template declares it, in the form in which IAM keeps a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leastgrant import RoleError, known_json
from ops.role.documents import DEFAULT_SESSION_SECONDS, RoleDocuments, without_aws_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.template import ResolvedResource, ResolvedTemplate
    from ops.project.deployment import Deployment
    from ops.role.documents import Document
    from settings import Settings

_POLICY_TYPES = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"})
_NOT_COMPARED = ("ManagedPolicyArns", "PermissionsBoundary")


def synthesised_role(deployment: Deployment) -> RoleDocuments:
    """Return the one role of the role's stack.

    Raises:
        RoleError: as of `declared_role`.
        InputError: as of `Deployment.role`.
    """
    stack = deployment.role_stack
    return declared_role(deployment.settings, stack.resolved, str(stack.path))


def declared_role(settings: Settings, resolved: ResolvedTemplate, where: str) -> RoleDocuments:
    """Return the one role of a template, which must be the deploy role of the settings.

    Args:
        settings: The settings.
        resolved: The template of the role's stack.
        where: What an error says that the template is.

    Raises:
        RoleError: it is not a role that is all in one resource, with inline policies alone; or not all of it is known.
        PolicyError: a policy in it is not valid.
    """
    properties = _properties(_only_role(resolved, where), where)
    for key in _NOT_COMPARED:
        if key in properties:
            raise RoleError(f"{where}: {key}: ops cannot compare it with the live role; write the statements inline")
    if any(_is_of_the_role(one) for one in resolved):
        raise RoleError(f"{where}: has policies outside the role, which ops cannot compare; write them inline")
    name = properties.get("RoleName")
    if name != settings.deploy_role_name:
        raise RoleError(f"{where}: the role is {name!r}, not {settings.deploy_role_name!r}; run 'make synth' again")
    documents = RoleDocuments(
        name=settings.deploy_role_name,
        arn=f"arn:{settings.partition}:iam::{settings.account}:role{properties.get('Path', '/')}{name}",
        trust=properties.get("AssumeRolePolicyDocument", {}),
        inline=_inline(properties, where),
        attached={},
        boundary=None,
        tags=without_aws_tags({tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}),
        max_session_seconds=int(properties.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS)),
    )
    _ = documents.role  # read here, so that a document that is no policy is told before anything is asked of AWS
    return documents


def _is_of_the_role(resource: ResolvedResource) -> bool:
    """Tell whether it is a policy beside the role, and of it; a managed one that nothing has bounds others at most."""
    attached = resource.declared.type != "AWS::IAM::ManagedPolicy" or "Roles" in resource.properties
    return resource.declared.type in _POLICY_TYPES and attached


def _only_role(resolved: ResolvedTemplate, where: str) -> ResolvedResource:
    roles = [one for one in resolved if one.declared.type == "AWS::IAM::Role"]
    if len(roles) != 1:
        raise RoleError(f"{where}: has {len(roles)} roles, and ops compares one; run 'make synth' again")
    return roles[0]


def _inline(properties: Mapping[str, Any], where: str) -> dict[str, Document]:
    """Return the documents of the inline policies, by the policies' names."""
    try:
        return {str(policy["PolicyName"]): policy["PolicyDocument"] for policy in properties.get("Policies", [])}
    except (KeyError, TypeError):
        raise RoleError(f"{where}: Policies: must be a list of PolicyName and PolicyDocument") from None


def _properties(resource: ResolvedResource, where: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", known_json(dict(resource.properties), where))
