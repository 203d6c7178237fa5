"""What `Fn::GetStackOutput` makes CloudFormation read, with the role or with another, is a need."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastgrant.proof.needs import Need, Operation, needs_of
from leastgrant.template import Environment, TemplateError, parse, resolve

ROLE = "arn:aws:iam::210987654321:role/reader"


def read(region: str, stack: str) -> tuple[str, str, str]:
    return ("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{region}:123456789012:stack/{stack}/*", "Q")


def needed(output: dict[str, Any], **others: Any) -> set[tuple[str, str, str]]:
    tags = [{"Key": "k", "Value": {"Fn::GetStackOutput": {"OutputName": "O", **output}}}]
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "Tags": tags}}},
        **others,
    }
    environment = Environment(region="eu-west-1", account="123456789012", stack_name="s")
    needs, _ = needs_of(resolve(parse(json.dumps(template), "t.json"), environment))
    return {
        (need.action, str(need.resource), need.subject.name)
        for need in needs
        if need.action in {"cloudformation:DescribeStacks", "sts:AssumeRole"}
    }


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"StackName": "net"}, {read("eu-west-1", "net")}),
        ({"StackName": "net", "Region": "us-east-1"}, {read("us-east-1", "net")}),
        ({"StackName": {"Fn::Sub": "${AWS::StackName}-net"}}, {read("eu-west-1", "s-net")}),
        ({"StackName": {"Ref": "P"}}, {read("eu-west-1", "*")}),
        ({"StackName": "net", "RoleArn": ROLE}, {("sts:AssumeRole", ROLE, "Q")}),
        (
            {"StackName": "net", "RoleArn": {"Fn::If": ["C", ROLE, {"Ref": "AWS::NoValue"}]}},
            {("sts:AssumeRole", ROLE, "Q"), read("eu-west-1", "net")},
        ),
        ({"StackName": {"Fn::If": ["Never", "other", "net"]}}, {read("eu-west-1", "net")}),
    ],
)
def test_the_other_stack_is_read(output: dict[str, Any], expected: set[tuple[str, str, str]]) -> None:
    assert needed(output) == expected


def needs_for_queue(output: dict[str, Any], condition: str | None = None, **resources: Any) -> list[Need]:
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetStackOutput": output}}}
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Q": {**queue, **({"Condition": condition} if condition else {})}, **resources},
    }
    environment = Environment(region="eu-west-1", account="123456789012", stack_name="s")
    needs, _ = needs_of(resolve(parse(json.dumps(template), "t.json"), environment))
    return [need for need in needs if need.action == "cloudformation:DescribeStacks" and need.subject.name == "Q"]


def test_it_is_read_for_an_update_too() -> None:
    reading = needs_for_queue({"StackName": "net", "OutputName": "O"})
    assert [need.operation for need in reading] == [Operation.CREATE, Operation.UPDATE]


def test_the_ref_of_a_nested_stack_is_its_arn() -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/k"}}
    reading = needs_for_queue({"StackName": {"Ref": "Nested"}, "OutputName": "O"}, Nested=nested)
    assert {str(need.resource) for need in reading} == {
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/s-Nested-*/*"
    }


def test_what_never_exists_reads_nothing() -> None:
    plain = {"Type": "AWS::SQS::Queue"}
    assert needs_for_queue({"StackName": "net", "OutputName": "O"}, "Never", Other=plain) == []
    outputs = {"Out": {"Condition": "C", "Value": {"Fn::GetStackOutput": {**OF_C, "OutputName": "O"}}}}
    action, resource, _ = read("eu-west-1", "db")
    assert needed({"StackName": "net"}, Outputs=outputs) == {read("eu-west-1", "net"), (action, resource, "Out")}


OF_C = {"StackName": {"Fn::If": ["C", "db", "never"]}}


def test_an_output_reads_too() -> None:
    outputs = {"Out": {"Value": {"Fn::GetStackOutput": {"StackName": "db", "OutputName": "O"}}}}
    action, resource, _ = read("eu-west-1", "db")
    assert needed({"StackName": "net"}, Outputs=outputs) == {read("eu-west-1", "net"), (action, resource, "Out")}


@pytest.mark.parametrize("output", [{}, {"StackName": "net", "Account": "123456789012"}])
def test_other_arguments_are_refused(output: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="must be a map of StackName and OutputName"):
        needed(output)
