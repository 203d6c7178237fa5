"""What a change set would do: one template with its resources compared with another.

Sources: "ResourceChange", "ResourceChangeDetail" and "ResourceTargetDefinition", AWS CloudFormation API Reference. A
value that refers to a resource which may be replaced, or to an attribute of one that changes, is not known before the
execution: its change is `Dynamic`.

Not modelled: a parameter as the source of a change, which is reported as a direct modification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from leastgrant.knowledge import type_schema
from leastgrant.template import DeletionPolicy, GetAtt, references
from local_aws.cloudformation.records import (
    ChangeAction,
    ChangeReplacement,
    ResourceChange,
    ResourceChangeDetail,
    Stack,
    StackResource,
)
from local_aws.cloudformation.stack_template import UNKNOWN_YET, StackTemplate, shown
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from leastgrant.knowledge import TypeSchema
    from leastgrant.template import Expression, Physical, ResolvedTemplate, Resource

_KEEPING = (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)


@dataclass(frozen=True, slots=True)
class TemplateComparison:
    """A stack, compared with a new template."""

    stack: Stack
    after: StackTemplate
    imports: Mapping[str, Physical]
    """What becomes part of the stack as it is, by logical id."""
    tags: Mapping[str, str]
    """What the tags of the stack become."""

    def changes(self) -> tuple[ResourceChange, ...]:
        """Return what changes, in the order of the new template; what is removed comes last.

        Raises:
            AwsError: a resource would become one of another type.
        """
        there = {name: resource.physical for name, resource in self.stack.resources.items()}
        after = self.after.resolved({**there, **self.imports})
        changes: dict[str, ResourceChange] = {}
        for name in after.order:  # what a resource refers to comes before it
            change = self._change(self.after.template.resources[name], after, changes)
            if change is not None:
                changes[name] = change
        wanted = [one.declared.logical_id for one in after]
        removed = [self._removed(name) for name in self.stack.resources if name not in wanted]
        return (*(changes[name] for name in wanted if name in changes), *removed)

    def _change(
        self, declared: Resource, after: ResolvedTemplate, others: Mapping[str, ResourceChange]
    ) -> ResourceChange | None:
        name = declared.logical_id
        if name in self.imports:
            return ResourceChange(ChangeAction.IMPORT, name, declared.type, self.imports[name])
        there = self.stack.resources.get(name)
        if there is None:
            return ResourceChange(ChangeAction.ADD, name, declared.type)
        if there.type != declared.type:
            problem = "Update of resource type is not permitted. The new template modifies resource type of the"
            raise AwsError("ValidationError", f"{problem} following resources: [{name}]")
        unknown = _Unknown(others, after.conditions)
        properties = {
            key: unknown.overlaid(declared.properties[key], shown(value), f"/Properties/{key}")
            for key, value in after.resource(name).properties.items()
        }
        details = (
            *_attributes(self._before(name), declared),
            *self._tags(there),
            *differences(declared.type, there.properties, properties, unknown.causes),
        )
        if not details:
            return None
        recreation = {detail.replaces for detail in details}
        replacement = next(
            (r for r in (ChangeReplacement.ALWAYS, ChangeReplacement.CONDITIONAL) if r in recreation),
            ChangeReplacement.NEVER,
        )
        kept = declared.update_replace_policy in _KEEPING
        return ResourceChange(
            ChangeAction.MODIFY,
            name,
            declared.type,
            there.physical,
            replacement,
            details,
            kept,
            there.properties,
            properties,
        )

    def _tags(self, there: StackResource) -> Iterator[ResourceChangeDetail]:
        after = passed_on(self.tags, there.type)
        if after != there.tags:
            yield ResourceChangeDetail("Tags", "/Tags", dict(there.tags), dict(after))

    def _removed(self, name: str) -> ResourceChange:
        there = self.stack.resources[name]
        before = self._before(name)
        kept = before is not None and before.deletion_policy in _KEEPING
        return ResourceChange(ChangeAction.REMOVE, name, there.type, there.physical, retained=kept)

    def _before(self, name: str) -> Resource | None:
        before = self.stack.template
        return before.template.resources.get(name) if before else None


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Which values are not known before the changes of other resources are made."""

    others: Mapping[str, ResourceChange]
    conditions: Mapping[str, bool | None]
    causes: dict[str, str] = field(default_factory=dict[str, str])
    """By the path of the value."""

    def overlaid(self, expression: Expression, value: object, path: str) -> object:
        """Put `UNKNOWN_YET` in a value where it is not known."""
        members = _members(value) or {}
        if isinstance(expression, Mapping) and isinstance(value, dict):
            return {name: self.overlaid(expression[name], one, f"{path}/{name}") for name, one in members.items()}
        if isinstance(expression, tuple) and len(expression) == len(members):  # else an item is left out
            pairs = zip(expression, members.items(), strict=True)
            return [self.overlaid(one, item, f"{path}/{number}") for one, (number, item) in pairs]
        cause = self._cause(expression)
        if cause is None:
            return value
        self.causes[path] = cause
        return UNKNOWN_YET

    def _cause(self, expression: Expression) -> str | None:
        for reference in references(expression, self.conditions):
            if isinstance(reference, GetAtt):
                change = self.others.get(reference.resource)
                if change is not None and change.action is ChangeAction.MODIFY and _is_of_properties(change):
                    return f"{reference.resource}.{reference.attribute}"
            else:
                change = self.others.get(reference.name)
                if change is not None and change.may_replace:
                    return reference.name
        return None


