"""What a change set would do: one template with its resources compared with another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from leastgrant.knowledge.schema import type_schema
from leastgrant.template import DeletionPolicy
from ops.emulator.cloudformation.records import Action, Change, Detail, Replacement, Stack
from ops.emulator.cloudformation.templates import UNKNOWN_YET, StackTemplate, shown
from ops.emulator.wire import AwsError

if TYPE_CHECKING:
    from leastgrant.knowledge.schema import TypeSchema
    from leastgrant.template import Physical, ResolvedTemplate, Resource

_KEEPING = (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stack, compared with a new template."""

    stack: Stack
    after: StackTemplate
    imports: Mapping[str, Physical]
    """What becomes part of the stack as it is, by logical id."""

    def changes(self) -> tuple[Change, ...]:
        """What changes, in the order of the new template; what is removed comes last.

        Raises:
            AwsError: a resource would become one of another type.
        """
        there = {name: resource.physical for name, resource in self.stack.resources.items()}
        after = self.after.resolved({**there, **self.imports})
        changes = [change for one in after if (change := self._change(one.declared, after)) is not None]
        wanted = {one.declared.logical_id for one in after}
        removed = [self._removed(name) for name in self.stack.resources if name not in wanted]
        return (*changes, *removed)

    def _change(self, declared: Resource, after: ResolvedTemplate) -> Change | None:
        name = declared.logical_id
        if name in self.imports:
            return Change(Action.IMPORT, name, declared.type, self.imports[name])
        there = self.stack.resources.get(name)
        if there is None:
            return Change(Action.ADD, name, declared.type)
        if there.type != declared.type:
            raise AwsError("ValidationError", f"Update of resource type is not permitted. ({name})")
        schema = type_schema(declared.type)
        properties = shown(dict(after.resource(name).properties))
        details = (
            *_attributes(self._before(name), declared),
            *_differences(there.properties, properties, "/Properties", schema),
        )
        if not details:
            return None
        recreation = {detail.recreation for detail in details}
        replacement = next(
            (r for r in (Replacement.ALWAYS, Replacement.CONDITIONAL) if r in recreation), Replacement.NEVER
        )
        kept = declared.update_replace_policy in _KEEPING
        return Change(Action.MODIFY, name, declared.type, there.physical, replacement, details, kept)

    def _removed(self, name: str) -> Change:
        there = self.stack.resources[name]
        before = self._before(name)
        kept = before is not None and before.deletion_policy in _KEEPING
        return Change(Action.REMOVE, name, there.type, there.physical, retained=kept)

    def _before(self, name: str) -> Resource | None:
        before = self.stack.template
        return before.template.resources.get(name) if before else None


def _attributes(before: Resource | None, after: Resource) -> Iterator[Detail]:
    if before is None:
        return
    for attribute, old, new in (
        ("DeletionPolicy", before.deletion_policy, after.deletion_policy),
        ("UpdateReplacePolicy", before.update_replace_policy, after.update_replace_policy),
    ):
        if old is not new:
            yield Detail(attribute, f"/{attribute}", old and old.value, new and new.value)


def _differences(before: object, after: object, path: str, schema: TypeSchema | None) -> Iterator[Detail]:
    """What differs, by the deepest path at which it does."""
    if before == after:
        return
    old, new = _members(before), _members(after)
    if old is None or new is None or (_is_list(before) and old.keys() != new.keys()):
        yield Detail("Properties", path, before, after, _recreation(path, schema), UNKNOWN_YET in str(after))
        return
    for name in dict.fromkeys((*old, *new)):
        yield from _differences(old.get(name), new.get(name), f"{path}/{name}", schema)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _members(value: object) -> dict[str, object] | None:
    """The members of a map or list by name or number; None of a single value."""
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(cast("list[object]", value))}
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else None


def _recreation(path: str, schema: TypeSchema | None) -> Replacement:
    """Whether a change of a property replaces the resource, by the type's provider schema."""
    if schema is None:
        return Replacement.CONDITIONAL
    name = re.sub(r"/\d+(?=/|$)", "", path.removeprefix("/Properties/"))
    parts = name.split("/")
    of_property = {"/".join(parts[: length + 1]) for length in range(len(parts))}
    if of_property & schema.create_only:
        return Replacement.ALWAYS
    return Replacement.CONDITIONAL if of_property & schema.conditional_create_only else Replacement.NEVER
