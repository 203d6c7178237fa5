"""What leastgrant writes, it proves: for any type of the registry, with what must be set and with all that can be."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from leastgrant import Environment, Kind, Need, Role, needs_of, parse, prove, resolve
from leastgrant.iam import Policy, parse_policy
from leastgrant.knowledge import Tier, type_schema
from leastgrant.knowledge.schema import type_names
from leastgrant.proof.generation import Document, inline_policy, least_statements, managed_policies
from leastgrant.proof.missing import refusals
from leastgrant.template import ResolvedTemplate

PLACE = Environment(account="123456789012", region="eu-west-1", stack_name="shop")
ALL = os.environ.get("LEASTGRANT_ALL_TYPES") == "1"
"""Set by `make test-types`: every type, where `make test` takes a sample."""
NAMES = type_names()
SAMPLE = NAMES if ALL else NAMES[:: len(NAMES) // 100][:100]


def properties(type_name: str, *, required: bool = False) -> dict[str, Any]:
    """A value for each property that can be set, or only for those that must be."""
    schema = type_schema(type_name)
    assert schema
    found: dict[str, Any] = {}
    leaves = [path for path in schema.properties if not any(one.startswith(f"{path}/") for one in schema.properties)]
    for path in leaves:
        first = path.partition("/")[0]
        if first in schema.read_only or path in schema.read_only or (required and first not in schema.required):
            continue
        *outer, last = path.split("/")
        at = found
        for part in outer:
            at = at.setdefault(part, {})
        at[last] = "eu-west-1" if last == "Region" else "value"
    return found


def deployed(type_name: str, declared: dict[str, Any]) -> ResolvedTemplate:
    text = json.dumps({"Resources": {"Thing": {"Type": type_name, "Properties": declared}}})
    return resolve(parse(text, f"{type_name}.json"), PLACE)


def parsed(*documents: Document) -> tuple[Policy, ...]:
    return tuple(parse_policy(document, "generated") for document in documents)


def found(role: Role, resolved: ResolvedTemplate) -> list[str]:
    """What is found, but for what no other policy would help: ways that the template needs, and unknown parts."""
    findings = prove(role, [resolved]).findings
    return [one.message for one in findings if one.kind not in (Kind.ESCALATION, Kind.UNKNOWN)]


def without(policies: tuple[Document, ...], action: str) -> Iterator[Document]:
    """The policies, without an action."""
    for policy in policies:
        kept = [
            {**one, "Action": [other for other in one["Action"] if other != action]} for one in statements_of(policy)
        ]
        if any(one["Action"] for one in kept):
            yield {**policy, "Statement": [one for one in kept if one["Action"]]}


def actions_of(needs: tuple[Need, ...]) -> set[str]:
    return {need.action for need in needs if need.tier is Tier.REQUIRED}


@pytest.mark.parametrize("type_name", SAMPLE)
def test_the_generated_policy_of_a_type_is_proved_and_no_more_than_enough(type_name: str) -> None:
    for declared in (properties(type_name, required=True), properties(type_name)):
        resolved = deployed(type_name, declared)
        needs, unknown = needs_of(resolved)
        statements = least_statements(needs)
        if not statements:
            assert unknown or not actions_of(needs)
            continue
        managed = tuple(managed_policies(statements))
        sids = [statement["Sid"] for policy in managed for statement in statements_of(policy)]
        assert len({*sids}) == len(sids)
        assert all(sid.isalnum() for sid in sids)
        for boundary in (None, *parsed(boundary_of(managed))):
            assert found(Role("managed", parsed(*managed), boundary=boundary), resolved) == []
        inline = (inline_policy(statements),)
        assert found(Role("inline", parsed(*inline)), resolved) == []
        required = [need for need in needs if need.tier is Tier.REQUIRED]
        for action in actions_of(needs):
            less = Role("less", parsed(*without(managed, action)))
            asked = [need for need in required if need.action == action]
            assert any(refusals(asked, less.permissions).values()), action


def statements_of(policy: Document) -> list[dict[str, Any]]:
    statements: Any = policy["Statement"]
    return statements


def boundary_of(managed: tuple[Document, ...]) -> Document:
    """A boundary that is no wider than the policies: their actions, on everything."""
    actions = sorted({action for policy in managed for one in statements_of(policy) for action in one["Action"]})
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def test_the_sample_is_of_a_hundred_types() -> None:
    assert len(NAMES) > 1800
    assert len(SAMPLE) == (len(NAMES) if ALL else 100)
