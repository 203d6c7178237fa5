"""The template of a change set against the reviewed one: what differs, and which access it gains.

The reviewed template is the synthesised one. A role is compared request by request, by leastgrant; whatever else says
who may do what must be as it was reviewed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leastgrant import InputError, Role, new_access, role_of_template
from leastgrant.documents import read_text
from leastgrant.iam import Pattern
from leastgrant.template import parse, resolve
from ops.change_set.verdict import DATA_BEARING, grants, keeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.iam import AssumeRequest, Witness
    from leastgrant.template import Environment, ResolvedTemplate, Value

_ROLE = "AWS::IAM::Role"
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
class Comparison:
    """How the proposed template differs from the reviewed one."""

    resources: Mapping[str, str]
    """By logical id, what differs, in words."""
    sections: tuple[str, ...]
    """The other sections that differ."""
    gains: tuple[Gain, ...]
    kept: frozenset[str]
    """The logical ids of what holds data and is kept when it leaves the stack."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two templates, and where it is deployed."""

    name: str
    """What errors call it."""
    template: Json
    place: Environment
    parameters: Mapping[str, str]

    @property
    def resources(self) -> Json:
        """By logical id."""
        return self.template["Resources"]

    def resolved(self) -> ResolvedTemplate:
        """The template, resolved as far as is known.

        Raises:
            TemplateError: it is not valid.
        """
        return _resolved(self, self.template)


def proposed_template(body: object, name: str) -> Json:
    """The template as `GetTemplate` gives it: an object if it is JSON, text if it is YAML.

    Raises:
        TemplateError: it is no template.
    """
    text = body if isinstance(body, str) else json.dumps(body)
    parse(text, name)  # checks it, so that what follows may take its form for granted
    return cast("Json", read_text(text, name).tree)


def compare(reviewed: Side, proposed: Side) -> Comparison:
    """How the proposed template differs from the reviewed one, and the access that it gains.

    Raises:
        TemplateError, RoleError, PolicyError: the reviewed template cannot be read.
    """
    before, after = reviewed.resources, proposed.resources
    return Comparison(
        resources={
            logical_id: _difference(before.get(logical_id), after.get(logical_id))
            for logical_id in [*after, *(one for one in before if one not in after)]
            if before.get(logical_id) != after.get(logical_id)
        },
        sections=tuple(
            section
            for section in dict.fromkeys([*reviewed.template, *proposed.template])
            if section != "Resources"
            and (reviewed.template.get(section) or {}) != (proposed.template.get(section) or {})
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
    """The keys that differ, those of the properties one by one."""
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if key == "Properties" and isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _paths(cast("Json", old), cast("Json", new), "")
        else:
            yield f"{prefix}{key}"


def _gains(reviewed: Side, proposed: Side) -> Iterator[Gain]:
    same_terms = all(
        (reviewed.template.get(section) or {}) == (proposed.template.get(section) or {})
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


def _of_role(logical_id: str, reviewed: Side, proposed: Side) -> Iterator[Gain]:
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
    """Policies that are not in the template: what they allow is not known, so they must be those reviewed."""
    old, new = ((role or {}).get("Properties", {}) for role in (before, after))
    added = [arn for arn in new.get("ManagedPolicyArns", []) if arn not in old.get("ManagedPolicyArns", [])]
    for arn in added:
        yield Gain(logical_id, f"has a managed policy that the reviewed source does not attach: {_words(arn)}")
    if old.get("PermissionsBoundary") != new.get("PermissionsBoundary"):
        yield Gain(logical_id, "has not the permissions boundary of the reviewed source")


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _role(side: Side, logical_id: str) -> Role:
    """The role without what lies outside the template, each reference to a resource written out."""
    role: Json = side.resources[logical_id]
    known = side.resolved()
    properties = {
        name: _written_out(value, known)
        for name, value in role.get("Properties", {}).items()
        if name not in {"ManagedPolicyArns", "PermissionsBoundary"}
    }
    resources = {**side.resources, logical_id: {**role, "Properties": properties}}
    return replace(role_of_template(_resolved(side, {**side.template, "Resources": resources}), logical_id), arns=())


def _resolved(side: Side, template: Json) -> ResolvedTemplate:
    declared: Json = template.get("Parameters") or {}
    given = {name: value for name, value in side.parameters.items() if name in declared}
    return resolve(parse(json.dumps(template), side.name), side.place, given)


def _written_out(value: Any, known: ResolvedTemplate) -> Any:
    """The value with what it refers to in place of each reference to a resource.

    A part that only the deployment decides, such as the end of a bucket's name, is the same text for the same
    reference, and one that no name can have: so it is never taken for another's.
    """
    if isinstance(value, list):
        return [_written_out(item, known) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    mapping = cast("dict[str, Any]", value)
    match mapping:
        case {"Ref": str(name)} if name in known.template.resources:
            return _text(known.ref(name), name)
        case {"Fn::GetAtt": [str(name), str(attribute)]} if name in known.template.resources:
            return _text(known.attribute(name, attribute), name)
        case _:
            return {key: _written_out(item, known) for key, item in mapping.items()}


def _text(value: Value, logical_id: str) -> str:
    if not isinstance(value, Pattern):
        return f"arn:aws:cloudformation:::<{logical_id}>"
    parts = [token if isinstance(token, str) else f"<{logical_id}>" for token in value.tokens]
    return "".join(part for number, part in enumerate(parts) if number == 0 or part != parts[number - 1])
