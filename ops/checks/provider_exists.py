"""The account trusts GitHub's OIDC provider, for the audience that the deploy role asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.errors import code_of
from ops.checks.result import CheckFinding, found, good
from ops.role.live import NO_SUCH_ENTITY

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from settings import Settings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
"""GitHub Docs, "Configuring OpenID Connect in Amazon Web Services": the provider URL and the audience."""


def provider_arn(settings: Settings) -> str:
    """Return the provider's ARN."""
    return f"arn:{settings.partition}:iam::{settings.account}:oidc-provider/{ISSUER}"


def provider_exists(iam: IAMClient, settings: Settings) -> CheckFinding:
    """Call `GetOpenIDConnectProvider`.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    try:
        provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn(settings))
    except ClientError as error:
        if code_of(error) != NO_SUCH_ENTITY:
            raise
        return found(f"there is no OIDC provider {ISSUER}: GitHub's jobs cannot log in; it belongs to no stack here")
    clients = provider.get("ClientIDList", [])
    if AUDIENCE not in clients:
        return found(
            f"the OIDC provider {ISSUER} does not know the client id {AUDIENCE}: GitHub's jobs cannot log in",
            f"it knows: {', '.join(clients) or 'none'}",
        )
    return good(f"{ISSUER} is there, with the client id {AUDIENCE}")
