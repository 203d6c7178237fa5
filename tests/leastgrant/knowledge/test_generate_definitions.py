"""The definitions file, made of schemas."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastgrant.knowledge import definition
from leastgrant.knowledge.generate import REGISTRY, SchemaError, SchemaPackage
from leastgrant.knowledge.generate_definitions import generate

SCHEMA: dict[str, Any] = {
    "typeName": "AWS::Shop::Shelf",
    "description": "A shelf",
    "properties": {
        "Name": {"type": "string", "pattern": "^[a-z]+$", "description": "Its name"},
        "type": {"enum": ["wood"]},
        "Books": {"type": "array", "items": {"$ref": "#/definitions/Book"}},
    },
    "definitions": {"Book": {"type": "object", "title": "Book", "required": ["Title"]}, "Unused": {"type": "string"}},
    "required": ["Name"],
    "additionalProperties": False,
    "handlers": {},
}


def source(folder: Path, package: str, *schemas: dict[str, Any]) -> SchemaPackage:
    folder.mkdir()
    for schema in schemas:
        (folder / f"{schema['typeName'].replace('::', '-')}.json").write_text(json.dumps(schema), encoding="utf-8")
    return SchemaPackage(package, "1", "MIT", "2026-10-01", folder)


def test_what_properties_may_hold_is_kept_and_nothing_else(tmp_path: Path) -> None:
    other = {**SCHEMA, "required": ["Name", "Books"]}
    sources = source(tmp_path / "a", "cfn-lint", other), source(tmp_path / "b", REGISTRY, SCHEMA)
    header, line = generate(sources, ["AWS::Shop::Shelf"]).splitlines()
    assert json.loads(header)["types"] == 1
    assert json.loads(line) == {
        "type": "AWS::Shop::Shelf",
        "schema": {
            "properties": {
                "Name": {"type": "string", "pattern": "^[a-z]+$"},
                "type": {"enum": ["wood"]},
                "Books": {"type": "array", "items": {"$ref": "Book"}},
            },
            "required": ["Name"],  # of the registry's own schema
            "additionalProperties": False,
            "definitions": {"Book": {"type": "object", "required": ["Title"]}},
        },
    }


def test_a_type_that_no_source_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="AWS::Shop::Till is in no installed package"):
        generate([source(tmp_path / "a", REGISTRY, SCHEMA)], ["AWS::Shop::Till"])


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_file_that_is_no_schema_is_named(tmp_path: Path, text: str) -> None:
    there = source(tmp_path / "a", REGISTRY, SCHEMA)
    (tmp_path / "a" / "broken.json").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"^broken\.json: "):
        generate([there], ["AWS::Shop::Shelf"])


def test_a_type_that_is_not_in_the_data_has_no_definition() -> None:
    assert definition("AWS::Shop::Shelf") is None
