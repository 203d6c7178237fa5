"""The tags that a template and a stack give a resource, and those that a request holds.

Sources: "Resource tag", AWS CloudFormation Template Reference, for the stack's and CloudFormation's own tags;
"AWS global condition context keys", AWS IAM User Guide: a request that makes a resource with tags has them as
`aws:RequestTag` and as `aws:ResourceTag`; github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds
pull 185, for handlers that send CloudFormation's own tags in the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import Handler, authorization, type_schema
from leastgrant.knowledge.arn import own_kind
from leastgrant.proof.request import NO_TAGS, SOME_TAGS, Tags
from leastgrant.template import ABSENT, texts
from leastgrant.template.values import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leastgrant.knowledge import HandlerCall
    from leastgrant.template import ResolvedResource, Value

_OF_REQUEST = frozenset({"aws:RequestTag/${TagKey}", "aws:TagKeys"})
_OF_RESOURCE = "aws:ResourceTag/${TagKey}"
_OWN_PREFIX = "aws:cloudformation:"

_UNRELIABLE = frozenset({"iam:PassRole"})
""""Grant a user permissions to pass a role to an AWS service", AWS IAM User Guide: tags of the role do not decide."""
_SWITCHED_ON = frozenset({"s3"})
"""Services that look at tags only where that is switched on: "Using tags with S3 buckets", Amazon S3 User Guide."""


def is_own(call: HandlerCall, action: str, resource: ResolvedResource) -> bool:
    """Tell whether a call is made on the resource that causes it, or makes it."""
    schema, known = type_schema(resource.declared.type), authorization.action(action)
    if schema is None or known is None or known.service != schema.iam_prefix:
        return False
    makes = call.operation is Handler.CREATE and not known.resource_types and not known.reads
    return makes or own_kind(resource.declared.type, action, call.resource) is not None


def tags_given(resource: ResolvedResource, stack: Tags) -> Tags:
    """Return the tags that the template and the stack give a resource."""
    schema = type_schema(resource.declared.type)
    if schema is None:
        return SOME_TAGS
    path = schema.tag_property
    own = NO_TAGS if path is None else _tags(resource.properties, path.split("/"))
    if not schema.tagging.taggable:
        return own
    return own.and_also(stack if own.complete else stack.without_values())  # the resource's own count before them


def tags_of(resource: ResolvedResource, stack: Tags, stack_name: Pattern | None) -> Tags:
    """Return the tags that a resource has once it is made: given, and CloudFormation's own."""
    schema = type_schema(resource.declared.type)
    given = tags_given(resource, stack)
    if schema is None or not schema.tagging.taggable:
        return given
    own = cloudformation_tags(resource, stack_name)
    return given.and_also(own if schema.tagging.system_tags else own.without_values())


def cloudformation_tags(resource: ResolvedResource, stack_name: Pattern | None) -> Tags:
    """Return the tags that CloudFormation adds itself."""
    named = None if stack_name is None or stack_name == ANY else stack_name
    logical_id = Pattern.literal(resource.declared.logical_id)
    pairs = (("stack-name", named), ("logical-id", logical_id), ("stack-id", None))
    return Tags(tuple((_OWN_PREFIX + name, value) for name, value in pairs))


def _tags(value: Value, path: list[str]) -> Tags:
    only, *others = alternatives(value)
    if others:
        return SOME_TAGS
    if only is ABSENT:
        return NO_TAGS
    if isinstance(only, Mapping) and path:
        return _tags(only.get(path[0], ABSENT), path[1:])
    if isinstance(only, Mapping):
        return _joined(Tags(((key, _known(text)),)) for key, text in only.items())
    if isinstance(only, tuple):
        return _joined(_tags(item, path) if path else _tag(item) for item in only)
    return SOME_TAGS


def _joined(parts: Iterable[Tags]) -> Tags:
    found = tuple(parts)
    return Tags(tuple(pair for part in found for pair in part.pairs), all(part.complete for part in found))


def _tag(item: Value) -> Tags:
    """Read one tag of a list: a `Key` and a `Value`, in lower case in some types."""
    if not isinstance(item, Mapping):
        return SOME_TAGS
    members = {name.lower(): member for name, member in item.items()}
    key = _known(members.get("key", ABSENT))
    if key is None or not key.is_literal:
        return SOME_TAGS
    return Tags((("".join(map(str, key.tokens)), _known(members.get("value", Pattern.literal("")))),))


def _known(value: Value) -> Pattern | None:
    """Return the one text that a value is; None if it may be several, or none."""
    found = texts(value)
    return found[0] if len(found) == 1 and len(alternatives(value)) == 1 and found[0] != ANY else None


def tags_sent(call: HandlerCall, action: str, resource: ResolvedResource, given: Tags, own: Tags) -> tuple[Tags, ...]:
    """Return the alternatives of tags that a request may hold; none if that is not known.

    Whether CloudFormation's own tags are in the request is not published, type by type: so both are asked for. IAM has
    none of them (github.com/aws-cloudformation/cloudformation-coverage-roadmap issue 1966). What a change takes away is
    a tag that the template has, when it is rolled back.
    """
    known, schema = authorization.action(action), type_schema(resource.declared.type)
    if known is None or schema is None:
        return ()
    if not known.condition_keys & _OF_REQUEST:
        return (NO_TAGS,)
    if known.service != schema.iam_prefix:
        return ()
    if "Tagging" in known.levels and known.name.lower().startswith(("untag", "remove", "delete")):
        return (given.without_values(),) if given.pairs else ()
    wholes = (given, given.and_also(own)) if schema.tagging.taggable and known.service != "iam" else (given,)
    if "Tagging" in known.levels or call.operation is Handler.CREATE:
        return wholes
    return tuple(dict.fromkeys((NO_TAGS, *wholes)))


def decides_by_tags(call: HandlerCall, action: str, resource: ResolvedResource) -> bool:
    """Tell whether requests of an action have the tags of the resource that they are made on."""
    known, schema = authorization.action(action), type_schema(resource.declared.type)
    if known is None or schema is None or action in _UNRELIABLE or known.service in _SWITCHED_ON:
        return False
    named = next((kind for kind in known.resource_types if call.resource.text in kind.arns), None)
    kind = own_kind(resource.declared.type, action, call.resource) or named
    return _OF_RESOURCE in (known.condition_keys if kind is None else known.condition_keys | kind.condition_keys)
