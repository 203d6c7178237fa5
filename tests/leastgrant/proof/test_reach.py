"""What a role can do to data: each action by its statement, with code that runs as another role, or not decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.data_stores import DATA_STORES, DataVerb
from leastgrant.knowledge.schema import type_schema
from leastgrant.proof.escalation import State
from leastgrant.proof.reach import Answer, Reach, reach
from leastgrant.role import Role
from leastgrant.template import Environment, parse, resolve
from tests.leastgrant.proof.test_deployed import (
    ACCOUNT,
    BOUNDARY,
    FUNCTIONS,
    PLACE,
    ROLES,
    TABLE,
    allow,
    document,
    function,
    function_role,
    inline,
)

if TYPE_CHECKING:
    from leastgrant.proof.reach import DataAccess

BUCKET, SECRET = "arn:aws:s3:::shop-archive", f"arn:aws:secretsmanager:{PLACE}:secret:shop/token-*"
RESOURCES: dict[str, Any] = {
    "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "shop-orders"}},
    "Archive": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-archive"}},
    "Topic": {"Type": "AWS::SNS::Topic"},
}
CODE = allow("lambda:UpdateFunctionCode", f"{FUNCTIONS}fn")


def asked(
    *statements: Any, boundary: Any = None, belongs: tuple[str, ...] = (), more: dict[str, Any] | None = None
) -> Reach:
    template = json.dumps({"Resources": {**RESOURCES, **(more or {})}})
    stack = resolve(parse(template, "app.json"), Environment("aws", "eu-west-1", ACCOUNT, "shop"))
    role = Role(
        "Deploy",
        (parse_policy(document(*statements), "deploy"),),
        boundary=parse_policy(document(boundary), "boundary") if boundary else None,
        arns=(Pattern.parse(f"arn:aws:iam::{ACCOUNT}:role/deploy"),),
        managed={BOUNDARY: parse_policy(document(allow("dynamodb:GetItem", TABLE)), "limits")},
    )
    return reach(role, [stack], belongs=[Pattern.parse(arn) for arn in belongs])


def answers(found: Reach, name: str) -> dict[DataVerb, DataAccess]:
    (resource,) = [one for one in found.data if one.name == name]
    return {one.access: one for one in resource.accesses}


def told(found: Reach, name: str) -> dict[str, list[str]]:
    return {
        access.value: [f"{a.action}{f' as {a.through}' if a.through else ''}" for a in one.allowed]
        for access, one in answers(found, name).items()
    }


NOTHING: dict[str, list[str]] = {"read": [], "write": [], "destroy": []}


@pytest.mark.parametrize(
    ("actions", "on", "name", "reached"),
    [
        ("dynamodb:GetItem", TABLE, "Orders", {"read": ["dynamodb:GetItem"]}),
        ("dynamodb:PutItem", TABLE, "Orders", {"write": ["dynamodb:PutItem"]}),
        ("dynamodb:DeleteTable", f"{TABLE}*", "Orders", {"destroy": ["dynamodb:DeleteTable"]}),
        ("dynamodb:Query", f"{TABLE}/index/*", "Orders", {"read": ["dynamodb:Query"]}),
        ("s3:GetObject", f"{BUCKET}/*", "Archive", {"read": ["s3:GetObject"]}),
        ("s3:PutLifecycleConfiguration", BUCKET, "Archive", {"destroy": ["s3:PutLifecycleConfiguration"]}),
        ("dynamodb:GetItem", f"{TABLE}-other", "Orders", {}),
        ("dynamodb:DescribeTable", TABLE, "Orders", {}),
    ],
)
def test_each_action_is_told_where_it_belongs(actions: str, on: str, name: str, reached: dict[str, list[str]]) -> None:
    found = asked(allow(actions, on))
    assert told(found, name) == {**NOTHING, **reached}
    statements = [str(s) for one in answers(found, name).values() for a in one.allowed for s in a.statements]
    assert set(statements) <= {"deploy.Statement[0]"}


def test_a_deny_a_boundary_and_a_condition_are_respected() -> None:
    reading = allow("dynamodb:*", TABLE)
    assert told(asked(reading, {**allow("dynamodb:*", "*"), "Effect": "Deny"}), "Orders") == NOTHING
    assert told(asked(reading, boundary=allow("dynamodb:GetItem", "*")), "Orders")["read"] == ["dynamodb:GetItem"]
    elsewhere = {"StringEquals": {"aws:ResourceAccount": "210987654321"}}
    assert told(asked({**reading, "Condition": elsewhere}), "Orders") == NOTHING


def test_the_context_that_a_condition_asks_for_is_told() -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "shop"}}
    (allowed,) = answers(asked(allow("dynamodb:GetItem", TABLE, Condition=tagged)), "Orders")[DataVerb.READ].allowed
    assert allowed.context == {"aws:principaltag/team": ("shop",)}


def test_code_runs_as_the_functions_role() -> None:
    held = function_role(Policies=inline(allow(["dynamodb:GetItem", "dynamodb:DeleteItem"], TABLE)))
    found = asked(CODE, more={"FnRole": held, "Fn": function()})
    assert told(found, "Orders") == {
        "read": ["dynamodb:GetItem as FnRole"],
        "write": [],
        "destroy": ["dynamodb:DeleteItem as FnRole"],
    }
    assert told(asked(allow("sqs:ListQueues", "*"), more={"FnRole": held, "Fn": function()}), "Orders") == NOTHING


def test_a_role_that_can_be_passed_is_reached_too() -> None:
    held = function_role(Policies=inline(allow("dynamodb:GetItem", TABLE)))
    found = asked(allow("iam:PassRole", f"{ROLES}fn"), more={"FnRole": held})
    assert told(found, "Orders")["read"] == ["dynamodb:GetItem as FnRole"]


def test_a_role_whose_policies_can_be_written_may_do_all_that_its_boundary_allows() -> None:
    writing = allow("iam:PutRolePolicy", f"{ROLES}fn")
    bounded = asked(CODE, writing, more={"FnRole": function_role(PermissionsBoundary=BOUNDARY), "Fn": function()})
    assert told(bounded, "Orders") == {**NOTHING, "read": ["dynamodb:GetItem as FnRole"]}
    assert told(bounded, "Archive") == NOTHING
    unbounded = asked(CODE, writing, more={"FnRole": function_role(), "Fn": function()})
    assert "s3:DeleteBucket as FnRole" in told(unbounded, "Archive")["destroy"]


@pytest.mark.parametrize("action", ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"])
def test_a_boundary_that_can_be_taken_off_bounds_nothing(action: str) -> None:
    bounded = {"FnRole": function_role(PermissionsBoundary=BOUNDARY), "Fn": function()}
    found = asked(CODE, allow(["iam:PutRolePolicy", action], f"{ROLES}fn"), more=bounded)
    assert "s3:DeleteBucket as FnRole" in told(found, "Archive")["destroy"]


def test_what_is_not_known_is_undecided_and_not_no() -> None:
    unknown = function_role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/other"])
    (read, *_) = answers(asked(CODE, more={"FnRole": unknown, "Fn": function()}), "Orders").values()
    assert read.answer is Answer.UNDECIDED
    assert {doubt.reason for doubt in read.doubts} == {"what FnRole may do is not known"}


def test_code_that_runs_as_a_role_of_elsewhere_is_undecided() -> None:
    elsewhere = function(role=f"arn:aws:iam::{ACCOUNT}:role/somebody")
    (read, *_) = answers(asked(CODE, more={"Fn": elsewhere}), "Orders").values()
    assert {doubt.reason for doubt in read.doubts} == {"what the role that Fn runs with may do is not known"}


def test_what_belongs_to_the_stacks_is_asked_about_too() -> None:
    found = asked(allow("secretsmanager:GetSecretValue", SECRET), belongs=(SECRET,))
    assert told(found, "secret:shop/token-*") == {**NOTHING, "read": ["secretsmanager:GetSecretValue"]}


def test_ways_and_what_was_not_asked_are_told() -> None:
    found = asked(allow("iam:PutRolePolicy", "*"))
    assert {way.name for way in found.ways if way.state is State.OPEN} == {"own-inline-policy", "role-inline-policy"}
    assert found.not_asked == ("AWS::SNS::Topic",)


@pytest.mark.parametrize("name", DATA_STORES)
def test_iam_knows_the_actions_and_cloudformation_the_type(name: str) -> None:
    assert type_schema(name) is not None
    for access, actions in DATA_STORES[name].actions.items():
        assert actions, access
        assert [action for action in actions if authorization.action(action) is None] == []
