"""A wildcard in the resource type of an ARN: it grants nothing, and is found."""

from __future__ import annotations

import pytest

from leastgrant.iam.arn import completed
from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Request, evaluate
from leastgrant.knowledge import authorization
from leastgrant.proof.excess import wildcards_in_types
from leastgrant.proof.finding import Kind
from leastgrant.role import Role

RULE = "arn:aws:events:eu-west-1:123456789012:rule/app"
ODD = RULE.replace("rule", "ru*")


def role_on(*resources: str, effect: str = "Allow") -> Role:
    statement = {"Effect": effect, "Action": "events:PutRule", "Resource": [*resources]}
    return Role("Deploy", (parse_policy({"Version": "2012-10-17", "Statement": statement}, "p"),))


def test_it_grants_nothing_and_is_found() -> None:
    request = Request("events:PutRule", RULE)
    assert evaluate(request, role_on(RULE).permissions).allowed
    assert not evaluate(request, role_on(ODD).permissions).allowed
    assert evaluate(request, role_on(ODD, RULE).permissions).allowed
    (finding,) = wildcards_in_types(role_on(ODD, RULE))
    assert (finding.kind, finding.resource) == (Kind.EXCESS, ODD)
    assert finding.message.endswith("with a wildcard in the resource type, where IAM takes none: it grants nothing")
    assert list(wildcards_in_types(role_on(RULE))) == []
    assert list(wildcards_in_types(role_on(ODD, effect="Deny"))) == []


@pytest.mark.parametrize(
    ("resource", "is_in_type"),
    [
        (ODD, True),
        ("arn:aws:iam::123456789012:u*", True),
        ("arn:aws:lambda:us-east-2:123456789012:functi?n:mine", True),
        ("arn:aws:events:eu-west-1:123456789012:*", False),
        ("arn:aws:ec2:*:*:*/*", False),
        ("arn:aws:iam::123456789012:user/*", False),
        ("arn:aws:s3:::bucket*/key", False),
        ("arn:aws:sqs:eu-west-1:123456789012:jobs-*", False),
        ("arn:aws:apigateway:eu-west-1::/rest*/x", False),
        ("arn:aws:nobody:::ru*/x", False),
        ("*", False),
    ],
)
def test_where_a_type_is(resource: str, *, is_in_type: bool) -> None:
    assert authorization.has_wildcard_in_type(resource) is is_in_type


@pytest.mark.parametrize(
    ("resource", "whole"),
    [
        ("arn:aws:sqs", "arn:aws:sqs:*:*:*"),
        ("arn:aws:sqs:eu-west-1:123456789012", "arn:aws:sqs:eu-west-1:123456789012:*"),
        ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}"),
        ("arn:aws:s*", "arn:aws:s*"),
        ("*", "*"),
    ],
)
def test_a_short_arn_is_completed(resource: str, whole: str) -> None:
    assert completed(resource) == whole
