"""Passing a deployed role, or changing a function's code, gives no more than that role may: if it is known and held."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.deployed import deployed_of
from leastgrant.proof.escalation import EscalationPath, State
from leastgrant.proof.prove import ways_of
from leastgrant.role import Role
from leastgrant.template import Environment, parse, resolve

ACCOUNT = "123456789012"
PLACE = f"eu-west-1:{ACCOUNT}"
BOUNDARY, UNKNOWN_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limits", f"arn:aws:iam::{ACCOUNT}:policy/unknown"
ROLES, FUNCTIONS = f"arn:aws:iam::{ACCOUNT}:role/shop-", f"arn:aws:lambda:{PLACE}:function:shop-"
TABLE = f"arn:aws:dynamodb:{PLACE}:table/shop-orders"
LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
WAYS = {"lambda-code", "lambda-layer", "pass-lambda-function", "pass-lambda-role", "pass-to-any"}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resource: str | list[str], **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **others}


def function_role(name: str = "shop-fn", **properties: Any) -> dict[str, Any]:
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    )
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust, **properties},
    }


def function(name: str = "shop-fn", role: Any = None) -> dict[str, Any]:
    runs_with = role or {"Fn::GetAtt": ["FnRole", "Arn"]}
    return {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name, "Role": runs_with}}


def inline(*statements: Any) -> list[Any]:
    return [{"PolicyName": "own", "PolicyDocument": document(*statements)}]


BOUNDED = function_role(PermissionsBoundary=BOUNDARY, Policies=inline(allow("s3:GetObject", "*")))
TOPIC = {"Type": "AWS::SNS::Topic"}
DEPLOYING = (
    allow(
        ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:CreateFunction"], f"{FUNCTIONS}fn"
    ),
    allow("iam:PassRole", f"{ROLES}fn"),
)
LOGS_AND_ITEMS = (allow("logs:PutLogEvents", "*"), allow("dynamodb:GetItem", TABLE))


def ways(
    *statements: Any,
    resources: dict[str, Any],
    limits: tuple[Any, ...] = LOGS_AND_ITEMS,
    own: tuple[str, ...] = (TABLE,),
) -> dict[str, EscalationPath]:
    template = json.dumps({"Resources": resources})
    stack = resolve(parse(template, "app.json"), Environment("aws", "eu-west-1", ACCOUNT, "shop"))
    role = Role(
        "Deploy",
        (parse_policy(document(*statements), "deploy"),),
        arns=(Pattern.parse(f"arn:aws:iam::{ACCOUNT}:role/deploy"),),
        managed={BOUNDARY: parse_policy(document(*limits), "limits")},
    )
    return {way.name: way for way in ways_of(role, [stack], [Pattern.parse(arn) for arn in own])}


def states(*statements: Any, **given: Any) -> dict[State, set[str]]:
    answers = ways(*statements, **given)
    return {state: {name for name in WAYS if answers[name].state is state} for state in State}


def test_a_known_boundary_closes_what_a_deployed_role_gives() -> None:
    answers = ways(*DEPLOYING, resources={"FnRole": BOUNDED, "Fn": function()})
    assert {answers[name].state for name in WAYS} == {State.CLOSED}
    assert {answers[name].because for name in WAYS} == {f"the permissions boundary {BOUNDARY} of FnRole"}


def test_so_do_policies_that_the_role_cannot_write() -> None:
    held = function_role(Policies=inline(*LOGS_AND_ITEMS))
    answers = ways(*DEPLOYING, resources={"FnRole": held, "Fn": function()})
    assert {answers[name].because for name in WAYS} == {"the policies of FnRole, which it cannot write"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (allow("iam:PutRolePolicy", f"{ROLES}fn"), "FnRole has no permissions boundary that is known"),
        (allow("iam:AttachRolePolicy", f"{ROLES}*"), "the role is allowed iam:AttachRolePolicy"),
    ],
)
def test_policies_that_the_role_can_write_hold_nothing(change: Any, why: str) -> None:
    held = function_role(Policies=inline(*LOGS_AND_ITEMS))
    answers = ways(*DEPLOYING, change, resources={"FnRole": held, "Fn": function()})
    assert {answers[name].state for name in WAYS} == {State.OPEN}
    assert why in answers["lambda-code"].because


def test_policies_that_are_written_under_the_boundary_alone_still_hold() -> None:
    writing = allow("iam:PutRolePolicy", f"{ROLES}fn", Condition={"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}})
    answers = states(*DEPLOYING, writing, resources={"FnRole": BOUNDED, "Fn": function()})
    assert answers[State.CLOSED] == WAYS


RESOURCES_THAT_HOLD_NOTHING = {
    "no boundary, and policies that do harm": (
        {"FnRole": function_role(Policies=inline(allow("s3:GetObject", "*"))), "Fn": function()},
        "FnRole allows s3:GetObject, beyond what the stacks may own",
    ),
    "a boundary that is not known": (
        {
            "FnRole": function_role(PermissionsBoundary=UNKNOWN_BOUNDARY, Policies=inline(allow("*", "*"))),
            "Fn": function(),
        },
        f"what {UNKNOWN_BOUNDARY} allows is not known",
    ),
    "a role whose name is not known": (
        {"FnRole": function_role({"Ref": "Name"}, PermissionsBoundary=BOUNDARY), "Fn": function()},  # pyright: ignore[reportArgumentType]
        "none of the templates",
    ),
    "a policy that is not known": (
        {
            "FnRole": function_role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/other"]),
            "Fn": function(),
        },
        "not all of them are known",
    ),
}


@pytest.mark.parametrize(("resources", "why"), RESOURCES_THAT_HOLD_NOTHING.values(), ids=RESOURCES_THAT_HOLD_NOTHING)
def test_what_holds_nothing_closes_nothing(resources: dict[str, Any], why: str) -> None:
    if "Ref" in str(resources):
        resources = {**resources, "Other": function_role("shop-other", PermissionsBoundary=BOUNDARY)}
        template = {"Parameters": {"Name": {"Type": "String"}}, "Resources": resources}
        stack = resolve(parse(json.dumps(template), "app.json"), Environment("aws", "eu-west-1", ACCOUNT, "shop"))
        role = Role("Deploy", (parse_policy(document(*DEPLOYING), "deploy"),))
        answers = {way.name: way for way in ways_of(role, [stack])}
    else:
        answers = ways(*DEPLOYING, resources=resources)
    assert {answers[name].state for name in WAYS} == {State.OPEN}
    assert why in answers["pass-to-any"].because


def test_a_boundary_that_allows_more_than_the_stacks_own_closes_nothing() -> None:
    resources = {"FnRole": BOUNDED, "Fn": function()}
    assert states(*DEPLOYING, resources=resources, own=())[State.OPEN] == WAYS
    assert states(*DEPLOYING, resources=resources, limits=(allow("*", "*"),))[State.OPEN] == WAYS


@pytest.mark.parametrize("action", ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"])
def test_a_boundary_that_the_role_can_take_off_closes_nothing(action: str) -> None:
    answers = states(*DEPLOYING, allow(action, f"{ROLES}*"), resources={"FnRole": BOUNDED, "Fn": function()})
    assert answers[State.OPEN] >= WAYS


def test_a_boundary_that_the_role_can_write_closes_nothing() -> None:
    writing = allow("iam:CreatePolicyVersion", BOUNDARY)
    assert states(*DEPLOYING, writing, resources={"FnRole": BOUNDED, "Fn": function()})[State.OPEN] == WAYS


WIDER = (
    allow(
        ["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:CreateFunction"], f"{FUNCTIONS}*"
    ),
    allow("iam:PassRole", f"{ROLES}*"),
)
NAMESPACES = (TABLE, f"{ROLES}*", f"{FUNCTIONS}*")


def test_what_is_beyond_the_deployed_is_closed_in_a_namespace_alone() -> None:
    resources = {"FnRole": BOUNDED, "Fn": function()}
    answers = ways(*WIDER, resources=resources)
    assert {answers[name].state for name in WAYS} == {State.OPEN}
    assert "that role is none of the templates" in answers["pass-to-any"].because
    assert "that function is none of the templates" in answers["lambda-code"].because
    assert states(*WIDER, resources=resources, own=NAMESPACES)[State.CLOSED] == WAYS


def test_a_namespace_does_not_hide_a_role_that_is_not_held() -> None:
    other = function_role("shop-admin", Policies=inline(allow("*", "*")))
    resources = {"FnRole": BOUNDED, "Fn": function(), "Admin": other}
    answers = ways(*WIDER, resources=resources, own=NAMESPACES)
    assert answers["pass-to-any"].state is State.OPEN
    assert "Admin" in answers["pass-to-any"].because
    assert answers["lambda-code"].state is State.CLOSED  # no function runs with it


def test_a_namespace_in_which_roles_can_be_written_is_not_closed() -> None:
    writing = allow("iam:PutRolePolicy", f"{ROLES}new-*")
    answers = ways(*WIDER, writing, resources={"FnRole": BOUNDED, "Fn": function()}, own=NAMESPACES)
    assert answers["pass-to-any"].state is State.OPEN


def test_a_namespace_without_a_deployed_role_closes_nothing() -> None:
    assert states(*WIDER, resources={"Topic": TOPIC}, own=NAMESPACES)[State.OPEN] == WAYS


def test_one_function_of_two_is_enough_to_stay_open() -> None:
    elsewhere = function("shop-other", f"arn:aws:iam::{ACCOUNT}:role/somebody")
    resources = {"FnRole": BOUNDED, "Fn": function(), "Other": elsewhere}
    answers = ways(*WIDER, resources=resources, own=NAMESPACES)
    assert answers["lambda-code"].state is State.OPEN
    assert "Other runs with a role that is none of the templates" in answers["lambda-code"].because


def test_a_condition_that_closes_by_itself_is_named_first() -> None:
    statements = (*DEPLOYING[:1], {**DEPLOYING[1], "Condition": LAMBDA})
    answers = ways(*statements, resources={"FnRole": BOUNDED, "Fn": function()})
    assert answers["pass-to-any"].because == "StringEquals iam:passedtoservice: lambda.amazonaws.com"
    assert answers["pass-lambda-role"].because == f"the permissions boundary {BOUNDARY} of FnRole"


def test_a_role_that_may_have_no_boundary_has_none_for_certain() -> None:
    boundary = {"Fn::If": ["Bound", BOUNDARY, {"Ref": "AWS::NoValue"}]}
    template = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Bound": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
        "Resources": {"FnRole": function_role(PermissionsBoundary=boundary), "Fn": function()},
    }
    stack = resolve(parse(json.dumps(template), "app.json"), Environment("aws", "eu-west-1", ACCOUNT, "shop"))
    (role,) = deployed_of([stack], {}).roles
    assert role.boundary is None
