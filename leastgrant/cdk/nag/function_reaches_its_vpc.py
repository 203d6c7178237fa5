"""A function in a VPC has a role with which Lambda can make its network interfaces."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from leastgrant.cdk.nag.rule import NagRule, as_list, found_by, resolved

_NEEDED: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
)
"""What is done with interfaces and subnets, of "Required IAM permissions", "Giving Lambda functions access to resources
in an Amazon VPC", AWS Lambda Developer Guide."""
_MANAGED: Final = ("AWSLambdaVPCAccessExecutionRole", "AWSLambdaENIManagementAccess")
"""AWS's own policies that have them."""


def findings(node: CfnResource) -> list[str] | None:
    """Return what the role lacks; nothing is known of a role that is not in the app."""
    if not isinstance(node, lambda_.CfnFunction):
        return None
    vpc: dict[str, Any] = resolved(node, node.vpc_config) or {}
    if not vpc.get("subnetIds"):
        return []
    role = found_by(node, resolved(node, node.role))
    if not isinstance(role, iam.CfnRole) or _is_managed(role):
        return []
    allowed = {action.lower() for action in _actions(role)}
    return [action for action in _NEEDED if not allowed & {action.lower(), "ec2:*", "*"}]


def _is_managed(role: iam.CfnRole) -> bool:
    attached = str(resolved(role, role.managed_policy_arns))
    return any(name in attached for name in _MANAGED)


def _actions(role: iam.CfnRole) -> list[str]:
    """Return the actions that the role's policies allow, those that CDK attaches beside it among them."""
    inline: list[dict[str, Any]] = resolved(role, role.policies) or []
    this = {"Ref": resolved(role, role.logical_id)}
    beside = (one for one in role.stack.node.find_all() if isinstance(one, iam.CfnPolicy))
    attached = (one for one in beside if this in as_list(resolved(one, one.roles) or []))
    documents = [
        *(policy["policyDocument"] for policy in inline),
        *(resolved(one, one.policy_document) for one in attached),
    ]
    return [
        action
        for document in documents
        for statement in as_list(document.get("Statement", []))
        if statement.get("Effect") == "Allow"
        for action in as_list(statement.get("Action", []))
    ]


FUNCTION_REACHES_ITS_VPC = NagRule(
    name="FunctionReachesItsVpc",
    says="The function is in a VPC, and its role may not make network interfaces there.",
    because="Lambda makes them with the function's role, and refuses to make the function without.",
    findings=findings,
)
