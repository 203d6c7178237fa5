"""What changes in the properties of one resource: each part of them, before and after.

Sources: `ResourceChange` and `ResourceTargetDefinition`, AWS CloudFormation API Reference. Where CloudFormation gives
the whole resource before and after (`BeforeContext`, `AfterContext`), they are compared; else its details are taken,
part by part. What neither tells is `Gap.UNKNOWN`, never taken for unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from ops.change_set.change_set import AttributeChangeType, ChangeSource, ReplacementType, ResourceAction
from ops.change_set.change_set import ResourceAttribute as Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.change_set.change_set import DescribedChange, DescribedDetail, ResourceTarget


class Gap(Enum):
    """Where a value would be."""

    ABSENT = "none"
    """There is none."""
    UNKNOWN = "not known"


Value: TypeAlias = "str | Mapping[str, Value] | list[Value] | Gap"
"""A property's value: numbers and booleans are texts, as CloudFormation shows them."""

_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""How CloudFormation shows a value that only the execution decides."""
_IDENTITIES: Final = ("Id", "IndexName", "Key", "Region", "AttributeName", "PolicyName")
"""The properties that tell the items of a list apart; items without are told apart by their number."""
_RENAMED: Final = {"NoncurrentVersionExpirationInDays": ("NoncurrentVersionExpiration", "NoncurrentDays")}
"""Two ways to write the same: "Deprecated", `AWS::S3::Bucket Rule`, AWS CloudFormation Template Reference."""


@dataclass(frozen=True, slots=True)
class PropertyEdit:
    """A part of a resource's properties that changes."""

    path: tuple[str, ...]
    """The names to it; one of a list's item begins with `*`."""
    before: Value
    after: Value

    @property
    def pattern(self) -> str:
        """Where it is, such as `LifecycleConfiguration/Rules/*/ExpirationInDays`."""
        return "/".join("*" if part.startswith("*") else part for part in self.path)

    def __str__(self) -> str:
        """Return its path, as a review shows it."""
        return ".".join(part.removeprefix("*") for part in self.path)


def edits(change: DescribedChange, others: Sequence[DescribedChange]) -> tuple[PropertyEdit, ...]:
    """Return what changes in a resource's properties and tags.

    Left out is a reference to a resource of the same change set that stays: its ARN and its name stay too.

    Args:
        change: The change of the resource.
        others: All changes of the change set.
    """
    told = [detail for detail in change.details if detail.target.attribute in {Attribute.PROPERTIES, Attribute.TAGS}]
    following = {_path(detail.target) for detail in told if _follows(detail, others)}
    whole = _of_contexts(change)
    found = list(whole)
    for detail in told:
        path = _path(detail.target)
        if path not in following and not any(edit.path[:1] == path[:1] for edit in whole):
            found += _differing(path, *_values(detail.target))
    return tuple(_merged(edit for edit in found if not (edit.after is Gap.UNKNOWN and edit.path in following)))


def _follows(detail: DescribedDetail, others: Sequence[DescribedChange]) -> bool:
    """Tell whether the value is only the ARN or the name of another resource, which is changed in place."""
    resource, _, attribute = (detail.causing_entity or "").partition(".")
    referring = detail.change_source in {ChangeSource.RESOURCE_ATTRIBUTE, ChangeSource.RESOURCE_REFERENCE}
    stays = any(
        one.logical_id == resource and one.action is ResourceAction.MODIFY and one.replacement is ReplacementType.FALSE
        for one in others
    )
    return referring and attribute in {"", "Arn"} and stays


def _path(target: ResourceTarget) -> tuple[str, ...]:
    if target.attribute is Attribute.TAGS:
        return ("Tags",)
    section, *parts = (target.path or "").removeprefix("/").split("/")
    if section != Attribute.PROPERTIES.value or not parts:
        return (target.name or "",)
    named = [f"*{part}" if part.isdecimal() else part for part in parts]
    return tuple(new for part in named for new in _RENAMED.get(part, (part,)))


