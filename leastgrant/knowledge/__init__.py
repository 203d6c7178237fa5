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
from leastgrant.knowledge.link import linked_calls
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
    "data_version",
    "handler_calls",
    "iam_action",
    "known_calls",
    "reads_of_unset",
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
    if isinstance(known, UnknownType):
        return known
    fired = tuple(trigger.fires(properties) for trigger in _triggers(type_name))
    return _calls_made(type_name, fired, stack_tags=stack_tags)


def reads_of_unset(type_name: str, properties: Mapping[str, object]) -> tuple[HandlerCall, ...]:
    """Return the reads that a type's read handler lists for properties that are not set; they may not be made."""
    known = known_calls(type_name)
    calls = () if isinstance(known, UnknownType) else known
    fired = {trigger: trigger.fires(properties) for trigger in _triggers(type_name)}
    unset = (call.unset(fired) for call in calls if call.operation is Handler.READ and _reads(call.action))
    return tuple(dict.fromkeys(call for call in unset if call is not None))


def _reads(action: str) -> bool:
    known = authorization.action(action)
    return known is not None and known.reads


@cache
def _triggers(type_name: str) -> tuple[Trigger, ...]:
    """Return each trigger of a type's calls once."""
    known = known_calls(type_name)
    calls = () if isinstance(known, UnknownType) else known
    return tuple(dict.fromkeys(trigger for call in calls for trigger in call.triggers))


@cache
def _calls_made(type_name: str, fired: tuple[Fires, ...], *, stack_tags: bool) -> tuple[HandlerCall, ...]:
    """Return the calls made where the type's triggers fire so: resources that set the same properties share them."""
    known = known_calls(type_name)
    by_trigger = dict(zip(_triggers(type_name), fired, strict=True))
    possible = () if isinstance(known, UnknownType) else known
    made = (call.made_by(by_trigger, stack_tags=stack_tags) for call in possible)
    calls = list(dict.fromkeys(call for call in made if call is not None))
    return tuple(call for call in calls if not _is_required_anyway(call, calls))


def _is_required_anyway(call: HandlerCall, calls: list[HandlerCall]) -> bool:
    """Tell whether another property makes an advisory call a required one."""
    return call.tier is Tier.ADVISORY and any(
        other.tier is Tier.REQUIRED
        and (other.action, other.operation, other.resource) == (call.action, call.operation, call.resource)
        for other in calls
    )


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
