"""A grant is needed if a need explains it, and none too broad if needs or a namespace explain all of it."""

from dataclasses import replace
from typing import Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Budget, Pattern
from leastgrant.iam.search import Undecided
from leastgrant.knowledge import Tier
from leastgrant.proof.excess import Granted, broad, excess, granted, other_value
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Need, Operation, Subject

TABLES = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
ALLOW: dict[str, Any] = {"Effect": "Allow"}
RESOURCE = {"Resource": f"{TABLES}app-*"}


def need(action: str, resource: str) -> Need:
    subject = Subject("Table", "app", "AWS::DynamoDB::Table")
    return Need(action, Pattern.parse(resource), Operation.CREATE, Tier.REQUIRED, subject, None, "r", "s")


CREATE = need("dynamodb:CreateTable", f"{TABLES}app-jobs")


def grants(statement: dict[str, Any], *needs: Need) -> list[Granted]:
    policy = parse_policy({"Version": "2012-10-17", "Statement": {**ALLOW, **statement}}, "p")
    return list(granted(policy.statements, needs))


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "dynamodb:CreateTable", **RESOURCE},
        {"Action": "DYNAMODB:createtable", **RESOURCE},
        {"Action": "dynamodb:CreateTable", "NotResource": f"{TABLES}app-users"},
    ],
)
def test_a_grant_that_a_need_explains_is_no_excess(statement: dict[str, Any]):
    (grant,) = grants(statement, CREATE)
    assert grant.needs == (CREATE,)
    assert not list(excess([grant]))


@pytest.mark.parametrize(
    ("statement", "messages"),
    [
        (
            {"Action": "dynamodb:DeleteTable", **RESOURCE},
            ["p.Statement[0] grants dynamodb:DeleteTable: nothing calls it"],
        ),
        (
            {"Action": "dynamodb:CreateTable", "Resource": [f"{TABLES}app-*", f"{TABLES}other-*"]},
            [f"p.Statement[0] grants dynamodb:CreateTable: nothing calls it on {TABLES}other-*"],
        ),
        # what is granted leaves out all that is needed
        (
            {"Action": "dynamodb:CreateTable", "NotResource": f"{TABLES}app-*"},
            ["p.Statement[0] grants dynamodb:CreateTable: nothing calls it"],
        ),
        # wildcards
        (
            {"Action": "dynamodb:*teTable", **RESOURCE},
            [
                "p.Statement[0] grants dynamodb:DeleteTable: nothing calls it",
                "p.Statement[0] grants dynamodb:UpdateTable: nothing calls it",
            ],
        ),
        (
            {"Action": "*", "Resource": "*"},
            ["p.Statement[0] grants *: nothing calls every action of every service"],
        ),
        (
            {"NotAction": "dynamodb:*", "Resource": "*"},
            ["p.Statement[0] grants *: nothing calls every action of every service"],
        ),
        # misspelt: they grant nothing today, and a service may call an action so tomorrow
        (
            {"Action": "dynamodb:MakeTable", **RESOURCE},
            ["p.Statement[0] grants dynamodb:maketable: IAM knows no such action"],
        ),
        (
            {"Action": "dynamodb:Mk*", **RESOURCE},
            ["p.Statement[0] grants dynamodb:mk*: IAM knows no such action"],
        ),
        (
            {"Action": "dynamo:*", **RESOURCE},
            ["p.Statement[0] grants dynamo:*: IAM knows no such action"],
        ),
    ],
)  # fmt: skip
def test_a_grant_that_no_need_explains_is_excess(statement: dict[str, Any], messages: list[str]):
    found = list(excess(grants(statement, CREATE)))
    assert [finding.message for finding in found] == messages
    assert {finding.kind for finding in found} == {Kind.EXCESS}


def test_a_deny_grants_nothing():
    assert grants({"Effect": "Deny", "Action": "*", "Resource": "*"}, CREATE) == []


def test_needs_are_found_whatever_their_text_begins_with():
    patterns = [
        f"{TABLES}app-jobs",
        f"{TABLES}app-*",
        f"{TABLES}*",
        "arn:*",
        "*",
        f"{TABLES}app-jobs-2",
        "arn:aws:s3:::a",
    ]
    needs = [need("dynamodb:CreateTable", pattern) for pattern in patterns]
    for resource in ("*", f"{TABLES}app-j*", f"{TABLES}app-jobs", f"{TABLES}*s", "arn:aws:s3:::*", "arn:*:s3:::a"):
        (grant,) = grants({"Action": "dynamodb:CreateTable", "Resource": resource}, *needs)
        expected = {n for n in needs if n.resource.intersects(Pattern.parse(resource))}
        assert set(grant.needs) == expected


