"""Generate `data/definitions.jsonl`: what the properties of each type may hold.

Run `python -m leastgrant.knowledge.generate_definitions`, once `data/types.jsonl` is written: it has the same types.
The schemas of `c7n-awscc` are AWS's own, which CloudFormation holds properties against; those of `cfn-lint` are
stricter here and there, by what the services' APIs say, and are taken only of types that the other does not have.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.knowledge.definitions import DATA_FILE, KEYWORDS
from leastgrant.knowledge.generate import NOT_A_SCHEMA, REGISTRY, SchemaError, installed
from leastgrant.knowledge.schema import type_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastgrant.knowledge.generate import SchemaPackage

_OF_NAMES: Final = frozenset({"dependencies", "patternProperties", "properties"})
"""Keywords whose value has a schema by each name."""
_LITERAL: Final = frozenset({"const", "enum", "required", "type"})


def main() -> int:
    """Write the data file; return the process's exit status."""
    try:
        text = generate(installed(), type_names())
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 2
    DATA_FILE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{DATA_FILE}: {text.count(chr(10)) - 1} types")
    return 0


def generate(sources: Sequence[SchemaPackage], types: Sequence[str]) -> str:
    """Return the data file's text: a header line, then one type a line, sorted by name.

    Args:
        sources: Where the schemas are.
        types: Those that are wanted.

    Raises:
        SchemaError: A file is not a provider schema, or no source has a type.
    """
    found: dict[str, dict[str, Any]] = {}
    for source in sorted(sources, key=lambda one: one.package == REGISTRY):
        for path in sorted(source.folder.glob("*.json")):
            if path.name not in NOT_A_SCHEMA:
                content = _read(path.name, path.read_text(encoding="utf-8"))
                found[str(content["typeName"])] = content
    missing = [name for name in types if name not in found]
    if missing:
        raise SchemaError(f"{missing[0]} is in no installed package, but in the data: run `make knowledge` as a whole")
    header = {"sources": [source.header for source in sources], "types": len(types)}
    lines = ({"type": name, "schema": _condensed(found[name])} for name in sorted(types))
    return "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in (header, *lines))


def _read(name: str, text: str) -> dict[str, Any]:
    try:
        content: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(f"{name}: is not JSON ({error})") from None
    if not isinstance(content, dict) or "typeName" not in content:
        raise SchemaError(f"{name}: must have the key typeName")
    return cast("dict[str, Any]", content)


def _condensed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the properties, and the definitions that it uses."""
    own: dict[str, Any] = _kept({name: value for name, value in schema.items() if name != "definitions"})
    known: dict[str, Any] = schema.get("definitions", {})
    definitions: dict[str, Any] = {}
    wanted = _references(own)
    while wanted:
        name = wanted.pop()
        if name in known and name not in definitions:
            definitions[name] = _kept(known[name])
            wanted |= _references(definitions[name])
    return {**own, **({"definitions": dict(sorted(definitions.items()))} if definitions else {})}


def _kept(node: Any) -> Any:
    """Return a schema with the keywords that are kept."""
    if isinstance(node, list):
        return [_kept(one) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for keyword, value in cast("dict[str, Any]", node).items():
        if keyword not in KEYWORDS:
            continue
        if keyword == "$ref":
            kept[keyword] = str(value).removeprefix("#/definitions/")
        elif keyword in _LITERAL:
            kept[keyword] = value
        elif keyword in _OF_NAMES and isinstance(value, dict):
            kept[keyword] = {name: _kept(one) for name, one in cast("dict[str, Any]", value).items()}
        else:
            kept[keyword] = _kept(value)
    return kept


def _references(node: Any) -> set[str]:
    if isinstance(node, list):
        return {name for one in cast("list[Any]", node) for name in _references(one)}
    if not isinstance(node, dict):
        return set()
    found = cast("dict[str, Any]", node)
    own = {found["$ref"]} if isinstance(found.get("$ref"), str) else set[str]()
    return own.union(*(_references(one) for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
