"""What CloudFormation looks up in EC2 before it handles a resource: zones, and what a parameter names."""

import json
from typing import Any

import pytest

from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Operation, needs_of
from leastgrant.proof.prove import prove
from leastgrant.role import role_of_policy
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "s")
FIRST_ZONE = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
ZONES = "ec2:DescribeAvailabilityZones"


def _resolved(**parts: Any) -> ResolvedTemplate:
    queue = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}
    return resolve(parse(json.dumps({"Resources": queue, **parts}), "t.json"), HERE)


def _looked_up(resolved: ResolvedTemplate) -> dict[str, set[Tier]]:
    found: dict[str, set[Tier]] = {}
    for need in needs_of(resolved)[0]:
        if need.action.startswith("ec2:Describe") and need.operation is Operation.CREATE:
            found.setdefault(need.action, set()).add(need.tier)
    return found


def _volume(zone: object, **more: Any) -> dict[str, Any]:
    return {"Volume": {"Type": "AWS::EBS::Nothing", "Properties": {"AvailabilityZone": zone}, **more}}


LISTED = {
    ZONES: {Tier.REQUIRED},
    "ec2:DescribeAccountAttributes": {Tier.ADVISORY},
    "ec2:DescribeSubnets": {Tier.ADVISORY},
}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, {}),
        ({"Resources": _volume("eu-west-1a")}, {}),
        ({"Resources": _volume(FIRST_ZONE)}, LISTED),
        ({"Resources": _volume({"Fn::Join": [",", {"Fn::GetAZs": {"Ref": "AWS::Region"}}]})}, LISTED),
        ({"Outputs": {"Zones": {"Value": FIRST_ZONE}}}, LISTED),
        (
            {
                "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
                "Resources": _volume({"Fn::If": ["Never", FIRST_ZONE, "eu-west-1a"]}),
            },
            {},
        ),
    ],
)
def test_zones_are_listed_where_the_function_is(parts: dict[str, Any], expected: dict[str, set[Tier]]):
    assert _looked_up(_resolved(**parts)) == expected


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("AWS::EC2::KeyPair::KeyName", "ec2:DescribeKeyPairs"),
        ("List<AWS::EC2::Subnet::Id>", "ec2:DescribeSubnets"),
        ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "ec2:DescribeImages"),
        ("AWS::SSM::Parameter::Value<List<AWS::EC2::SecurityGroup::Id>>", "ec2:DescribeSecurityGroups"),
        ("String", None),
        ("CommaDelimitedList", None),
        ("AWS::SSM::Parameter::Value<String>", None),
    ],
)
def test_what_a_parameter_names_is_looked_for(kind: str, action: str | None):
    found = _looked_up(_resolved(Parameters={"Thing": {"Type": kind, "Default": "x"}}))
    assert found == ({} if action is None else {action: {Tier.REQUIRED}})


def test_a_role_that_may_not_look_is_told_of_the_parameter():
    resolved = _resolved(Parameters={"Network": {"Type": "AWS::EC2::VPC::Id"}})
    allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    role = role_of_policy({"Version": "2012-10-17", "Statement": allowed}, "role")
    found = {(one.action, one.subject and one.subject.name) for one in prove(role, [resolved]).of(Kind.MISSING)}
    assert found == {("ec2:DescribeVpcs", "Network")}
