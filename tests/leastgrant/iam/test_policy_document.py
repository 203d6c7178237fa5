"""Policy documents: what is read, and what is refused with which words."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.iam.evaluation import Permissions, Request, evaluate
from leastgrant.iam.json_values import PolicyError

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a"}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}


def document(*statements: Any, **keys: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **keys}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in ALLOW.items() if name != key}


def test_one_statement_needs_no_list() -> None:
    assert parse_policy(document() | {"Statement": ALLOW}, "p") == parse_policy(document(ALLOW), "p")


def test_an_empty_sid_is_none() -> None:
    policy = parse_policy(document(ALLOW | {"Sid": ""}, ALLOW | {"Sid": ""}, ALLOW | {"Sid": "A"}, Id="x"), "p")
    assert [statement.sid for statement in policy.statements] == [None, None, "A"]
    assert [str(statement) for statement in policy.statements[1:]] == ["p.Statement[1]", "p.Statement[2] (A)"]


BAD: list[tuple[Any, str]] = [
    ([], "p: expected an object, found a list"),
    ({1: 2}, "p: expected text as key, found a number; quote it"),
    ({}, "p: Statement is missing"),
    (document(), "p.Statement: the list is empty"),
    (document(ALLOW, Versoin="x"), "p: unknown key 'Versoin'; the keys here are Version, Id, Statement"),
    (document(ALLOW, Version="2012"), "p.Version: '2012' is not a version of the policy language"),
    (document(ALLOW, Version=["2012-10-17"]), "p.Version: ['2012-10-17'] is not a version"),
    (document(ALLOW, Id=1), "p.Id: expected text, found a number"),
    (document("Allow"), "p.Statement[0]: expected an object, found text"),
    (document(ALLOW, ALLOW | {"Resources": "*"}), "p.Statement[1]: unknown key 'Resources'"),
    (document(ALLOW | {"Principal": "*"}), "p.Statement[0]: unknown key 'Principal'"),
    (document(without("Effect")), "p.Statement[0]: Effect is missing"),
    (document(ALLOW | {"Effect": "allow"}), "p.Statement[0].Effect: 'allow' is not an effect"),
    (document(without("Action")), "p.Statement[0]: Action is missing; add it or NotAction"),
    (document(ALLOW | {"NotAction": "*"}), "p.Statement[0]: Action and NotAction exclude each other"),
    (document(ALLOW | {"Action": ["s3:*", None]}), "p.Statement[0].Action[1]: expected text, found null"),
    (document(ALLOW | {"Action": "GetObject"}), "p.Statement[0].Action: 'GetObject' is not an action"),
    (document(ALLOW | {"Action": "s*:Get"}), "p.Statement[0].Action: 's*:Get' is not an action"),
    (document(without("Resource")), "p.Statement[0]: Resource is missing; add it or NotResource"),
    (document(ALLOW | {"NotResource": "*"}), "p.Statement[0]: Resource and NotResource exclude each other"),
    (document(ALLOW | {"Resource": {}}), "p.Statement[0].Resource: expected text, found an object"),
    (
        document(ALLOW | {"Resource": ["*", "a"]}),
        "p.Statement[0].Resource[1]: 'a' is not an ARN; write * or arn:",
    ),
    (
        document(ALLOW | {"Resource": "s3:::a"}),
        "p.Statement[0].Resource: 's3:::a' is not an ARN",
    ),
    (
        document(ALLOW | {"Resource": "arn:aws:s3:${aws:x}::a"}),
        "has a policy variable before the fifth colon",
    ),
    (
        document(ALLOW | {"Resource": "arn:aws:s3:::${a"}),
        "p.Statement[0].Resource: '${' is not a policy variable",
    ),
    (document(ALLOW | {"Resource": "arn:aws:s3:::${Name}"}), "'${Name}' is not a policy variable"),
    (document(ALLOW | {"Sid": "A b"}), "p.Statement[0].Sid: 'A b' has other characters"),
    (
        document(ALLOW | {"Sid": "A"}, ALLOW | {"Sid": "A"}),
        "p.Statement[1].Sid: 'A' is taken by p.Statement[0]",
    ),
    (document(ALLOW | {"Condition": []}), "p.Statement[0].Condition: expected an object, found a list"),
    (
        document(ALLOW | {"Condition": {"Bool": 1}}),
        "p.Statement[0].Condition.Bool: expected an object, found a number",
    ),
]
BAD_CONDITIONS: list[tuple[str, Any, str]] = [
    ("StringEqual", "a", "unknown condition operator 'StringEqual'"),
    ("ForSomeValues:StringEquals", "a", "unknown condition operator"),
    ("NullIfExists", "true", "unknown condition operator"),
    ("StringEquals", {"Ref": "A"}, "expected text, a number or a boolean, found an object"),
    ("StringEquals", "${", "'${' is not a policy variable"),
    ("NumericEquals", "ten", "'ten' is not a number"),
    ("NumericEquals", "NaN", "'NaN' is not a number"),
    ("DateEquals", "today", "'today' is not a date; write it like"),
    ("Bool", "yes", "'yes' is not a boolean; write true or false"),
    ("Null", "1", "'1' is not a boolean"),
    ("BinaryEquals", "?", "'?' is not base 64"),
    ("IpAddress", "1.2.3", "'1.2.3' is not an IP address or range"),
    ("ArnLike", "arn:aws:s3", "'arn:aws:s3' is not an ARN of six components"),
    ("NumericEquals", "1e1000000", "'1e1000000' is not a number"),
    ("StringEquals", "a" * 20_000, "the text has 20000 characters"),
]


@pytest.mark.parametrize(("data", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_policy_is_refused_in_one_line(data: Any, message: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(data, "p")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("operator", "value", "problem"), BAD_CONDITIONS, ids=[problem for *_, problem in BAD_CONDITIONS]
)
def test_a_bad_condition_is_refused(operator: str, value: Any, problem: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(document(ALLOW | {"Condition": {operator: {"aws:x": value}}}), "p")
    assert str(refusal.value).startswith(f"p.Statement[0].Condition.{operator}.aws:x: {problem}")


def test_a_refusal_is_one_short_line_whatever_the_names() -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_policy(document(ALLOW | {"a\r\nb" + "c" * 10**6: 1}), "p")
    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 400


BAD_TRUST: list[tuple[dict[str, Any], str]] = [
    (TRUST | {"Resource": "*"}, "t.Statement[0]: unknown key 'Resource'"),
    ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "t.Statement[0]: Principal is missing"),
    (TRUST | {"NotPrincipal": "*"}, "t.Statement[0]: Principal and NotPrincipal exclude each other"),
    (TRUST | {"Principal": {}}, "t.Statement[0].Principal: no principal is named"),
    (TRUST | {"Principal": "a"}, "t.Statement[0].Principal: expected an object, found text"),
    (
        TRUST | {"Principal": {"Github": "a"}},
        "t.Statement[0].Principal: 'Github' is not a kind of principal",
    ),
    (
        TRUST | {"Principal": {"AWS": ["1", "a*"]}},
        "t.Statement[0].Principal.AWS[1]: 'a*' is not a principal",
    ),
]


@pytest.mark.parametrize(("statement", "message"), BAD_TRUST)
def test_a_bad_trust_policy_is_refused(statement: Any, message: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse_trust_policy(document(statement), "t")
    assert message in str(refusal.value)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["Allow", "*", "arn:aws:s3:::${", "s3:*"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Condition", "Bool", "a"]),
            inner,
        )
    ),
)


@given(_json, st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Condition"]))
def test_any_data_is_read_or_refused(data: Any, key: str) -> None:
    for candidate in (data, document(ALLOW) | {key: data}, document(ALLOW | {key: data})):
        with suppress(PolicyError):
            parse_policy(candidate, "p")


@pytest.mark.parametrize(
    ("version", "resource", "allowed"),
    [
        ("2012-10-17", "arn:aws:s3:::ann", True),
        ("2012-10-17", "arn:aws:s3:::${aws:username}", False),
        ("2008-10-17", "arn:aws:s3:::ann", False),
        ("2008-10-17", "arn:aws:s3:::${aws:username}", True),
    ],
)
def test_only_the_newer_version_has_variables(version: str, resource: str, allowed: bool) -> None:
    policy = parse_policy(document(ALLOW | {"Resource": "arn:aws:s3:::${aws:username}"}, Version=version), "p")
    request = Request("s3:GetObject", resource, {"aws:username": ("ann",)})
    assert evaluate(request, Permissions([policy])).allowed == allowed


@pytest.mark.parametrize(
    ("pattern", "resource", "allowed"),
    [
        ("arn:aws:s3:*", "arn:aws:s3:::a", True),
        ("arn:aws:lambda:*:1:function:f-*", "arn:aws:lambda:r:1:function:f-a:live", True),
        ("arn:aws:lambda:*:1:function:f-*", "arn:aws:lambda:r:1:function:F-a", False),
        ("arn:aws:s3:::a/?/*", "arn:aws:s3:::a/b/c/d", True),
        ("arn:aws:s3:::a/?/*", "arn:aws:s3:::a//c", False),
    ],
)
def test_wildcards_in_arns(pattern: str, resource: str, allowed: bool) -> None:
    policy = parse_policy(document(ALLOW | {"Action": "*", "Resource": pattern}), "p")
    assert evaluate(Request("s3:GetObject", resource), Permissions([policy])).allowed == allowed


def test_an_action_may_have_a_hyphen():
    """Of all that IAM knows, one has."""
    policy = parse_policy(document(ALLOW | {"Action": "vpc-lattice:AssociateViaAWSService-EventsAndStates"}), "p")
    assert policy.statements[0].actions.match("vpc-lattice:associateviaawsservice-eventsandstates")
