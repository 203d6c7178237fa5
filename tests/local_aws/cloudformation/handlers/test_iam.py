"""Roles, from the template to IAM's own answers."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.iam import IamRole

NAME = "deploy"


def document(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy(name: str, action: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": document(action)}


BARE: dict[str, Any] = {"AssumeRolePolicyDocument": trust("lambda.amazonaws.com")}


@pytest.fixture
def handler(services: Services) -> IamRole:
    return IamRole(services)


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("iam")


@pytest.fixture
def managed(client: Any) -> list[str]:
    """Managed policies of the account: AWS's own take moto a while to read."""
    text = json.dumps(document("s3:GetObject"))
    return [client.create_policy(PolicyName=n, PolicyDocument=text)["Policy"]["Arn"] for n in ("one", "two")]


@pytest.fixture
def properties(managed: list[str]) -> dict[str, Any]:
    return {
        **BARE,
        "Description": "Deploys",
        "ManagedPolicyArns": managed[:1],
        "MaxSessionDuration": 7200,
        "Path": "/ops/",
        "PermissionsBoundary": managed[1],
        "Policies": [policy("read", "s3:GetObject"), policy("write", "s3:PutObject")],
        "RoleName": NAME,
        "Tags": [{"Key": "App", "Value": "DataOps"}],
    }


def role(client: Any) -> dict[str, Any]:
    return client.get_role(RoleName=NAME)["Role"]


def attached(client: Any) -> list[str]:
    return [one["PolicyArn"] for one in client.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"]]


def inline(client: Any) -> dict[str, Any]:
    names = client.list_role_policies(RoleName=NAME)["PolicyNames"]
    return {name: client.get_role_policy(RoleName=NAME, PolicyName=name)["PolicyDocument"] for name in names}


def tags_of(client: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_role_tags(RoleName=NAME)["Tags"]}


def test_a_role_is_made_found_and_deleted(
    handler: IamRole, client: Any, properties: dict[str, Any], managed: list[str], tags: dict[str, str]
) -> None:
    physical = handler.create(NAME, properties, tags)
    arn = f"arn:aws:iam::123456789012:role/ops/{NAME}"
    assert (physical.name, physical.ref, physical.arn, physical.attributes["Arn"]) == (NAME, NAME, arn, arn)
    assert handler.find({"RoleName": NAME}) == physical
    assert handler.identifier(properties) == {"RoleName": NAME}
    assert handler.identifier(BARE) is None
    made = role(client)
    assert made["RoleId"] == physical.attributes["RoleId"]
    assert made["AssumeRolePolicyDocument"] == trust("lambda.amazonaws.com")
    assert (made["Description"], made["MaxSessionDuration"]) == ("Deploys", 7200)
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == managed[1]
    assert attached(client) == managed[:1]
    assert inline(client) == {"read": document("s3:GetObject"), "write": document("s3:PutObject")}
    assert tags_of(client) == {"App": "DataOps", "Stage": "prod"}
    handler.delete(physical, {})
    handler.delete(physical, {})
    assert handler.find({"RoleName": NAME}) is None


def test_everything_changes(
    handler: IamRole, client: Any, properties: dict[str, Any], managed: list[str], tags: dict[str, str]
) -> None:
    physical = handler.create(NAME, properties, tags)
    after = {
        **properties,
        "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"),
        "Description": "Deploys more",
        "ManagedPolicyArns": managed[1:],
        "MaxSessionDuration": 3601,
        "PermissionsBoundary": managed[0],
        "Policies": [policy("write", "s3:DeleteObject"), policy("list", "s3:ListBucket")],
        "Tags": [{"Key": "App", "Value": "Other"}],
    }
    assert handler.update(physical, properties, after, {}) == physical
    changed = role(client)
    assert changed["AssumeRolePolicyDocument"] == trust("ec2.amazonaws.com")
    assert (changed["Description"], changed["MaxSessionDuration"]) == ("Deploys more", 3601)
    assert changed["PermissionsBoundary"]["PermissionsBoundaryArn"] == managed[0]
    assert attached(client) == managed[1:]
    assert inline(client) == {"write": document("s3:DeleteObject"), "list": document("s3:ListBucket")}
    assert tags_of(client) == {"App": "Other"}


def test_what_is_not_in_the_template_any_more_goes_back_to_the_default(
    handler: IamRole, client: Any, properties: dict[str, Any]
) -> None:
    physical = handler.create(NAME, properties, {})
    handler.update(physical, properties, BARE, {})
    changed = role(client)
    assert (changed.get("Description", ""), changed["MaxSessionDuration"]) == ("", 3600)
    assert "PermissionsBoundary" not in changed
    assert attached(client) == []
    assert inline(client) == {}
    assert tags_of(client) == {}


def test_a_policy_that_somebody_else_added_stays(handler: IamRole, client: Any, managed: list[str]) -> None:
    physical = handler.create(NAME, BARE, {})
    client.attach_role_policy(RoleName=NAME, PolicyArn=managed[0])
    handler.update(physical, BARE, {**BARE, "Description": "Deploys"}, {})
    assert attached(client) == managed[:1]


def test_a_role_of_the_same_name_is_refused_and_stays(handler: IamRole, client: Any) -> None:
    handler.create(NAME, {**BARE, "Policies": [policy("read", "s3:GetObject")]}, {})
    with pytest.raises(ClientError, match=rf"EntityAlreadyExists.* Role with name {NAME} already exists"):
        handler.create(NAME, BARE, {})
    assert list(inline(client)) == ["read"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}, "NoSuchEntity"),
        ({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17"}}]}, "MalformedPolicyDocument"),
    ],
)
def test_a_role_that_cannot_be_finished_is_taken_back(handler: IamRole, more: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        handler.create(NAME, {**BARE, **more}, {})
    assert handler.find({"RoleName": NAME}) is None
