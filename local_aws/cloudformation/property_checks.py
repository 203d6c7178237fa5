"""A resource's properties, held against the schema of its type before its handler is called.

What is said, and what is held back, is as events of real stacks have it: the words are those of the JSON Schema library
that CloudFormation uses, but for keywords whose words would show the value, of which only the name is told. A value
of another scalar type is one of that type, if it can be read as such: parameters are always text.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.knowledge import definition, type_schema
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_Schema = dict[str, Any]
_CUSTOM: Final = "AWS::CloudFormation::CustomResource"
"""Has properties of its own, that no schema knows of."""


def require_valid(logical_id: str, type_name: str, properties: Mapping[str, Any]) -> None:
    """Refuse properties that the schema of the type does not allow.

    Raises:
        AwsError: with all that is wrong.
    """
    found = tuple(violations(type_name, properties))
    if found:
        said = "\n".join(found)
        raise AwsError(
            "ValidationError", f"Properties validation failed for resource {logical_id} with message:\n{said}"
        )


def violations(type_name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the properties of a resource, such as `#: required key [Name] not found`.

    Of a type that has no schema nothing is known to be wrong.
    """
    schema, found = type_schema(type_name), definition(type_name)
    if schema is None or found is None or type_name == _CUSTOM:
        return
    for name in properties:
        if name in schema.read_only:
            yield f"#: extraneous key [{name}] is not permitted"
    # the definitions may be some weeks older than the list of properties
    newer = [name for name in schema.properties if "/" not in name and name not in found.get("properties", {})]
    given = {name: value for name, value in properties.items() if name not in (*schema.read_only, *newer)}
    yield from _Check(cast("_Schema", found.get("definitions", {}))).violations(dict(found), given, "#")


def as_declared(type_name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties that are valid with each scalar of the type that the schema has, as handlers are given them.

    A document that a template writes as text, where the schema takes an object too, is read.
    """
    found = definition(type_name)
    if found is None or type_name == _CUSTOM:
        return dict(properties)
    return _Check(cast("_Schema", found.get("definitions", {}))).read(dict(found), dict(properties))


class _Check:
    def __init__(self, definitions: _Schema) -> None:
        self._definitions = definitions

    def read(self, schema: _Schema, value: Any) -> Any:
        """Return a value with its scalars of the types that a schema has."""
        while isinstance(reference := schema.get("$ref"), str):
            schema = self._definitions.get(reference, {})
        match value:
            case dict():
                members = cast("_Schema", value)
                return {name: self._member(schema, name, one) for name, one in members.items()}
            case list():
                items = schema.get("items")
                inner = cast("_Schema", items) if isinstance(items, dict) else {}
                return [self.read(inner, one) for one in cast("list[Any]", value)]
            case str() if "object" in _kinds(schema) and (document := _document(value)) is not None:
                return document
            case _:
                return _read_as(kinds, value) if (kinds := _kinds(schema)) else value

    def _member(self, schema: _Schema, name: str, value: Any) -> Any:
        allowing = _members(schema, name)
        return self.read(allowing[0], value) if allowing else value

    def violations(self, schema: _Schema, value: Any, path: str) -> Iterator[str]:
        """Yield what of a value a schema does not allow."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            # one that leads elsewhere than to a definition leads to a read-only property
            schema = {**self._definitions.get(reference, {}), **{k: v for k, v in schema.items() if k != "$ref"}}
            if "$ref" in schema:
                yield from self.violations(schema, value, path)
                return
        kinds = _kinds(schema)
        value = _read_as(kinds, value)
        if kinds and _kind(value) not in kinds and not ("number" in kinds and _kind(value) == "integer"):
            yield f"{path}: expected type: {_JAVA[kinds[0]]}, found: {_JAVA[_kind(value)]}"
            return
        yield from self._of_any(schema, value, path)
        match value:
            case dict():
                yield from self._of_object(schema, cast("_Schema", value), path)
            case list():
                yield from self._of_list(schema, cast("list[Any]", value), path)
            case str():
                yield from _of_text(schema, value, path)
            case int() | float() if not isinstance(value, bool):
                yield from _of_number(schema, value, path)
            case _:
                pass

    def _of_any(self, schema: _Schema, value: Any, path: str) -> Iterator[str]:
        for keyword, allowed in (
            ("enum", schema.get("enum")),
            ("const", [schema["const"]] if "const" in schema else None),
        ):
            if allowed is not None and value not in allowed and str(value) not in map(str, allowed):
                yield f"{path}: failed validation constraint for keyword [{keyword}]"
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in schema:
                yield from self._combined(keyword, schema[keyword], value, path)

    def _combined(self, keyword: str, schemas: list[_Schema], value: Any, path: str) -> Iterator[str]:
        wrong = [found for one in schemas if (found := list(self.violations(one, value, path)))]
        matched = len(schemas) - len(wrong)
        match keyword:
            case "allOf" if wrong:
                yield f"{path}: only {matched} subschema matches out of {len(schemas)}"
            case "anyOf" if not matched:
                yield f"{path}: no subschema matched out of the total {len(schemas)} subschemas"
            case "oneOf" if matched != 1:
                yield f"{path}: {matched} subschemas matched instead of one"
            case _:
                return
        if keyword != "oneOf" or not matched:
            yield from (message for found in wrong for message in found)

    def _of_object(self, schema: _Schema, value: _Schema, path: str) -> Iterator[str]:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path}: required key [{name}] not found"
        for name, member in value.items():
            allowing = _members(schema, name)
            if not allowing and schema.get("additionalProperties") is False:
                yield f"{path}: extraneous key [{name}] is not permitted"
            for one in allowing:
                yield from self.violations(one, member, f"{path}/{name}")
        for name, needed in schema.get("dependencies", {}).items():
            for other in cast("list[str]", needed) if name in value and isinstance(needed, list) else ():
                if other not in value:
                    yield f"{path}: property [{other}] is required"
        yield from _of_size(schema, len(value), path)

    def _of_list(self, schema: _Schema, value: list[Any], path: str) -> Iterator[str]:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if len(value) < least:
            yield f"{path}: expected minimum item count: {least}, found: {len(value)}"
        if most is not None and len(value) > most:
            yield f"{path}: expected maximum item count: {most}, found: {len(value)}"
        if schema.get("uniqueItems") and any(one in value[:number] for number, one in enumerate(value)):
            yield f"{path}: failed validation constraint for keyword [uniqueItems]"
        items = schema.get("items")
        if isinstance(items, dict):
            for number, one in enumerate(value):
                yield from self.violations(cast("_Schema", items), one, f"{path}/{number}")


