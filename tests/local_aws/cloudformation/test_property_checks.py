"""Properties, held against the schemas; the words are those of events of real stacks."""

import json
import re
import warnings
from typing import Any

import pytest

from leastgrant.knowledge import definition, type_names
from local_aws.cloudformation.property_checks import as_declared, violations
from tests.local_aws.cloudformation.stacks import Deployer, declared, new_name, template

# As reported by people of whose templates CloudFormation said this.
SAID: list[tuple[str, dict[str, Any], list[str]]] = [
    ("AWS::CloudTrail::Trail", {"S3BucketName": "b"}, ["#: required key [IsLogging] not found"]),
    (
        "AWS::Logs::LogGroup",
        {"RetentionInDays": 8},
        ["#/RetentionInDays: failed validation constraint for keyword [enum]"],
    ),
    (
        "AWS::Connect::ContactFlowModule",
        {"InstanceArn": "arn:aws:connect:eu-west-1:123456789012:instance/a", "Name": "a", "Content": {"Version": "1"}},
        ["#/Content: expected type: String, found: JSONObject"],
    ),
    (
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": "GET",
            "ResourceId": "a",
            "RestApiId": "b",
            "MethodResponses": [{"StatusCode": "200", "ResponseHeaders": {}}],
        },
        ["#/MethodResponses/0: extraneous key [ResponseHeaders] is not permitted"],
    ),
    ("AWS::Lambda::Function", {"Role": ["a"], "Code": {}}, ["#/Role: expected type: String, found: JSONArray"]),
    (
        "AWS::Lambda::Function",
        {"Role": "a", "Code": {}},
        ["#/Role: failed validation constraint for keyword [pattern]"],
    ),
    (
        "AWS::XRay::SamplingRule",
        {
            "SamplingRule": {
                "RuleName": "a" * 33,
                "FixedRate": 1,
                "HTTPMethod": "*",
                "Host": "*",
                "Priority": 1,
                "ReservoirSize": 1,
                "ResourceARN": "*",
                "ServiceName": "*",
                "ServiceType": "*",
                "URLPath": "*",
            }
        },
        ["#/SamplingRule/RuleName: expected maxLength: 32, actual: 33"],
    ),
    ("AWS::SQS::Queue", {"Arn": "a"}, ["#: extraneous key [Arn] is not permitted"]),
    ("AWS::SQS::Queue", {"Colour": "red"}, ["#: extraneous key [Colour] is not permitted"]),
    ("AWS::SQS::Queue", {"DelaySeconds": "soon"}, ["#/DelaySeconds: expected type: Integer, found: String"]),
]


@pytest.mark.parametrize(("kind", "properties", "said"), SAID)
def test_what_is_wrong_is_said_as_cloudformation_does(kind: str, properties: dict[str, Any], said: list[str]) -> None:
    assert list(violations(kind, properties)) == said


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::SQS::Queue", {"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 12}),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": []}}),
        ("AWS::Custom::Anything", {"Colour": "red"}),
        ("Custom::Anything", {"Colour": "red"}),
    ],
)
def test_what_can_be_read_as_the_type_is_not_wrong(kind: str, properties: dict[str, Any]) -> None:
    assert list(violations(kind, properties)) == []


def test_a_resource_with_wrong_properties_fails_before_anything_is_called(operator: Deployer) -> None:
    stack = new_name("wrong")
    body = template(A=declared("AWS::Logs::LogGroup", {"RetentionInDays": 8, "Colour": "red"}))
    assert operator.deploy(stack, body, "CREATE") == "ROLLBACK_COMPLETE"
    assert operator.failures(stack) == [
        (
            "A",
            "\n".join(
                (
                    "Properties validation failed for resource A with message:",
                    "#/RetentionInDays: failed validation constraint for keyword [enum]",
                    "#: extraneous key [Colour] is not permitted",
                )
            ),
        )
    ]


def test_the_definitions_are_of_every_type() -> None:
    assert [name for name in type_names() if definition(name) is None] == []


def test_nearly_all_patterns_can_be_read() -> None:
    """Those that cannot be are passed over; a warning of Python's would be an error somewhere else."""
    found = {one for name in type_names() for one in _PATTERN.findall(json.dumps(dict(definition(name) or {})))}
    unread: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in found:
            try:
                re.compile(json.loads(pattern))
            except re.error:
                unread.append(pattern)
    assert len(found) > 2500
    assert len(unread) / len(found) < 0.05


_PATTERN = re.compile(r'"pattern": ("(?:[^"\\]|\\.)*")')


def test_a_handler_is_given_values_of_the_types_of_the_schema() -> None:
    closed = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "IgnorePublicAcls": "False"}}
    assert as_declared("AWS::S3::Bucket", closed) == {
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": False}
    }
    given = {"Timeout": "30", "Environment": {"Variables": {"LIMIT": 5, "ON": True}}, "Layers": ["a"]}
    assert as_declared("AWS::Lambda::Function", given) == {
        "Timeout": 30,
        "Environment": {"Variables": {"LIMIT": "5", "ON": "true"}},
        "Layers": ["a"],
    }
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    policies = {"Policies": [{"PolicyName": "1", "PolicyDocument": json.dumps(document)}], "Description": "{}"}
    assert as_declared("AWS::IAM::Role", policies) == {
        "Policies": [{"PolicyName": "1", "PolicyDocument": document}],
        "Description": "{}",
    }
