"""What leastgrant writes, it proves: for any type of the registry, with what must be set and with all that can be."""

import json
import os
from typing import Any

import pytest

from leastgrant import Environment, Kind, Role, needs_of, parse, prove, resolve
from leastgrant.iam import parse_policy
from leastgrant.knowledge import Tier, type_schema
from leastgrant.knowledge.schema import type_names
from leastgrant.proof.generation import inline_policy, least_statements, managed_policies

PLACE = Environment(account="123456789012", region="eu-west-1", stack_name="shop")
ALL = os.environ.get("LEASTGRANT_ALL_TYPES") == "1"
"""Set by `make test-types`: every type, where `make test` takes a sample."""
NAMES = type_names()
SAMPLE = NAMES if ALL else NAMES[:: len(NAMES) // 40]
BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def properties(type_name: str) -> dict[str, Any]:
    """A value for each property that can be set."""
    schema = type_schema(type_name)
    assert schema
    found: dict[str, Any] = {}
    leaves = [path for path in schema.properties if not any(one.startswith(f"{path}/") for one in schema.properties)]
    for path in leaves:
        if path.partition("/")[0] in schema.read_only or path in schema.read_only:
            continue
        *outer, last = path.split("/")
        at = found
        for part in outer:
            at = at.setdefault(part, {})
        at[last] = "eu-west-1" if last == "Region" else "value"
    return found


def deployed(type_name: str, declared: dict[str, Any]):
    text = json.dumps({"Resources": {"Thing": {"Type": type_name, "Properties": declared}}})
    return resolve(parse(text, f"{type_name}.json"), PLACE)


@pytest.mark.parametrize("type_name", SAMPLE)
def test_the_generated_policy_of_a_type_is_proved_and_no_more_than_enough(type_name: str) -> None:
    for declared in ({}, properties(type_name)):
        resolved = deployed(type_name, declared)
        needs, unknown = needs_of(resolved)
        statements = least_statements(needs)
        if not statements:
            assert unknown or not any(need.tier is Tier.REQUIRED for need in needs)
            continue
        managed = managed_policies(statements)
        policies = tuple(parse_policy(document, "generated") for document in managed)
        inline = (parse_policy(inline_policy(statements), "generated"),) if len(managed) == 1 else policies
        for granted in (policies, inline):
            for boundary in (None, parse_policy(BOUNDARY, "boundary")):
                proof = prove(Role("generated", granted, boundary=boundary), [resolved])
                found = [finding for finding in proof.findings if finding.kind not in (Kind.ESCALATION, Kind.UNKNOWN)]
                assert [finding.message for finding in found] == []
        required = next(need for need in needs if need.tier is Tier.REQUIRED)
        denied = {"Effect": "Deny", "Action": required.action, "Resource": "*"}
        less = parse_policy({"Version": "2012-10-17", "Statement": [denied]}, "less")
        assert prove(Role("generated", (*policies, less)), [resolved]).of(Kind.MISSING)