def _members(schema: _Schema, name: str) -> list[_Schema]:
    """Return the schemas that a member of an object is held against."""
    properties: _Schema = schema.get("properties", {})
    patterns: _Schema = schema.get("patternProperties", {})
    found = [one for pattern, one in patterns.items() if _matches(pattern, name)]
    if name in properties:
        found.append(properties[name])
    elif not found:
        found.append(schema.get("additionalProperties"))
    return [cast("_Schema", one) for one in found if isinstance(one, dict)]


def _of_size(schema: _Schema, size: int, path: str) -> Iterator[str]:
    if size < schema.get("minProperties", 0):
        yield f"{path}: minimum size: [{schema['minProperties']}], found: [{size}]"
    if size > schema.get("maxProperties", size):
        yield f"{path}: maximum size: [{schema['maxProperties']}], found: [{size}]"


def _of_text(schema: _Schema, value: str, path: str) -> Iterator[str]:
    for keyword, wrong in (("minLength", value.__len__().__lt__), ("maxLength", value.__len__().__gt__)):
        if keyword in schema and wrong(schema[keyword]):
            yield f"{path}: expected {keyword}: {schema[keyword]}, actual: {len(value)}"
    if "pattern" in schema and not _matches(schema["pattern"], value):
        yield f"{path}: failed validation constraint for keyword [pattern]"


def _of_number(schema: _Schema, value: float, path: str) -> Iterator[str]:
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{path}: {value} is not greater or equal to {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{path}: {value} is not less or equal to {schema['maximum']}"


def _kinds(schema: _Schema) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", dict: "object", list: "array", type(None): "null"}
    return kinds.get(cast("type[Any]", type(value)), "string")


_JAVA: Final = {
    "array": "JSONArray",
    "boolean": "Boolean",
    "integer": "Integer",
    "null": "Null",
    "number": "Number",
    "object": "JSONObject",
    "string": "String",
}
"""What the library calls the types."""


def _read_as(kinds: tuple[str, ...], value: Any) -> Any:
    """Read a scalar as one of the types, if it is none of them."""
    if _kind(value) in ("array", "null", "object", *kinds):
        return value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "boolean" in kinds and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "integer" in kinds and re.fullmatch(r"[+-]?\d+(\.0+)?", text):
        return int(float(text))
    if "number" in kinds and re.fullmatch(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?", text):
        return float(text)
    return text if "string" in kinds else value


def _document(text: str) -> dict[str, Any] | None:
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern; None for one of Java's that Python cannot read, such as one with a class of Unicode."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
