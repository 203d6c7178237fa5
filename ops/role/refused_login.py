"""Why a role does not take a job's token: AWS says only that it does not, and names no permission that is missing.

"Troubleshooting IAM roles" and "Configuring OpenID Connect in Amazon Web Services", AWS IAM User Guide and GitHub Docs.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from ops.project.assembly import AssemblyError
from ops.role.synthesised import synthesised_role

if TYPE_CHECKING:
    from ops.project.deployment import Deployment
    from ops.role.documents import Document

_PAGE = "see docs/runbook/refused-login.md"


def refused_login(deployment: Deployment) -> str:
    """Return what the token says, and what the role trusts.

    Raises:
        InputError: the synthesised role cannot be read.
    """
    claims = _claims()
    if claims is None:
        return f"its claims are not to be read here (AWS_WEB_IDENTITY_TOKEN_FILE); {_PAGE}"
    subject, audience = claims.sub, claims.aud
    try:
        role = synthesised_role(deployment)
    except AssemblyError as error:
        return f"its subject is {subject}; what the role trusts is not known here: {error}"
    asked_for = os.environ.get("AWS_ROLE_ARN", role.arn)
    if asked_for != role.arn:
        return f"AWS_ROLE_ARN is {asked_for}, and the deploy role is {role.arn}; {_PAGE}"
    for what, told, key in (("subject", subject, ":sub"), ("audience", audience, ":aud")):
        trusted = _trusted(role.trust, key)
        if told not in trusted:
            return f"its {what} is {told}, and the role trusts {' or '.join(trusted)} alone; {_PAGE}"
    return (
        f"its subject is {subject}, which the synthesised role trusts, so the role in the account is another, or"
        " there is none: run ops preflight with your own credentials"
    )


class TokenClaims(Struct, frozen=True):
    """What the token says of the job; the token itself is a secret, and is not shown."""

    sub: str
    aud: str


def _claims() -> TokenClaims | None:
    file = Path(os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""))
    try:
        payload = file.read_text(encoding="ascii").split(".")[1]
        return msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=TokenClaims)
    except (OSError, ValueError, LookupError, RecursionError):
        return None


def _trusted(trust: Document, claim: str) -> list[str]:
    """Return the values that a trust policy's statements want of a claim."""
    statements: list[dict[str, Any]] = trust["Statement"]
    found: list[str] = []
    for statement in statements:
        for operator in statement.get("Condition", {}).values():
            for key, value in operator.items():
                if key.endswith(claim):
                    found += [value] if isinstance(value, str) else value
    return found
