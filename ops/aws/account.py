"""The AWS account that the settings name, through the caller's own credentials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sts import STSClient

    from settings import Settings

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 8},  # waits longer before each; AWS SDKs, "Retry behavior"
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=16,
    user_agent_extra="dataops-ops",
)


@dataclass(frozen=True)
class Account:
    """Typed clients in the settings' region. Clients may be shared by threads, once they are made."""

    settings: Settings
    session: boto3.Session

    def _client(self, service: str) -> Any:
        make: Any = cast("Any", self.session).client  # the stubs of the services that are not used are not installed
        try:
            client = make(service, config=_CONFIG)
            endpoint: str = client.meta.endpoint_url
            _ = urlsplit(endpoint).port  # which nobody looks at before the first call
        except ValueError as error:  # of AWS_ENDPOINT_URL, or of a profile's `endpoint_url`
            raise OpsError(f"the AWS settings are wrong: {error}") from None
        return client

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """AWS CloudFormation."""
        return self._client("cloudformation")

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """Amazon DynamoDB."""
        return self._client("dynamodb")

    @cached_property
    def events(self) -> EventBridgeClient:
        """Amazon EventBridge."""
        return self._client("events")

    @cached_property
    def iam(self) -> IAMClient:
        """AWS IAM."""
        return self._client("iam")

    @cached_property
    def functions(self) -> LambdaClient:
        """AWS Lambda."""
        return self._client("lambda")

    @cached_property
    def s3(self) -> S3Client:
        """Amazon S3."""
        return self._client("s3")

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """AWS Secrets Manager."""
        return self._client("secretsmanager")

    @cached_property
    def sts(self) -> STSClient:
        """AWS STS."""
        return self._client("sts")

    @cached_property
    def caller(self) -> str:
        """The ARN of whoever runs the command.

        Raises:
            OpsError: the credentials are of another account than the settings'.
            BotoCoreError, ClientError: as any call.
        """
        identity = self.sts.get_caller_identity()
        if identity["Account"] != self.settings.account:
            raise OpsError(
                f"the credentials are of account {identity['Account']} ({identity['Arn']}), and the settings name"
                f" {self.settings.account}: switch the profile, or the settings' account"
            )
        return identity["Arn"]


def open_account(settings: Settings) -> Account:
    """Return the settings' account, and make sure that the credentials are of it.

    Raises:
        OpsError: they are of another account, or in a file that cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    account = unasked_account(settings)
    try:
        _ = account.caller
    except (OSError, UnicodeDecodeError) as error:  # of AWS_WEB_IDENTITY_TOKEN_FILE, which the SDK reads by itself
        raise OpsError(f"the AWS credentials cannot be read: {error}") from None
    return account


def unasked_account(settings: Settings) -> Account:
    """Return the settings' account without looking at the credentials."""
    return Account(settings, boto3.Session(region_name=settings.region))
