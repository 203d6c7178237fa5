"""Who calls: by access key, with what its policies let it do at the moment of the call."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leastgrant.iam import Permissions
from local_aws.wire import ApiCall, AwsError

if TYPE_CHECKING:
    from local_aws.roles import Roles


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller signs with."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    expires: datetime | None = None

    def environment(self) -> dict[str, str]:
        """Return the environment variables of AWS's SDKs and tools."""
        token = {} if self.session_token is None else {"AWS_SESSION_TOKEN": self.session_token}
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, **token}


class Caller(ABC):
    """Someone who calls AWS's APIs."""

    account: str

    @property
    @abstractmethod
    def arn(self) -> str:
        """Its ARN, as refusals name it."""

    @property
    @abstractmethod
    def permissions(self) -> Permissions | None:
        """What it may do now; None: everything."""


@dataclass(frozen=True)
class Anonymous(Caller):
    """Whoever calls without credentials: only an operation that needs none is answered."""

    account: str

    @property
    def arn(self) -> str:
        """None."""
        return ""

    @property
    def permissions(self) -> Permissions:
        """None at all."""
        return Permissions(())


@dataclass(frozen=True)
class User(Caller):
    """An IAM user: the operator, who may do everything, or one with a policy."""

    account: str
    name: str
    granted: Permissions | None = None

    @property
    def arn(self) -> str:
        """The user's ARN."""
        return f"arn:aws:iam::{self.account}:user/{self.name}"

    @property
    def permissions(self) -> Permissions | None:
        """What it was given."""
        return self.granted


@dataclass(frozen=True)
class RoleSession(Caller):
    """A session of a role; what it may do is looked up in the role at each call."""

    account: str
    role_name: str
    session_name: str
    roles: Roles

    @property
    def arn(self) -> str:
        """The session's ARN."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_name}/{self.session_name}"

    @property
    def permissions(self) -> Permissions:
        """What the role's policies allow now."""
        return self.roles.role(self.role_name).permissions


@dataclass(frozen=True)
class OutsideSession(Caller):
    """A session of a role that IAM here does not have: what it may do is given."""

    account: str
    role_name: str
    session_name: str
    granted: Permissions

    @property
    def arn(self) -> str:
        """The session's ARN."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_name}/{self.session_name}"

    @property
    def permissions(self) -> Permissions:
        """What it was given."""
        return self.granted


@dataclass
class Callers:
    """All callers, by access key."""

    _known: dict[str, tuple[Credentials, Caller]] = field(default_factory=dict[str, tuple[Credentials, Caller]])

    def admit(self, caller: Caller, lifetime: timedelta | None = None) -> Credentials:
        """Give a caller credentials: for good, or with a session token for a time."""
        temporary = lifetime is not None
        credentials = Credentials(
            access_key=f"{'ASIA' if temporary else 'AKIA'}{secrets.token_hex(8).upper()}",
            secret_key=secrets.token_hex(20),
            session_token=secrets.token_hex(32) if temporary else None,
            expires=datetime.now(UTC) + lifetime if lifetime is not None else None,
        )
        self._known[credentials.access_key] = credentials, caller
        return credentials

    def readmit(self, caller: Caller, access_key: str, secret_key: str) -> Credentials:
        """Give a caller the credentials that it once had, for good."""
        credentials = Credentials(access_key, secret_key)
        self._known[access_key] = credentials, caller
        return credentials

    def expire(self) -> None:
        """Let every session end now."""
        for key, (credentials, caller) in list(self._known.items()):
            if credentials.expires is not None:
                past = Credentials(key, credentials.secret_key, credentials.session_token, datetime.now(UTC))
                self._known[key] = past, caller

    def identify(self, call: ApiCall) -> Caller:
        """Identify who makes a call.

        Raises:
            AwsError: its credentials are unknown or have expired.
        """
        known = self._known.get(call.access_key or "")
        if known is None or known[0].session_token != call.session_token:
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        credentials, caller = known
        if credentials.expires is not None and credentials.expires <= datetime.now(UTC):
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        return caller
