"""A role is assumed by who may call it and whom its trust accepts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from tests.local_aws.conftest import ACCOUNT, TRUSTED, trust

ROLE = f"arn:aws:iam::{ACCOUNT}:role/{{}}".format
OWN = {"AWS": ACCOUNT}
TRUSTS: dict[str, list[Any]] = {
    "own": [{"Effect": "Allow", "Principal": OWN, "Action": "sts:AssumeRole"}],
    "taggable": [{"Effect": "Allow", "Principal": OWN, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
    "no-external-id": [
        {
            "Effect": "Allow",
            "Principal": OWN,
            "Action": "sts:AssumeRole",
            "Condition": {"Null": {"sts:ExternalId": "true"}},
        }
    ],
    "named": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/deployer"}, "Action": "sts:AssumeRole"}
    ],
    "denying": [
        {"Effect": "Allow", "Principal": OWN, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ],
    "other": [{"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}],
    "service": [
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture(scope="module", autouse=True)
def roles(aws: Emulator) -> Iterator[None]:
    iam = aws.client("iam", aws.operator)
    for name, statements in TRUSTS.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    yield
    for name in TRUSTS:
        iam.delete_role(RoleName=name)


def caller(aws: Emulator, *actions: str) -> Any:
    statement = {"Effect": "Allow", "Action": [*actions, "s3:GetObject"], "Resource": "*"}
    return aws.client("sts", aws.user(f"with-{len(actions)}", {"Version": "2012-10-17", "Statement": statement}))


def assume(client: Any, role: str, **more: Any) -> Any:
    return client.assume_role(RoleArn=ROLE(role), RoleSessionName="work", **more)


def refused(client: Any, role: str, **more: Any) -> str:
    with pytest.raises(ClientError) as caught:
        assume(client, role, **more)
    error: Any = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    return error["Error"]["Message"]


def test_it_is_the_session_of_the_role(aws: Emulator) -> None:
    given = assume(caller(aws, "sts:AssumeRole"), "own")
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/own/work"
    assert given["Credentials"]["SessionToken"]


@pytest.mark.parametrize("role", ["denying", "other", "service", "not-there", "named"])
def test_a_trust_that_does_not_accept_refuses_even_an_administrator(aws: Emulator, role: str) -> None:
    user = f"User: arn:aws:iam::{ACCOUNT}:user/operator"
    assert refused(aws.client("sts", aws.operator), role) == (
        f"{user} is not authorized to perform: sts:AssumeRole on resource: {ROLE(role)}"
    )


def test_who_may_not_is_refused_by_a_trust_in_the_account(aws: Emulator) -> None:
    assert "sts:AssumeRole on resource" in refused(caller(aws), "own")


def test_a_trust_that_names_the_role_is_enough(aws: Emulator) -> None:
    """The role of tests/local_aws/conftest.py may do nothing with STS."""
    deployer = aws.client("sts", aws.login_as("deployer", "job"))
    assert assume(deployer, "named")["AssumedRoleUser"]
    assert "sts:AssumeRole" in refused(deployer, "own")


def test_a_deny_of_the_caller_s_own_counts_all_the_same(aws: Emulator) -> None:
    iam = aws.client("iam", aws.operator)
    iam.create_role(RoleName="denied", AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)))
    statement = {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName="denied", PolicyName="deny", PolicyDocument=document)
    named = TRUSTS["named"][0] | {"Principal": {"AWS": ROLE("denied")}}
    iam.update_assume_role_policy(
        RoleName="named", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [named]})
    )
    said = refused(aws.client("sts", aws.login_as("denied", "job")), "named")
    assert said.endswith("with an explicit deny in an identity-based policy")
    original = json.dumps({"Version": "2012-10-17", "Statement": TRUSTS["named"]})
    iam.update_assume_role_policy(RoleName="named", PolicyDocument=original)


def test_tags_take_an_action_of_their_own(aws: Emulator) -> None:
    tags = [{"Key": "team", "Value": "shop"}]
    may = caller(aws, "sts:AssumeRole", "sts:TagSession")
    assert assume(may, "taggable", Tags=tags)["AssumedRoleUser"]
    assert "perform: sts:TagSession on" in refused(may, "own", Tags=tags)
    assert "perform: sts:TagSession on" in refused(caller(aws, "sts:AssumeRole"), "taggable", Tags=tags)


def test_the_trust_s_conditions_are_those_of_the_call(aws: Emulator) -> None:
    may = caller(aws, "sts:AssumeRole")
    assert assume(may, "no-external-id")["AssumedRoleUser"]
    assert "sts:AssumeRole" in refused(may, "no-external-id", ExternalId="somebody-elses")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"DurationSeconds": 7200}, "exceeds the MaxSessionDuration"),
        ({"Policy": "{}"}, "Policy of sts:AssumeRole is not modelled"),
    ],
)
def test_what_cannot_be_is_said(aws: Emulator, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        assume(caller(aws, "sts:AssumeRole"), "own", **more)


def test_a_chained_session_has_one_hour(aws: Emulator) -> None:
    deployer = aws.client("sts", aws.login_as("deployer", "job"))
    with pytest.raises(ClientError, match="role chaining"):
        assume(deployer, "named", DurationSeconds=3601)
