"""Is there such a request? Decided as brute force decides it, or said not to be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import Witness, newly_allowed
from leastgrant.iam.keys import is_multivalued
from leastgrant.iam.pattern import Budget
from leastgrant.iam.search import Undecided
from tests.leastgrant.iam.decision_fuzz import fuzz

ACTION = "s3:GetObject"


@pytest.mark.hypothesis
def test_what_is_decided_is_so_in_a_small_world() -> None:
    examples = 2 * settings().max_examples
    outcomes = fuzz(examples)
    assert outcomes.total() > examples * 3 / 2
    assert outcomes["gain"] > examples / 2
    assert outcomes["none"] > examples / 2
    assert outcomes["undecided"] < outcomes.total() / 50


def allow(condition: dict[str, Any] | None = None, resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ACTION, "Resource": resource, "Condition": condition or {}} | others


def deny(condition: dict[str, Any] | None = None, resource: Any = "*") -> dict[str, Any]:
    return allow(condition, resource, Effect="Deny")


def nowhere_but(resource: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ACTION, "NotResource": resource, "Condition": condition or {}}


def permissions(*statements: dict[str, Any]) -> Permissions:
    return Permissions([parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "p")])


def answers(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Witness | Undecided]:
    return list(newly_allowed(permissions(*old), permissions(*new), [ACTION]))


OWNER, TEAM = "aws:ResourceTag/Owner", "aws:PrincipalTag/team"
USER, OF_TEAM = "${aws:username}", "${aws:PrincipalTag/team}"
KEYS, ADDRESS, TAGS = "s3:max-keys", "aws:SourceIp", "aws:TagKeys"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # each value of a variable is one that was allowed
        ([allow({"StringLike": {OWNER: "*"}})], [allow({"StringEquals": {OWNER: USER}})]),
        ([allow({"StringEquals": {OWNER: USER}})], [allow({"StringEquals": {OWNER: USER, "s3:prefix": "a"}})]),
        ([allow(None, f"arn:aws:s3:::home/{USER}*")], [allow(None, f"arn:aws:s3:::home/{USER}/*")]),
        # a literal that the variable must be
        (
            [allow({"StringEquals": {OWNER: "bob"}})],
            [allow({"StringEquals": {OWNER: USER}}), deny({"StringNotEquals": {"aws:username": "bob"}})],
        ),
        # a pattern that the variable must be of, on what it stands for
        (
            [allow({"StringLike": {OWNER: "b*"}})],
            [allow({"StringEquals": {OWNER: USER}, "StringLike": {"aws:username": "b*"}})],
        ),
        (
            [allow({"StringLike": {OWNER: "team/b*"}})],
            [allow({"StringEquals": {OWNER: f"team/{USER}"}, "StringLike": {"aws:username": "b*"}})],
        ),
        # two variables in the same place
        ([allow(None, f"arn:aws:s3:::{USER}/{OF_TEAM}/*")], [allow(None, f"arn:aws:s3:::{USER}/{OF_TEAM}/a*")]),
        # letters of another case, an ARN's components, bounds
        ([allow({"StringEqualsIgnoreCase": {TEAM: "Ab"}})], [allow({"StringLike": {TEAM: ["aB", "ab"]}})]),
        (
            [allow({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:*"}})],
            [allow({"StringLike": {"aws:SourceArn": "arn:aws:sns:eu:1:topic:*"}})],
        ),
        (
            [allow({"NumericLessThan": {KEYS: "10"}}), allow({"NumericGreaterThanEquals": {KEYS: "10"}})],
            [allow({"NumericNotEquals": {KEYS: "7"}, "NumericLessThan": {KEYS: "99"}})],
        ),
        (
            [allow({"NotIpAddress": {ADDRESS: "10.0.0.0/9"}}), allow({"IpAddress": {ADDRESS: "10.0.0.0/8"}})],
            [allow()],
        ),
        # sets of values: all of them, none of them
        (
            [allow({"ForAllValues:StringLike": {TAGS: "a*"}}), allow({"ForAnyValue:StringNotLike": {TAGS: "a*"}})],
            [allow()],
        ),
    ],
)  # fmt: skip
def test_nothing_is_new(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    assert answers(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "key", "values"),
    [
        (
            [allow({"StringLike": {TEAM: ["ab", "aB", "Ab"]}})],
            [allow({"StringEqualsIgnoreCase": {TEAM: "ab"}})],
            TEAM,
            ("AB",),
        ),
        ([allow({"StringLike": {OWNER: "b*"}})], [allow({"StringEquals": {OWNER: USER}})], OWNER, ("x",)),
        (
            [nowhere_but(f"arn:aws:s3:::{USER}*")],
            [nowhere_but("arn:aws:s3:::a*", {"StringEqualsIgnoreCase": {"aws:username": "a"}})],
            "aws:username",
            ("A",),
        ),
        (
            [allow({"StringEquals": {OWNER: "bob"}})],
            [allow({"StringEquals": {OWNER: USER}, "StringLike": {"aws:username": "b??"}})],
            "aws:username",
            ("bxx",),
        ),
        (
            [allow({"NumericLessThan": {KEYS: "10"}})],
            [allow({"NumericLessThanEquals": {KEYS: "10"}})],
            KEYS,
            ("10",),
        ),
        ([deny()], [allow({"NumericGreaterThan": {KEYS: "1"}, "NumericLessThan": {KEYS: "2"}})], KEYS, ("1.5",)),
        (
            [allow({"IpAddress": {ADDRESS: ["10.0.0.0/9", "10.128.0.0/10"]}})],
            [allow({"IpAddress": {ADDRESS: "10.0.0.0/8"}})],
            ADDRESS,
            ("10.255.255.255",),
        ),
        (
            [allow({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:a*"}})],
            [allow({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:?b"}})],
            "aws:SourceArn",
            ("arn:aws:sns::1:xb",),
        ),
        (
            [allow({"ForAllValues:StringEquals": {TAGS: ["a", "b"]}})],
            [allow({"ForAnyValue:StringEquals": {TAGS: "a"}})],
            TAGS,
            ("a", ""),
        ),
        ([allow({"StringEquals": {TEAM: "a"}})], [allow({"StringEqualsIfExists": {TEAM: "a"}})], TEAM, ()),
    ],
)  # fmt: skip
def test_what_is_new_is_shown(
    old: list[dict[str, Any]], new: list[dict[str, Any]], key: str, values: tuple[str, ...]
) -> None:
    witness = answers(old, new)[0]
    assert isinstance(witness, Witness)
    assert witness.request.context[key.lower()] == values


def test_what_the_guide_does_not_define_is_not_decided() -> None:
    (undecided,) = answers([allow({"StringEquals": {TAGS: ["a", "b"]}})], [allow({"StringEquals": {TAGS: "a"}})])
    assert isinstance(undecided, Undecided)
    assert undecided.reason == (
        "it is not known what a condition without ForAllValues or ForAnyValue does with several values of aws:tagkeys"
    )
    assert answers([allow({"StringEquals": {TEAM: ["a", "b"]}})], [allow({"StringEquals": {TEAM: "a"}})]) == []


def test_the_work_is_bounded_and_no_answer_is_said() -> None:
    several = [f"*{'?' * n}a*" for n in range(40)]
    old, new = permissions(allow({"StringLike": {TEAM: several}})), permissions(allow({"StringLike": {TEAM: "*a*b"}}))
    (undecided,) = newly_allowed(old, new, [ACTION], budget=Budget(50))
    assert isinstance(undecided, Undecided)
    assert undecided.reason == "comparing the patterns takes more than 50 steps"
    assert undecided.keys == {TEAM.lower()}


@pytest.mark.parametrize(
    ("key", "is_one_of_several"),
    [
        ("dynamodb:leadingkeys", True),
        ("lambda:layer", True),
        ("autoscaling:targetgrouparns", True),
        ("account:accountresourceorgtags/team", False),
        ("aws:tagkeys", True),
        ("aws:calledvia", True),
        ("aws:username", False),
        ("iam:passedtoservice", False),
        ("no-such-service:key", False),
        ("token.actions.githubusercontent.com:sub", False),
    ],
)
def test_which_keys_have_several_values_is_in_the_reference(key: str, is_one_of_several: bool) -> None:
    assert is_multivalued(key) is is_one_of_several


def test_several_values_of_a_key_of_a_service() -> None:
    old = [allow({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "a"}})]
    new = [allow({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "a"}})]
    (found,) = answers(old, new)
    assert isinstance(found, Witness)
    assert len(found.request.context["dynamodb:leadingkeys"]) == 2
    (doubt,) = answers(
        [
            allow({"StringNotEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}),
            allow({"StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]}}),
        ],
        [allow()],
    )
    assert isinstance(doubt, Undecided)
    assert "several values of dynamodb:leadingkeys" in doubt.reason