def passed_on(tags: Mapping[str, str], kind: str) -> Mapping[str, str]:
    """Return the stack's tags that a resource of a type is given: none, if it can have none."""
    schema = type_schema(kind)
    return tags if schema is not None and schema.tagging.taggable else {}


def _is_of_properties(change: ResourceChange) -> bool:
    return any(detail.attribute == "Properties" for detail in change.details)


def differences(
    kind: str, before: Mapping[str, object], after: Mapping[str, object], causes: Mapping[str, str] | None = None
) -> Iterator[ResourceChangeDetail]:
    """Yield what differs between the properties of a resource of a type, by the deepest path at which it does."""
    schema = type_schema(kind)
    for path, old, new in _differing(before, after, "/Properties"):
        cause = next((found for where, found in (causes or {}).items() if f"{where}/".startswith(f"{path}/")), None)
        is_dynamic = cause is not None or UNKNOWN_YET in str(new)
        yield ResourceChangeDetail("Properties", path, old, new, _recreation(path, schema), is_dynamic, cause)


def _attributes(before: Resource | None, after: Resource) -> Iterator[ResourceChangeDetail]:
    if before is None:
        return
    for attribute, old, new in (
        ("DeletionPolicy", before.deletion_policy, after.deletion_policy),
        ("UpdateReplacePolicy", before.update_replace_policy, after.update_replace_policy),
    ):
        if old is not new:
            yield ResourceChangeDetail(attribute, f"/{attribute}", old and old.value, new and new.value)
    if before.metadata != after.metadata:
        yield ResourceChangeDetail("Metadata", "/Metadata", dict(before.metadata), dict(after.metadata))


def _differing(before: object, after: object, path: str) -> Iterator[tuple[str, object, object]]:
    if before == after:
        return
    old, new = _members(before), _members(after)
    if old is None or new is None or (isinstance(before, list) and old.keys() != new.keys()):
        yield path, before, after
        return
    for name in dict.fromkeys((*old, *new)):
        yield from _differing(old.get(name), new.get(name), f"{path}/{name}")


def _members(value: object) -> dict[str, object] | None:
    """Return the members of a map or list by name or number; None of a single value."""
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(cast("list[object]", value))}
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else None


def _recreation(path: str, schema: TypeSchema | None) -> ChangeReplacement:
    """Tell whether a change of a property replaces the resource, by the type's provider schema."""
    if schema is None:  # a custom resource, which its function changes
        return ChangeReplacement.NEVER
    name = re.sub(r"/\d+(?=/|$)", "", path.removeprefix("/Properties/"))
    parts = name.split("/")
    of_property = {"/".join(parts[: length + 1]) for length in range(len(parts))}
    if of_property & schema.create_only:
        return ChangeReplacement.ALWAYS
    return ChangeReplacement.CONDITIONAL if of_property & schema.conditional_create_only else ChangeReplacement.NEVER
