"""Without a declaration, who from outside may assume the role is found, and always told."""

from __future__ import annotations

from typing import Any

import pytest

from leastgrant.iam.document import parse_trust_policy
from leastgrant.proof.finding import Kind
from leastgrant.proof.open_trust import open_to_others, trust_line
from leastgrant.proof.trust import Trusted
from leastgrant.role import Role

OWN = "123456789012"
HOST = "token.actions.githubusercontent.com"
GITHUB = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{HOST}"}
SAML = {"Federated": f"arn:aws:iam::{OWN}:saml-provider/corporate"}
COGNITO = {"Federated": "cognito-identity.amazonaws.com"}
WEB = "sts:AssumeRoleWithWebIdentity"
AUD = {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}


def allow(principal: object, action: str = "sts:AssumeRole", **condition: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}


def subject(operator: str, *subjects: str) -> dict[str, Any]:
    return {operator: {f"{HOST}:sub": list(subjects)}, "StringEqualsIgnoreCase": {f"{HOST}:aud": "sts.amazonaws.com"}}


def found(*statements: dict[str, Any], accounts: tuple[str, ...] = (OWN,)) -> list[str]:
    policy = parse_trust_policy({"Version": "2012-10-17", "Statement": list(statements)}, "trust")
    findings = list(open_to_others(policy, accounts))
    assert all(finding.kind is Kind.TRUST for finding in findings)
    return [finding.resource for finding in findings]


@pytest.mark.parametrize(
    ("statement", "who"),
    [
        (allow("*"), "*"),
        (allow({"AWS": "*"}), "*"),
        (allow({"AWS": "*"}, StringEquals={"aws:PrincipalOrgID": "o-abc"}), "*"),
        (allow({"AWS": "*"}, StringLike={"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}), "*"),
        (allow({"AWS": "*"}, StringNotEquals={"aws:PrincipalAccount": OWN}), "*"),
        (allow({"AWS": "arn:aws:iam::999999999999:root"}), "arn:aws:iam::999999999999:root"),
        (allow({"AWS": "arn:aws:iam::999999999999:role/ci"}, "sts:*"), "arn:aws:iam::999999999999:role/ci"),
        (allow({"AWS": "999999999999"}, StringEquals={"sts:ExternalId": "x"}), "999999999999"),
        (allow(GITHUB, WEB), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **AUD), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringLike", "*")), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringLike", "repo:*")), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringLike", "repo:*/shop:ref:refs/heads/main")), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringLike", "repo:acme*/shop:*", "repo:a/b:*")), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringEqualsIfExists", "repo:acme/shop:pull_request")), GITHUB["Federated"]),
        (allow(GITHUB, WEB, **subject("StringNotEquals", "repo:acme/shop:pull_request")), GITHUB["Federated"]),
        (
            allow(
                {"Federated": f"arn:aws:iam::999999999999:oidc-provider/{HOST}"}, WEB, **subject("StringEquals", "x")
            ),
            f"arn:aws:iam::999999999999:oidc-provider/{HOST}",
        ),
        (allow(SAML, "sts:AssumeRoleWithSAML"), SAML["Federated"]),
        (allow(COGNITO, WEB, StringEquals={"cognito-identity.amazonaws.com:aud": "pool"}), COGNITO["Federated"]),
    ],
)
def test_whoever_is_from_outside_is_found(statement: dict[str, Any], who: str):
    assert found(statement) == [who]


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": f"arn:aws:iam::{OWN}:root"}),
        allow({"AWS": OWN}),
        allow({"AWS": f"arn:aws:iam::{OWN}:role/ci"}),
        allow({"AWS": "*"}, StringEquals={"aws:PrincipalAccount": OWN}),
        allow({"AWS": "*"}, ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/ci"}),
        allow({"Service": "cloudformation.amazonaws.com"}),
        allow({"AWS": "*"}, "sts:TagSession"),
        allow(GITHUB, WEB, **subject("StringEquals", "repo:acme/shop:ref:refs/heads/main")),
        allow(GITHUB, WEB, **subject("StringLike", "repo:acme/*")),
        allow(GITHUB, WEB, **subject("StringLike", "repo:acme/shop:*", "repo:acme/till:*")),
        allow(SAML, "sts:AssumeRoleWithSAML", StringEquals={"SAML:sub": "deployer"}),
    ],
)
def test_who_is_of_the_account_or_says_who_he_is_is_not(statement: dict[str, Any]):
    assert found(statement) == []


def test_what_is_denied_is_not_found():
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": OWN}},
    }
    assert found(allow({"AWS": "*"}), denied) == []


def test_of_an_account_that_is_not_known_a_named_principal_may_be_another():
    assert found(allow({"AWS": f"arn:aws:iam::{OWN}:root"}), accounts=()) == [f"arn:aws:iam::{OWN}:root"]


def line(trusted: Trusted | None, *statements: dict[str, Any]) -> str:
    policy = parse_trust_policy({"Version": "2012-10-17", "Statement": list(statements)}, "trust")
    return trust_line(Role("deployer", (), policy), trusted)


def test_the_line_names_who_may():
    github = Trusted(GITHUB["Federated"], ("sts.amazonaws.com",), ("repo:a/b:pull_request",))
    service = allow({"Service": "cloudformation.amazonaws.com"})
    assert line(None, service) == (
        "Service cloudformation.amazonaws.com (no token is declared); whoever deploys with it needs iam:PassRole on it"
    )
    assert line(github, allow(GITHUB, WEB)) == f"Federated {GITHUB['Federated']} (compared with the tokens declared)"
    assert line(None, *(allow({"AWS": f"{n}" * 12}) for n in range(6))).endswith(
        "AWS 333333333333 and 2 more (no token is declared)"
    )


def test_of_a_policy_alone_the_line_says_that_it_is_not_looked_at():
    assert trust_line(Role("policy.json", ()), None).startswith("not looked at")
