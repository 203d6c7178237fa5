"""A secret that is made by hand is there, and is not about to be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.errors import code_of
from ops.checks.result import CheckFinding, found, good

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def secret_exists(secrets: SecretsManagerClient, name: str) -> CheckFinding:
    """Call `DescribeSecret`, which does not read the value.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    try:
        described = secrets.describe_secret(SecretId=name)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return found(f"there is no secret {name}: it is made by hand, before the deployment")
    if "DeletedDate" in described:
        return found(f"{name} is scheduled for deletion: restore it (aws secretsmanager restore-secret)")
    return good(f"{name} is there")
