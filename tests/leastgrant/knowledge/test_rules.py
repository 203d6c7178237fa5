"""Each reviewed rule, with the property that triggers it set and not set; the tables are in `rules/`."""

import json
import pkgutil
import re
from collections import defaultdict
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest

import leastgrant.knowledge.rules
from leastgrant.knowledge import Handler, Tier, UnknownType, handler_calls, type_schema
from leastgrant.knowledge.authorization import action
from leastgrant.knowledge.linked_calls import linked_calls
from leastgrant.knowledge.rule import Called, Rule, rules_for

Row = tuple[str, dict[str, object], str, str, str | None, str | None]
"""Type, properties, operation, action; what happens without it with the properties, and without any of them."""

TABLES: dict[str, list[Row]] = {
    path.stem: [tuple(row) for row in json.loads(path.read_text())]
    for path in sorted((Path(__file__).parent / "rules").glob("*.json"))
}
RULES: dict[str, dict[str, tuple[Rule, ...]]] = {
    module.name: import_module(f"leastgrant.knowledge.rules.{module.name}").RULES
    for module in pkgutil.iter_modules(leastgrant.knowledge.rules.__path__)
}
REVIEWED = [(type_name, found) for rules in RULES.values() for type_name, found in rules.items()]
ROWS: defaultdict[str, list[Row]] = defaultdict(list)
for row in (row for rows in TABLES.values() for row in rows):
    ROWS[row[0]].append(row)


def _tier(type_name: str, properties: dict[str, object], operation: str, name: str) -> str | None:
    """The surest tier; with "otherwise" if the call is made only where the template says otherwise."""
    calls = handler_calls(type_name, properties)
    assert not isinstance(calls, UnknownType)
    made = [call for call in calls if (call.operation, call.action) == (Handler(operation), name)]
    found = min(made, key=lambda call: (call.otherwise, list(Tier).index(call.tier)), default=None)
    return found and f"{found.tier.value}{', otherwise' if found.otherwise else ''}"


@pytest.mark.parametrize("of_type", ROWS)
def test_a_call_is_made_when_its_property_is_set(of_type: str):
    for type_name, properties, operation, name, with_them, without in ROWS[of_type]:
        said = f"{operation} {name} with {properties}"
        assert _tier(type_name, properties, operation, name) == with_them, said
        assert _tier(type_name, {}, operation, name) == without, said


def test_every_reviewed_type_has_rows():
    reviewed = {(module, type_name) for module, rules in RULES.items() for type_name in rules}
    tested = {(module, row[0]) for module, rows in TABLES.items() for row in rows}
    assert reviewed - tested == set()


@pytest.mark.parametrize(("type_name", "rules"), REVIEWED, ids=[type_name for type_name, _ in REVIEWED])
def test_a_rule_speaks_of_what_the_schema_lists(type_name: str, rules: tuple[Rule, ...]):
    schema = type_schema(type_name)
    assert schema is not None
    calls = linked_calls(schema)
    for rule in rules:
        listed = [call.action for call in calls if call.operation in rule.operations]
        for pattern in rule.actions:
            if isinstance(rule, Called) and rule.added:
                assert action(pattern), f"IAM has no action {pattern}"
            else:
                assert any(fnmatchcase(name, pattern) for name in listed), f"no handler lists {pattern}"


@pytest.mark.parametrize(("type_name", "rules"), REVIEWED, ids=[type_name for type_name, _ in REVIEWED])
def test_a_rule_names_its_source_and_properties_that_exist(type_name: str, rules: tuple[Rule, ...]):
    schema = type_schema(type_name)
    assert schema is not None
    for rule in rules:
        assert rule.source.strip()
        if isinstance(rule, Called):
            named = {re.sub(r"/\d+", "", trigger.path) for trigger in rule.triggers}
            assert named - set(schema.properties) == named & NOT_YET.get(type_name, set())


NOT_YET = {
    "AWS::CodePipeline::Pipeline": {"Stages/Actions/Configuration/ConnectionArn"},
    "AWS::Lambda::Function": {"RuntimeConfig"},
}
"""Properties that the documentation has, and the schema has not: keys of a free-form map, or what is newer."""


@pytest.mark.parametrize(
    "type_name", ["AWS::Nothing::Here", "AWS", "", "AWS::..::X", "AWS::rule::X", "Other::S3::Bucket"]
)
def test_a_type_that_nobody_reviewed_has_no_rules(type_name: str):
    assert rules_for(type_name) is None
