"""A trust that lets in nobody new is told from one that does, and from one of which that is not decided."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from leastgrant import Role
from leastgrant.iam import parse_trust_policy
from ops.change_set.trust import is_narrower

ISSUER = "token.actions.githubusercontent.com"
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::817685572750:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:o/r:ref:refs/heads/main"}
            },
        }
    ],
}


def conditions(trust: dict[str, Any]) -> dict[str, Any]:
    return trust["Statement"][0]["Condition"]


def anyone(trust: dict[str, Any]) -> None:
    trust["Statement"].append({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})


def denied_at_night(trust: dict[str, Any]) -> None:
    night = {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": night}
    trust["Statement"].append(deny)


CASES: list[tuple[Callable[[dict[str, Any]], object], bool]] = [
    (copy.copy, True),
    (lambda trust: conditions(trust)["StringEquals"].update({f"{ISSUER}:repository_id": "1"}), True),
    (lambda trust: conditions(trust).update({"Null": {f"{ISSUER}:job_workflow_ref": "false"}}), True),
    (denied_at_night, True),
    (lambda trust: conditions(trust)["StringEquals"].pop(f"{ISSUER}:sub"), False),
    (lambda trust: conditions(trust)["StringEquals"].update({f"{ISSUER}:sub": "repo:o/r:environment:e"}), False),
    (lambda trust: conditions(trust).update({"StringLike": {f"{ISSUER}:sub": "repo:o/r:*"}}), True),
    (lambda trust: trust["Statement"][0].update({"Condition": {"StringLike": {f"{ISSUER}:sub": "repo:o/r:*"}}}), False),
    (lambda trust: trust["Statement"][0].update({"Principal": {"Federated": "accounts.google.com"}}), False),
    (lambda trust: trust["Statement"][0].update({"Action": "sts:*"}), False),
    (anyone, False),
]


@pytest.mark.parametrize(("edit", "narrower"), CASES)
def test_whether_it_is_narrower(edit: Callable[[dict[str, Any]], object], narrower: bool) -> None:
    after = copy.deepcopy(TRUST)
    edit(after)
    assert is_narrower(role(TRUST), role(after)) is narrower


def role(trust: dict[str, Any]) -> Role:
    return Role("role", (), trust=parse_trust_policy(trust, "trust"))
