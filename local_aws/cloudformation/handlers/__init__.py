"""The handlers, one file a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local_aws.cloudformation.handlers import dynamodb, events, iam, lambda_, s3, secretsmanager

if TYPE_CHECKING:
    from local_aws.cloudformation.handler import Handler

HANDLERS: Final[dict[str, type[Handler]]] = {
    handler.type_name: handler
    for handler in (
        dynamodb.Table,
        events.Rule,
        iam.Role,
        lambda_.Function,
        lambda_.Permission,
        lambda_.Url,
        s3.Bucket,
        secretsmanager.Secret,
    )
}