def _values(target: ResourceTarget) -> tuple[Value, Value]:
    before, after = _read(target.before_value), _read(target.after_value)
    if target.before_value is None and target.attribute_change_type is AttributeChangeType.ADD:
        before = Gap.ABSENT
    if target.after_value is None and target.attribute_change_type is AttributeChangeType.REMOVE:
        after = Gap.ABSENT
    return before, after


def _read(text: str | None) -> Value:
    """Read a value as it is shown: JSON, if it is more than a text."""
    if text is None:
        return Gap.UNKNOWN
    if not text.startswith(("{", "[")) or text == _LATER:
        return _normal(text)
    try:
        return _normal(json.loads(text))
    except (ValueError, RecursionError):  # cut short
        return Gap.UNKNOWN


def _normal(value: object) -> Value:
    match value:
        case None:
            return Gap.ABSENT
        case str():
            return Gap.UNKNOWN if _LATER in value else value
        case bool():
            return str(value).lower()
        case list():
            return [_normal(item) for item in cast("list[object]", value)]
        case Mapping():
            return _renamed({name: _normal(one) for name, one in cast("Mapping[str, object]", value).items()})
        case _:
            return str(value)


def _renamed(members: dict[str, Value]) -> Mapping[str, Value]:
    for old, (new, inner) in _RENAMED.items():
        if old in members:
            there = members.get(new, {})
            members[new] = {inner: members.pop(old), **(there if isinstance(there, Mapping) else {})}
    return members


def _of_contexts(change: DescribedChange) -> tuple[PropertyEdit, ...]:
    before, after = (_properties(text) for text in (change.before_context, change.after_context))
    if before is None or after is None:
        return ()
    return tuple(_differing((), before, after))


def _properties(context: str | None) -> Value | None:
    whole = _read(context)
    return whole.get("Properties", {}) if isinstance(whole, Mapping) else None


def _differing(path: tuple[str, ...], before: Value, after: Value) -> Iterator[PropertyEdit]:
    """Yield each part that differs; of a list's item that comes or goes, the whole."""
    if before is Gap.UNKNOWN or after is Gap.UNKNOWN:
        yield PropertyEdit(path, before, after)
        return
    if before == after:
        return
    old, new = _members(before), _members(after)
    comes_or_goes = Gap.ABSENT in (before, after)
    is_item = bool(path) and path[-1].startswith("*")
    alike = comes_or_goes or isinstance(before, list) is isinstance(after, list)
    if old is None or new is None or not alike or (comes_or_goes and (is_item or not (old or new))):
        yield PropertyEdit(path, before, after)
        return
    for name in dict.fromkeys((*old, *new)):
        yield from _differing((*path, name), old.get(name, Gap.ABSENT), new.get(name, Gap.ABSENT))


def _members(value: Value) -> Mapping[str, Value] | None:
    """Return the members of a map, or the items of a list by what tells them apart; None of a text."""
    match value:
        case Gap():
            return {}
        case str():
            return None
        case list():
            named = {f"*{_identity(number, item)}": item for number, item in enumerate(value)}
            return named if len(named) == len(value) else {f"*{number}": item for number, item in enumerate(value)}
        case _:
            return value


def _identity(number: int, item: Value) -> str:
    if isinstance(item, str):
        return item
    names = _IDENTITIES if isinstance(item, Mapping) else ()
    found = (one for name in names if isinstance(one := cast("Mapping[str, Value]", item).get(name), str))
    return next(found, str(number))


def _merged(found: Iterator[PropertyEdit]) -> Iterator[PropertyEdit]:
    """Yield the edits, what goes and comes at the same path as one; nothing, if it is the same."""
    edited: dict[tuple[str, ...], PropertyEdit] = {}
    for edit in found:
        there = edited.pop(edit.path, edit)
        before = there.before if edit.before is Gap.ABSENT else edit.before
        after = there.after if edit.after is Gap.ABSENT else edit.after
        edited[edit.path] = PropertyEdit(edit.path, before, after)
    yield from (one for one in edited.values() if one.before != one.after or one.before is Gap.UNKNOWN)
