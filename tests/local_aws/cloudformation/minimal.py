"""The least properties that a type's schema allows: what it requires, with values that fit."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from leastgrant.knowledge import definition
from local_aws.cloudformation.property_checks import violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Schema = dict[str, Any]
_LIKELY = (
    "a",
    "1",
    "abc-1",
    "Abcdefgh1234",
    "10.0.0.0/16",
    "example.com",
    "me@example.com",
    "https://example.com",
    "s3://bucket/key",
    "2026-01-01T00:00:00Z",
    "arn:aws:iam::123456789012:role/service",
    "arn:aws:s3:::bucket",
    "arn:aws:service:eu-west-1:123456789012:thing/abc",
    "123456789012",
    "0123456789abcdef0123456789abcdef",
    "01234567-89ab-cdef-0123-456789abcdef",
    "{}",
)
_DEEPEST = 12


_ROLE = "arn:aws:iam::123456789012:role/service"
_BUS = "arn:aws:events:eu-west-1:123456789012:event-busv2/bus/0123456789abcdef012345678"
_GOAL = {"MetricName": "a", "EntityIdKey": "a", "ValueKey": "a", "DesiredChange": "INCREASE"}
_BY_HAND: dict[str, dict[str, Any]] = {
    "AWS::BillingConductor::BillingGroup": {"AccountGrouping": {"LinkedAccountIds": ["123456789012"]}},
    "AWS::DataZone::Owner": {"Owner": {"User": {"UserIdentifier": "a"}}},
    "AWS::EventsV2::ResourcePolicy": {"PolicyDocument": {"Statement": []}},
    "AWS::EventsV2::Subscriber": {
        "InvokeConfiguration": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:jobs", "RoleArn": _ROLE}
    },
    "AWS::Evidently::Experiment": {
        "Treatments": [{"TreatmentName": name, "Feature": "a", "Variation": "a"} for name in "ab"],
        "MetricGoals": [_GOAL],
    },
    "AWS::MSK::Replicator": {
        "KafkaClusters": [
            {
                "AmazonMskCluster": {
                    "MskClusterArn": f"arn:aws:kafka:eu-west-1:123456789012:cluster/{name}/{'0' * 8}-1"
                },
                "VpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]},
            }
            for name in "ab"
        ]
    },
}
"""What is not made up of the schema alone: choices that exclude each other."""


def minimal(type_name: str) -> dict[str, Any]:
    """Return properties of which nothing is wrong.

    Raises:
        ValueError: none were found.
    """
    found: Any = definition(type_name) or {}
    made = _Maker(found.get("definitions", {})).value(dict(found) | {"type": "object"}, 0)
    made |= _BY_HAND.get(type_name, {})
    wrong = list(violations(type_name, made))
    if wrong:
        raise ValueError(f"{type_name}: {made}: {wrong}")
    return made


def with_another(type_name: str, properties: dict[str, Any], names: Iterable[str]) -> dict[str, Any] | None:
    """Return the properties with one of the names set, or set to another value; None if none fits."""
    found: Any = definition(type_name) or {}
    maker = _Maker(found.get("definitions", {}))
    for name in names:
        schema = maker.whole(found.get("properties", {}).get(name, {}))
        for value in maker.values(schema):
            changed = {**properties, name: value}
            if value != properties.get(name) and not list(violations(type_name, changed)):
                return changed
    return None


class _Maker:
    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def value(self, schema: Schema, depth: int) -> Any:
        schema = self.whole(schema)
        literal = [schema["const"]] if "const" in schema else schema.get("enum")
        if literal:
            return literal[0]
        kinds = schema.get("type", "object" if "properties" in schema or "required" in schema else "string")
        match kinds if isinstance(kinds, str) else kinds[0]:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._list(schema, depth)
            case kind:
                return _scalar(kind, schema)

    def values(self, schema: Schema) -> Iterator[Any]:
        """What a property may be, perhaps."""
        yield self.value(schema, 1)
        yield from schema.get("enum", ())
        match schema.get("type"):
            case "string":
                yield from _LIKELY
            case "boolean":
                yield True
            case "integer" | "number":
                yield from (2, 10)
            case _:
                pass

    def whole(self, schema: Schema) -> Schema:
        """The schema with the definition that it refers to, all of `allOf`, and the first of each choice."""
        reference = schema.get("$ref")
        if reference is not None:
            schema = self.whole({**self._definitions.get(reference, {}), **_without(schema, "$ref")})
        choices = [*schema.get("allOf", ()), *schema.get("oneOf", ())[:1], *schema.get("anyOf", ())[:1]]
        for choice in choices:
            other = self.whole(choice)
            required = [*schema.get("required", ()), *other.get("required", ())]
            properties = {**schema.get("properties", {}), **other.get("properties", {})}
            schema = {**_without(other, "oneOf"), **schema, "required": required, "properties": properties}
        return schema

    def _object(self, schema: Schema, depth: int) -> Schema:
        properties: Schema = schema.get("properties", {})
        made: Schema = {}
        for name in dict.fromkeys(schema.get("required", ())):
            made[name] = self.value(properties.get(name, {}), depth + 1) if depth < _DEEPEST else {}
        patterns: Schema = schema.get("patternProperties", {})
        for name, own in properties.items():
            if len(made) < schema.get("minProperties", 0) and name not in made:
                made[name] = self.value(own, depth + 1)
        if patterns and len(made) < schema.get("minProperties", 0):
            pattern, own = next(iter(patterns.items()))
            made[text(pattern, 1, None)] = self.value(own, depth + 1)
        return made

    def _list(self, schema: Schema, depth: int) -> list[Any]:
        wanted = max(schema.get("minItems", 0), 0)
        items = schema.get("items", {})
        made = [self.value(items, depth + 1) for _ in range(wanted)]
        if schema.get("uniqueItems") and wanted > 1:
            made = self.whole(items).get("enum", [f"{one}{number}" for number, one in enumerate(made)])[:wanted]
        return made


def _scalar(kind: str, schema: Schema) -> bool | int | str:
    match kind:
        case "boolean":
            return False
        case "integer" | "number":
            return max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))
        case _:
            return text(schema.get("pattern"), schema.get("minLength", 0), schema.get("maxLength"))


def _without(schema: Schema, name: str) -> Schema:
    return {key: value for key, value in schema.items() if key != name}


@cache
def text(pattern: str | None, least: int, most: int | None) -> str:
    """A text that fits."""

    def fits(one: str) -> bool:
        return least <= len(one) <= (len(one) if most is None else most) and (
            compiled is None or compiled.search(one) is not None
        )

    try:
        compiled = re.compile(pattern) if pattern else None
    except re.error:
        compiled = None
    for one in (*_LIKELY, *(one.ljust(least, one[-1]) for one in _LIKELY)):
        if fits(one):
            return one
    assert pattern is not None
    assert compiled is not None
    quiet = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    found = settings(
        database=None, derandomize=True, phases=[Phase.generate], max_examples=20000, suppress_health_check=quiet
    )
    return find(st.from_regex(compiled), fits, settings=found)
