"""What AWS says when it denies a call, as a typed value.

The sentences are those of "Troubleshoot access denied error messages", AWS IAM User Guide, as services and
CloudFormation's resource handlers wrap them; `tests/ops/stack/test_denial.py` holds each against messages that AWS
has sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class PolicyType(Enum):
    """The kind of policy that a denial names."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    ENDPOINT = "VPC endpoint policy"


@dataclass(frozen=True, slots=True)
class Denial:
    """A denied call, as far as the message tells."""

    principal: str | None
    """Who called: an ARN."""
    action: str | None
    resource: str | None
    """An ARN, or what the service calls it, such as `role deployer`."""
    policy: PolicyType | None
    """The kind of policy that does not allow the call, or denies it."""
    explicit: bool
    """Whether a policy says so; otherwise none allows it."""
    encoded: str | None
    """What `aws sts decode-authorization-message` makes readable."""

    @property
    def by_grant(self) -> bool:
        """Whether a grant in the role's own policy fixes it, as far as is told."""
        return not self.explicit and self.policy in {None, PolicyType.IDENTITY}


_DENIED = re.compile(r"not authorized|access ?denied|doesn't have permission", re.IGNORECASE)
_PRINCIPAL = re.compile(r"\bUser: (?P<principal>\S+)|'(?P<quoted>arn:[^']+)' is not authorized")
_ACTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"not authorized to perform:? (?P<action>[A-Za-z0-9-]+:[A-Za-z0-9]+)",
        r"doesn't have permission to call (?P<action>[a-z0-9-]+:[A-Za-z0-9]+)",
        r"\bAPI: (?P<action>[a-z0-9-]+:[A-Za-z0-9]+)",  # CloudFormation's older handlers say which call it was
    )
)
_RESOURCE = re.compile(
    r"not authorized to perform:? [A-Za-z0-9-]+:[A-Za-z0-9]+,? on (?:resource:? )?"
    r"(?P<resource>.+?)"
    r"(?= because no | with an explicit deny|\. Encoded| status code:| \(Service:|[,;]? Status Code:|$)"
)
_NONE_ALLOWS = re.compile(r"because no (?P<policy>[A-Za-z -]+?) allows")
_ONE_DENIES = re.compile(r"with an explicit deny(?: in an? (?P<policy>[A-Za-z -]+))?")
_ENCODED = re.compile(r"Encoded authorization failure message: (?P<encoded>[\w-]+)")


def denial_in(message: str) -> Denial | None:
    """Find the denial that a message tells of; None if it tells of something else."""
    text = " ".join(message.split())
    if not _DENIED.search(text):
        return None
    principal = _PRINCIPAL.search(text)
    denies = _ONE_DENIES.search(text)
    return Denial(
        principal=principal and (principal["principal"] or principal["quoted"]),
        action=_first(_ACTIONS, text),
        resource=_resource(text),
        policy=_policy(denies or _NONE_ALLOWS.search(text)),
        explicit=denies is not None,
        encoded=_group(_ENCODED, text, "encoded"),
    )


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    return next((match["action"] for pattern in patterns if (match := pattern.search(text))), None)


def _resource(text: str) -> str | None:
    found = _group(_RESOURCE, text, "resource")
    return found.strip("\"' .") or None if found else None


def _policy(match: re.Match[str] | None) -> PolicyType | None:
    if match is None or match["policy"] is None:
        return None
    named = match["policy"]
    return next((kind for kind in PolicyType if named.lower().startswith(kind.value.lower())), None)


def _group(pattern: re.Pattern[str], text: str, name: str) -> str | None:
    match = pattern.search(text)
    return match and match[name]
