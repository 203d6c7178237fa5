"""Condition keys of a handler's request that are known: what a property sends, and what the handler always does.

Sources: the service principals in the services' user guides; "AWS services that work with IAM" for
service-linked roles; the Service Authorization Reference for which call has which key; reports where a service does
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.linked_roles import LINKED_ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ContextKey:
    """A condition key of a request, with the values it may have there."""

    key: str
    values: tuple[str, ...] = ()
    """Empty: the request does not carry the key, so that a grant under it never holds."""
    path: str | None = None
    """A property whose values are the key's, in a request for each; without the property, the key is absent."""
    several: bool = False
    """One request has all the property's values."""
    of_target: bool = False
    """The property is of the resource that the call is made on, also where another resource causes the call."""
    arn: ArnTemplate | None = None
    """The key's value is this ARN, filled from the properties, and `path` is the property that tells it."""
    narrows: bool = True
    """A policy should ask for it: it is what keeps the grant from giving away more permissions than the role has."""


PASSED_TO = {
    "AWS::ApiGateway": ("apigateway.amazonaws.com",),
    "AWS::ApiGatewayV2": ("apigateway.amazonaws.com",),
    "AWS::ApplicationAutoScaling": ("application-autoscaling.amazonaws.com",),
    # App Runner passes roles without the key: github.com/RoboFinSystems/robosystems/pull/1279
    "AWS::AppRunner": (),
    "AWS::AppSync": ("appsync.amazonaws.com",),
    "AWS::Batch::JobDefinition": ("ecs-tasks.amazonaws.com",),
    # a compute environment's roles are given to Batch, and some trust EC2 and its spot fleets: which of them the key
    # names is not documented
    "AWS::Batch": ("batch.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"),
    "AWS::CloudFormation::Stack": ("cloudformation.amazonaws.com",),
    "AWS::CloudTrail": ("cloudtrail.amazonaws.com",),
    "AWS::CodeBuild": ("codebuild.amazonaws.com",),
    "AWS::CodeDeploy": ("codedeploy.amazonaws.com",),
    "AWS::CodePipeline": ("codepipeline.amazonaws.com",),
    "AWS::Cognito::IdentityPoolRoleAttachment": ("cognito-identity.amazonaws.com",),
    "AWS::Cognito::UserPool": ("cognito-idp.amazonaws.com",),
    # the role of a group is given to the user pool, and used through an identity pool ("Adding groups to a user
    # pool"): which of them the key names is not documented
    "AWS::Cognito": ("cognito-idp.amazonaws.com", "cognito-identity.amazonaws.com"),
    "AWS::Config": ("config.amazonaws.com",),
    "AWS::DLM": ("dlm.amazonaws.com",),
    "AWS::EC2::FlowLog": ("vpc-flow-logs.amazonaws.com",),
    "AWS::EC2": ("ec2.amazonaws.com",),
    # "Trust between CloudWatch and Firehose", Amazon CloudWatch User Guide
    "AWS::CloudWatch::MetricStream": ("streams.metrics.cloudwatch.amazonaws.com",),
    "AWS::ECS::CapacityProvider": ("ecs.amazonaws.com",),
    "AWS::ECS::Service": ("ecs.amazonaws.com",),
    "AWS::ECS::TaskDefinition": ("ecs-tasks.amazonaws.com",),
    # an express service's task roles: published policies have the one or the other, and no document says which holds
    "AWS::ECS": ("ecs-tasks.amazonaws.com", "ecs.amazonaws.com"),
    "AWS::EFS": ("elasticfilesystem.amazonaws.com",),
    "AWS::EKS::PodIdentityAssociation": ("pods.eks.amazonaws.com",),
    # nodes' roles too, which trust EC2: "IAM policies for calling Amazon EKS", AWS Step Functions Developer Guide
    "AWS::EKS": ("eks.amazonaws.com",),
    "AWS::Events": ("events.amazonaws.com",),
    "AWS::Glue": ("glue.amazonaws.com",),
    "AWS::IAM::InstanceProfile": ("ec2.amazonaws.com",),
    "AWS::IoT": ("iot.amazonaws.com",),
    "AWS::KinesisFirehose": ("firehose.amazonaws.com",),
    "AWS::Lambda": ("lambda.amazonaws.com",),
    "AWS::Logs": ("logs.amazonaws.com",),
    "AWS::Pipes": ("pipes.amazonaws.com",),
    "AWS::RDS::DBProxy": ("rds.amazonaws.com",),
    # MonitoringRoleArn is given to RDS, and trusts monitoring.rds ("Setting up and enabling Enhanced Monitoring"):
    # which of them the key names is not documented
    "AWS::RDS": ("rds.amazonaws.com", "monitoring.rds.amazonaws.com"),
    "AWS::Redshift": ("redshift.amazonaws.com",),
    "AWS::S3": ("s3.amazonaws.com",),
    "AWS::SES": ("ses.amazonaws.com",),
    "AWS::SNS": ("sns.amazonaws.com",),
    "AWS::SSM": ("ssm.amazonaws.com",),
    "AWS::SageMaker": ("sagemaker.amazonaws.com",),
    "AWS::Scheduler": ("scheduler.amazonaws.com",),
    "AWS::StepFunctions": ("states.amazonaws.com",),
    "AWS::Transfer": ("transfer.amazonaws.com",),
}

