"""Condition keys of a handler's request that are known: the services that roles are passed to or made for.

Sources: the service principals in the services' user guides; "AWS services that work with IAM" for
service-linked roles; reports where a service does otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContextKey:
    """A condition key of a request, with the values it may have there."""

    key: str
    values: tuple[str, ...] = ()
    """Empty: the request does not carry the key, so that a grant under it never holds."""
    path: str | None = None
    """A property whose values are the key's, in a request for each; without the property, the key is absent."""


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


_LINKED_ROLES = {
    "AWS::ApiGateway": ("ops.apigateway.amazonaws.com",),
    "AWS::ApiGatewayV2": ("ops.apigateway.amazonaws.com",),
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
    "AWS::ElasticLoadBalancingV2": ("elasticloadbalancing.amazonaws.com",),
    "AWS::OpenSearchService": ("opensearchservice.amazonaws.com", "es.amazonaws.com"),
    "AWS::RDS": ("rds.amazonaws.com",),
}


def request_context(type_name: str, action: str, property_path: str | None = None) -> tuple[ContextKey, ...]:
    """What is known of the condition keys in a type's request of an action, which a property may cause."""
    match action:
        case "iam:PassRole":
            service = type_name.rpartition("::")[0]
            if property_path is not None and (service, property_path) in PASSED_BY:
                return (ContextKey("iam:PassedToService", (PASSED_BY[service, property_path],)),)
            return _known("iam:PassedToService", type_name, PASSED_TO)
        case "iam:CreateServiceLinkedRole":
            return _known("iam:AWSServiceName", type_name, _LINKED_ROLES)
        case "iam:AttachRolePolicy" | "iam:DetachRolePolicy" if type_name == "AWS::IAM::Role":
            return (ContextKey("iam:PolicyARN", path="ManagedPolicyArns"), _BOUNDARY)
        case "iam:CreateRole" | "iam:PutRolePolicy" if type_name == "AWS::IAM::Role":
            return (_BOUNDARY,)
        case _:
            return ()


_BOUNDARY = ContextKey("iam:PermissionsBoundary", path="PermissionsBoundary")
"""Sent with the role's creation, and checked on the role later ("Permissions boundaries for IAM entities")."""


def _known(key: str, type_name: str, values: dict[str, tuple[str, ...]]) -> tuple[ContextKey, ...]:
    service = type_name.rpartition("::")[0]
    found = values.get(type_name, values.get(service))
    return () if found is None else (ContextKey(key, found),)
