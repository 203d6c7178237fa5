"""The template of a change set against the reviewed one: what differs, and which access it gains.

The reviewed template is the synthesised one. A role is compared request by request, by leastgrant; whatever else says
who may do what must be as it was reviewed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from leastgrant import InputError, Role, new_access, role_of_template
from leastgrant.iam import Pattern
from ops.stack.resource_types import DATA_BEARING, grants, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam import AssumeRequest, Witness
    from leastgrant.template import ResolvedTemplate, Value
    from ops.project.placed_template import PlacedTemplate

_ROLE = "AWS::IAM::Role"
_ATTACHED = frozenset({"ManagedPolicyArns", "PermissionsBoundary"})
"""The properties of a role that name policies outside the template."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gain:
    """Access that a resource gives and the reviewed source does not."""

    logical_id: str
    what: str
    witnesses: tuple[Witness, ...] = ()
    """Requests that would be allowed, one for each action at least."""
    admitted: tuple[AssumeRequest, ...] = ()
    """Requests to assume the role that would be allowed."""
    why: str = ""
    """More about `what`, if there is."""


@dataclass(frozen=True, slots=True)
class ReviewComparison:
    """How the proposed template differs from the reviewed one."""

    resources: Mapping[str, str]
    """By logical id, what differs, in words."""
    sections: tuple[str, ...]
    """The other sections that differ."""
    gains: tuple[Gain, ...]
    kept: frozenset[str]
    """The logical ids of what holds data and is kept when it leaves the stack."""


def compare(reviewed: PlacedTemplate, proposed: PlacedTemplate) -> ReviewComparison:
    """Compare the proposed template with the reviewed one: what differs, and which access it gains.

    Raises:
        InputError: the reviewed template cannot be read.
    """
    before, after = reviewed.resources, proposed.resources
    return ReviewComparison(
        resources={
            logical_id: _difference(before.get(logical_id), after.get(logical_id))
            for logical_id in [*after, *(one for one in before if one not in after)]
            if before.get(logical_id) != after.get(logical_id)
        },
        sections=tuple(
            section
            for section in dict.fromkeys([*reviewed.tree, *proposed.tree])
            if section != "Resources" and (reviewed.tree.get(section) or {}) != (proposed.tree.get(section) or {})
        ),
        gains=tuple(_gains(reviewed, proposed)),
        kept=frozenset(
            logical_id
            for logical_id, resource in after.items()
            if resource["Type"] in DATA_BEARING and keeps(resource.get("DeletionPolicy"))
        ),
    )


def _difference(before: Json | None, after: Json | None) -> str:
    if before is None or after is None:
        return "is not in the reviewed template" if before is None else "is in the reviewed template alone"
    return f"is not as in the reviewed template ({', '.join(_paths(before, after, ''))})"


def _paths(before: Json, after: Json, prefix: str) -> Iterator[str]:
    """Yield the keys that differ, those of the properties one by one."""
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if key == "Properties" and isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _paths(cast("Json", old), cast("Json", new), "")
        else:
            yield f"{prefix}{key}"


def _gains(reviewed: PlacedTemplate, proposed: PlacedTemplate) -> Iterator[Gain]:
    same_terms = all(
        (reviewed.tree.get(section) or {}) == (proposed.tree.get(section) or {})
        for section in ("Parameters", "Mappings", "Conditions")
    )
    for logical_id, resource in proposed.resources.items():
        before = reviewed.resources.get(logical_id)
        if not grants(resource["Type"]) or (before == resource and same_terms and not proposed.parameters):
            continue
        if resource["Type"] == _ROLE:
            yield from _of_role(logical_id, reviewed, proposed)
        elif before != resource:
            yield Gain(logical_id, f"grants access ({resource['Type']}) that the reviewed source does not grant so")


def _of_role(logical_id: str, reviewed: PlacedTemplate, proposed: PlacedTemplate) -> Iterator[Gain]:
    before = reviewed.resources.get(logical_id)
    if before is not None and before["Type"] != _ROLE:
        before = None
    yield from _of_attached(logical_id, before, proposed.resources[logical_id])
    old = Role(logical_id, ()) if before is None else _role(reviewed, logical_id)
    try:
        new = _role(proposed, logical_id)
        access = new_access(old, new)
    except InputError as error:
        yield Gain(logical_id, "its access cannot be compared with the reviewed source", why=str(error))
        return
    if before is None:
        yield Gain(logical_id, "is a role that the reviewed source does not have", access.gained)
    elif access.gained:
        yield Gain(logical_id, "may do what the reviewed source does not let it do", access.gained)
    if access.admitted:
        yield Gain(logical_id, "may be assumed by whom the reviewed source does not trust", (), access.admitted)
    if access.not_known_gained:
        why = "; ".join(map(str, access.not_known_gained))
        yield Gain(logical_id, "may allow more than the reviewed source: that is not decided", why=why)


def _of_attached(logical_id: str, before: Json | None, after: Json) -> Iterator[Gain]:
    """Yield policies that are not in the template: what they allow is not known, so they must be those reviewed."""
    old, new = ((role or {}).get("Properties", {}) for role in (before, after))
    added = [arn for arn in new.get("ManagedPolicyArns", []) if arn not in old.get("ManagedPolicyArns", [])]
    for arn in added:
        yield Gain(logical_id, f"has a managed policy that the reviewed source does not attach: {_words(arn)}")
    if old.get("PermissionsBoundary") != new.get("PermissionsBoundary"):
        yield Gain(logical_id, "has not the permissions boundary of the reviewed source")


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _role(side: PlacedTemplate, logical_id: str) -> Role:
    """Return the role without what lies outside the template, and with a text for what only the deployment decides."""
    resolved = side.resolved
    properties = resolved.properties_named(logical_id, _WrittenOut(resolved))
    inside = {name: value for name, value in properties.items() if name not in _ATTACHED}
    return replace(role_of_template(resolved.with_properties(logical_id, inside), logical_id), arns=())


@dataclass(frozen=True, slots=True)
class _WrittenOut:
    """What references give, all of it known.

    A part that only the deployment decides, such as the end of a bucket's name, is the same text for the same
    reference, and one that no name can have: so it is never taken for another's.
    """

    known: ResolvedTemplate

    def ref(self, name: str) -> Value:
        value = self.known.ref(name)
        return _text(value, name, name) if name in self.known.template.resources else value

    def attribute(self, resource: str, attribute: str) -> Value:
        return _text(self.known.attribute(resource, attribute), resource, f"{resource}.{attribute}")

    def imported(self, name: Pattern) -> Value:
        return self.known.imported(name)


def _text(value: Value, logical_id: str, reference: str) -> Pattern:
    if not isinstance(value, Pattern):
        return Pattern.literal(f"arn:aws:cloudformation:::<{reference}>")
    parts = [token if isinstance(token, str) else f"<{logical_id}>" for token in value.tokens]
    return Pattern.literal("".join(part for part, _ in groupby(parts)))
