"""What a change set would do: one template with its resources compared with another.

Sources: "ResourceChange", "ResourceChangeDetail" and "ResourceTargetDefinition", AWS CloudFormation API Reference, and
recordings. A value that refers to a resource which is, or may be, replaced is not known before the execution. One that
refers to an attribute of a resource that changes in place is taken to stay as it is, and is reported as `Dynamic` where
values are not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from leastgrant.knowledge import type_schema
from leastgrant.template import DeletionPolicy, GetAtt, Ref, references
from local_aws.cloudformation.evaluation import UNKNOWN_YET
from local_aws.cloudformation.inputs import ValueRefused, invalid
from local_aws.cloudformation.records import (
    Cause,
    CauseKind,
    ChangeAction,
    ChangeReplacement,
    ResourceChange,
    ResourceChangeDetail,
    Stack,
    StackResource,
)

if TYPE_CHECKING:
    from leastgrant.knowledge import TypeSchema
    from leastgrant.template import Expression, Physical, Resource
    from local_aws.cloudformation.evaluation import Evaluation
    from local_aws.cloudformation.lookups import Lookups
    from local_aws.cloudformation.stack_template import StackTemplate

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
    lookups: Lookups
    warnings: list[str] = field(default_factory=list[str])
    """Why the values of some resources cannot be shown."""

    def changes(self) -> tuple[ResourceChange, ...]:
        """Return what changes, in the order of the new template; what is removed comes last.

        Raises:
            AwsError: a resource would become one of another type, or a value cannot be made.
        """
        unknown: set[str] = set()
        deployed = dict(self.stack.resources)
        for name, physical in self.imports.items():
            kind = self.after.template.resources[name].type
            deployed[name] = StackResource(name, kind, physical, {}, "IMPORT_COMPLETE")
        evaluation = self.after.evaluation(deployed, self.lookups, unknown)
        changes: dict[str, ResourceChange] = {}
        for name in self.after.order:  # what a resource refers to comes before it
            change = self._change(self.after.template.resources[name], evaluation, changes)
            if change is not None:
                changes[name] = change
                if change.may_replace:
                    unknown.add(name)
        wanted = list(self.after.declared)
        removed = [self._removed(name) for name in self.stack.resources if name not in wanted]
        return (*(changes[name] for name in wanted if name in changes), *removed)

    def _change(
        self, declared: Resource, evaluation: Evaluation, others: Mapping[str, ResourceChange]
    ) -> ResourceChange | None:
        name = declared.logical_id
        properties = self._properties(declared, evaluation)
        if name in self.imports:
            return ResourceChange(ChangeAction.IMPORT, name, declared.type, self.imports[name], after=properties)
        there = self.stack.resources.get(name)
        if there is None:
            return ResourceChange(ChangeAction.ADD, name, declared.type, after=properties)
        if there.type != declared.type:
            problem = "Update of resource type is not permitted. The new template modifies resource type of the"
            raise invalid(f"{problem} following resources: [{name}]")
        causes = _Causes(self._changed_parameters(), others, evaluation.outcomes)
        details = (
            *self._attributes(name),
            *self._tags(there),
            *differences(declared.type, there.properties, properties, causes.of(declared.properties)),
            *_indirect(declared, there.properties, properties, causes),
        )
        if not details:
            return None
        kept = self.after.update_replace_policy(name) in _KEEPING
        return ResourceChange(
            ChangeAction.MODIFY,
            name,
            declared.type,
            there.physical,
            _replacement(details),
            details,
            kept,
            there.properties,
            properties,
        )

    def _properties(self, declared: Resource, evaluation: Evaluation) -> dict[str, object]:
        try:
            return evaluation.members(declared.properties)
        except ValueRefused as error:
            name = declared.logical_id
            self.warnings.append(f"ChangeSet creation failed for resource [{name}] because: {error.message}")
            return dict.fromkeys(declared.properties, UNKNOWN_YET)

    def _changed_parameters(self) -> frozenset[str]:
        before = self.stack.template
        if before is None:
            return frozenset()
        now, then = self.after.parameters, before.parameters
        # another value of Parameter Store under the same name is no change of the parameter, as was recorded
        return frozenset(name for name in now if name not in then or now[name].text != then[name].text)

    def _tags(self, there: StackResource) -> Iterator[ResourceChangeDetail]:
        after = passed_on(self.tags, there.type)
        if after != there.tags:
            yield ResourceChangeDetail("Tags", "/Tags", dict(there.tags), dict(after))

    def _removed(self, name: str) -> ResourceChange:
        there = self.stack.resources[name]
        before = self.stack.template
        kept = before is not None and name in before.template.resources and before.deletion_policy(name) in _KEEPING
        return ResourceChange(
            ChangeAction.REMOVE, name, there.type, there.physical, retained=kept, before=there.properties
        )

    def _attributes(self, name: str) -> Iterator[ResourceChangeDetail]:
        before, after = self.stack.template, self.after
        if before is None or name not in before.template.resources:
            return
        for attribute, old, new in (
            ("DeletionPolicy", before.deletion_policy(name), after.deletion_policy(name)),
            ("UpdateReplacePolicy", before.update_replace_policy(name), after.update_replace_policy(name)),
        ):
            if old is not new:
                yield ResourceChangeDetail(attribute, f"/{attribute}", old and old.value, new and new.value)
        old_data, new_data = (one.template.resources[name].metadata for one in (before, after))
        if old_data != new_data:
            yield ResourceChangeDetail("Metadata", "/Metadata", dict(old_data), dict(new_data))


@dataclass(frozen=True, slots=True)
class _Causes:
    """What a new value follows from: a parameter, or another resource, that changes."""

    parameters: frozenset[str]
    others: Mapping[str, ResourceChange]
    outcomes: Mapping[str, bool | None]
    known: dict[str, Cause] = field(default_factory=dict[str, Cause])
    """By the path of the value."""

    def of(self, properties: Mapping[str, Expression]) -> Mapping[str, Cause]:
        """Return the causes of each value that has one."""
        for name, expression in properties.items():
            self._visit(expression, f"/Properties/{name}")
        return self.known

    def _visit(self, expression: Expression, path: str) -> None:
        if isinstance(expression, Mapping):
            for name, member in expression.items():
                self._visit(member, f"{path}/{name}")
        elif isinstance(expression, tuple):
            for number, item in enumerate(expression):
                self._visit(item, f"{path}/{number}")
        elif (cause := self._cause(expression)) is not None:
            self.known[path] = cause

    def _cause(self, expression: Expression) -> Cause | None:
        found = list(references(expression, _Decided(self.outcomes)))
        for reference in found:
            if isinstance(reference, Ref) and reference.name in self.parameters:
                return Cause(CauseKind.PARAMETER, reference.name)
        for reference in found:
            name = reference.name if isinstance(reference, Ref) else reference.resource
            change = self.others.get(name)
            if change is None or change.action is not ChangeAction.MODIFY:
                continue
            if change.may_replace:
                if isinstance(reference, Ref):
                    return Cause(CauseKind.REFERENCE, name)
                return Cause(CauseKind.ATTRIBUTE, f"{name}.{reference.attribute}")
            if isinstance(reference, GetAtt) and any(one.attribute == "Properties" for one in change.details):
                return Cause(CauseKind.ATTRIBUTE_IN_PLACE, f"{name}.{reference.attribute}")
        return None


class _Decided(dict[str, "bool | None"]):
    """Outcomes that are decided when they are asked for, as `references` takes them."""

    def __init__(self, outcomes: Mapping[str, bool | None]) -> None:
        super().__init__()
        self._outcomes = outcomes

    def __missing__(self, name: str) -> bool | None:
        return self._outcomes[name]


def _indirect(
    declared: Resource, before: Mapping[str, object], after: Mapping[str, object], causes: _Causes
) -> Iterator[ResourceChangeDetail]:
    """Yield what may change as it refers to an attribute of what changes in place."""
    schema = type_schema(declared.type)
    named: set[str] = set()
    for path, cause in causes.known.items():
        name = path.split("/")[2]
        unchanged = before.get(name) == after.get(name)
        if cause.kind is CauseKind.ATTRIBUTE_IN_PLACE and unchanged and name not in named:
            named.add(name)
            yield ResourceChangeDetail("Properties", path, None, None, _recreation(path, schema), cause)


def _replacement(details: tuple[ResourceChangeDetail, ...]) -> ChangeReplacement:
    recreation = {detail.replaces for detail in details}
    return next(
        (one for one in (ChangeReplacement.ALWAYS, ChangeReplacement.CONDITIONAL) if one in recreation),
        ChangeReplacement.NEVER,
    )


def passed_on(tags: Mapping[str, str], kind: str) -> Mapping[str, str]:
    """Return the stack's tags that a resource of a type is given: none, if it can have none."""
    schema = type_schema(kind)
    return tags if schema is not None and schema.tagging.taggable else {}


def differences(
    kind: str, before: Mapping[str, object], after: Mapping[str, object], causes: Mapping[str, Cause] | None = None
) -> Iterator[ResourceChangeDetail]:
    """Yield what differs between the properties of a resource of a type, by the deepest path at which it does."""
    schema = type_schema(kind)
    for path, old, new in _differing(before, after, "/Properties"):
        cause = next((found for where, found in (causes or {}).items() if f"{where}/".startswith(f"{path}/")), None)
        if cause is None and causes:
            cause = next((found for where, found in causes.items() if f"{path}/".startswith(f"{where}/")), None)
        if cause is not None and cause.kind is CauseKind.ATTRIBUTE_IN_PLACE:
            cause = None
        yield ResourceChangeDetail("Properties", path, old, new, _recreation(path, schema), cause)


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
