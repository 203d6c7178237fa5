"""The handlers, one file a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local_aws.cloudformation.handlers import dynamodb, events, iam, iam_managed_policy, lambda_, s3, secretsmanager

if TYPE_CHECKING:
    from local_aws.cloudformation.handler import ResourceHandler

HANDLERS: Final[dict[str, type[ResourceHandler]]] = {
    handler.type_name: handler
    for handler in (
        dynamodb.DynamoDBTable,
        events.EventsRule,
        iam.IamRole,
        iam_managed_policy.IamManagedPolicy,
        lambda_.LambdaFunction,
        lambda_.LambdaPermission,
        lambda_.LambdaUrl,
        s3.S3Bucket,
        secretsmanager.SecretsManagerSecret,
    )
}
