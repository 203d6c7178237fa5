"""What `Fn::GetStackOutput` makes CloudFormation read, with the role or with another, is a need."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastgrant.needs import needs_of
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


def test_an_output_reads_too() -> None:
    outputs = {"Out": {"Value": {"Fn::GetStackOutput": {"StackName": "db", "OutputName": "O"}}}}
    action, resource, _ = read("eu-west-1", "db")
    assert needed({"StackName": "net"}, Outputs=outputs) == {read("eu-west-1", "net"), (action, resource, "Out")}


@pytest.mark.parametrize("output", [{}, {"StackName": "net", "Account": "123456789012"}])
def test_other_arguments_are_refused(output: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="must be a map of StackName and OutputName"):
        needed(output)
