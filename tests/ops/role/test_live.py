"""The live role is read with everything that counts, or it is said why not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.aws.errors import explained
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.role.documents import Boundary
from ops.role.live import read_live_role
from tests.ops.scripted_aws import (
    DENIED,
    NO_ENTITY,
    Failure,
    Parameters,
    changed,
    current_role,
    role_answers,
    scripted,
    written,
)

READ = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
LIMIT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "events:*", "Resource": "*"}]}
MANAGED, BOUNDARY = "arn:aws:iam::aws:policy/Read", "arn:aws:iam::817685572750:policy/Limit"


def test_every_policy_is_read(deployment: Deployment) -> None:
    role = changed(
        current_role(deployment),
        attached={MANAGED: READ},
        boundary=Boundary(BOUNDARY, LIMIT),
        tags={"App": "DataOps"},
        max_session_seconds=7200,
    )
    aws = scripted(deployment, **role_answers(role))
    live = read_live_role(aws.account.iam, role.name)
    assert live == role
    assert live is not None
    assert live.role.boundary is not None
    assert {statement.where for statement in live.role.statements} >= {f"{MANAGED}.Statement[0]"}
    assert {asked["VersionId"] for asked in aws.called("GetPolicyVersion")} == {"v3"}


def test_policies_on_later_pages_are_read(deployment: Deployment) -> None:
    role = current_role(deployment)

    def inline_names(asked: Parameters) -> dict[str, Any]:
        if "Marker" in asked:
            return {"PolicyNames": ["second"], "IsTruncated": False}
        return {"PolicyNames": ["first"], "IsTruncated": True, "Marker": "more"}

    def attached(asked: Parameters) -> dict[str, Any]:
        if "Marker" in asked:
            return {"AttachedPolicies": [{"PolicyName": "Read", "PolicyArn": MANAGED}], "IsTruncated": False}
        return {"AttachedPolicies": [], "IsTruncated": True, "Marker": "more"}

    role = changed(role, inline={"first": READ, "second": LIMIT}, attached={MANAGED: READ})
    answers = role_answers(role) | {"ListRolePolicies": inline_names, "ListAttachedRolePolicies": attached}
    assert read_live_role(scripted(deployment, **answers).account.iam, role.name) == role


def test_tags_that_aws_gives_do_not_count(deployment: Deployment) -> None:
    role = changed(current_role(deployment), tags={"aws:cloudformation:stack-name": "x", "App": "y"})
    live = read_live_role(scripted(deployment, **role_answers(role)).account.iam, role.name)
    assert live is not None
    assert live.tags == {"App": "y"}


def test_no_role(deployment: Deployment) -> None:
    assert read_live_role(scripted(deployment, GetRole=NO_ENTITY).account.iam, "deploy") is None


def test_a_policy_that_goes_away_meanwhile_is_not_an_absent_role(deployment: Deployment) -> None:
    answers = role_answers(current_role(deployment)) | {"GetRolePolicy": NO_ENTITY}
    with pytest.raises(ClientError):
        read_live_role(scripted(deployment, **answers).account.iam, "deploy")


@pytest.mark.parametrize(
    "operation",
    ["GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "GetPolicy", "GetPolicyVersion"],
)
def test_each_denied_call_names_its_permission(deployment: Deployment, operation: str) -> None:
    role = changed(current_role(deployment), attached={MANAGED: READ})
    aws = scripted(deployment, **role_answers(role) | {operation: DENIED})
    with pytest.raises(ClientError) as raised:
        read_live_role(aws.account.iam, role.name)
    assert f"{operation}: denied: you need iam:{operation} " in explained(raised.value)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{not json", "expected an object, found text"),
        ("[]", "expected an object, found a list"),
        ('{"Version": "2012-10-17"}', "Statement is missing"),
        ('{"Statement": [{"Effect": "Allow", "Action": "x", "Resource": "*"}]}', "'x' is not an action"),
        ('{"Statement": {"Effect": "Perhaps", "Action": "s3:GetObject", "Resource": "*"}}', "is not an effect"),
    ],
)
def test_a_malformed_policy_is_one_line(deployment: Deployment, document: str, message: str) -> None:
    role = current_role(deployment)
    policy = {"RoleName": role.name, "PolicyName": "p", "PolicyDocument": written(document)}
    aws = scripted(deployment, **role_answers(role) | {"GetRolePolicy": policy})
    with pytest.raises(OpsError, match="the live role cannot be read: ") as raised:
        read_live_role(aws.account.iam, role.name)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("document", ["{not json", "{}", '{"Statement": [{"Effect": "Allow", "Action": "sts:*"}]}'])
def test_a_malformed_trust_policy_is_one_line(deployment: Deployment, document: str) -> None:
    role = current_role(deployment)
    answers = role_answers(role)
    described: Any = answers["GetRole"]
    answers["GetRole"] = {"Role": described["Role"] | {"AssumeRolePolicyDocument": written(document)}}
    with pytest.raises(OpsError, match=r"the live role cannot be read: .*trust policy") as raised:
        read_live_role(scripted(deployment, **answers).account.iam, role.name)
    assert "\n" not in str(raised.value)


def test_a_role_with_a_bad_name_is_no_crash(deployment: Deployment) -> None:
    aws = scripted(deployment, GetRole=Failure("ValidationError", "1 validation error detected"))
    with pytest.raises(ClientError):
        read_live_role(aws.account.iam, "deploy")
