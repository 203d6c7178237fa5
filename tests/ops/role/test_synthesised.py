"""The role as the template declares it; a template of which only a part would be compared is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leastgrant.iam import PolicyError
from leastgrant.role import RoleError
from ops.project.deployment import Deployment
from ops.role.synthesised import synthesised_role

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
POLICY = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "read", "PolicyDocument": READ}}
LITERAL = "arn:aws:iam::817685572750:policy/read"
ATTACHED = {
    "Type": "AWS::IAM::Policy",
    "Properties": {
        "PolicyName": "second",
        "PolicyDocument": READ,
        "Roles": [{"Ref": "GitHubActionsDeployRole"}],
    },
}


def edited(deployment: Deployment, tmp_path: Path, resources: dict[str, Any], **properties: Any) -> Deployment:
    directory = shutil.copytree(deployment.directory, tmp_path / "cdk.out", ignore=shutil.ignore_patterns("asset.*"))
    path = directory / deployment.role_stack.path.name
    template = json.loads(path.read_text())
    template["Resources"]["GitHubActionsDeployRole"]["Properties"] |= properties
    template["Resources"] |= resources
    path.write_text(json.dumps(template))
    return Deployment(deployment.settings, directory)


def test_the_role(deployment: Deployment) -> None:
    role = synthesised_role(deployment)
    assert role.arn == "arn:aws:iam::817685572750:role/dataops-github-actions-deploy"
    assert list(role.inline) == ["dataops-v1-deploy"]
    assert (role.tags, role.max_session_seconds, role.boundary, role.attached) == ({}, 3600, None, {})
    assert role.role.statements == deployment.role.statements


def test_tags_path_and_the_session_that_iam_takes_by_itself(deployment: Deployment, tmp_path: Path) -> None:
    tags = [{"Key": "App", "Value": "DataOps"}]
    other = edited(deployment, tmp_path, {}, Tags=tags, Path="/deploy/", MaxSessionDuration={"Ref": "AWS::NoValue"})
    role = synthesised_role(other)
    assert (role.tags, role.max_session_seconds) == ({"App": "DataOps"}, 3600)
    assert role.arn == "arn:aws:iam::817685572750:role/deploy/dataops-github-actions-deploy"


@pytest.mark.parametrize(
    ("resources", "properties", "said"),
    [
        ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/Limit"}, "PermissionsBoundary: ops cannot compare it"),
        ({"Read": POLICY}, {"PermissionsBoundary": LITERAL}, "PermissionsBoundary: ops cannot compare it"),
        ({"Read": POLICY}, {"ManagedPolicyArns": [LITERAL]}, "ManagedPolicyArns: ops cannot compare it"),
        ({"Other": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "other"}}}, {}, "has 2 roles"),
        ({"Second": ATTACHED}, {}, "has policies outside the role"),
        ({}, {"RoleName": "another"}, "the role is 'another', not 'dataops-github-actions-deploy'"),
        ({}, {"RoleName": {"Ref": "AWS::NoValue"}}, "the role is None"),
        ({}, {"Policies": [{"PolicyName": "nameless"}]}, "Policies: must be a list of PolicyName and PolicyDocument"),
        ({}, {"Policies": ["x"]}, "Policies: must be a list of PolicyName and PolicyDocument"),
        ({}, {"MaxSessionDuration": {"Fn::ImportValue": "x"}}, "not known before the deployment"),
    ],
)
def test_what_is_not_wholly_compared_is_refused(
    deployment: Deployment, tmp_path: Path, resources: dict[str, Any], properties: dict[str, Any], said: str
) -> None:
    with pytest.raises(RoleError, match=said) as raised:
        synthesised_role(edited(deployment, tmp_path, resources, **properties))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "properties",
    [
        {"AssumeRolePolicyDocument": {"Ref": "AWS::NoValue"}},
        {"AssumeRolePolicyDocument": "x"},
        {"Policies": [{"PolicyName": "x", "PolicyDocument": {"Statement": [{"Effect": "Perhaps"}]}}]},
    ],
)
def test_a_document_that_is_no_policy_is_one_line(
    deployment: Deployment, tmp_path: Path, properties: dict[str, Any]
) -> None:
    with pytest.raises(PolicyError) as raised:
        synthesised_role(edited(deployment, tmp_path, {}, **properties))
    assert "\n" not in str(raised.value)
