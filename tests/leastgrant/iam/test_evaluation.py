"""Evaluation: agreement with a naive model, and the explanations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.document import Principal, PrincipalKind, parse_policy, parse_trust_policy
from leastgrant.iam.evaluation import (
    AssumeRequest,
    Element,
    Outcome,
    Permissions,
    Relevant,
    Request,
    context_of,
    evaluate,
    evaluate_trust,
    near_misses,
)
from tests.leastgrant.iam.policy_model import allowed
from tests.leastgrant.iam.policy_strategies import ACTIONS, contexts, policies, resources


@given(st.lists(policies, max_size=2), st.none() | policies, st.sampled_from(ACTIONS), resources, contexts)
def test_evaluation_agrees_with_the_naive_model(
    documents: list[Any], limit: Any, action: str, resource: str, context: Any
) -> None:
    permissions = Permissions(
        [parse_policy(document, "policy") for document in documents],
        parse_policy(limit, "boundary") if limit else None,
    )
    decision = evaluate(Request(action, resource, context), permissions)
    assert decision.allowed == allowed(action, resource, context, documents, limit)
    assert bool(decision.statements) == (decision.outcome is not Outcome.NOT_ALLOWED)


def permissions_of(*statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> Permissions:
    policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "policy")
    limit = parse_policy({"Version": "2012-10-17", "Statement": boundary}, "boundary") if boundary else None
    return Permissions([policy], limit)


RULE = "arn:aws:events:eu-west-1:123456789012:rule/dataops-v1-x"
ALLOW: dict[str, Any] = {
    "Sid": "Rules",
    "Effect": "Allow",
    "Action": "events:Put*",
    "Resource": "arn:aws:events:*:*:rule/*",
}
DENY: dict[str, Any] = {"Sid": "Frozen", "Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("permissions", "outcome", "sids"),
    [
        (permissions_of(ALLOW), Outcome.ALLOWED, ["Rules"]),
        (permissions_of(ALLOW, DENY), Outcome.EXPLICITLY_DENIED, ["Frozen"]),
        (permissions_of(ALLOW, boundary=[DENY]), Outcome.EXPLICITLY_DENIED, ["Frozen"]),
        (permissions_of(ALLOW, boundary=[ALLOW | {"Action": "s3:*"}]), Outcome.OUTSIDE_BOUNDARY, ["Rules"]),
        (permissions_of(ALLOW | {"Action": "s3:*"}), Outcome.NOT_ALLOWED, []),
    ],
)
def test_the_decision_names_its_statements(permissions: Permissions, outcome: Outcome, sids: list[str]) -> None:
    decision = evaluate(Request("events:PutRule", RULE), permissions)
    assert decision.outcome is outcome
    assert [statement.sid for statement in decision.statements] == sids


def test_near_misses_tell_the_one_element_that_fails() -> None:
    permissions = permissions_of(
        {"Effect": "Deny", "Action": "s3:*", "Resource": RULE},
        {
            "Effect": "Allow",
            "Action": "events:DescribeRule",
            "Resource": "arn:aws:events:*:*:rule/dataops-v1-${aws:username}",
        },
        {"Effect": "Allow", "Action": "events:PutRule", "Resource": "arn:aws:events:*:*:rule/other-*"},
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": True}},
        },
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*"},
    )
    misses = near_misses(Request("events:PutRule", RULE, {"aws:username": ("x",)}), permissions)
    assert [miss.statement for miss in misses] == list(permissions.statements[1:4])
    assert [miss.element for miss in misses] == [Element.ACTION, Element.RESOURCE, Element.CONDITION]
    assert [miss.condition and miss.condition.key for miss in misses] == [None, None, "aws:securetransport"]


def test_context_keys_have_no_case() -> None:
    assert context_of({"aws:TagKeys": ["a", "b"], "AWS:Username": "c"}) == {
        "aws:tagkeys": ("a", "b"),
        "aws:username": ("c",),
    }
    with pytest.raises(ValueError, match=r"^a context key is there twice, in different cases; keep one$"):
        context_of({"aws:TagKeys": "a", "aws:tagkeys": "b"})


GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
TRUST = parse_trust_policy(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": GITHUB},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:owner/name:ref:refs/heads/main",
                }
            },
        },
    },
    "trust",
)
CLAIMS = {
    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
    "token.actions.githubusercontent.com:sub": "repo:owner/name:ref:refs/heads/main",
}


@pytest.mark.parametrize(
    ("principal", "claims", "outcome"),
    [
        (GITHUB, {}, Outcome.ALLOWED),
        (GITHUB + ".evil", {}, Outcome.NOT_ALLOWED),
        (
            GITHUB,
            {"token.actions.githubusercontent.com:sub": "repo:owner/name:pull_request"},
            Outcome.NOT_ALLOWED,
        ),
        (GITHUB, {"token.actions.githubusercontent.com:aud": "other"}, Outcome.NOT_ALLOWED),
    ],
)
def test_a_token_assumes_the_role_only_with_all_its_claims(
    principal: str, claims: dict[str, str], outcome: Outcome
) -> None:
    request = AssumeRequest(
        "sts:AssumeRoleWithWebIdentity",
        Principal(PrincipalKind.FEDERATED, principal),
        context_of(CLAIMS | claims),
    )
    decision = evaluate_trust(request, TRUST)
    assert decision.outcome is outcome
    assert decision.statements == (TRUST.statements if outcome is Outcome.ALLOWED else ())


def test_a_deny_of_a_trust_policy_wins() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    deny = {"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    trust = parse_trust_policy({"Version": "2012-10-17", "Statement": [allow, deny]}, "trust")
    allowing, denying = trust.statements
    inside, outside = (
        evaluate_trust(
            AssumeRequest("sts:AssumeRole", Principal(PrincipalKind.AWS, f"arn:aws:iam::{one}:role/x")), trust
        )
        for one in ("123456789012", "210987654321")
    )
    assert (inside.outcome, inside.statements) == (Outcome.EXPLICITLY_DENIED, (denying,))
    assert (outside.outcome, outside.statements) == (Outcome.ALLOWED, (allowing,))


@pytest.mark.parametrize(
    ("named", "kind", "name", "trusted"),
    [
        ({"AWS": "123456789012"}, PrincipalKind.AWS, "arn:aws:iam::123456789012:role/x", True),
        (
            {"AWS": "arn:aws:iam::123456789012:root"},
            PrincipalKind.AWS,
            "arn:aws:iam::123456789012:role/x",
            True,
        ),
        ({"AWS": "123456789012"}, PrincipalKind.AWS, "arn:aws:iam::210987654321:role/x", False),
        ({"Service": "lambda.amazonaws.com"}, PrincipalKind.SERVICE, "lambda.amazonaws.com", True),
        ({"Service": "lambda.amazonaws.com"}, PrincipalKind.AWS, "lambda.amazonaws.com", False),
        ("*", PrincipalKind.AWS, "arn:aws:iam::210987654321:role/x", True),
    ],
)
def test_principals(named: Any, kind: PrincipalKind, name: str, trusted: bool) -> None:
    statement = {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}
    trust = parse_trust_policy({"Version": "2012-10-17", "Statement": statement}, "trust")
    opposite = {"Effect": "Allow", "NotPrincipal": named, "Action": "sts:AssumeRole"}
    distrust = parse_trust_policy({"Version": "2012-10-17", "Statement": opposite}, "trust")
    request = AssumeRequest("sts:AssumeRole", Principal(kind, name))
    assert (evaluate_trust(request, trust).outcome is Outcome.ALLOWED) == trusted
    assert (evaluate_trust(request, distrust).outcome is Outcome.ALLOWED) != trusted


def test_what_no_statement_names_concerns_nothing():
    some = parse_policy(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}, "some"
    )
    assert Permissions([some]).about("sqs:SendMessage") == Relevant((), (), None)
    assert Permissions([some], some).about("sqs:SendMessage") == Relevant((), (), ())
    assert Permissions([], some).about("s3:GetObject") == Relevant((), (), some.statements)
