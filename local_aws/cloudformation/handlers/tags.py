"""The tags of a resource: the template's, the stack's and, where the type has them, CloudFormation's own.

An update leaves a resource with exactly these. Where AWS would keep a tag that somebody else added, it is lost here:
a handler is not told which tags the stack had before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leastgrant.knowledge import type_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local_aws.cloudformation.handler import Properties, Tags

_SYSTEM = "aws:"


def wanted_tags(type_name: str, properties: Properties, tags: Tags) -> dict[str, str]:
    """Merge the tags of a resource; its own win over the stack's ("Resource tag", AWS CloudFormation User Guide).

    Whether a type has the tags `aws:cloudformation:*` is said by `cloudFormationSystemTags` of its provider schema.
    """
    schema = type_schema(type_name)
    system = schema is not None and schema.tagging.system_tags
    of_stack = {key: value for key, value in tags.items() if system or not key.startswith(_SYSTEM)}
    return {**of_stack, **as_mapping(properties.get("Tags", ()))}


def as_mapping(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by key, of a list of `Key` and `Value`."""
    return {pair["Key"]: pair["Value"] for pair in pairs}


def as_pairs(tags: Tags) -> list[dict[str, str]]:
    """Return tags as a list of `Key` and `Value`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class TagChange(NamedTuple):
    """What there is to do so that a resource has other tags."""

    removed: list[str]
    added: dict[str, str]
    """New ones, and those with another value."""

    @classmethod
    def between(cls, there: Tags, wanted: Tags) -> TagChange:
        """Compare the tags that are there with those that are wanted; a service's own `aws:*` tags stay."""
        removed = [key for key in there if key not in wanted and not key.startswith(_SYSTEM)]
        return cls(removed, {key: value for key, value in wanted.items() if there.get(key) != value})
