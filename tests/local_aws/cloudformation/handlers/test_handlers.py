"""Both stacks are modelled to the last property, and what is left out is told by its name."""

from collections.abc import Iterator
from typing import Any

import pytest

from leastgrant.knowledge.schema import type_schema
from local_aws.cloudformation.handler import Modelled, Services
from local_aws.cloudformation.handlers import HANDLERS
from ops.project.assembly import Assembly
from tests.conftest import DEPLOYED_TYPES

UNMODELLED: list[tuple[str, dict[str, Any], str]] = [
    ("AWS::DynamoDB::Table", {"TableClass": "STANDARD"}, "TableClass"),
    (
        "AWS::DynamoDB::Table",
        {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}},
        "PointInTimeRecoverySpecification/RecoveryPeriodInDays",
    ),
    ("AWS::Events::Rule", {"EventBusName": "other"}, "EventBusName"),
    ("AWS::Events::Rule", {"Targets": [{"RetryPolicy": {}}]}, "Targets/RetryPolicy"),
    ("AWS::IAM::Role", {"Policies": [{"PolicyName": "p", "Policy": {}}]}, "Policies/Policy"),
    ("AWS::Lambda::Function", {"Code": {"ImageUri": "image"}}, "Code/ImageUri"),
    ("AWS::Lambda::Function", {"SnapStart": {}}, "SnapStart"),
    ("AWS::Lambda::Url", {"Cors": {"Other": 1}}, "Cors/Other"),
    (
        "AWS::S3::Bucket",
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled"}, {"Transitions": []}]}},
        "LifecycleConfiguration/Rules/Transitions",
    ),
    ("AWS::SecretsManager::Secret", {"KmsKeyId": "alias/own"}, "KmsKeyId"),
]


def test_every_resource_of_a_type_that_is_deployed_is_modelled(assembly: Assembly, services: Services) -> None:
    """As synthesised. Types that are yet to be deployed are left out."""
    synthesised = [resource for stack in assembly.stacks for resource in stack.template["Resources"].values()]
    resources = [resource for resource in synthesised if resource["Type"] in DEPLOYED_TYPES]
    assert {resource["Type"] for resource in resources} == DEPLOYED_TYPES <= HANDLERS.keys()
    for resource in resources:
        assert HANDLERS[resource["Type"]](services).made(resource["Properties"]) == "real"


@pytest.mark.parametrize(("kind", "properties", "named"), UNMODELLED)
def test_what_is_left_out_is_named(services: Services, kind: str, properties: dict[str, Any], named: str) -> None:
    assert HANDLERS[kind](services).left_out(properties) == (named,)
    assert HANDLERS[kind](services).made(properties) == f"real, without {named}"


@pytest.mark.parametrize("kind", sorted(HANDLERS.keys() - {"AWS::CDK::Metadata"}))  # which has no schema
def test_what_is_modelled_is_a_property_of_the_type(kind: str) -> None:
    schema = type_schema(kind)
    assert schema is not None
    assert set(paths(HANDLERS[kind].modelled)) - set(schema.properties) == set()


def paths(modelled: Modelled) -> Iterator[str]:
    """The paths of what is modelled, as the schema writes them, down to its last level."""
    for name, members in modelled.items():
        yield name
        yield from (path for path in (f"{name}/{under}" for under in paths(members or {})) if path.count("/") < 4)
