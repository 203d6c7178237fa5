"""The roles of an account, as the AWS CLI writes them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from leastgrant.account_details import roles_of_account
from leastgrant.errors import InputError

ARN = "arn:aws:iam::123456789012:role/deploy"
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "*"}}
READ = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
OWN = "arn:aws:iam::123456789012:policy/own"


def details(**role: Any) -> dict[str, Any]:
    version = {"Document": ALL, "VersionId": "v2", "IsDefaultVersion": True}
    older = {"Document": READ, "VersionId": "v1", "IsDefaultVersion": False}
    return {
        "RoleDetailList": [{"RoleName": "deploy", "Arn": ARN, "AssumeRolePolicyDocument": TRUST, **role}],
        "Policies": [{"PolicyName": "own", "Arn": OWN, "PolicyVersionList": [older, version]}],
    }


def write(path: Path, content: Any) -> Path:
    file = path / "details.json"
    file.write_text(json.dumps(content))
    return file


def test_all_policies_of_a_role_are_read(tmp_path: Path):
    file = details(
        RolePolicyList=[{"PolicyName": "inline", "PolicyDocument": quote(json.dumps(READ))}],
        AttachedManagedPolicies=[
            {"PolicyName": "own", "PolicyArn": OWN},
            {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/AWSLambdaExecute"},
            {"PolicyName": "other", "PolicyArn": "arn:aws:iam::123456789012:policy/other"},
        ],
        PermissionsBoundary={"PermissionsBoundaryArn": OWN},
    )
    role = roles_of_account(write(tmp_path, file))[ARN]
    assert [statement.where.partition(".")[0] for statement in role.statements][:2] == ["inline", "own"]
    assert role.unread == ("arn:aws:iam::123456789012:policy/other",)
    assert role.boundary == role.managed[OWN]
    assert role.trust is not None


def test_a_boundary_that_is_not_known_is_not_passed_over(tmp_path: Path):
    other = "arn:aws:iam::123456789012:policy/other"
    role = roles_of_account(write(tmp_path, details(PermissionsBoundary={"PermissionsBoundaryArn": other})))[ARN]
    assert (role.boundary, role.unread) == (None, (other,))


NONE: list[Any] = []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (NONE, "has no RoleDetailList; write it with `aws iam get-account-authorization-details`"),
        ({**details(), "IsTruncated": True}, "IsTruncated is true, so roles are missing"),
        (
            {"RoleDetailList": [{"Arn": ARN}]},
            "is not as `aws iam get-account-authorization-details` writes it: KeyError",
        ),
        ({"RoleDetailList": [7]}, "RoleDetailList is no list of objects"),
        (details(AssumeRolePolicyDocument="%7B"), "is not as `aws iam get-account-authorization-details` writes it"),
        (details(AssumeRolePolicyDocument={"Statement": 7}), "deploy.AssumeRolePolicyDocument.Statement"),
        (details(PermissionsBoundary="own"), "is not as `aws iam get-account-authorization-details` writes it"),
    ],
)
def test_what_the_command_does_not_write_is_refused_in_one_line(tmp_path: Path, content: Any, problem: str):
    with pytest.raises(InputError) as refused:
        roles_of_account(write(tmp_path, content))
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)
