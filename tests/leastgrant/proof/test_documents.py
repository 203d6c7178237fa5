"""A boundary or an attachable policy limits only if it is known, nobody in question can write it, and it bounds."""

from __future__ import annotations

from typing import Any

import pytest

from leastgrant.iam.document import Policy, parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.managed_policies import managed_policy
from leastgrant.proof.documents import harm

ACCOUNT = "123456789012"
AWS = "arn:aws:iam::aws:policy/"
LIMITS = f"arn:aws:iam::{ACCOUNT}:policy/limits"
OWN = [Pattern.parse(f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/app-*")]


def policy(*statements: dict[str, Any]) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}, "p")


def writer(*statements: dict[str, Any]) -> Permissions:
    return Permissions([policy(*statements)] if statements else [])


def asked(document: Policy | None, *may: dict[str, Any], arn: str = LIMITS) -> str | None:
    found = harm(arn, {arn: document} if document else {}, OWN, writer(*may))
    return None if found is None else str(found)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
        {"Action": ["dynamodb:GetItem", "dynamodb:*"], "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/app-*"},
        {"Action": "sqs:SendMessage", "Resource": "*"},
        {"Action": ["s3:GetObject", "iam:*"], "Resource": "*", "Effect": "Deny"},
    ],
)
def test_what_allows_nothing_worth_having_limits(statement: dict[str, Any]):
    assert asked(policy(statement)) is None


@pytest.mark.parametrize(
    ("statement", "allows"),
    [
        ({"Action": "*", "Resource": "*"}, "iam:PutRolePolicy"),
        ({"NotAction": "iam:*", "Resource": "*"}, "sts:AssumeRole"),
        ({"Action": "dynamodb:*", "Resource": "*"}, "dynamodb:BatchGetItem"),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::*/*"}, "s3:GetDataAccess"),
        ({"Action": "sqs:AddPermission", "Resource": "*"}, "sqs:AddPermission"),
        ({"Action": "iam:PassRole", "Resource": "*"}, "iam:PassRole"),
    ],
)
def test_what_allows_more_does_not(statement: dict[str, Any], allows: str):
    assert asked(policy(statement)) == f"{LIMITS} allows {allows}, beyond what the stacks may own"


def test_what_is_not_known_does_not():
    assert asked(None) == f"what {LIMITS} allows is not known"
    assert str(harm(f"{AWS}NoSuchPolicy", {}, (), writer())) == f"what {AWS}NoSuchPolicy allows is not known"


NOT_DOCUMENTED = {"StringNotLike": {"aws:TagKeys": "*"}, "Null": {"aws:TagKeys": "false"}}


def test_what_is_not_decided_is_told_so():
    found = harm(
        LIMITS, {LIMITS: policy({"Action": "iam:PassRole", "Resource": "*", "Condition": NOT_DOCUMENTED})}, (), writer()
    )
    assert found is not None
    assert not found.decided
    assert str(found).startswith(f"it is not decided whether {LIMITS} allows iam:PassRole")
    may = {"Action": "iam:CreatePolicyVersion", "Resource": "*", "Condition": NOT_DOCUMENTED}
    written = harm(LIMITS, {LIMITS: policy({"Action": "logs:PutLogEvents", "Resource": "*"})}, (), writer(may))
    assert written is not None
    assert not written.decided
    assert str(written).startswith(f"it is not decided whether it may write {LIMITS} itself")


LOGS = policy({"Action": "logs:PutLogEvents", "Resource": "*"})


@pytest.mark.parametrize("action", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:CreatePolicy"])
def test_what_the_role_can_write_does_not(action: str):
    assert asked(LOGS, {"Action": action, "Resource": LIMITS}) == f"it may write {LIMITS} itself, by {action}"
    assert asked(LOGS, {"Action": action, "Resource": "*"}) is not None
    assert asked(LOGS, {"Action": action, "Resource": f"{LIMITS}-other"}) is None


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("service-role/AWSLambdaBasicExecutionRole", True),
        ("service-role/AWSLambdaVPCAccessExecutionRole", True),
        ("AWSXRayDaemonWriteAccess", True),
        ("AdministratorAccess", False),
        ("PowerUserAccess", False),
        ("IAMFullAccess", False),
        ("AmazonS3ReadOnlyAccess", False),
        ("service-role/AWSLambdaSQSQueueExecutionRole", False),
    ],
)
def test_the_policies_of_aws_are_known_and_cannot_be_written(name: str, limits: bool):
    assert managed_policy(f"{AWS}{name}") is not None
    found = harm(f"{AWS}{name}", {}, (), writer({"Action": "iam:*", "Resource": "*"}))
    assert (found is None) is limits
    assert found is None or (found.decided and str(found).startswith(f"{AWS}{name} allows "))


def test_in_another_partition_it_is_the_same_policy():
    assert managed_policy("arn:aws-cn:iam::aws:policy/AdministratorAccess") is not None
    assert managed_policy(f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess") is None
