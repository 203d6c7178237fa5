"""The handlers, one file a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local_aws.cloudformation.handlers import (
    cloudwatch,
    dynamodb,
    ec2,
    events,
    iam,
    iam_managed_policy,
    lambda_,
    lambda_event_source,
    s3,
    secretsmanager,
    sns,
    sqs,
)

if TYPE_CHECKING:
    from local_aws.cloudformation.handler import ResourceHandler

HANDLERS: Final[dict[str, type[ResourceHandler]]] = {
    handler.type_name: handler
    for handler in (
        cloudwatch.CloudWatchAlarm,
        dynamodb.DynamoDBTable,
        ec2.Ec2SecurityGroup,
        ec2.Ec2SecurityGroupEgress,
        ec2.Ec2SecurityGroupIngress,
        ec2.Ec2Subnet,
        ec2.Ec2Vpc,
        events.EventsRule,
        iam.IamRole,
        iam_managed_policy.IamManagedPolicy,
        lambda_.LambdaFunction,
        lambda_event_source.LambdaEventSourceMapping,
        lambda_.LambdaPermission,
        lambda_.LambdaUrl,
        s3.S3Bucket,
        secretsmanager.SecretsManagerSecret,
        sns.SnsSubscription,
        sns.SnsTopic,
        sns.SnsTopicPolicy,
        sqs.SqsQueue,
        sqs.SqsQueuePolicy,
    )
}
