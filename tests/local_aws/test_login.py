"""A role is assumed with a token whose claims its trust accepts, and with no other."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from tests.local_aws.conftest import ACCOUNT, TRUSTED

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"


def assume(aws: Emulator, token: str, role: str = ROLE) -> dict[str, Any]:
    sts = aws.client("sts", aws.operator)
    return sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="a-job", WebIdentityToken=token)


def test_the_trusted_subject(aws: Emulator) -> None:
    assumed = assume(aws, aws.login.token(TRUSTED))
    assert assumed["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/a-job"
    assert assumed["SubjectFromWebIdentityToken"] == TRUSTED


@pytest.mark.parametrize(
    "subject",
    [
        "repo:me/shop:environment:production",
        "repo:me/shop:ref:refs/heads/other",
        "repo:me/shop:ref:refs/heads/main2",
        "repo:me/shop:pull_request",
        "repo:you/shop:ref:refs/heads/main",
        "repo:me@1/shop@2:ref:refs/heads/main",
    ],
)
def test_any_other_subject(aws: Emulator, subject: str) -> None:
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        assume(aws, aws.login.token(subject))


def test_another_audience(aws: Emulator) -> None:
    with pytest.raises(ClientError, match="Incorrect token audience"):
        assume(aws, aws.login.token(TRUSTED, audience="https://github.com/me"))


def test_a_token_that_has_expired(aws: Emulator) -> None:
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        assume(aws, aws.login.token(TRUSTED, lifetime=-1))


@pytest.mark.parametrize("spoil", [lambda t: t[:-2], lambda t: "e30" + t, lambda _: "", lambda _: "a.b.c"])  # pyright: ignore
def test_a_token_that_nobody_signed(aws: Emulator, spoil: Any) -> None:
    with pytest.raises(ClientError, match="InvalidIdentityToken"):
        assume(aws, spoil(aws.login.token(TRUSTED)) or "-" * 4)


def test_a_role_that_is_not_there(aws: Emulator) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, aws.login.token(TRUSTED), ROLE + "s")


def test_a_session_that_has_expired(aws: Emulator) -> None:
    session = aws.client("sts", aws.login_as("deployer", "short"))
    assert session.get_caller_identity()["Arn"].endswith("assumed-role/deployer/short")
    aws.expire()
    with pytest.raises(ClientError, match="ExpiredToken"):
        session.get_caller_identity()


def test_a_role_of_another_account_is_another_role(aws: Emulator) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, aws.login.token(TRUSTED), ROLE.replace(ACCOUNT, "999999999999"))


def test_a_session_is_no_longer_than_the_role_allows(aws: Emulator) -> None:
    sts, token = aws.client("sts", aws.operator), aws.login.token(TRUSTED)
    own = {"RoleArn": ROLE, "RoleSessionName": "long", "WebIdentityToken": token}
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration"):
        sts.assume_role_with_web_identity(**own, DurationSeconds=3601)
    sts.assume_role_with_web_identity(**own, DurationSeconds=3600)


def test_a_claim_beside_the_subject(aws: Emulator) -> None:
    host = "token.actions.githubusercontent.com"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{host}:aud": "sts.amazonaws.com",
                f"{host}:sub": TRUSTED,
                f"{host}:repository_id": "1296269",
            }
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam", aws.operator).create_role(RoleName="narrow", AssumeRolePolicyDocument=document)
    role = f"arn:aws:iam::{ACCOUNT}:role/narrow"
    trusted = aws.login.token(TRUSTED, claims={"repository_id": "1296269"})
    assert assume(aws, trusted, role)["SubjectFromWebIdentityToken"] == TRUSTED
    for claims in ({"repository_id": "1"}, {}):
        with pytest.raises(ClientError, match="Not authorized"):
            assume(aws, aws.login.token(TRUSTED, claims=claims), role)
