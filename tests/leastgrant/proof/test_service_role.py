"""A role that CloudFormation may assume hands itself to nested stacks."""

from __future__ import annotations

from typing import Any

import pytest

from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import prove
from leastgrant.role import Role
from leastgrant.template import Environment, parse, resolve

PLACE = Environment("aws", "eu-west-1", "123456789012", "shop")
OWN = "arn:aws:iam::123456789012:role/exec"
NESTING = (
    'Resources: {N: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: "https://s3.amazonaws.com/b/c"}}}'
)


def assumed_by(principal: object, action: str = "sts:AssumeRole", **more: object) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action, **more}],
    }


CLOUDFORMATION = assumed_by({"Service": ["lambda.amazonaws.com", "cloudformation.amazonaws.com"]})


def passes(trust: dict[str, Any] | None, *allowed: dict[str, Any], text: str = NESTING):
    role = Role(
        "exec",
        (parse_policy({"Version": "2012-10-17", "Statement": [*allowed]}, "p"),) if allowed else (),
        trust=None if trust is None else parse_trust_policy(trust, "trust"),
        arns=(Pattern.literal(OWN),),
    )
    proof = prove(role, [resolve(parse(text, "app.yaml"), PLACE)])
    needs = {(need.tier, need.on) for need in proof.needs if need.action == "iam:PassRole"}
    return needs, [finding for finding in proof.of(Kind.MISSING) if finding.action == "iam:PassRole"]


@pytest.mark.parametrize(
    "trust",
    [
        CLOUDFORMATION,
        assumed_by({"Service": "cloudformation.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "1"}}),
        assumed_by({"Service": "cloudformation.amazonaws.com"}, "sts:*"),
    ],
)
def test_a_service_role_must_be_allowed_to_pass_itself(trust: dict[str, Any]):
    needs, missing = passes(trust)
    assert needs == {(Tier.REQUIRED, OWN)}
    assert missing


@pytest.mark.parametrize(("service", "lacking"), [("cloudformation.amazonaws.com", False), ("ec2.amazonaws.com", True)])
def test_it_is_passed_to_cloudformation(service: str, lacking: bool):
    allowed = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": OWN,
        "Condition": {"StringEquals": {"iam:PassedToService": service}},
    }
    _, missing = passes(CLOUDFORMATION, allowed)
    assert bool(missing) is lacking


@pytest.mark.parametrize(
    "trust",
    [
        assumed_by({"AWS": "arn:aws:iam::123456789012:root"}),
        assumed_by({"Service": "cloudformation.amazonaws.com"}, "sts:TagSession"),
    ],
)
def test_another_role_passes_nothing(trust: dict[str, Any]):
    assert passes(trust) == (set(), [])


def test_of_a_bare_policy_it_is_not_known():
    needs, missing = passes(None)
    assert needs == {(Tier.ADVISORY, "arn:aws:iam::123456789012:role/*")}
    assert not missing


def test_without_a_nested_stack_it_passes_nothing():
    assert passes(CLOUDFORMATION, text="Resources: {Q: {Type: AWS::SQS::Queue}}") == (set(), [])


@pytest.mark.parametrize(
    ("trust", "named", "allowed"),
    [
        (CLOUDFORMATION, {"StringEquals": {"cloudformation:RoleArn": OWN}}, True),
        (CLOUDFORMATION, {"StringEquals": {"cloudformation:RoleArn": f"{OWN}x"}}, False),
        (CLOUDFORMATION, {"Null": {"cloudformation:RoleArn": "true"}}, False),
        (assumed_by({"AWS": "arn:aws:iam::123456789012:root"}), {"Null": {"cloudformation:RoleArn": "true"}}, True),
        (assumed_by({"AWS": "arn:aws:iam::123456789012:root"}), {"ArnLike": {"cloudformation:RoleArn": "*"}}, False),
    ],
)
def test_the_request_for_a_nested_stack_names_the_role_it_is_handed(trust: Any, named: Any, allowed: bool):
    named = {"ArnLike": {"cloudformation:RoleArn": "arn:*:*:*:*:*"}} if "ArnLike" in named else named
    statement = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*", "Condition": named}
    role = Role(
        "exec",
        (parse_policy({"Version": "2012-10-17", "Statement": [statement]}, "p"),),
        trust=parse_trust_policy(trust, "trust"),
        arns=(Pattern.literal(OWN),),
    )
    proof = prove(role, [resolve(parse(NESTING, "app.yaml"), PLACE)])
    assert ("cloudformation:CreateStack" not in {finding.action for finding in proof.of(Kind.MISSING)}) is allowed
