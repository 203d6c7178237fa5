"""What a type's properties may hold: the JSON Schema of its provider schema, without what it says to people.

Source: the provider schemas in the PyPI packages `c7n-awscc`, as AWS publishes them, and, of types that are not in it,
`cfn-lint`; condensed into `data/definitions.jsonl` by `leastgrant.knowledge.generate_definitions`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA_FILE = Path(__file__).parent / "data" / "definitions.jsonl"
KEYWORDS = frozenset(
    {
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "dependencies",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "oneOf",
        "pattern",
        "patternProperties",
        "properties",
        "required",
        "type",
        "uniqueItems",
    }
)
"""The keywords of JSON Schema that are kept. `$ref` is the name of a definition."""


@cache
def definition(type_name: str) -> Mapping[str, Any] | None:
    """Return the JSON Schema of a type's properties, with its `definitions`; None if the registry data has none."""
    start = _data().find(b'\n{"type":' + json.dumps(type_name).encode() + b",")
    if start < 0:
        return None
    line: dict[str, Any] = json.loads(_data()[start + 1 : _data().index(b"\n", start + 1)])
    return MappingProxyType(line["schema"])


@cache
def _data() -> bytes:
    return DATA_FILE.read_bytes()
