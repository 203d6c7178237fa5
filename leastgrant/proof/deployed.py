"""The roles that are deployed, and the functions that run with them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.managed_policies import is_of_aws
from leastgrant.role import RoleError, role_of_template
from leastgrant.template import ABSENT, alternatives, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.document import Policy
    from leastgrant.role import Role
    from leastgrant.template import ResolvedResource, ResolvedTemplate


@dataclass(frozen=True, eq=False)
class DeployedRole:
    """A role of a deployed template."""

    name: str
    """Its logical id."""
    arns: tuple[Pattern, ...]
    """What its ARN may be, as far as that names it."""
    boundary: str | None
    """The ARN of its permissions boundary; None: it has none, or may have none, or which is not known."""
    declared: Role | None
    """What the template lets it do; None: not all of its policies are known. Its boundary may not be known."""
    is_own: bool
    """All its managed policies are AWS's, so that no one in the account writes them."""


@dataclass(frozen=True, eq=False)
class DeployedFunction:
    """A Lambda function of a deployed template."""

    name: str
    arns: tuple[Pattern, ...]
    runs_with: DeployedRole | None
    """None: none of the deployed roles for certain."""


@dataclass(frozen=True)
class Deployed:
    """All of them."""

    roles: tuple[DeployedRole, ...] = ()
    functions: tuple[DeployedFunction, ...] = ()


NOTHING_DEPLOYED = Deployed()


def deployed_of(templates: Iterable[ResolvedTemplate], documents: Mapping[str, Policy]) -> Deployed:
    """Read the roles and functions of templates.

    Args:
        templates: The templates; those nested in them are to be given too.
        documents: Managed policies that are known, by ARN.
    """
    templates = tuple(templates)
    roles = {
        (id(stack), r.declared.logical_id): _role(stack, r, documents)
        for stack in templates
        for r in stack
        if r.declared.type == "AWS::IAM::Role"
    }
    by_arn: defaultdict[Pattern, list[DeployedRole]] = defaultdict(list)
    for role in roles.values():
        for arn in dict.fromkeys(role.arns):
            by_arn[arn].append(role)
    functions = tuple(
        DeployedFunction(r.declared.logical_id, tuple(_named(r.arns)), _runs_with(r, by_arn))
        for stack in templates
        for r in stack
        if r.declared.type == "AWS::Lambda::Function"
    )
    return Deployed(tuple(roles.values()), functions)


def _role(stack: ResolvedTemplate, role: ResolvedResource, documents: Mapping[str, Policy]) -> DeployedRole:
    try:
        declared = role_of_template(stack, role.declared.logical_id, documents)
    except (RoleError, PolicyError):
        declared = None  # what is not known is said by whoever asks
    boundaries = alternatives(role.properties.get("PermissionsBoundary", ABSENT))
    arns = [str(text) for one in boundaries for text in texts(one) if text.is_literal]
    boundary = arns[0] if len(arns) == len(boundaries) == 1 else None
    is_read = declared is not None and not set(declared.unread) - {boundary}
    return DeployedRole(
        role.declared.logical_id,
        tuple(_named(role.arns)),
        boundary,
        declared if is_read else None,
        _has_policies_of_aws_alone(stack, role),
    )


def _has_policies_of_aws_alone(stack: ResolvedTemplate, role: ResolvedResource) -> bool:
    attached = role.properties.get("ManagedPolicyArns", ())
    if any(r.declared.type == "AWS::IAM::ManagedPolicy" and "Roles" in r.properties for r in stack):
        return False
    return isinstance(attached, tuple) and all(is_of_aws(str(text)) for one in attached for text in texts(one))


def _named(arns: Iterable[Pattern]) -> Iterator[Pattern]:
    """Yield the ARNs that name something: of a name that is not known, the ARN would be that of all others too."""
    return (arn for arn in arns if authorization.is_named(str(arn)))


def _runs_with(function: ResolvedResource, roles: Mapping[Pattern, Sequence[DeployedRole]]) -> DeployedRole | None:
    values = alternatives(function.properties.get("Role", ABSENT))
    found = roles.get(values[0], ()) if len(values) == 1 and isinstance(values[0], Pattern) else ()
    return found[0] if len(found) == 1 else None
