"""What one role may do and another may not: nothing, or shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.iam.evaluation import Request, evaluate
from leastgrant.iam.pattern import PatternTooComplex
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
    try:
        access = new_access(before, after)
    except PatternTooComplex:
        reject()  # no answer is no silence
    quiet = set(ACTIONS) - {witness.request.action for witness in access.gained}
    for action, resource, context in members:
        request = Request(action, resource, context)
        if len(context.get("aws:username", ())) > 1:
            continue  # a key of one value; with two, a policy variable in a condition is compared by samples only
        if action in quiet and evaluate(request, after.permissions).allowed:
            assert evaluate(request, before.permissions).allowed
    for witness in access.gained:
        assert evaluate(witness.request, after.permissions).allowed
        assert not evaluate(witness.request, before.permissions).allowed
