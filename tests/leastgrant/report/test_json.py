"""The output against its schema, with as much of JSON Schema as the schema uses."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import Proof
from leastgrant.report.json_ import VERSION, json_report, schema
from tests.json_values import as_list, is_array, is_object

SCHEMA: dict[str, Any] = json.loads(schema())
_TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_CHECKED = {"type", "enum", "const", "minimum", "properties", "required", "additionalProperties", "items"}
_NO_RULES = {"$schema", "$defs", "title", "description"}


def violations(value: Any, rule: dict[str, Any], path: str = "$") -> list[str]:
    if "$ref" in rule:
        return violations(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")], path)
    if "oneOf" in rule:
        fitting = [one for one in rule["oneOf"] if not violations(value, one, path)]
        return [] if len(fitting) == 1 else [f"{path}: fits {len(fitting)} of its forms"]
    assert rule.keys() <= _CHECKED | _NO_RULES, f"{path}: the schema has a rule that is not checked here"
    return [*_of_value(value, rule, path), *_of_members(value, rule, path)]


def _of_value(value: Any, rule: dict[str, Any], path: str) -> Iterator[str]:
    types = as_list(rule.get("type", list(_TYPES)))
    fits = isinstance(value, tuple(_TYPES[name] for name in types)) and value in rule.get("enum", [value])
    if not fits or value != rule.get("const", value) or (type(value) is int and value < rule.get("minimum", value)):
        yield f"{path}: is {value!r}"


def _of_members(value: Any, rule: dict[str, Any], path: str) -> Iterator[str]:
    if is_object(value):
        known = rule.get("properties", {})
        other = rule.get("additionalProperties")
        yield from (f"{path}: has no {name}" for name in rule.get("required", []) if name not in value)
        for name, item in value.items():
            if name in known or other:
                yield from violations(item, known.get(name, other), f"{path}.{name}")
            else:
                yield f"{path}: {name} is not in the schema"
    if is_array(value):
        for number, item in enumerate(value):
            yield from violations(item, rule["items"], f"{path}[{number}]")


@pytest.mark.parametrize("which", ["proof", "hostile", "with_paths", "acknowledged"])
def test_the_output_is_as_the_schema_says(which: str, request: pytest.FixtureRequest):
    assert violations(json.loads(json_report(request.getfixturevalue(which))), SCHEMA) == []


def test_what_is_not_known_of_a_bare_policy_is_null(proof: Proof):
    bare = replace(proof, role=replace(proof.role, template=None, line=None, stack="", arns=()))
    report = json.loads(json_report(bare))
    assert violations(report, SCHEMA) == []
    assert report["excess"][0]["stack"] is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"version": 1}, "$.version: is 1"),
    ({"proved": None}, "$.proved: is None"),
    ({"more": 1}, "$: more is not in the schema"),
    ({"missing": [{}]}, "$.missing[0]: has no action"),
    ({"paths": [{"state": "ajar"}]}, "$.paths[0].state: is 'ajar'"),
]


@pytest.mark.parametrize(("change", "wrong"), WRONG)
def test_the_check_against_the_schema_can_fail(proof: Proof, change: dict[str, Any], wrong: str):
    assert wrong in violations(json.loads(json_report(proof)) | change, SCHEMA)


def test_a_finding_says_what_will_fail_and_where_that_is_known_from(proof: Proof):
    report = json.loads(json_report(proof))
    assert report["version"] == VERSION
    assert report["proved"] is False
    first = report["missing"][0]
    assert {key: first[key] for key in ("action", "stack", "logical_id", "type", "operation", "tier", "template")} == {
        "action": "events:DescribeRule",
        "stack": "app",
        "logical_id": "Cron",
        "type": "AWS::Events::Rule",
        "operation": "create",
        "tier": "required",
        "template": "out/app.json",
    }
    assert first["construct_path"] == "app/Cron/Resource"
    assert first["line"] == 3
    assert first["source"]
    assert first["statement"] is None
    assert report["excess"][0]["statement"] == {"where": "deploy.Statement[1]", "sid": "Queues"}
    assert report["excess"][0]["logical_id"] == "Deploy"
    assert {kind.value: len(report[kind.value]) for kind in Kind} == report["summary"]["findings"]


def test_what_is_acknowledged_stands_apart_with_its_reason(acknowledged: Proof):
    report = json.loads(json_report(acknowledged))
    assert report["proved"] is True
    assert not any(report[kind.value] for kind in Kind)
    assert report["summary"]["acknowledged"] == len(report["acknowledged"]) == 12
    assert {(found["kind"], found["reason_acknowledged"]) for found in report["acknowledged"]} == {
        ("missing", "it is so"),
        ("excess", "we *purge* by hand"),
        ("escape", "it is so"),
        ("unknown", "it is so"),
    }


def test_an_open_way_tells_why_it_may_be(with_paths: Proof):
    (first, *_) = with_paths.of(Kind.ESCALATION)
    report = json.loads(json_report(with_paths.acknowledging({first.id: "it is so"})))
    assert [(p["name"], p["state"]) for p in report["paths"] if p["reason_acknowledged"]] == [(first.resource, "open")]
