"""Transforms: what rewrites a template when it is deployed, expanded here as far as it can be.

`AWS::LanguageExtensions` is expanded here, `AWS::Serverless` by AWS's own translator, `AWS::Include` if it includes a
file of this machine. Of what else rewrites the template the result is not known: it is taken out, and said to be
unread. Sources: AWS CloudFormation Template Reference, "AWS::LanguageExtensions transform", "Fn::ForEach",
"AWS::Include transform"; AWS CloudFormation User Guide, "Perform custom processing on CloudFormation templates with
template macros".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from leastgrant.documents.document import Document, read_file
from leastgrant.documents.source import TemplateError, quoted
from leastgrant.template.sam import SAM, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastgrant.documents.source import Json, Path, Source

EXTENSIONS = "AWS::LanguageExtensions"
INCLUDE = "AWS::Include"
_FOR_EACH = "Fn::ForEach"
_TRANSFORM = "Fn::Transform"
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform that a template asks for."""

    name: str
    location: str | None = None
    """The URL of what an `AWS::Include` includes; None: not written out."""

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS owns it; another one is a macro of the account."""
        return self.name.startswith("AWS::")


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a template that only the deployment knows."""

    path: Path
    what: str
    """What it is acknowledged by."""
    reason: str
    """What it is, as a clause that follows `it`."""
    fix: str


@dataclass(frozen=True, slots=True)
class Expanded:
    """A template without transforms, apart from those within property values."""

    tree: Json
    transforms: tuple[Transform, ...]
    unread: tuple[Unread, ...]
    """If there is any, names may be used that are declared only in what is not read."""


class Evaluator:
    """An evaluator of expressions before there are resources; see `leastgrant.template.parser`."""

    region: str | None = None

    def values(self, tree: dict[str, Json], value: Json) -> list[str] | None:
        """Return the texts of a list; None: not known."""
        raise NotImplementedError

    def parameters(self, tree: dict[str, Json]) -> Mapping[str, str]:
        """Return the values of the template's parameters, as far as they are known."""
        raise NotImplementedError


def is_transformed(tree: Json) -> bool:
    """Tell whether anything rewrites the template when it is deployed."""
    if isinstance(tree, dict) and "Transform" in tree:
        return True
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if any(key == _TRANSFORM or key.startswith(_FOR_EACH) for key in node):
                return True
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False


def expand(document: Document, evaluator: Evaluator) -> Expanded:
    """Do the template's transforms, as far as that can be done here.

    Raises:
        TemplateError: a transform is malformed, what it includes cannot be read, or it makes too much.
    """
    return _Expansion(document.source, evaluator).expand(document.tree)


_MOST_NODES = 500_000
"""The most values that loops may make; a template of 1 MiB has no more."""

_PROCESSED = "create a change set, give what `aws cloudformation get-template --template-stage Processed` shows of it"


