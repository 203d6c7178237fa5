"""Managed policies with what they are attached to."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.iam_managed_policy import IamManagedPolicy


def document(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def test_it_is_attached_detached_and_deleted(services: Services) -> None:
    iam = services.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    for role in ("one", "two"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    iam.create_user(UserName="me")
    handler = IamManagedPolicy(services)
    before = {"PolicyDocument": document("s3:GetObject"), "Roles": ["one"], "Users": ["me"]}
    after = {"PolicyDocument": document("s3:PutObject"), "Roles": ["two"]}

    def attached() -> dict[str, list[str]]:
        entities = iam.list_entities_for_policy(PolicyArn=physical.arn)
        roles, users = entities["PolicyRoles"], entities["PolicyUsers"]
        return {"roles": [one["RoleName"] for one in roles], "users": [one["UserName"] for one in users]}

    physical = handler.create("own", before, {})
    assert attached() == {"roles": ["one"], "users": ["me"]}
    handler.update(physical, before, after, {})
    assert attached() == {"roles": ["two"], "users": []}
    for _ in range(2):
        handler.delete(physical, after)
    assert handler.find({"PolicyArn": str(physical.arn)}) is None


def test_one_that_cannot_be_attached_is_taken_back(services: Services) -> None:
    handler = IamManagedPolicy(services)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        handler.create("own", {"PolicyDocument": document("s3:GetObject"), "Roles": ["nobody"]}, {})
    assert services.client("iam").list_policies(Scope="Local")["Policies"] == []
