"""The service that a role is passed to: the value of `iam:PassedToService` in a request.

Source: the service principals in AWS's user guides, and reports where a service does otherwise.
"""

from __future__ import annotations

_PRINCIPALS = {
    "AWS::ApiGateway": ("apigateway.amazonaws.com",),
    "AWS::ApiGatewayV2": ("apigateway.amazonaws.com",),
    "AWS::ApplicationAutoScaling": ("application-autoscaling.amazonaws.com",),
    # App Runner passes roles without the key: github.com/RoboFinSystems/robosystems/pull/1279
    "AWS::AppRunner": (),
    "AWS::AppSync": ("appsync.amazonaws.com",),
    "AWS::Batch": ("batch.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"),
    "AWS::CloudFormation::Stack": ("cloudformation.amazonaws.com",),
    "AWS::CloudTrail": ("cloudtrail.amazonaws.com",),
    "AWS::CodeBuild": ("codebuild.amazonaws.com",),
    "AWS::CodeDeploy": ("codedeploy.amazonaws.com",),
    "AWS::CodePipeline": ("codepipeline.amazonaws.com",),
    "AWS::Cognito": ("cognito-idp.amazonaws.com", "cognito-identity.amazonaws.com"),
    "AWS::Config": ("config.amazonaws.com",),
    "AWS::DLM": ("dlm.amazonaws.com",),
    "AWS::EC2::FlowLog": ("vpc-flow-logs.amazonaws.com",),
    "AWS::EC2": ("ec2.amazonaws.com",),
    "AWS::ECS": ("ecs-tasks.amazonaws.com", "ecs.amazonaws.com"),
    "AWS::EKS::Nodegroup": ("ec2.amazonaws.com", "eks.amazonaws.com"),
    "AWS::EKS": ("eks.amazonaws.com",),
    "AWS::Events": ("events.amazonaws.com",),
    "AWS::Glue": ("glue.amazonaws.com",),
    "AWS::IAM::InstanceProfile": ("ec2.amazonaws.com",),
    "AWS::IoT": ("iot.amazonaws.com",),
    "AWS::KinesisFirehose": ("firehose.amazonaws.com",),
    "AWS::Lambda": ("lambda.amazonaws.com",),
    "AWS::Logs": ("logs.amazonaws.com",),
    "AWS::Pipes": ("pipes.amazonaws.com",),
    "AWS::RDS": ("rds.amazonaws.com", "monitoring.rds.amazonaws.com"),
    "AWS::Redshift": ("redshift.amazonaws.com",),
    "AWS::S3": ("s3.amazonaws.com",),
    "AWS::SES": ("ses.amazonaws.com",),
    "AWS::SNS": ("sns.amazonaws.com",),
    "AWS::SageMaker": ("sagemaker.amazonaws.com",),
    "AWS::Scheduler": ("scheduler.amazonaws.com",),
    "AWS::StepFunctions": ("states.amazonaws.com",),
    "AWS::Transfer": ("transfer.amazonaws.com",),
}


def passed_to(type_name: str) -> tuple[str, ...] | None:
    """The services that a type's roles may be passed to.

    Empty: the request does not say, so that a grant under `iam:PassedToService` never holds. None: not known.
    """
    service = type_name.rpartition("::")[0]
    return _PRINCIPALS.get(type_name, _PRINCIPALS.get(service))
