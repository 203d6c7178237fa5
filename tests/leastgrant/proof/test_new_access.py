"""What one role may do and another may not: nothing, or shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.iam.evaluation import Request, evaluate
from leastgrant.knowledge import authorization
from leastgrant.proof.new_access import Access, new_access
from leastgrant.role import Role
from tests.leastgrant.iam.policy_strategies import ACTIONS, contexts, policies, resources

RULE = "arn:aws:events:eu-west-1:123456789012:rule/"
GITHUB = "token.actions.githubusercontent.com"
MAIN = "repo:o/r:ref:refs/heads/main"


def allow(action: Any, resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def role(*statements: dict[str, Any], **others: Any) -> Role:
    return Role("Deploy", (parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "p"),), **others)


def trust(subject: str, operator: str = "StringEquals", **others: Any) -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {operator: {f"{GITHUB}:sub": subject}},
        **others,
    }
    return parse_trust_policy({"Version": "2012-10-17", "Statement": statement}, "t")


def gained(access: Access) -> list[tuple[str, str]]:
    return [(witness.request.action, witness.request.resource) for witness in access.gained]


RULES = allow(["events:PutRule", "events:DeleteRule"], f"{RULE}app-*")
PASS = allow(
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/app",
    Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
)
DENY = {"Effect": "Deny", "Action": "events:DeleteRule", "Resource": "*"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([RULES], [RULES]),
        ([RULES], [allow("events:PutRule", f"{RULE}app-*"), allow("EVENTS:deleterule", f"{RULE}app-*")]),
        ([allow("events:PutRule", f"{RULE}*")], [allow("events:PutRule", [f"{RULE}*", f"{RULE}app-*"])]),
        ([RULES], [RULES, allow("sts:GetCallerIdentity", RULE + "x")]),
        ([RULES, DENY], [allow("events:PutRule", f"{RULE}app-*"), DENY]),
        ([RULES], [RULES, allow("events:NoSuch*")]),
    ],
)
def test_no_difference(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    access = new_access(role(*before), role(*after))
    assert access.unchanged
    assert access.admitted is None


LAMBDA_OR_NONE: dict[str, Any] = {"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}
ANY_SERVICE: dict[str, Any] = {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (RULES, allow(["events:PutRule", "events:DeleteRule"], f"{RULE}*"), ["events:DeleteRule", "events:PutRule"]),
        (RULES, allow("events:PutRule", f"{RULE}ap*"), ["events:PutRule"]),
        (RULES, allow("events:DeleteRul*", f"{RULE}*"), ["events:DeleteRule"]),
        (RULES, allow("events:PutRul?"), ["events:PutRule"]),
        (RULES, allow("sts:GetCallerIdentity"), ["sts:GetCallerIdentity"]),
        (RULES, allow("new:Action"), ["new:action"]),
        (PASS, PASS | {"Condition": dict[str, Any]()}, ["iam:PassRole"]),
        (PASS, PASS | {"Condition": ANY_SERVICE}, ["iam:PassRole"]),
        (PASS, PASS | {"Condition": LAMBDA_OR_NONE}, ["iam:PassRole"]),
    ],
)
def test_what_is_gained_is_lost_the_other_way(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    old, new = role(before), role(after)
    access = new_access(old, new)
    assert [witness.request.action for witness in access.gained] == expected
    for witness in access.gained:
        assert evaluate(witness.request, new.permissions).allowed
        assert not evaluate(witness.request, old.permissions).allowed
        assert witness.decision.statements == new.statements
    assert new_access(new, old).lost == access.gained


def test_a_witness_is_on_a_resource_that_can_be() -> None:
    assert gained(new_access(role(RULES), role(RULES, allow("s3:GetObject")))) == [
        ("s3:GetObject", "arn:aws:s3:::x/x"),
    ]
    assert gained(new_access(role(RULES), role(RULES, allow("s3:GetObject", "arn:aws:s3:::b/*")))) == [
        ("s3:GetObject", "arn:aws:s3:::b/x"),
    ]


def test_a_deny_and_a_boundary_take_away() -> None:
    limit = parse_policy({"Version": "2012-10-17", "Statement": [allow("events:PutRule")]}, "boundary")
    for less in (role(RULES, DENY), role(RULES, boundary=limit)):
        access = new_access(role(RULES), less)
        assert (access.gained, [w.request.action for w in access.lost]) == ((), ["events:DeleteRule"])


@pytest.mark.slow
def test_everything_is_every_action() -> None:
    access = new_access(role(RULES), role(allow("*")))
    actions = {str(action) for service in authorization.services() for action in authorization.actions(service)}
    assert {witness.request.action for witness in access.gained} == actions
    assert access.lost == ()


def test_a_change_of_trust() -> None:
    before, after = role(RULES, trust=trust(MAIN)), role(RULES, trust=trust("repo:o/r:*", "StringLike"))
    assert new_access(before, before).unchanged
    access = new_access(before, after)
    assert access.admitted is not None
    (request,) = access.admitted
    assert request.context[f"{GITHUB}:sub"] == ("repo:o/r:",)
    assert (access.refused, access.unchanged) == ((), False)
    assert new_access(after, before).refused == access.admitted


def test_another_principal_and_no_longer_the_first() -> None:
    account = trust(MAIN, Principal={"AWS": "123456789012"}, Action="sts:AssumeRole", Condition={})
    access = new_access(role(RULES, trust=trust(MAIN)), role(RULES, trust=account))
    assert [r.action for r in access.admitted or ()] == ["sts:AssumeRole"]
    assert [r.action for r in access.refused or ()] == ["sts:AssumeRoleWithWebIdentity"]


def test_a_role_of_the_same_documents_is_unchanged() -> None:
    before, after = (role(RULES, trust=trust(MAIN)) for _ in range(2))
    assert before.policies == after.policies
    assert new_access(before, after) == Access((), (), (), ())
    assert new_access(role(RULES), role(RULES)) == Access((), (), None, None)
    assert new_access(before, role(RULES, trust=trust("repo:o/r:*"))).admitted


CREATE, TERMINATE, TAG = "iam:CreateUser", "ec2:TerminateInstances", "ec2:CreateTags"
HOME = "arn:aws:s3:::home/"
OWN = {"StringEquals": {"aws:ResourceTag/Owner": "${aws:username}"}}
THREE_TAGS = {
    "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"},
    "ForAnyValue:StringLike": {"aws:TagKeys": "team-*"},
    "ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "cost"},
}
ELSEWHERE = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:*"}}
CI = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci-*"}}


@pytest.mark.parametrize(
    ("common", "added", "action", "context"),
    [
        ([], [allow(TERMINATE, Condition=OWN)], TERMINATE, {"aws:resourcetag/owner": ("x",), "aws:username": ("x",)}),
        (
            [allow("*") | {"Effect": "Deny", "Condition": ELSEWHERE}],
            [allow(CREATE, Condition=CI)],
            CREATE,
            {"aws:principalarn": ("arn:aws:iam::111111111111:role/ci-",)},
        ),
        ([], [allow(TAG, Condition=THREE_TAGS)], TAG, {"aws:tagkeys": ("owner", "team-", "cost")}),
        (
            [],
            [
                allow("s3:GetObject", f"{HOME}${{aws:username}}/*"),
                {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": f"{HOME}bob/*"},
            ],
            "s3:GetObject",
            {"aws:username": ("bob",)},
        ),
    ],
    ids=["one's own by tag", "two patterns on one ARN", "three keys at once", "bob's home"],
)
def test_what_several_conditions_allow_together_is_found(
    common: list[dict[str, Any]], added: list[dict[str, Any]], action: str, context: dict[str, Any]
) -> None:
    listing = allow("s3:ListBucket", "arn:aws:s3:::b")
    before, after = role(listing, *common), role(listing, *common, *added)
    (witness,) = new_access(before, after).gained
    assert witness.request.action == action
    assert witness.request.context == context
    assert evaluate(witness.request, after.permissions).allowed
    assert not evaluate(witness.request, before.permissions).allowed


COMMON_CONDITIONS: dict[str, dict[str, dict[str, str | list[str]]]] = {
    "source ip": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
    "not from an address": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    "second factor": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    "second factor, lately": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
    "organisation": {"StringEquals": {"aws:PrincipalOrgID": "o-abc123"}},
    "organisation's paths": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc123/r-1/ou-1/*"}},
    "own tag": {"StringEquals": {"ec2:ResourceTag/Owner": "${aws:PrincipalTag/Owner}"}},
    "prefix": {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}},
    "in a year": {
        "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
    },
    "region": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}},
    "principal": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/team/*"}},
    "endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    "encrypted": {"Bool": {"aws:SecureTransport": "true"}, "Null": {"s3:x-amz-server-side-encryption": "false"}},
    "request's tags": {
        "StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]},
    },
    "passed to": {"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}},
    "called by": {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}},
    "any case": {"StringEqualsIgnoreCase": {"aws:PrincipalTag/stage": "Production"}},
    "not by a service": {"StringNotEqualsIfExists": {"aws:PrincipalType": "AssumedRole"}},
}


@pytest.mark.parametrize("condition", COMMON_CONDITIONS.values(), ids=COMMON_CONDITIONS)
def test_each_common_condition_is_decided(condition: dict[str, Any]) -> None:
    """Added with an action it is new access; put on an action it takes access away, and gives none."""
    guarded = allow("s3:GetObject", "arn:aws:s3:::b/*", Condition=condition)
    added = new_access(role(RULES), role(RULES, guarded))
    assert gained(added) == [("s3:GetObject", "arn:aws:s3:::b/x")]
    narrowed = new_access(role(allow("s3:GetObject", "arn:aws:s3:::b/*")), role(guarded))
    assert (narrowed.gained, narrowed.undecided) == ((), ())
    assert [witness.request.action for witness in narrowed.lost] == ["s3:GetObject"]


def test_what_is_not_decided_is_no_silence() -> None:
    owner, others = allow(TAG, Condition={"StringEquals": {"aws:TagKeys": "owner"}}), ["owner", "team"]
    wider = allow(TAG, Condition={"StringEquals": {"aws:TagKeys": others}})
    access = new_access(role(wider), role(owner))
    assert (access.gained, access.unchanged) == ((), False)
    (doubt,) = access.not_known_gained
    assert str(doubt).startswith("ec2:CreateTags: it is not known what a condition without ForAllValues")


def test_a_wildcard_in_a_resource_type_is_not_decided() -> None:
    odd, plain = allow("events:PutRule", RULE.replace("rule/", "ru*/") + "app"), allow("events:PutRule", f"{RULE}app")
    access = new_access(role(plain), role(plain, odd))
    (doubt,) = access.not_known_gained
    assert "has a wildcard in the resource type" in doubt.reason
    assert new_access(role(odd), role(odd, RULES)).not_known_gained == ()


def test_short_arns_and_empty_lists() -> None:
    whole = allow("sqs:*", "arn:aws:sqs:*:*:*")
    assert new_access(role(whole), role(allow("sqs:*", "arn:aws:sqs"))).unchanged
    assert gained(new_access(role(RULES), role(RULES, allow("sqs:SendMessage", "arn:aws:sqs"))))
    void: list[Any] = []
    for nothing in (
        allow("sqs:*", void),
        {"Effect": "Allow", "Action": "sqs:*", "NotResource": void},
        allow(void),
        {"Effect": "Allow", "NotAction": void, "Resource": "*"},
        allow("sqs:*", Condition={"StringNotEquals": {"aws:username": void}}),
    ):
        assert new_access(role(RULES), role(RULES, nothing)).unchanged


def test_a_policy_that_was_not_read_is_not_decided() -> None:
    access = new_access(role(RULES), role(RULES, unread=("arn:aws:iam::aws:policy/Unknown",)))
    assert [doubt.reason for doubt in access.not_known_gained] == [
        "what arn:aws:iam::aws:policy/Unknown allows is not known"
    ]


def test_who_may_assume_by_a_pattern_of_another_case_or_by_a_variable() -> None:
    before = role(RULES, trust=trust(MAIN))
    for operator, key, value in (
        ("StringEqualsIgnoreCase", f"{GITHUB}:sub", MAIN.upper()),
        ("StringLike", "sts:RoleSessionName", "${aws:username}"),
    ):
        condition: dict[str, Any] = {"Condition": {operator: {key: value}}}
        access = new_access(before, role(RULES, trust=trust(MAIN, **condition)))
        assert access.admitted


narrow = st.lists(st.sampled_from([*ACTIONS, "S3:getobject", "events:???rule", "s3:GetObjec?"]), min_size=1, max_size=2)


@st.composite
def narrow_policies(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Policies that concern few actions, as each is compared."""
    document: Any = draw(policies)
    statements: list[dict[str, Any]] = document["Statement"]
    return [{key: s[key] for key in s if key != "NotAction"} | {"Action": draw(narrow)} for s in statements]


@given(
    narrow_policies(), narrow_policies(), st.lists(st.tuples(st.sampled_from(ACTIONS), resources, contexts), max_size=8)
)
def test_silence_is_proof(old: Any, new: Any, members: list[tuple[str, str, Any]]) -> None:
    before, after = role(*old), role(*new)
    access = new_access(before, after)
    if access.not_known_gained:
        reject()  # no answer is no silence
    quiet = set(ACTIONS) - {witness.request.action for witness in access.gained}
    for action, resource, context in members:
        request = Request(action, resource, context)
        if len(context.get("aws:username", ())) > 1:
            continue  # a key of one value
        if action in quiet and evaluate(request, after.permissions).allowed:
            assert evaluate(request, before.permissions).allowed
    for witness in access.gained:
        assert evaluate(witness.request, after.permissions).allowed
        assert not evaluate(witness.request, before.permissions).allowed