@pytest.mark.parametrize(
    ("resource", "namespaces", "message"),
    [
        (f"{TABLES}app-jobs", [], None),
        (f"{TABLES}app-*", [f"{TABLES}app-*"], None),
        (f"{TABLES}app-j*", [f"{TABLES}app-*"], None),
        (f"{TABLES}app-*", [], f"on {TABLES}app-*, also on {TABLES}app-, which nothing needs"),
        (f"{TABLES}*", [f"{TABLES}app-*"], f"on {TABLES}*, also on {TABLES}, which nothing needs"),
        ("*", [f"{TABLES}app-*"], "on *, also on arn:aws:x:::x, which nothing needs"),
    ],
)
def test_a_grant_beyond_needs_and_namespaces_is_broad(resource: str, namespaces: list[str], message: str | None):
    found = list(
        broad(
            grants({"Action": "dynamodb:CreateTable", "Resource": resource}, CREATE), [*map(Pattern.parse, namespaces)]
        )
    )
    assert [finding.message for finding in found] == (
        [f"p.Statement[0] grants dynamodb:CreateTable {message}"] if message else []
    )
    assert all(finding.fix == f"narrow it to {TABLES}app-jobs" for finding in found)


def test_what_a_grant_leaves_out_makes_it_none_too_broad():
    statement = {"Action": "dynamodb:CreateTable", "NotResource": f"{TABLES}other"}
    wanted = need("dynamodb:CreateTable", "arn:aws*:?*:*:*:?*")
    assert not list(broad(grants(statement, wanted), []))
    assert list(broad(grants({**statement, "NotResource": "arn:aws:s3:::x"}, CREATE), []))


ROLE = "arn:aws:iam::123456789012:role/task"


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, None),
        ({"StringLike": {"iam:PassedToService": ["lambda.amazonaws.com"]}, "Bool": {"aws:Via": "true"}}, None),
        ({}, "absent"),
        ({"Bool": {"aws:ViaAWSService": "true"}}, "absent"),
        ({"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}, "ec2.amazonaws.com"),
        ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, ".amazonaws.com"),
        ({"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}, "absent"),
        ({"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "absent"),
    ],
)
def test_a_grant_in_other_contexts_than_the_needs_have_is_broad(condition: dict[str, Any], other: str | None):
    statement = {"Action": "iam:PassRole", "Resource": ROLE, "Condition": condition}
    context = {"iam:passedtoservice": ("lambda.amazonaws.com",)}
    found = list(broad(grants(statement, replace(need("iam:PassRole", ROLE), contexts=(context,))), []))
    message = (
        f"p.Statement[0] grants iam:PassRole on {ROLE}, also with iam:passedtoservice {other}, which nothing needs"
    )
    assert [finding.message for finding in found] == ([] if other is None else [message])
    assert not list(broad(grants(statement, need("iam:PassRole", ROLE)), []))  # nothing is known of the context


def test_an_action_without_resource_types_is_granted_on_everything():
    wanted = Need(
        "secretsmanager:GetRandomPassword", Pattern.literal("*"), *(Operation.CREATE, Tier.REQUIRED), CREATE.subject,
        None, "r", "s",
    )  # fmt: skip
    found = grants({"Action": "secretsmanager:GetRandomPassword", "Resource": "*"}, wanted)
    assert not list(excess(found))
    assert not list(broad(found, []))


def test_what_to_do_about_an_excess_depends_on_whether_any_of_it_is_called():
    other = f"{TABLES}other-*"
    some = grants({"Action": "dynamodb:CreateTable", "Resource": [f"{TABLES}app-*", other]}, CREATE)
    (found,) = excess(some)
    assert (found.kind, found.action, found.resource) == (Kind.EXCESS, "dynamodb:CreateTable", other)
    assert found.fix == f"take {other} out of the statement"
    (found,) = excess(grants({"Action": "dynamodb:DeleteTable", **RESOURCE}, CREATE))
    assert (found.kind, found.action, found.resource) == (Kind.EXCESS, "dynamodb:DeleteTable", "")
    assert found.fix == "take it out, or declare the use that needs it"


def passing(value: str) -> Any:
    condition = {"StringEquals": {"iam:PassedToService": value}}
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}
    (parsed,) = parse_policy({"Version": "2012-10-17", "Statement": statement}, "role").statements
    return parsed


def test_what_is_wanted_is_text_and_no_variable() -> None:
    (key,) = {key for condition in passing("a").conditions for key in condition.keys}
    assert other_value(passing("a"), key, ["a"]) is None
    assert other_value(passing("${*}"), key, ["*"]) is None
    assert other_value(passing("${*}"), key, ["${*}"]) == ("*",)


def test_without_a_step_left_another_value_is_not_decided() -> None:
    (key,) = {key for condition in passing("a").conditions for key in condition.keys}
    assert isinstance(other_value(passing("b"), key, ["a"], Budget(0)), Undecided)
