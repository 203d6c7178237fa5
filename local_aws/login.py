"""GitHub's identity provider, and roles assumed with its tokens, as their trust accepts them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.iam import AssumeRequest, Outcome, Principal, PrincipalKind, context_of, evaluate_trust
from local_aws.callers import Callers, RoleSession
from local_aws.wire import ApiCall, AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.callers import Caller, Credentials
    from local_aws.roles import Roles

ISSUER: Final = "https://token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"
_HOST: Final = ISSUER.removeprefix("https://")
_COMPARED: Final = (
    *("aud", "sub", "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"),
    *("ref", "repository", "repository_id", "workflow"),
)
"""The claims that STS compares with a trust (AWS What's New, January 2026, of identity provider specific claims)."""
_LIFETIME: Final = (
    300  # seconds; "About security hardening with OpenID Connect", GitHub Docs, shows tokens of 5 minutes
)
_SESSION: Final = 3600


@dataclass
class Login:
    """The issuer of tokens, which gives a role's credentials for them."""

    account: str
    callers: Callers
    roles: Roles
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def token(
        self,
        subject: str,
        *,
        audience: str = AUDIENCE,
        lifetime: int = _LIFETIME,
        claims: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Make a job's token, as GitHub would sign it for this subject, with other claims such as `repository_id`."""
        now = int(time.time())
        every = {**claims, "iss": ISSUER, "sub": subject, "aud": audience, "iat": now, "exp": now + lifetime}
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(every)}"
        return f"{signed}.{self._signature(signed)}"

    def assume(self, call: ApiCall, caller: Caller) -> Mapping[str, object]:
        """Answer `AssumeRoleWithWebIdentity`.

        Raises:
            AwsError: the token is not valid, or the role's trust does not accept it.
        """
        del caller
        claims = self._claims(call.params["WebIdentityToken"])
        arn = str(call.params["RoleArn"])
        name = arn.rpartition("/")[2]
        provider = self._provider(claims)
        request = AssumeRequest(
            "sts:AssumeRoleWithWebIdentity",
            Principal(PrincipalKind.FEDERATED, provider),
            context_of({f"{_HOST}:{claim}": claims[claim] for claim in _COMPARED if claim in claims}),
        )
        if self.roles.arn(name) != arn or not self._is_trusted(name, request):
            raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        session_name = str(call.params["RoleSessionName"])
        seconds = int(call.params.get("DurationSeconds") or _SESSION)
        if seconds > self.roles.longest_session(name):
            problem = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            raise AwsError("ValidationError", problem)
        return {
            **self.session(name, session_name, seconds),
            "SubjectFromWebIdentityToken": claims["sub"],
            "Provider": provider,
            "Audience": claims["aud"],
        }

    def session(self, role: str, session_name: str, seconds: int) -> Mapping[str, object]:
        """Return what STS answers of a session of a role that it admits, whichever operation asks for it."""
        credentials = self.admit(role, session_name, seconds)
        return {
            "Credentials": {
                "AccessKeyId": credentials.access_key,
                "SecretAccessKey": credentials.secret_key,
                "SessionToken": credentials.session_token,
                "Expiration": credentials.expires,
            },
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROA:{session_name}",
                "Arn": RoleSession(self.account, role, session_name, self.roles).arn,
            },
        }

    def admit(self, role: str, session_name: str, seconds: int = _SESSION) -> Credentials:
        """Return credentials of a session of a role, without asking its trust."""
        session = RoleSession(self.account, role, session_name, self.roles)
        return self.callers.admit(session, timedelta(seconds=seconds))

    def _is_trusted(self, role: str, request: AssumeRequest) -> bool:
        trust = self.roles.role(role).trust
        return trust is not None and evaluate_trust(request, trust).outcome is Outcome.ALLOWED

    def _claims(self, token: str) -> dict[str, Any]:
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(signed)):
            raise AwsError("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
        claims = cast("dict[str, Any]", json.loads(_decoded(signed.partition(".")[2])))
        if claims["exp"] <= time.time():
            raise AwsError("ExpiredTokenException", "Token expired")
        return claims

    def _provider(self, claims: Mapping[str, Any]) -> str:
        """Return the ARN of the account's provider for a token."""
        arn = f"arn:aws:iam::{self.account}:oidc-provider/{_HOST}"
        known: Any = self.roles.backend.open_id_providers.get(arn)
        if known is None:
            raise AwsError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {ISSUER}")
        if claims["aud"] not in known.client_id_list:
            raise AwsError("InvalidIdentityToken", "Incorrect token audience")
        return arn

    def _signature(self, text: str) -> str:
        return urlsafe_b64encode(hmac.new(self.key, text.encode(), hashlib.sha256).digest()).decode().rstrip("=")


def _encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
