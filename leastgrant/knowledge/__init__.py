"""What CloudFormation calls, with the caller's permissions, when it handles a resource of a given type.

Creating a resource may be rolled back, and then its delete handler runs; an update is rolled back by another
update. List handlers play no part in a deployment and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action
from leastgrant.knowledge.arn import ArnTemplate, StackPlace
from leastgrant.knowledge.authorization import Action
from leastgrant.knowledge.call import Fires, HandlerCall, PossibleCall, Tier, Trigger
from leastgrant.knowledge.context import ContextKey
from leastgrant.knowledge.definitions import definition
from leastgrant.knowledge.linked_calls import linked_calls
from leastgrant.knowledge.named import named_calls
from leastgrant.knowledge.rule import corrected, rules_for
from leastgrant.knowledge.schema import Handler, TypeSchema, data_version, type_names, type_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ROLLBACK",
    "Action",
    "ArnTemplate",
    "ContextKey",
    "Handler",
    "HandlerCall",
    "PossibleCall",
    "StackPlace",
    "Tier",
    "Trigger",
    "TypeSchema",
    "UnknownType",
    "authorization",
    "calls_named_after",
    "data_version",
    "definition",
    "handler_calls",
    "iam_action",
    "known_calls",
    "type_names",
    "type_schema",
]

ROLLBACK: Mapping[Handler, Handler] = MappingProxyType({Handler.CREATE: Handler.DELETE, Handler.UPDATE: Handler.UPDATE})
"""The handler that undoes what another did, when a deployment is rolled back."""


_CALLS_NOTHING = frozenset({"AWS::CDK::Metadata"})
"""Types that CloudFormation handles itself and that have no schema ("Version reporting", AWS CDK Guide)."""


@dataclass(frozen=True, slots=True)
class UnknownType:
    """A type of which it is not known what its handlers call."""

    type_name: str
    reason: str


def handler_calls(
    type_name: str, properties: Mapping[str, object], *, stack_tags: bool = False
) -> tuple[HandlerCall, ...] | UnknownType:
    """Return the calls that CloudFormation makes for one resource, in all its handlers but list.

    Args:
        type_name: Such as `AWS::Events::Rule`; any `Custom::` type is a custom resource.
        properties: The resource's properties. What is set counts, and here and there a simple value; a value
            that is not known counts as set.
        stack_tags: The stack has tags of its own, which CloudFormation passes on to the resource.
    """
    known = known_calls(type_name)
    return known if isinstance(known, UnknownType) else _made(type_name, properties, stack_tags=stack_tags)


def calls_named_after(
    type_name: str, properties: Mapping[str, object], *, stack_tags: bool = False
) -> tuple[HandlerCall, ...]:
    """Return what is known all the same of a resource whose type is unknown: the calls that are named after it.

    The arguments are those of `handler_calls`.
    """
    known = known_calls(type_name)
    return _made(type_name, properties, stack_tags=stack_tags) if isinstance(known, UnknownType) else ()


def _made(type_name: str, properties: Mapping[str, object], *, stack_tags: bool) -> tuple[HandlerCall, ...]:
    fired = tuple(trigger.fires(properties) for trigger in _triggers(type_name))
    return _calls_made(type_name, fired, stack_tags=stack_tags)


@cache
def _triggers(type_name: str) -> tuple[Trigger, ...]:
    """Return each trigger of a type's calls once."""
    known = known_calls(type_name)
    calls = named_calls(type_name) if isinstance(known, UnknownType) else known
    return tuple(dict.fromkeys(trigger for call in calls for trigger in call.triggers))


@cache
def _calls_made(type_name: str, fired: tuple[Fires, ...], *, stack_tags: bool) -> tuple[HandlerCall, ...]:
    """Return the calls made where the type's triggers fire so: resources that set the same properties share them."""
    known = known_calls(type_name)
    by_trigger = dict(zip(_triggers(type_name), fired, strict=True))
    possible = named_calls(type_name) if isinstance(known, UnknownType) else known
    made = (call.made_by(by_trigger, stack_tags=stack_tags) for call in possible)
    calls = list(dict.fromkeys(call for call in made if call is not None))
    surest: dict[tuple[object, ...], tuple[int, bool]] = {}
    for call in calls:
        surest[_request(call)] = min(surest.get(_request(call), _NOT_SURE), _sureness(call))
    return tuple(call for call in calls if _is_sure(call) or surest[_request(call)] == _sureness(call))


def _request(call: HandlerCall) -> tuple[object, ...]:
    return call.action, call.operation, call.resource, call.snapshot


def _sureness(call: HandlerCall) -> tuple[int, bool]:
    """Sorts the surer of two calls first: another property may make it a surer one."""
    return _TIERS.index(call.tier), call.otherwise


def _is_sure(call: HandlerCall) -> bool:
    return call.tier is not Tier.ADVISORY and not call.otherwise


_TIERS = tuple(Tier)
_NOT_SURE = (len(_TIERS), True)


@cache
def known_calls(type_name: str) -> tuple[PossibleCall, ...] | UnknownType:
    """Return the calls that a type's handlers may make, with what triggers each."""
    if type_name.startswith("Custom::"):
        type_name = "AWS::CloudFormation::CustomResource"
    if type_name in _CALLS_NOTHING:
        return ()
    schema = type_schema(type_name)
    if schema is None:
        return UnknownType(type_name, f"is not among the {data_version().types} types of {data_version()}")
    rules = rules_for(type_name)
    if not schema.handlers and rules is None:
        return UnknownType(type_name, f"has no handlers in its provider schema in {schema.source}")
    return corrected(schema, linked_calls(schema), rules or ())
