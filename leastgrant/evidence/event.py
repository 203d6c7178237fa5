"""A call as CloudTrail recorded it.

Sources: "CloudTrail record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOUDFORMATION: Final = "cloudformation.amazonaws.com"


class Via(Enum):
    """Who made the call with the identity's permissions."""

    CLOUDFORMATION = "CloudFormation"
    SERVICE = "another service"
    ITSELF = "the role itself"


@dataclass(frozen=True, slots=True)
class Event:
    """A call, or several that differ in nothing that counts here."""

    source: str
    """Such as `sqs.amazonaws.com`."""
    name: str
    """Such as `CreateQueue`."""
    identity: str | None
    """The ARN of the role, user or root whose permissions counted; None: a service's own."""
    session: str | None
    """The name of the role's session."""
    via: Via
    error: str | None
    message: str | None
    """Of the error."""
    arns: tuple[str, ...]
    """The resources that the event names."""
    is_call: bool
    """Whether it records a call of an API: not what a service tells of itself, nor a sign-in."""
    time: str
    calls: int = 1

    @property
    def is_refused(self) -> bool:
        """Whether the call was refused for lack of a permission."""
        return self.error is not None and bool(
            _REFUSED.search(self.error) or _NOT_AUTHORIZED.search(self.message or "")
        )


_REFUSED = re.compile(r"access_?denied|unauthorized|^authorizationerror|^forbidden", re.IGNORECASE)
"""Such as AccessDenied, AccessDeniedException, Client.UnauthorizedOperation and AuthorizationError."""
_NOT_AUTHORIZED = re.compile(r"not authorized to perform", re.IGNORECASE)

_ASSUMED = re.compile(
    r"arn:(?P<partition>[a-z-]+):sts::(?P<account>\d{12}):assumed-role/(?P<name>[^/]+)/(?P<session>.+)"
)


def event_of_record(record: Mapping[str, object]) -> Event:
    """Read a record.

    Raises:
        ValueError: it has no source or name, or is not as CloudTrail writes it.
    """
    record = _unwrapped(record)
    source, name = _text(record, "eventSource"), _text(record, "eventName")
    if source is None or name is None:
        raise ValueError("has no eventSource and eventName, so it is no event of CloudTrail")
    user = _object(record, "userIdentity")
    kind = _text(record, "eventType")
    assumed = _ASSUMED.fullmatch(_text(user, "arn") or "")
    return Event(
        source=source,
        name=name,
        identity=None if _text(user, "type") in {"AWSService", "AWSAccount"} else _identity(user, assumed),
        session=assumed["session"] if assumed else None,
        via=_via(user, record),
        error=_text(record, "errorCode"),
        message=_text(record, "errorMessage"),
        arns=tuple(dict.fromkeys(_arns(record))),
        is_call=kind is None or kind == "AwsApiCall",
        time=_text(record, "eventTime") or "",
    )


def _unwrapped(record: Mapping[str, object]) -> Mapping[str, object]:
    """Take the record out of what EventBridge, or `aws cloudtrail lookup-events`, puts around it."""
    if "eventName" in record:
        return record
    detail = record.get("detail")
    return cast("Mapping[str, object]", detail) if isinstance(detail, dict) else record


def _identity(user: Mapping[str, object], assumed: re.Match[str] | None) -> str | None:
    issuer = _object(_object(user, "sessionContext"), "sessionIssuer")
    arn = _text(issuer, "arn")
    if arn is None and assumed:
        arn = f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['name']}"
    return arn or _text(user, "arn")


def _via(user: Mapping[str, object], record: Mapping[str, object]) -> Via:
    by = _text(user, "invokedBy")
    if CLOUDFORMATION in {by, _text(record, "sourceIPAddress"), _text(record, "userAgent")}:
        return Via.CLOUDFORMATION
    return Via.SERVICE if by else Via.ITSELF


def _arns(record: Mapping[str, object]) -> list[str]:
    resources = record.get("resources")
    if not isinstance(resources, list):
        return []
    found = [
        cast("dict[str, object]", one).get("ARN") for one in cast("list[object]", resources) if isinstance(one, dict)
    ]
    return [arn for arn in found if isinstance(arn, str) and arn.startswith("arn:")]


def _text(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise ValueError(f"its {key} is no text, so it is not as CloudTrail writes it")


def _object(record: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = record.get(key)
    if value is None:
        return {}
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ValueError(f"its {key} is no object, so it is not as CloudTrail writes it")


COLUMNS: Final = ("eventsource", "eventname", "role", "invokedby", "errorcode", "errormessage", "resource", "calls")
"""What the documented query of Athena returns; `session` and `eventtime` may be there too."""


def event_of_row(row: Mapping[str, str]) -> Event:
    """Read a row of the documented query's result.

    Raises:
        ValueError: it is not as the query returns it.
    """
    source, name, calls = row["eventsource"], row["eventname"], row["calls"]
    if not source or not name:
        raise ValueError("has no eventsource and eventname")
    if not calls.isdecimal() or int(calls) < 1:
        raise ValueError(f"its calls is {calls!r}, no number of calls")
    by = row["invokedby"]
    return Event(
        source=source,
        name=name,
        identity=row["role"] or None,
        session=row.get("session") or None,
        via=Via.CLOUDFORMATION if by == CLOUDFORMATION else Via.SERVICE if by else Via.ITSELF,
        error=row["errorcode"] or None,
        message=row["errormessage"] or None,
        arns=(row["resource"],) if row["resource"].startswith("arn:") else (),
        is_call=True,
        time=row.get("eventtime") or "",
        calls=int(calls),
    )
