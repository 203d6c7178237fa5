"""Service-linked roles: which services they are for, by type or by the service of the types.

Sources: "AWS services that work with IAM", IAM User Guide, and the service-linked roles of the services' user guides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LINKED_ROLES: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway": ("ops.apigateway.amazonaws.com",),
    "AWS::ApiGatewayV2": ("ops.apigateway.amazonaws.com",),
    "AWS::ApplicationAutoScaling": (
        "dynamodb.application-autoscaling.amazonaws.com",
        "ecs.application-autoscaling.amazonaws.com",
        "lambda.application-autoscaling.amazonaws.com",
        "rds.application-autoscaling.amazonaws.com",
        "sagemaker.application-autoscaling.amazonaws.com",
    ),
    "AWS::AutoScaling": ("autoscaling.amazonaws.com",),
    "AWS::CloudFront": ("replicator.lambda.amazonaws.com", "logger.cloudfront.amazonaws.com"),
    "AWS::CloudWatch::Alarm": ("events.amazonaws.com",),
    "AWS::Cognito": ("email.cognito-idp.amazonaws.com", "cognito-idp.amazonaws.com"),
    "AWS::DynamoDB": (
        "contributorinsights.dynamodb.amazonaws.com",
        "kinesisreplication.dynamodb.amazonaws.com",
        "replication.dynamodb.amazonaws.com",
    ),
    "AWS::ECS": ("ecs.amazonaws.com",),
    "AWS::EFS": ("elasticfilesystem.amazonaws.com",),
    "AWS::EKS": ("eks.amazonaws.com", "eks-nodegroup.amazonaws.com", "eks-fargate.amazonaws.com"),
    "AWS::ElastiCache": ("elasticache.amazonaws.com",),
    "AWS::ElasticLoadBalancing": ("elasticloadbalancing.amazonaws.com",),
    "AWS::ElasticLoadBalancingV2": ("elasticloadbalancing.amazonaws.com",),
    "AWS::OpenSearchService": ("opensearchservice.amazonaws.com", "es.amazonaws.com"),
    "AWS::RDS": ("rds.amazonaws.com",),
}


_ROLES = "arn:${Partition}:iam::${Account}:role/aws-service-role"
_OF_SCALABLE_TARGETS = f"{_ROLES}/${{ServiceNamespace}}.application-autoscaling.amazonaws.com/${{LinkedRoleName}}"


def linked_role_arn(type_name: str) -> str:
    """Return the ARN format of a type's service-linked role; its service is left open where it may be of several."""
    if type_name == "AWS::ApplicationAutoScaling::ScalableTarget":
        return _OF_SCALABLE_TARGETS  # "Service-linked roles for Application Auto Scaling": one for each namespace
    services = LINKED_ROLES.get(type_name) or LINKED_ROLES.get(type_name.rpartition("::")[0], ())
    service = services[0] if len(services) == 1 else "${ServiceName}"
    return f"{_ROLES}/{service}/${{LinkedRoleName}}"
