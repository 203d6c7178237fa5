"""What keeps a command from its answer, in one line: what is wrong, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from leastgrant.knowledge import authorization, iam_action

if TYPE_CHECKING:
    from collections.abc import Mapping


CALL_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""What a call of the AWS SDK raises; the last is no `BotoCoreError`."""

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AccessDeniedFault", "UnauthorizedOperation"})
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "SlowDown",
    }
)
"""Codes of errors, by AWS service (the "Common Errors" page of each service's API Reference; botocore's
`_retry.json` for throttling)."""


def code_of(error: ClientError) -> str:
    """Return the error's code, such as `AccessDenied`."""
    return error.response.get("Error", {}).get("Code", "")


def is_refused_login(error: ClientError) -> bool:
    """Tell whether a role does not take a job's token, or there is no such role: AWS does not tell which."""
    return error.operation_name == "AssumeRoleWithWebIdentity" and code_of(error) in DENIED


def message_of(error: ClientError) -> str:
    """Return what AWS said, on one line."""
    return " ".join(error.response.get("Error", {}).get("Message", "").split())


def explained(error: BotoCoreError | ClientError | ResponseParserError) -> str:
    """Return an error of the AWS SDK in one line, with its remedy."""
    if isinstance(error, ClientError):
        return _of_aws(error)
    if isinstance(error, ResponseParserError):
        return f"what answered is not AWS, perhaps a proxy: {str(error).splitlines()[0]}"
    return _of_sdk(error)


def _of_sdk(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return "no AWS credentials: log in, or set AWS_PROFILE, and try again"
        case ProfileNotFound():
            return f"{error}: set AWS_PROFILE to a profile that there is"
        case UnauthorizedSSOTokenError() | TokenRetrievalError():
            return "the AWS login has expired: log in again (aws sso login), and try again"
        case EndpointConnectionError():
            return f"{error}: check the network, and AWS_ENDPOINT_URL if it is set"
        case _:
            return " ".join(str(error).split())


def _of_aws(error: ClientError) -> str:
    code, operation = code_of(error), error.operation_name
    if code in EXPIRED:
        return f"{operation}: the AWS credentials have expired: log in again, and run the command again"
    if is_refused_login(error):
        return f"{operation}: refused: the role's trust does not accept the token ({message_of(error)})"
    if code in DENIED:
        return f"{operation}: denied: you need {_permission(error)} ({message_of(error)})"
    if code in THROTTLED:
        return f"{operation}: AWS throttles the account's calls, after several tries: wait a minute, and try again"
    return f"{operation}: {code}: {message_of(error)}"


_SERVICES: Mapping[str, str] = {
    "CloudFormation": "cloudformation",
    "DynamoDB": "dynamodb",
    "EventBridge": "events",
    "IAM": "iam",
    "Lambda": "lambda",
    "S3": "s3",
    "Secrets Manager": "secretsmanager",
    "STS": "sts",
}


def _permission(error: ClientError) -> str:
    """Return the IAM action behind the operation that was refused."""
    named = {str(known) for service in _SERVICES.values() if (known := _action(service, error.operation_name))}
    said = {action for action in named if action in message_of(error)}
    return " or ".join(sorted(said or named)) or error.operation_name


def _action(service: str, operation: str) -> authorization.Action | None:
    name = iam_action(f"{service}:{operation}")
    return None if name is None else authorization.action(name)
