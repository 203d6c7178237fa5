"""Inclusion: agreement with evaluation, and hard or telling cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Outcome, Permissions, Request, context_of, evaluate
from leastgrant.iam.inclusion import RequestSet, Witness, grants_of, newly_allowed, ungranted
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.iam.search import Undecided
from tests.leastgrant.iam.policy_model import allowed
from tests.leastgrant.iam.policy_strategies import ACTIONS, contexts, names, policies, resources

resource_sets = st.one_of(st.just(ANY), names.map(lambda name: Pattern.parse(f"arn:aws:s3:::{name}")))


def permissions_of(*statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> Permissions:
    policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "policy")
    limit = parse_policy({"Version": "2012-10-17", "Statement": boundary}, "boundary") if boundary else None
    return Permissions([policy], limit)


@given(
    policies,
    st.none() | policies,
    st.tuples(st.sampled_from(ACTIONS), resource_sets, contexts),
    st.lists(st.tuples(resources, contexts), max_size=8),
)
def test_inclusion_agrees_with_evaluation(
    document: Any, limit: Any, requests: tuple[str, Pattern, Any], members: list[tuple[str, Any]]
) -> None:
    action, pattern, known = requests
    permissions = Permissions([parse_policy(document, "policy")], parse_policy(limit, "boundary") if limit else None)
    witness = ungranted(RequestSet(action, pattern, known), permissions)
    if witness is None:
        for resource, context in members:
            if pattern.matches(resource):
                assert allowed(action, resource, context | known, [document], limit)
        return
    request = witness.request
    assert pattern.matches(request.resource)
    assert request.context.items() >= known.items()
    if not witness.undecided:
        assert not allowed(action, request.resource, dict(request.context), [document], limit)
        assert not witness.decision.allowed


@given(policies, policies, st.none() | policies, st.lists(st.tuples(resources, contexts), max_size=8))
def test_new_access_is_real_and_complete(old: Any, new: Any, limit: Any, members: list[tuple[str, Any]]) -> None:
    boundary = parse_policy(limit, "boundary") if limit else None
    before, after = (Permissions([parse_policy(document, "policy")], boundary) for document in (old, new))
    answers = list(newly_allowed(before, after, ACTIONS))
    if any(isinstance(answer, Undecided) for answer in answers):
        reject()  # no answer is no silence
    found = [answer for answer in answers if isinstance(answer, Witness)]
    for witness in found:
        request = witness.request
        context = dict(request.context)
        assert allowed(request.action, request.resource, context, [new], limit)
        assert not allowed(request.action, request.resource, context, [old], limit)
    quiet = set(ACTIONS) - {witness.request.action for witness in found}
    for action in quiet:
        for resource, context in members:
            if allowed(action, resource, context, [new], limit):
                assert allowed(action, resource, context, [old], limit)


RULE = "arn:aws:events:eu-west-1:123456789012:rule/"
RULES: dict[str, Any] = {"Effect": "Allow", "Action": "events:PutRule", "Resource": f"{RULE}dataops-v1-*"}
PASS: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": "arn:aws:iam::123456789012:role/app-*",
    "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
}
DENY_STAR: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
LAMBDA = context_of({"iam:PassedToService": "lambda.amazonaws.com"})


def needs(action: str, resource: str, known: Any = None) -> RequestSet:
    return RequestSet(action, Pattern.parse(resource), known or {})


@pytest.mark.parametrize(
    ("requests", "permissions", "refused"),
    [
        (needs("events:PutRule", f"{RULE}dataops-v1-Cron-*"), permissions_of(RULES), None),
        (needs("events:PutRule", f"{RULE}dataops-v*"), permissions_of(RULES), f"{RULE}dataops-v"),
        (
            needs("events:PutRule", f"{RULE}dataops-v1-*"),
            permissions_of(RULES, {"Effect": "Deny", "Action": "events:*", "Resource": f"{RULE}*-frozen"}),
            f"{RULE}dataops-v1-frozen",
        ),
        (
            needs("events:PutRule", f"{RULE}*"),
            permissions_of({"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{RULE}a*"}),
            f"{RULE}a",
        ),
        (
            needs("events:PutRule", f"{RULE}b*"),
            permissions_of({"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{RULE}a*"}),
            None,
        ),
        (
            needs("events:PutRule", f"{RULE}*"),
            permissions_of(RULES | {"Resource": "*"}, boundary=[RULES]),
            RULE,
        ),
        (needs("iam:PassRole", "arn:aws:iam::123456789012:role/app-x", LAMBDA), permissions_of(PASS), None),
        (
            needs("iam:PassRole", "arn:aws:iam::123456789012:role/app-x"),
            permissions_of(PASS),
            "arn:aws:iam::123456789012:role/app-x",
        ),
        (needs("events:PutRule", f"{RULE}x"), permissions_of(DENY_STAR), f"{RULE}x"),
        (
            needs("s3:GetObject", "arn:aws:s3:::a", context_of({"aws:PrincipalTag/team": "a"})),
            permissions_of({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/Team}"}),
            None,
        ),
        (
            needs("s3:GetObject", "arn:aws:s3:::a"),
            permissions_of({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/Team}"}),
            "arn:aws:s3:::a",
        ),
    ],
)
def test_ungranted(requests: RequestSet, permissions: Permissions, refused: str | None) -> None:
    witness = ungranted(requests, permissions)
    assert (witness and witness.request.resource) == refused
    assert witness is None or (not witness.decision.allowed and not witness.undecided)


def test_a_union_of_statements_covers() -> None:
    permissions = permissions_of(RULES | {"Resource": f"{RULE}"}, RULES | {"Resource": f"{RULE}?*"})
    assert ungranted(needs("events:PutRule", f"{RULE}*"), permissions) is None


def test_an_action_without_resource_needs_the_star() -> None:
    request = RequestSet("events:PutRule", Pattern.literal("*"))
    assert ungranted(request, permissions_of(RULES | {"Resource": "*"})) is None
    witness = ungranted(request, permissions_of(RULES | {"Resource": "arn:*:*:*:*:*"}))
    assert witness is not None
    assert witness.request.resource == "*"


def test_a_witness_shows_the_context_that_a_deny_needs() -> None:
    deny = {
        "Effect": "Deny",
        "Action": "events:*",
        "Resource": "*",
        "Condition": {
            "StringLike": {"aws:RequestTag/stage": "prod*"},
            "NumericGreaterThan": {"s3:max-keys": "10"},
        },
    }
    witness = ungranted(needs("events:PutRule", f"{RULE}dataops-v1-x"), permissions_of(RULES, deny))
    assert witness is not None
    assert witness.decision.outcome is Outcome.EXPLICITLY_DENIED
    assert witness.request.context["aws:requesttag/stage"][0].startswith("prod")


def test_statements_that_share_out_all_values_allow_all() -> None:
    condition = {"StringEquals": {"aws:RequestTag/stage": "prod"}}
    opposite = {"StringNotEquals": {"aws:RequestTag/stage": "prod"}}
    permissions = permissions_of(RULES | {"Condition": condition}, RULES | {"Condition": opposite})
    assert ungranted(needs("events:PutRule", f"{RULE}dataops-v1-x"), permissions) is None


def test_what_is_not_decided_is_said() -> None:
    several = {"StringEquals": {"aws:TagKeys": "prod"}}
    opposite = {"StringNotEquals": {"aws:TagKeys": "prod"}}
    permissions = permissions_of(RULES | {"Condition": several}, RULES | {"Condition": opposite})
    witness = ungranted(needs("events:PutRule", f"{RULE}dataops-v1-x"), permissions)
    assert witness is not None
    assert witness.undecided == {"aws:tagkeys"}


OWN = f"{RULE}dataops-v1-${{aws:username}}"
ALL_BUT_OWN = {"Effect": "Allow", "Action": "events:*", "NotResource": OWN}
TAGGED = {"Effect": "Allow", "Action": "events:*", "Resource": "*", "Condition": {"Null": {"aws:RequestTag/a": False}}}
"""A statement that makes a key count that is not known, and settles nothing."""
EC2 = {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}
TO_LAMBDA = {"Condition": PASS["Condition"]}


@pytest.mark.parametrize(
    ("statements", "is_granted"),
    [
        # what is granted whatever the user is, and what is not
        ([RULES | {"Resource": OWN}], False),
        ([ALL_BUT_OWN], False),
        ([ALL_BUT_OWN | {"NotResource": [f"{RULE}a*", f"{OWN}-x"]}], True),
        ([ALL_BUT_OWN | {"NotResource": f"{RULE}dataops-*"}, TAGGED], False),
        # what is denied to some user
        ([RULES, RULES | {"Effect": "Deny", "Resource": OWN}], False),
        ([RULES, ALL_BUT_OWN | {"Effect": "Deny"}], False),
        ([RULES, RULES | {"Effect": "Deny", "Resource": f"{OWN}-x"}], True),
        # conditions on what is known, beside a key that is not
        ([RULES | TO_LAMBDA, TAGGED], True),
        ([RULES | EC2, TAGGED], False),
        ([RULES, RULES | EC2 | {"Effect": "Deny"}, TAGGED], True),
        ([RULES, RULES | TO_LAMBDA | {"Effect": "Deny"}, TAGGED], False),
        # conditions on what is not known
        ([RULES | {"Condition": TAGGED["Condition"]}], False),
        ([RULES, RULES | {"Effect": "Deny", "Condition": TAGGED["Condition"]}], False),
    ],
)
def test_nothing_is_proved_that_a_key_not_known_may_refuse(statements: list[dict[str, Any]], is_granted: bool) -> None:
    witness = ungranted(needs("events:PutRule", f"{RULE}dataops-v1-x", LAMBDA), permissions_of(*statements))
    assert (witness is None) == is_granted


def test_a_set_of_no_arn_is_refused() -> None:
    with pytest.raises(ValueError, match="matches no ARN"):
        RequestSet("events:PutRule", Pattern.parse("rule/dataops-*"))


NEW_ACCESS: list[tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]] = [
    ([RULES], [RULES], []),
    ([RULES | {"Resource": f"{RULE}*"}], [RULES], []),
    ([RULES], [RULES | {"Resource": f"{RULE}*"}], [RULE]),
    ([RULES, DENY_STAR], [RULES], [f"{RULE}dataops-v1-"]),
    ([PASS], [PASS | {"Condition": {}}], ["arn:aws:iam::123456789012:role/app-"]),
    ([PASS | {"Condition": {}}], [PASS], []),
    ([RULES], [RULES, {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:*"}], ["*"]),
]


@pytest.mark.parametrize(("old", "new", "found"), NEW_ACCESS)
def test_newly_allowed(old: list[Any], new: list[Any], found: list[str]) -> None:
    actions = ["events:PutRule", "iam:PassRole"]
    witnesses = list(newly_allowed(permissions_of(*old), permissions_of(*new), actions))
    assert [witness.request.resource for witness in witnesses if isinstance(witness, Witness)] == found
    assert len(witnesses) == len(found)


def test_new_access_is_shown_with_the_context_it_needs() -> None:
    wider = PASS | {
        "Condition": {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}
    }
    (witness,) = newly_allowed(permissions_of(PASS), permissions_of(wider), ["iam:PassRole"])
    assert isinstance(witness, Witness)
    assert witness.request.context == {"iam:passedtoservice": ("ec2.amazonaws.com",)}


def test_many_keys_are_decided() -> None:
    conditions = {"StringEquals": {f"aws:RequestTag/{i}": ["a", "b"] for i in range(13)}}
    narrow = permissions_of(
        *[RULES | {"Condition": {"StringEquals": {key: ["a", "b"]}}} for key in conditions["StringEquals"]]
    )
    wide = permissions_of(RULES | {"Condition": conditions})
    assert list(newly_allowed(narrow, wide, ["events:PutRule"])) == []
    assert len(list(newly_allowed(wide, narrow, ["events:PutRule"]))) == 13


@pytest.mark.slow
def test_too_many_cases_are_undecided() -> None:
    several = [{"ForAnyValue:StringLike": {"aws:TagKeys": f"*{letter}*"}} for letter in "abcdefghijklm"]
    all_of = {"ForAllValues:StringNotLike": {"aws:TagKeys": ["*n*", "*o*"]}}
    before = permissions_of(*[RULES | {"Condition": one} for one in several])
    after = permissions_of(*[RULES | {"Condition": one | all_of} for one in several])
    (undecided,) = {*newly_allowed(before, after, ["events:PutRule"])} or {None}
    assert undecided is None or isinstance(undecided, Undecided)


def test_grants() -> None:
    permissions = permissions_of(
        RULES | {"Action": ["events:PutRule", "events:Delete*"]},
        {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:iam::1:role/${aws:username}"},
        DENY_STAR,
    )
    assert [
        (str(g.actions), [*map(str, g.except_actions)], str(g.resources), [*map(str, g.except_resources)])
        for g in grants_of(permissions.statements)
    ] == [
        ("events:putrule", [], f"{RULE}dataops-v1-*", []),
        ("events:delete*", [], f"{RULE}dataops-v1-*", []),
        ("*", ["iam:*"], "*", ["arn:aws:iam::1:role/*"]),
    ]


@pytest.mark.slow
def test_ten_thousand_statements() -> None:
    statements = [RULES | {"Resource": f"{RULE}a{i}*"} for i in range(5000)]
    permissions = permissions_of(*statements, *[s | {"Effect": "Deny", "Action": "s3:*"} for s in statements])
    assert evaluate(Request("events:PutRule", f"{RULE}a4999"), permissions).allowed
    assert ungranted(needs("events:PutRule", f"{RULE}a4999-*"), permissions) is None
    assert ungranted(needs("events:PutRule", f"{RULE}b*"), permissions) is not None


CONDITION = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "shop"}}}


@pytest.mark.parametrize("condition", [{}, CONDITION])
@pytest.mark.parametrize(
    ("denying", "refused"),
    [
        ({"Resource": "arn:aws:s3:::app-b*"}, "arn:aws:s3:::app-b"),
        ({"Resource": "arn:aws:s3:::app-a*"}, None),
        ({"NotResource": ["arn:aws:s3:::app-b*", "arn:aws:s3:::app-c*"]}, "arn:aws:s3:::app-"),
        ({"NotResource": ["arn:aws:s3:::app-", "arn:aws:s3:::app-?", "arn:aws:s3:::app-??*"]}, None),
    ],
)
def test_what_no_resource_is_called_is_not_asked_about(
    denying: dict[str, Any], refused: str | None, condition: dict[str, Any]
) -> None:
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    permissions = permissions_of(allow, {"Effect": "Deny", "Action": "s3:PutObject", **denying, **condition})
    never = (Pattern.parse("arn:aws:s3:::app-a*"),)
    asked = RequestSet("s3:PutObject", Pattern.parse("arn:aws:s3:::app-*"), {}, never)
    witness = ungranted(asked, permissions)
    if refused is None:
        assert witness is None
    else:
        assert witness is not None
        assert not never[0].matches(witness.request.resource)
        assert witness.request.resource.startswith(refused)


def test_what_is_not_allowed_of_what_a_resource_is_called_is_found() -> None:
    permissions = permissions_of({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::app-b*"})
    pattern, b, others = (Pattern.parse(f"arn:aws:s3:::app-{end}") for end in ("?*", "b*", "[!b]*"))
    assert ungranted(RequestSet("s3:PutObject", pattern, {}, (b, others)), permissions) is not None
    only_b = (Pattern.parse("arn:aws:s3:::app-a*"),)
    ab = RequestSet("s3:PutObject", Pattern.parse("arn:aws:s3:::app-a*"), {}, only_b)
    assert ungranted(ab, permissions) is None, "there is no such resource"