PASSED_BY = {
    # AmazonECS_FullAccess, AWS Managed Policy Reference
    ("AWS::ECS", "InfrastructureRoleArn"): "ecs.amazonaws.com",
    # "Enable EKS Pod Identity on the EKS Cluster", Amazon EMR on EKS Development Guide
    ("AWS::EKS", "PodIdentityAssociations/RoleArn"): "pods.eks.amazonaws.com",
    # "Prerequisites for setting up Amazon Neptune using AWS CloudFormation", Amazon Neptune User Guide: the same API
    ("AWS::RDS", "AssociatedRoles"): "rds.amazonaws.com",
}
"""What a property of a service's types passes roles to, where the types pass them to several."""


_NEEDING_ONE = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::ECS::CapacityProvider",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::EKS::Cluster",
        "AWS::EKS::FargateProfile",
        "AWS::EKS::Nodegroup",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBProxy",
    }
)
"""Types whose service makes its role when the first of them is made in an account, by "AWS services that work with IAM"
and the service-linked roles of their user guides."""


def needs_linked_role(type_name: str) -> bool:
    """Whether the first of a type in an account makes a service-linked role."""
    return type_name in _NEEDING_ONE


def request_context(type_name: str, action: str, property_path: str | None = None) -> tuple[ContextKey, ...]:
    """Return the known condition keys of a type's request for an action, which a property may cause."""
    match action:
        case "iam:PassRole":
            service = type_name.rpartition("::")[0]
            if property_path is not None and (service, property_path) in PASSED_BY:
                return (ContextKey("iam:PassedToService", (PASSED_BY[service, property_path],)),)
            return _known("iam:PassedToService", type_name, PASSED_TO)
        case "iam:CreateServiceLinkedRole":
            return _known("iam:AWSServiceName", type_name, LINKED_ROLES)
        case _:
            return (*_sent(type_name, action), *_boundary(action))


_BOUNDARY = "iam:PermissionsBoundary"


def _boundary(action: str) -> tuple[ContextKey, ...]:
    """Return the key of a permissions boundary, if the reference says that the action takes it."""
    known = authorization.action(action)
    if known is None or _BOUNDARY not in known.condition_keys:
        return ()
    return (ContextKey(_BOUNDARY, path="PermissionsBoundary", of_target=True, narrows=known.name in _GIVING),)


_GIVING = frozenset(
    f"{verb}{of}{what}"
    for of in ("Role", "User")
    for verb, what in (
        ("Create", ""),
        ("Put", "Policy"),
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Put", "PermissionsBoundary"),
        ("Delete", "PermissionsBoundary"),
    )
)
"""What gives an identity permissions, or a boundary that does: "Permissions boundaries for IAM entities", "Delegating
responsibility to others using permissions boundaries", AWS IAM User Guide."""

_FUNCTION = ArnTemplate(
    "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
    (("FunctionName", PropertyValue("FunctionName")),),
)
_OF_URL = ArnTemplate(_FUNCTION.text, (("FunctionName", PropertyValue("TargetFunctionArn")),))