class _Expansion:
    def __init__(self, source: Source, evaluator: Evaluator) -> None:
        self._source = source
        self._evaluator = evaluator
        self._folder = FilePath(source.name).parent
        self._transforms: dict[Transform, None] = {}
        self._unread: list[Unread] = []
        self._left = _MOST_NODES

    def expand(self, tree: Json) -> Expanded:
        if not isinstance(tree, dict):
            raise self._source.error((), "must be a map")
        root = dict(tree)
        named = self._of_the_whole(root)
        root = self._included(root, ())
        if EXTENSIONS in named:
            root = self._extended(root)
        else:
            self._refuse_loops(root)
        if SAM in named:
            root, applications = translated(
                root, self._source, self._evaluator.parameters(root), self._evaluator.region
            )
            self._unread += [_application(name) for name in applications]
        return Expanded(root, tuple(self._transforms), tuple(self._unread))

    # the transforms of the whole template

    def _of_the_whole(self, root: dict[str, Json]) -> set[str]:
        """Take the section `Transform` out; return the names of those that are expanded here."""
        section = root.pop("Transform", [])
        known: set[str] = set()
        for index, item in enumerate(section if isinstance(section, list) else [section]):
            path = ("Transform", index) if isinstance(section, list) else ("Transform",)
            name, parameters = self._call(item, path)
            if name == INCLUDE:
                included = self._include(parameters, path)
                for key, value in included.items():
                    root[key] = _merged(root.get(key), value)
            else:
                self._transforms[Transform(name)] = None
                if name in {EXTENSIONS, SAM}:
                    known.add(name)
                else:
                    self._leave(name, path)
        return known

    def _call(self, value: Json, path: Path) -> tuple[str, dict[str, Json]]:
        if isinstance(value, str):
            return value, {}
        if not isinstance(value, dict) or not isinstance(name := value.get("Name"), str):
            raise self._source.error(path, "must be a transform's name, or a map with Name and Parameters")
        parameters = value.get("Parameters") or {}
        if not isinstance(parameters, dict):
            raise self._source.error((*path, "Parameters"), f"must be a map, and is {quoted(parameters)}")
        return name, parameters

    def _leave(self, name: str, path: Path) -> None:
        self._unread.append(
            Unread(
                path,
                name,
                f"rewrites the template when it is deployed ({name}), so what it makes is not known",
                f"{_PROCESSED}, or declare what it needs as a use and acknowledge this",
            )
        )

    # Fn::Transform

    def _included(self, node: dict[str, Json], path: Path) -> dict[str, Json]:
        """Do each `Fn::Transform` in the map, or take it out where it writes parts of the template."""
        found: dict[str, Json] = {}
        for key, value in node.items():
            if key != _TRANSFORM:
                found[key] = _merged(found.get(key), self._within(value, (*path, key)))
                continue
            for call in value if isinstance(value, list) else [value]:
                name, parameters = self._call(call, (*path, key))
                if name == INCLUDE:
                    included = self._include(parameters, (*path, key))
                else:
                    included = {}
                    self._transforms[Transform(name)] = None
                    self._leave(name, (*path, key))
                if not included and _is_value(path):
                    found[key] = value
                for more, inner in included.items():
                    found[more] = _merged(found.get(more), inner)
        return found

    def _within(self, value: Json, path: Path) -> Json:
        if isinstance(value, dict):
            return self._included(value, path)
        return (
            [self._within(item, (*path, index)) for index, item in enumerate(value)]
            if isinstance(value, list)
            else value
        )

    def _include(self, parameters: Mapping[str, Json], path: Path) -> dict[str, Json]:
        """Read what an `AWS::Include` includes; nothing, if it is not on this machine."""
        location = parameters.get("Location")
        self._transforms[Transform(INCLUDE, location if isinstance(location, str) else None)] = None
        file = self._folder / location if isinstance(location, str) and "://" not in location else None
        if file is None or not file.is_file():
            self._leave(INCLUDE, path)
            return {}
        tree = read_file(file).tree
        if not isinstance(tree, dict):
            raise TemplateError(str(file), None, (), "is included, and must be a map")
        if is_transformed(tree):
            raise TemplateError(
                str(file), None, (), "is included, and may not have transforms of its own; take them out"
            )
        return tree

    # AWS::LanguageExtensions

    def _refuse_loops(self, root: dict[str, Json]) -> None:
        for section in _SECTIONS:
            for path in _loops(root.get(section), (section,)):
                raise self._source.error(path, f"needs the transform; write `Transform: {EXTENSIONS}`")

    def _extended(self, root: dict[str, Json]) -> dict[str, Json]:
        names = (key for key in root if key in {"Conditions", "Resources", "Outputs"})
        done = {key: self._looped(root, root[key], (key,)) for key in names}
        return {**root, **done}

    def _looped(self, root: dict[str, Json], value: Json, path: Path) -> Json:
        """Write out the value's loops, and decide names and policies that functions write."""
        if isinstance(value, list):
            return [self._looped(root, item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        found: dict[str, Json] = {}
        for key, inner in value.items():
            if not key.startswith(_FOR_EACH):
                found[key] = self._decided(root, key, self._looped(root, inner, (*path, key)))
                continue
            for name, made in self._made(root, inner, (*path, key)):
                if name in found or name in value:
                    raise self._source.error((*path, key), f"makes {quoted(name)} twice; vary the key")
                found[name] = made
        return found

    def _decided(self, root: dict[str, Json], key: str, value: Json) -> Json:
        if key in {"Ref", "DeletionPolicy", "UpdateReplacePolicy"} and isinstance(value, dict):
            known = self._evaluator.values(root, [value])
            return known[0] if known else value
        if key == "Fn::GetAtt" and isinstance(value, list) and any(isinstance(item, dict) for item in value):
            known = self._evaluator.values(root, value)
            return [*known] if known and len(known) == len(value) else value
        return value

    def _made(self, root: dict[str, Json], loop: Json, path: Path) -> Iterator[tuple[str, Json]]:
        if not isinstance(loop, list) or len(loop) != _PARTS:
            raise self._source.error(path, "must be the list [identifier, collection, map of what is repeated]")
        identifier, collection, fragment = loop
        if not isinstance(identifier, str) or not isinstance(fragment, dict):
            raise self._source.error(path, "must be the list [identifier, collection, map of what is repeated]")
        items = self._evaluator.values(root, collection)
        if items is None:
            name = str(path[-1])
            reason = f"repeats a part of the template ({name}) for values that are not known"
            fix = "give the parameter it goes over with --parameter, or declare what it needs and acknowledge this"
            self._unread.append(Unread(path, name, reason, fix))
            return
        for item in items:
            substitution = _Substitution(identifier, item)
            for key, value in fragment.items():
                self._count(path, value)
                made = self._looped(root, {substitution.text(key): substitution.value(value)}, path)
                if isinstance(made, dict):
                    yield from made.items()

    def _count(self, path: Path, value: Json) -> None:
        self._left -= _size(value, self._left)
        if self._left <= 0:
            raise self._source.error(path, f"makes more than {_MOST_NODES:,} values; CloudFormation takes 1 MiB in all")


_PARTS = 3


def _application(name: str) -> Unread:
    reason = "is an application of the Serverless Application Repository, whose template was not read"
    fix = f"give its template with --nested {name}=FILE, or declare what it needs as a use and acknowledge this"
    return Unread(("Resources", name), f"AWS::Serverless::Application {name}", reason, fix)


def _is_value(path: Path) -> bool:
    """Tell whether a map at this place is a property's value, or a part of one."""
    return len(path) > len(("Resources", "Id", "Properties"))


def _merged(one: Json, other: Json) -> Json:
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}
    return other


def _loops(value: Json, path: Path) -> Iterator[Path]:
    waiting: list[tuple[Json, Path]] = [(value, path)]
    while waiting:
        node, place = waiting.pop()
        if isinstance(node, dict):
            yield from ((*place, key) for key in node if key.startswith(_FOR_EACH))
            waiting.extend((inner, (*place, key)) for key, inner in node.items())
        elif isinstance(node, list):
            waiting.extend((inner, (*place, index)) for index, inner in enumerate(node))


def _size(value: Json, most: int) -> int:
    count = 0
    waiting = [value]
    while waiting and count <= most:
        node = waiting.pop()
        count += 1
        if isinstance(node, dict | list):
            waiting.extend(node.values() if isinstance(node, dict) else node)
    return count


class _Substitution:
    """One round of a loop: the identifier stands for a value, in `&{...}` for its letters and digits."""

    def __init__(self, identifier: str, item: str) -> None:
        self._identifier = identifier
        self._texts: Sequence[tuple[str, str]] = (
            (f"${{{identifier}}}", item),
            (f"&{{{identifier}}}", re.sub(r"[^A-Za-z0-9]", "", item)),
        )

    def text(self, text: str) -> str:
        for placeholder, value in self._texts:
            text = text.replace(placeholder, value)
        return text

    def value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            if value == {"Ref": self._identifier}:
                return self._texts[0][1]
            return {self.text(key): self.value(inner) for key, inner in value.items()}
        return value
