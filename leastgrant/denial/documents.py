"""Denials in JSON: CloudTrail's events, CloudFormation's events, and decoded authorization messages.

Sources: "CloudTrail record contents", AWS CloudTrail User Guide; `LookupEvents`, AWS CloudTrail API Reference;
`StackEvent`, AWS CloudFormation API Reference; `DecodeAuthorizationMessage`, AWS STS API Reference.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from leastgrant.denial.message import Denial, FailedResource, action_of, denial_in, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.documents.source import Json


def denials_of(document: Json) -> Iterator[Denial]:
    """Yield the denials that JSON tells of: of one event, of a list of them, or of what a service answers with."""
    if isinstance(document, list):
        for item in document:
            yield from denials_of(item)
    if not isinstance(document, dict):
        return
    if "eventName" in document or "errorMessage" in document:
        yield from _of_event(document)
    elif "ResourceStatusReason" in document:
        yield from _of_stack_event(document)
    elif "allowed" in document and "context" in document:
        yield from _of_decoded(document)
    else:
        for key in _WITHIN:
            yield from denials_of(_parsed(document.get(key)))


_WITHIN = ("Records", "Events", "CloudTrailEvent", "detail", "StackEvents", "OperationEvents", "DecodedMessage")
"""Where a log file, an answer or an event of EventBridge has them, some as JSON within text."""


def _parsed(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _of_event(event: Mapping[str, Json]) -> Iterator[Denial]:
    code, message = _text(event, "errorCode") or "", _text(event, "errorMessage") or ""
    told = denial_in(f"{code}: {message}")
    if told is None:
        return
    service = (_text(event, "eventSource") or "").removesuffix(".amazonaws.com")
    action = told.action or action_of(service, _text(event, "eventName") or "")
    principal = told.principal or _text(_map(event, "userIdentity"), "arn")
    yield replace(
        told,
        principal=principal,
        action=action,
        resource=told.resource or _resource_of(event),
        service=None if action else service or told.service,
    )


def _resource_of(event: Mapping[str, Json]) -> str | None:
    """Return the only ARN that an event gives as a resource; of an object or a bucket, what its request names."""
    resources = event.get("resources")
    arns = [_text(item, "ARN") for item in resources if isinstance(item, dict)] if isinstance(resources, list) else []
    if len(arns) == 1:
        return arns[0]
    asked = _map(event, "requestParameters")
    bucket = _text(asked, "bucketName")
    if bucket is not None:
        key = _text(asked, "key")
        return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    return None


def _of_stack_event(event: Mapping[str, Json]) -> Iterator[Denial]:
    told = denial_in(_text(event, "ResourceStatusReason") or "")
    if told is not None:
        failed = FailedResource(
            _text(event, "LogicalResourceId"), _text(event, "ResourceType"), _text(event, "StackName")
        )
        yield replace(told, failed=failed)


def _of_decoded(message: Mapping[str, Json]) -> Iterator[Denial]:
    """Yield what a decoded message tells: the message is of what was denied, whatever its `allowed` says."""
    if message.get("allowed") is True:
        return
    context = _map(message, "context")
    action, resource = _text(context, "action"), _text(context, "resource")
    if action is None:
        return
    yield Denial(
        principal=_text(_map(context, "principal"), "arn"),
        action=spelled(action),
        resource=resource if resource != "*" else None,
        policy=None,
        explicit=message.get("explicitDeny") is True,
        encoded=None,
        context=tuple(_conditions(context)),
    )


def _conditions(context: Mapping[str, Json]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for condition in _items(_map(context, "conditions")):
        key = _text(condition, "key")
        values = tuple(value for item in _items(_map(condition, "values")) if (value := _text(item, "value")))
        if key:
            yield key.lower(), values


def _items(value: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    items = value.get("items")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield item


def _map(value: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = value.get(key)
    return cast("Mapping[str, Json]", found) if isinstance(found, dict) else {}


def _text(value: Mapping[str, Json], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None
