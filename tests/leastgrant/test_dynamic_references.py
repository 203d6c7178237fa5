"""What a dynamic reference makes CloudFormation read, with the role, is a need."""

import json
from typing import Any

import pytest

from leastgrant.proof.needs import needs_of
from leastgrant.template import Environment, parse, resolve

PLACE = "eu-west-1:123456789012"


def reads(value: Any) -> set[tuple[str, str]]:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "Tags": [{"Key": "k", "Value": value}]}}
    template = {"Parameters": {"P": {"Type": "String"}}, "Resources": {"Queue": queue}}
    environment = Environment(region="eu-west-1", account="123456789012", stack_name="s")
    needs, _ = needs_of(resolve(parse(json.dumps(template), "t.json"), environment))
    return {(need.action, str(need.resource)) for need in needs if need.action.startswith(("ssm", "secrets"))}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", set[tuple[str, str]]()),
        ("{{resolve:ssm:/app/key}}", {("ssm:GetParameters", f"arn:aws:ssm:{PLACE}:parameter/app/key")}),
        ("{{resolve:ssm-secure:key:3}}", {("ssm:GetParameters", f"arn:aws:ssm:{PLACE}:parameter/key")}),
        (
            "x{{resolve:secretsmanager:db/login:SecretString:password}}y",
            {("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:db/login-??????")},
        ),
        (
            f"{{{{resolve:secretsmanager:arn:aws:secretsmanager:{PLACE}:secret:login-AbCdEf:SecretString}}}}",
            {("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:login-AbCdEf")},
        ),
        (
            {"Fn::Sub": "{{resolve:ssm:/app/${P}}}"},
            {("ssm:GetParameters", f"arn:aws:ssm:{PLACE}:parameter/*")},
        ),
        (
            {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "P"}, "}}"]]},
            {("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:*")},
        ),
    ],
)
def test_reads(value: Any, expected: set[tuple[str, str]]) -> None:
    assert reads(value) == expected
