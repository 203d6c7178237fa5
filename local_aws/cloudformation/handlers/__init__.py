"""The handlers, one file a service; for any other type of the registry a stand-in."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from local_aws.cloudformation.handlers import (
    cloudwatch,
    dynamodb,
    ec2,
    ecr,
    events,
    iam,
    iam_managed_policy,
    iam_policy,
    kms,
    lambda_,
    lambda_event_source,
    lambda_versions,
    logs,
    nothing,
    s3,
    s3_bucket_policy,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
)
from local_aws.cloudformation.handlers.custom_resource import CustomResource, custom_resource
from local_aws.cloudformation.handlers.stand_in import stand_in

if TYPE_CHECKING:
    from local_aws.cloudformation.handler import ResourceHandler

HANDLERS: Final[dict[str, type[ResourceHandler]]] = {
    handler.type_name: handler
    for handler in (
        cloudwatch.CloudWatchAlarm,
        CustomResource,
        dynamodb.DynamoDBTable,
        ec2.Ec2Eip,
        ec2.Ec2InternetGateway,
        ec2.Ec2NatGateway,
        ec2.Ec2Route,
        ec2.Ec2RouteTable,
        ec2.Ec2SecurityGroup,
        ec2.Ec2SecurityGroupEgress,
        ec2.Ec2SecurityGroupIngress,
        ec2.Ec2Subnet,
        ec2.Ec2SubnetRouteTableAssociation,
        ec2.Ec2Vpc,
        ec2.Ec2VpcGatewayAttachment,
        ecr.EcrRepository,
        events.EventsRule,
        iam.IamRole,
        iam_managed_policy.IamManagedPolicy,
        iam_policy.IamInstanceProfile,
        iam_policy.IamPolicy,
        kms.KmsAlias,
        kms.KmsKey,
        lambda_.LambdaFunction,
        lambda_event_source.LambdaEventSourceMapping,
        lambda_versions.LambdaAlias,
        lambda_versions.LambdaLayerVersion,
        lambda_versions.LambdaVersion,
        logs.LogsLogGroup,
        lambda_.LambdaPermission,
        lambda_.LambdaUrl,
        *nothing.HANDLERS,
        s3.S3Bucket,
        s3_bucket_policy.S3BucketPolicy,
        secretsmanager.SecretsManagerSecret,
        sns.SnsSubscription,
        sns.SnsTopic,
        sns.SnsTopicPolicy,
        sqs.SqsQueue,
        sqs.SqsQueuePolicy,
        ssm.SsmParameter,
        stepfunctions.StepFunctionsStateMachine,
    )
}
"""By type. Entry points of the group `ENTRY_POINTS` add to them, and take the place of any."""

ENTRY_POINTS: Final = "local_aws.handlers"
"""Each has the name of a type, and leads to its handler's class."""


@cache
def handler_of(kind: str) -> type[ResourceHandler]:
    """Return the handler of a type.

    Raises:
        NotModelled: it is no type of the registry.
    """
    for one in entry_points(group=ENTRY_POINTS, name=kind):
        return one.load()
    if kind.startswith("Custom::"):
        return custom_resource(kind)
    return HANDLERS.get(kind) or stand_in(kind)
