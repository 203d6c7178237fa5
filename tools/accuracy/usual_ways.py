"""What two usual ways to find a role's permissions say of the same denials: schemas' lists, and a map kept by hand."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from leastgrant.knowledge import Handler, type_schema
from tools.accuracy.denials import OPERATIONS, needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.accuracy.denials import Denial

_HANDLERS: Final = {handler.value: handler for handler in Handler}


@dataclass(frozen=True, slots=True)
class UsualWay:
    """How a way does on a set of denials."""

    named: int
    """Denials whose action it names."""
    asked: int
    """All actions that it names for those resources, needed or not."""


def of_leastgrant(denials: Iterable[Denial]) -> UsualWay:
    """Granting what leastgrant requires in the denied operation, a change included."""
    named = asked = 0
    for denial in denials:
        required = {
            need.action.lower()
            for need in needs(denial)
            if need.is_deployed_with and need.operation.value in OPERATIONS[denial.operation]
        }
        named += denial.action.lower() in required
        asked += len(required)
    return UsualWay(named, asked)


def of_the_schemas(denials: Iterable[Denial]) -> UsualWay:
    """Granting what the denied operation's handler lists in the type's provider schema, whatever is set."""
    named = asked = 0
    for denial in denials:
        schema = type_schema(denial.type)
        handlers = {_HANDLERS[name] for name in OPERATIONS[denial.operation] if name in _HANDLERS}
        listed = {action.lower() for handler in handlers if schema for action in schema.handlers.get(handler, ())}
        named += any(fnmatchcase(denial.action.lower(), action) for action in listed)
        asked += len(listed)
    return UsualWay(named, asked)


def of_the_map(denials: Iterable[Denial]) -> UsualWay:
    """Granting what a map from types to actions says, for all operations."""
    named = asked = 0
    for denial in denials:
        listed = [action.lower() for action in ACTIONS.get(denial.type, "").split()]
        named += denial.action.lower() in listed
        asked += len(listed)
    return UsualWay(named, asked)


ACTIONS: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::Deployment": "apigateway:POST apigateway:GET apigateway:DELETE",
    "AWS::ApiGateway::Method": "apigateway:PUT apigateway:GET apigateway:DELETE apigateway:PATCH",
    "AWS::ApiGateway::Resource": "apigateway:POST apigateway:GET apigateway:DELETE apigateway:PATCH",
    "AWS::ApiGateway::RestApi": "apigateway:POST apigateway:GET apigateway:DELETE apigateway:PATCH apigateway:PUT",
    "AWS::ApiGateway::Stage": "apigateway:POST apigateway:GET apigateway:DELETE apigateway:PATCH",
    "AWS::ApiGatewayV2::Api": "apigateway:POST apigateway:GET apigateway:DELETE apigateway:PATCH",
    "AWS::ApiGatewayV2::Stage": "apigateway:POST apigateway:GET apigateway:DELETE apigateway:PATCH",
    "AWS::AppSync::GraphQLApi": "appsync:CreateGraphqlApi appsync:GetGraphqlApi appsync:UpdateGraphqlApi "
    "appsync:DeleteGraphqlApi",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:RegisterScalableTarget "
    "application-autoscaling:DescribeScalableTargets application-autoscaling:DeregisterScalableTarget iam:PassRole",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling:CreateAutoScalingGroup autoscaling:DescribeAutoScalingGroups "
    "autoscaling:UpdateAutoScalingGroup autoscaling:DeleteAutoScalingGroup iam:PassRole",
    "AWS::AutoScaling::LaunchConfiguration": "autoscaling:CreateLaunchConfiguration "
    "autoscaling:DescribeLaunchConfigurations autoscaling:DeleteLaunchConfiguration iam:PassRole",
    "AWS::CertificateManager::Certificate": "acm:RequestCertificate acm:DescribeCertificate acm:DeleteCertificate",
    "AWS::CloudFormation::Stack": "cloudformation:CreateStack cloudformation:DescribeStacks cloudformation:UpdateStack "
    "cloudformation:DeleteStack",
    "AWS::CloudFront::Distribution": "cloudfront:CreateDistribution cloudfront:GetDistribution "
    "cloudfront:UpdateDistribution cloudfront:DeleteDistribution",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms",
    "AWS::CodeBuild::Project": "codebuild:CreateProject codebuild:BatchGetProjects codebuild:UpdateProject "
    "codebuild:DeleteProject iam:PassRole",
    "AWS::CodePipeline::Pipeline": "codepipeline:CreatePipeline codepipeline:GetPipeline codepipeline:UpdatePipeline "
    "codepipeline:DeletePipeline iam:PassRole",
    "AWS::Cognito::UserPool": "cognito-idp:CreateUserPool cognito-idp:DescribeUserPool cognito-idp:UpdateUserPool "
    "cognito-idp:DeleteUserPool",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:DeleteTable",
    "AWS::EC2::Instance": "ec2:RunInstances ec2:DescribeInstances ec2:TerminateInstances iam:PassRole",
    "AWS::EC2::SecurityGroup": "ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:DeleteSecurityGroup "
    "ec2:AuthorizeSecurityGroupIngress ec2:RevokeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress "
    "ec2:RevokeSecurityGroupEgress",
    "AWS::EC2::Subnet": "ec2:CreateSubnet ec2:DescribeSubnets ec2:DeleteSubnet ec2:ModifySubnetAttribute",
    "AWS::EC2::VPC": "ec2:CreateVpc ec2:DescribeVpcs ec2:DeleteVpc ec2:ModifyVpcAttribute",
    "AWS::EC2::VPCEndpoint": "ec2:CreateVpcEndpoint ec2:DescribeVpcEndpoints ec2:DeleteVpcEndpoints "
    "ec2:ModifyVpcEndpoint",
    "AWS::ECR::Repository": "ecr:CreateRepository ecr:DescribeRepositories ecr:DeleteRepository "
    "ecr:SetRepositoryPolicy ecr:PutLifecyclePolicy",
    "AWS::ECS::Cluster": "ecs:CreateCluster ecs:DescribeClusters ecs:UpdateCluster ecs:DeleteCluster",
    "AWS::ECS::Service": "ecs:CreateService ecs:DescribeServices ecs:UpdateService ecs:DeleteService iam:PassRole",
    "AWS::ECS::TaskDefinition": "ecs:RegisterTaskDefinition ecs:DescribeTaskDefinition ecs:DeregisterTaskDefinition "
    "iam:PassRole",
    "AWS::EFS::FileSystem": "elasticfilesystem:CreateFileSystem elasticfilesystem:DescribeFileSystems "
    "elasticfilesystem:UpdateFileSystem elasticfilesystem:DeleteFileSystem",
    "AWS::EKS::Cluster": "eks:CreateCluster eks:DescribeCluster eks:UpdateClusterConfig eks:DeleteCluster iam:PassRole",
    "AWS::ElasticLoadBalancingV2::Listener": "elasticloadbalancing:CreateListener "
    "elasticloadbalancing:DescribeListeners elasticloadbalancing:ModifyListener elasticloadbalancing:DeleteListener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing:CreateLoadBalancer "
    "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:ModifyLoadBalancerAttributes "
    "elasticloadbalancing:DeleteLoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "elasticloadbalancing:CreateTargetGroup "
    "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:ModifyTargetGroup "
    "elasticloadbalancing:DeleteTargetGroup",
    "AWS::Events::Rule": "events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets "
    "iam:PassRole",
    "AWS::Glue::Job": "glue:CreateJob glue:GetJob glue:UpdateJob glue:DeleteJob iam:PassRole",
    "AWS::IAM::InstanceProfile": "iam:CreateInstanceProfile iam:GetInstanceProfile iam:DeleteInstanceProfile "
    "iam:AddRoleToInstanceProfile iam:RemoveRoleFromInstanceProfile iam:PassRole",
    "AWS::IAM::ManagedPolicy": "iam:CreatePolicy iam:GetPolicy iam:DeletePolicy iam:CreatePolicyVersion "
    "iam:DeletePolicyVersion iam:AttachRolePolicy iam:DetachRolePolicy",
    "AWS::IAM::Policy": "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
    "AWS::IAM::Role": "iam:CreateRole iam:GetRole iam:UpdateRole iam:DeleteRole iam:PutRolePolicy iam:DeleteRolePolicy "
    "iam:AttachRolePolicy iam:DetachRolePolicy",
    "AWS::IAM::User": "iam:CreateUser iam:GetUser iam:UpdateUser iam:DeleteUser iam:PutUserPolicy iam:DeleteUserPolicy",
    "AWS::KMS::Alias": "kms:CreateAlias kms:UpdateAlias kms:DeleteAlias",
    "AWS::KMS::Key": "kms:CreateKey kms:DescribeKey kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:EnableKeyRotation",
    "AWS::Kinesis::Stream": "kinesis:CreateStream kinesis:DescribeStreamSummary kinesis:DeleteStream",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:CreateDeliveryStream firehose:DescribeDeliveryStream "
    "firehose:UpdateDestination firehose:DeleteDeliveryStream iam:PassRole",
    "AWS::Lambda::Alias": "lambda:CreateAlias lambda:GetAlias lambda:UpdateAlias lambda:DeleteAlias",
    "AWS::Lambda::EventSourceMapping": "lambda:CreateEventSourceMapping lambda:GetEventSourceMapping "
    "lambda:UpdateEventSourceMapping lambda:DeleteEventSourceMapping",
    "AWS::Lambda::Function": "lambda:CreateFunction lambda:GetFunction lambda:UpdateFunctionCode "
    "lambda:UpdateFunctionConfiguration lambda:DeleteFunction iam:PassRole s3:GetObject",
    "AWS::Lambda::LayerVersion": "lambda:PublishLayerVersion lambda:GetLayerVersion lambda:DeleteLayerVersion",
    "AWS::Lambda::Permission": "lambda:AddPermission lambda:RemovePermission",
    "AWS::Lambda::Version": "lambda:PublishVersion",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup logs:DescribeLogGroups logs:PutRetentionPolicy logs:DeleteLogGroup",
    "AWS::RDS::DBCluster": "rds:CreateDBCluster rds:DescribeDBClusters rds:ModifyDBCluster rds:DeleteDBCluster",
    "AWS::RDS::DBInstance": "rds:CreateDBInstance rds:DescribeDBInstances rds:ModifyDBInstance rds:DeleteDBInstance",
    "AWS::Route53::HostedZone": "route53:CreateHostedZone route53:GetHostedZone route53:DeleteHostedZone",
    "AWS::Route53::RecordSet": "route53:ChangeResourceRecordSets route53:GetChange route53:ListResourceRecordSets",
    "AWS::S3::Bucket": "s3:CreateBucket s3:ListBucket s3:DeleteBucket s3:PutBucketPolicy s3:PutEncryptionConfiguration "
    "s3:PutBucketVersioning s3:PutLifecycleConfiguration s3:PutBucketPublicAccessBlock s3:PutBucketTagging",
    "AWS::S3::BucketPolicy": "s3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe sns:GetSubscriptionAttributes sns:Unsubscribe",
    "AWS::SNS::Topic": "sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic",
    "AWS::SQS::Queue": "sqs:CreateQueue sqs:GetQueueAttributes sqs:SetQueueAttributes sqs:DeleteQueue",
    "AWS::SSM::Parameter": "ssm:PutParameter ssm:GetParameters ssm:DeleteParameter",
    "AWS::SecretsManager::Secret": "secretsmanager:CreateSecret secretsmanager:DescribeSecret "
    "secretsmanager:UpdateSecret secretsmanager:DeleteSecret",
    "AWS::StepFunctions::StateMachine": "states:CreateStateMachine states:DescribeStateMachine "
    "states:UpdateStateMachine states:DeleteStateMachine iam:PassRole",
    "AWS::WAFv2::WebACL": "wafv2:CreateWebACL wafv2:GetWebACL wafv2:UpdateWebACL wafv2:DeleteWebACL",
}
"""Create, describe, update and delete, passing the role, and what else comes to mind: the types that one meets first.

Written as such maps are, from the names of the APIs, without looking at the denials that it is measured on.
"""
