"""What makes, reads, changes, tags and deletes a type whose schema lists no handlers: the actions that its name tells.

Such types are handled by CloudFormation itself. That `CreateTable` creates a table is sure, and that it is waited for
with `DescribeTable`; what else is called is not known, and is said to be unknown.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.call import PossibleCall, Tier
from leastgrant.knowledge.linked_calls import linked_calls
from leastgrant.knowledge.name_words import ENDS, words
from leastgrant.knowledge.schema import Handler, Tagging, type_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.knowledge.authorization import Action
    from leastgrant.knowledge.schema import TypeSchema

_PREFIXES = {
    "docdb": "rds",  # "Resource types defined by Amazon RDS": its API is that of Amazon RDS
    "elasticloadbalancingv2": "elasticloadbalancing",
    "elasticsearch": "es",
    "emr": "elasticmapreduce",
    "kinesisanalyticsv2": "kinesisanalytics",
    "pinpoint": "mobiletargeting",
    "pinpointemail": "ses",
    "wafregional": "waf-regional",
}
"""The IAM prefixes of services whose types have another name, where no handlers tell."""

_VERBS = {
    Handler.CREATE: frozenset({"add", "associate", "authorize", "create", "grant", "put", "register"}),
    Handler.READ: frozenset({"describe", "get"}),
    Handler.UPDATE: frozenset({"modify", "put", "update"}),
    Handler.DELETE: ENDS - {"cancel", "deactivate", "disable", "schedule", "stop"},
}
_LINKING = frozenset({"associate", "disassociate"})
"""Verbs that make what a type calls an association: `AssociateWebACL` makes a `WebACLAssociation`."""
_WRITING = frozenset({"configuration", "description"})
"""Words that the name of an action may have beside the type's: `UpdateElasticsearchDomainConfig`."""
_OF_ANY = frozenset({"for", "from", "resource", "to"})
"""Words of an action's name that tags a resource of any type: `AddTagsToResource`."""
_TAG = frozenset({"tag", "untag"})


@cache
def named_calls(type_name: str) -> tuple[PossibleCall, ...]:
    """Return the calls that are named after a type without handlers; none of another type."""
    schema = type_schema(type_name)
    if schema is None or schema.handlers:
        return ()
    service = schema.service.lower()
    schema = replace(schema, iam_prefix=_PREFIXES.get(service, service))
    listed = {handler: _named_after(schema, verbs) for handler, verbs in _VERBS.items()}
    made_by = listed[Handler.CREATE] or listed[Handler.UPDATE]  # a channel is made by the first update of it
    if not made_by:
        return ()
    reads, tags = listed[Handler.READ], tuple(_tagging(schema))
    handlers = {
        Handler.CREATE: (*made_by, *reads, *tags),
        Handler.READ: reads,
        Handler.UPDATE: (*listed[Handler.UPDATE], *tags),
        Handler.DELETE: (*listed[Handler.DELETE], *reads),
    }
    if tags:
        schema = replace(schema, tagging=Tagging(taggable=True, property=schema.tag_property))
    listing = replace(schema, handlers={handler: actions for handler, actions in handlers.items() if actions})
    has_attributes = bool(schema.read_only - frozenset(schema.primary_identifier))
    return tuple(_unsure_of_read(call, has_attributes=has_attributes) for call in linked_calls(listing))


def _unsure_of_read(call: PossibleCall, *, has_attributes: bool) -> PossibleCall:
    """Return a call with its tier: what has attributes is described, and waited for; what is only got need not be."""
    reads = words(call.action.partition(":")[2])[0] in _VERBS[Handler.READ]
    if call.tier is not Tier.REQUIRED or not reads or (has_attributes and ":Describe" in call.action):
        return call
    return replace(call, tier=Tier.ADVISORY, reason="what is not waited for need not be read")


def _named_after(schema: TypeSchema, verbs: frozenset[str]) -> tuple[str, ...]:
    """Return the actions of a verb on the type; where the service's name tells some apart, as of versions, those."""
    service = frozenset(words(schema.service))
    found = {
        str(action): not service.isdisjoint(words(action.name))
        for action in authorization.actions(schema.iam_prefix)
        if _is_for(action, schema, verbs, service)
    }
    own = tuple(action for action, tells_service in found.items() if tells_service) or tuple(found)
    one = tuple(action for action in own if f"{action}s" in own)  # `GetSegment`, not `GetSegments` too
    return one or own


def _is_for(action: Action, schema: TypeSchema, verbs: frozenset[str], service: frozenset[str]) -> bool:
    verb, *rest = words(action.name)
    named = frozenset(words(schema.noun))
    if verb in _LINKING:
        if "association" not in named:
            return False
        named -= {"association"}
    return verb in verbs and action.reads == (verb in _VERBS[Handler.READ]) and _says(frozenset(rest), named, service)


def _says(rest: frozenset[str], named: frozenset[str], service: frozenset[str]) -> bool:
    return named <= rest <= named | service | (_WRITING if named & rest else frozenset())


def _tagging(schema: TypeSchema) -> Iterator[str]:
    """Yield the actions that tag and untag any resource of the service, or this type, if a property holds tags."""
    if schema.tag_property is None:
        return
    named = frozenset(words(schema.noun)) | frozenset(words(schema.service))
    for action in authorization.actions(schema.iam_prefix):
        said = frozenset(words(action.name)[1:]) | (_TAG & {words(action.name)[0]})
        if "Tagging" in action.levels and not action.reads and said & _TAG and said - _TAG <= named | _OF_ANY:
            yield str(action)
