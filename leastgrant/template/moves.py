"""Resources that have moved in a template: another logical id, and the same physical name or the same properties.

A construct that is put into another changes the logical ids of all that is in it, and of what it is called nothing.
Two resources are the same if the template gives them one name, or if they say the same of what is the same: a
reference is compared by what it refers to. Source: "Refactor stacks", AWS CloudFormation User Guide, and `cdk
refactor` of the AWS CDK CLI, which compare likewise.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from leastgrant.template.types import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leastgrant.documents.source import Json

_IN_SUB = re.compile(r"\$\{(?P<id>[A-Za-z0-9]+)(?P<attribute>[.][^}]*)?\}")


def moved(before: Json, after: Json) -> dict[str, str]:
    """Return the resources of a template that have other logical ids in a later one: old id to new id.

    What has several that it may have become has none.
    """
    pairing = _Pairing(_Resources(before), _Resources(after))
    pairing.add_alike(_Resources.named)
    pairing.add_alike(_Resources.content)
    pairing.add_referred()
    return pairing.pairs


class _Pairing:
    """The resources of two templates that are the same by other logical ids."""

    def __init__(self, old: _Resources, new: _Resources) -> None:
        self._old, self._new = old, new
        self._same = {name for name in old.bodies.keys() & new.bodies.keys() if old.type(name) == new.type(name)}
        self._taken = {*old.bodies}
        self.pairs: dict[str, str] = {}

    def _add(self, one: str, other: str) -> bool:
        if one in self._same or one in self.pairs or other in self._taken:
            return False
        if self._old.type(one) != self._new.type(other):
            return False
        self.pairs[one] = other
        self._taken.add(other)
        return True

    def add_alike(self, text_of: Callable[[_Resources, str], str | None]) -> None:
        """Add the resources of which the same text is told, where it is of one in each template alone."""
        olds, news = (self._by_text(side, text_of) for side in (self._old, self._new))
        for text, ones in olds.items():
            others = news.get(text, [])
            if len(ones) == len(others) == 1:
                self._add(ones[0], others[0])

    def _by_text(self, side: _Resources, text_of: Callable[[_Resources, str], str | None]) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in side.bodies:
            if name not in self._same and (text := text_of(side, name)) is not None:
                found[text].append(name)
        return found

    def add_referred(self) -> None:
        """Add what is referred to by what says the same: so twins are told apart."""
        asked = [*((name, name) for name in sorted(self._same)), *self.pairs.items()]
        while asked:
            one, other = asked.pop()
            if self._old.content(one) == self._new.content(other):
                referred = zip(self._old.references(one), self._new.references(other), strict=False)
                asked += [pair for pair in referred if self._add(*pair)]


def with_ids(tree: Json, renamed: Mapping[str, str]) -> Json:
    """Return a template in which resources have other logical ids, and are referred to by them."""
    if not isinstance(tree, dict):
        return tree
    resources = tree.get("Resources")
    changed = {key: _renamed(value, renamed) for key, value in tree.items()}
    inside = changed.get("Resources")
    if isinstance(resources, dict) and isinstance(inside, dict):
        changed["Resources"] = {renamed.get(name, name): body for name, body in inside.items()}
    return changed


def _renamed(value: Json, renamed: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_renamed(item, renamed) for item in value]
    return _with_references(value, renamed) if isinstance(value, dict) else value


def _with_references(value: Mapping[str, Json], renamed: Mapping[str, str]) -> dict[str, Json]:
    changed: dict[str, Json] = {}
    for key, item in value.items():
        match key, item:
            case ("Ref" | "DependsOn", str()):
                changed[key] = renamed.get(item, item)
            case "DependsOn", list():
                changed[key] = [renamed.get(name, name) if isinstance(name, str) else name for name in item]
            case "Fn::GetAtt", str():
                name, dot, attribute = item.partition(".")
                changed[key] = f"{renamed.get(name, name)}{dot}{attribute}"
            case "Fn::GetAtt", [str() as name, *rest]:
                changed[key] = [renamed.get(name, name), *rest]
            case "Fn::Sub", str():
                changed[key] = _in_text(item, renamed)
            case "Fn::Sub", [str() as text, *rest]:
                changed[key] = [_in_text(text, renamed), *(_renamed(one, renamed) for one in rest)]
            case _:
                changed[key] = _renamed(item, renamed)
    return changed


def _in_text(text: str, renamed: Mapping[str, str]) -> str:
    return _IN_SUB.sub(lambda m: f"${{{renamed.get(m['id'], m['id'])}{m['attribute'] or ''}}}", text)


class _Resources:
    """The resources of a template, to be compared with those of another."""

    def __init__(self, tree: Json) -> None:
        resources = tree.get("Resources") if isinstance(tree, dict) else None
        listed = resources if isinstance(resources, dict) else {}
        self.bodies: dict[str, dict[str, Json]] = {n: body for n, body in listed.items() if isinstance(body, dict)}
        self._contents: dict[str, str] = {}
        self._open: set[str] = set()

    def type(self, name: str) -> str:
        """Return the type of a resource."""
        return str(self.bodies[name].get("Type"))

    def named(self, name: str) -> str | None:
        """Write the type and physical name of a resource; None if the template gives it no name."""
        kind, properties = self.type(name), self.bodies[name].get("Properties")
        key = identity_of(kind).name_property
        value = properties.get(key) if key is not None and isinstance(properties, dict) else None
        is_name = isinstance(value, str) and value != name and kind not in _NAMED_IN_ANOTHER
        return f"{kind} {value}" if is_name else None

    def content(self, name: str) -> str:
        """Return a digest of what a resource says, with what it refers to in place of references."""
        if name not in self._contents:
            if name in self._open:  # only a template that cannot be deployed refers in a circle
                return "circle"
            self._open.add(name)
            body = {key: value for key, value in self.bodies[name].items() if key not in _NOT_COMPARED}
            spelt = json.dumps(self._spelt(body), sort_keys=True)
            spelt = spelt.replace(json.dumps(name), _OWN_ID)  # CDK calls some after their logical ids
            self._contents[name] = sha256(spelt.encode()).hexdigest()
            self._open.discard(name)
        return self._contents[name]

    def references(self, name: str) -> list[str]:
        """Return what a resource refers to, in the order in which it does."""
        return [*self._referred({key: value for key, value in self.bodies[name].items() if key not in _NOT_COMPARED})]

    def _target(self, name: str) -> Json:
        return {"refers to": self.named(name) or self.content(name)}

    def _spelt(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._spelt(item) for item in value]
        if not isinstance(value, dict):
            return value
        ids = {name: f"resource {number}" for number, name in enumerate(dict.fromkeys(self._direct(value)))}
        spelt: Json = {key: self._spelt(item) for key, item in _with_references(value, ids).items()}
        return [spelt, *map(self._target, ids)] if ids else spelt

    def _referred(self, value: Json) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._referred(item)
        elif isinstance(value, dict):
            yield from self._direct(value)
            for _, item in sorted(value.items()):
                yield from self._referred(item)

    def _direct(self, value: dict[str, Json]) -> Iterator[str]:
        """Yield the resources that an object itself refers to, as an intrinsic function."""
        match value:
            case {"Ref": str() as name}:
                names = [name]
            case {"Fn::GetAtt": str() as text}:
                names = [text.partition(".")[0]]
            case {"Fn::GetAtt": [str() as name, *_]}:
                names = [name]
            case {"Fn::Sub": str() as text} | {"Fn::Sub": [str() as text, *_]}:
                names = [match["id"] for match in _IN_SUB.finditer(text)]
            case _:
                names = []
        yield from (name for name in names if name in self.bodies)


_NOT_COMPARED = frozenset({"Metadata", "DependsOn"})
_NAMED_IN_ANOTHER = frozenset(f"AWS::IAM::{kind}" for kind in ("Policy", "RolePolicy", "UserPolicy", "GroupPolicy"))
"""Types whose names are of a role's, a user's or a group's own."""
_OWN_ID = '{"is": "its logical id"}'