_PROPERTIES = {
    "AWS::Lambda::Permission": (
        ContextKey("lambda:Principal", path="Principal", narrows=False),
        ContextKey("lambda:FunctionUrlAuthType", path="FunctionUrlAuthType", narrows=False),
    ),
    "AWS::Lambda::Url": (
        ContextKey("lambda:FunctionUrlAuthType", path="AuthType", narrows=False),
        ContextKey("lambda:FunctionArn", path="TargetFunctionArn", arn=_OF_URL, narrows=False),
    ),
    "AWS::Lambda::EventSourceMapping": (
        ContextKey("lambda:FunctionArn", path="FunctionName", arn=_FUNCTION, narrows=False),
    ),
    "AWS::Lambda::Function": (
        ContextKey("lambda:Layer", path="Layers", several=True, narrows=False),
        ContextKey("lambda:SubnetIds", path="VpcConfig/SubnetIds", several=True, narrows=False),
        ContextKey("lambda:SecurityGroupIds", path="VpcConfig/SecurityGroupIds", several=True, narrows=False),
        ContextKey("lambda:CodeSigningConfigArn", path="CodeSigningConfigArn", narrows=False),
    ),
    "AWS::CloudFormation::Stack": (
        ContextKey("cloudformation:TemplateUrl", path="TemplateURL", narrows=False),
        # the type has no property for the stack's policy, and none that limits the types
        ContextKey("cloudformation:StackPolicyUrl", narrows=False),
        ContextKey("cloudformation:ResourceTypes", narrows=False),
    ),
    "AWS::SecretsManager::Secret": (
        # "DeletionPolicy attribute", AWS CloudFormation Template Reference: a secret is deleted at once
        # (github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1999)
        ContextKey("secretsmanager:ForceDeleteWithoutRecovery", ("true",), narrows=False),
        ContextKey("secretsmanager:RecoveryWindowInDays", narrows=False),
    ),
}
"""What a type's requests hold, of the keys that the reference lists for the call."""

_CALL_KMS = frozenset(
    {"airflow", "appflow", "auditmanager", "backup", "bedrock", "codecommit", "datazone", "dsql", "dynamodb", "ec2"}
    | {"ecr", "elasticfilesystem", "fsx", "glue", "guardduty", "identitystore", "kinesis", "logs", "rds", "redshift"}
    | {"s3", "s3tables", "s3vectors", "sagemaker", "scheduler", "secretsmanager", "sqs", "ssm", "sso", "timestream"}
)  # fmt: skip
"""Services that `kms:ViaService` names in AWS's own managed policies as of 2026-03-07 (zoph-io/MAMIP), by the prefix
of their actions."""
_MADE_BY_SERVICES = frozenset(
    {"kms:creategrant", "kms:decrypt", "kms:encrypt", "kms:reencryptfrom", "kms:reencryptto"}
    | {"kms:generatedatakey", "kms:generatedatakeypair", "kms:generatedatakeywithoutplaintext"}
)  # fmt: skip
"""Operations that a service does with a customer's key, and a resource handler of CloudFormation has no use for."""


def via_service(action: str, prefix: str) -> bool:
    """Whether a call of KMS is made by the service of the resource, so that `kms:ViaService` names it."""
    return action.lower() in _MADE_BY_SERVICES and prefix in _CALL_KMS


_POLICY = {"AWS::IAM::Role": "ManagedPolicyArns", "AWS::IAM::User": "ManagedPolicyArns"}


def _sent(type_name: str, action: str) -> tuple[ContextKey, ...]:
    known = authorization.action(action)
    if known is None:
        return ()
    keys = tuple(key for key in _PROPERTIES.get(type_name, ()) if key.key in known.condition_keys)
    if "iam:PolicyARN" in known.condition_keys and type_name in _POLICY:
        return (ContextKey("iam:PolicyARN", path=_POLICY[type_name]), *keys)
    return keys


def _known(key: str, type_name: str, values: Mapping[str, tuple[str, ...]]) -> tuple[ContextKey, ...]:
    service = type_name.rpartition("::")[0]
    found = values.get(type_name, values.get(service))
    return () if found is None else (ContextKey(key, found),)
