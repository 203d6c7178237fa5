"""A role read from a template or a policy: everything that it is granted, or an error, never a part."""

import json
from typing import Any

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import prove
from leastgrant.role import Role, RoleError, role_of_policy, role_of_template
from leastgrant.template import Environment, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "roles")
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
ALLOW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
DENY = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}}
INLINE = {"PolicyName": "inline", "PolicyDocument": ALLOW}


def role(others: dict[str, Any] | None = None, logical_id: str | None = None, **properties: object) -> Role:
    template = {
        "Parameters": {"Name": {"Type": "String"}, "Stage": {"Type": "String"}},
        "Conditions": {"Maybe": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {
            "Deploy": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}},
            **(others or {}),
        },
    }
    return role_of_template(resolve(parse(json.dumps(template), "role.json"), HERE), logical_id)


def policy(kind: str, document: object = DENY, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::IAM::{kind}", "Properties": {"PolicyDocument": document, **properties}}


def effects(of: Role) -> list[str]:
    return [statement.effect.value for statement in of.statements]


def test_a_role_with_an_inline_policy():
    found = role(Policies=[INLINE])
    assert found.name == "Deploy"
    assert effects(found) == ["Allow"]
    assert str(found.statements[0]) == "inline.Statement[0]"
    assert [str(arn) for arn in found.arns] == ["arn:aws:iam::123456789012:role/roles-Deploy-*"]
    assert found.trust is not None
    assert found.boundary is None


def test_a_bare_policy_is_a_role_of_which_the_trust_is_not_known():
    found = role_of_policy(ALLOW, "policy.json")
    assert effects(found) == ["Allow"]
    assert found.trust is None


@pytest.mark.parametrize(
    "attached",
    [
        policy("Policy", PolicyName="p", Roles=[{"Ref": "Deploy"}]),
        policy("ManagedPolicy", Roles=["other", {"Ref": "Deploy"}]),
        policy("RolePolicy", PolicyName="p", RoleName={"Ref": "Deploy"}),
    ],
    ids=lambda attached: attached["Type"],
)
def test_a_policy_that_names_the_role_is_its_own(attached: dict[str, Any]):
    assert effects(role({"P": attached}, Policies=[INLINE])) == ["Allow", "Deny"]


def test_a_managed_policy_that_the_role_names_is_its_own():
    assert effects(role({"P": policy("ManagedPolicy")}, ManagedPolicyArns=[{"Ref": "P"}])) == ["Deny"]


def test_a_boundary_of_the_template_is_read():
    found = role({"P": policy("ManagedPolicy", ALLOW)}, PermissionsBoundary={"Ref": "P"})
    assert found.boundary is not None
    assert effects(found) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        policy("Policy", PolicyName="p", Roles=["another"]),
        policy("Policy", PolicyName="p", Users=["someone"]),
        policy("RolePolicy", PolicyName="p", RoleName="another"),
    ],
)
def test_a_policy_of_another_is_left_out(elsewhere: dict[str, Any]):
    assert effects(role({"P": elsewhere}, Policies=[INLINE])) == ["Allow"]


def test_the_policy_of_another_role_of_the_template_is_left_out():
    other = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
    attached = policy("Policy", PolicyName="p", Roles=[{"Ref": "Other"}])
    assert effects(role({"Other": other, "P": attached}, "Deploy")) == []


@pytest.mark.parametrize(
    ("others", "properties", "problem"),
    [
        (
            {"P": policy("Policy", PolicyName="p", Roles=[{"Ref": "Name"}])},
            {},
            "role.json: P: whether it is attached to the role is not known; give its parameters",
        ),
        (
            {"P": {**policy("Policy", PolicyName="p", Roles=[{"Ref": "Deploy"}]), "Condition": "Maybe"}},
            {},
            "role.json: P: may or may not exist; give the parameters its condition depends on",
        ),
        (
            {},
            {"Policies": {"Fn::If": ["Maybe", [INLINE], {"Ref": "AWS::NoValue"}]}},
            "role.json: Deploy.Policies: expected a list that is known; give the parameters it depends on",
        ),
        (
            {},
            {"Policies": [{"PolicyName": "p", "PolicyDocument": {"Fn::If": ["Maybe", ALLOW, DENY]}}]},
            (
                "role.json: Deploy.p: not known before the deployment; give the account, region and parameters it "
                "depends on"
            ),
        ),
        (
            {"Other": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}},
            {},
            "role.json: has 2 roles; name one of its roles with '#LogicalId' (there are: Deploy, Other)",
        ),
    ],
)
def test_what_is_not_known_of_a_role_is_an_error(others: dict[str, Any], properties: dict[str, Any], problem: str):
    with pytest.raises(RoleError) as error:
        role(others, **properties)
    assert str(error.value) == problem


def resolved(template: dict[str, Any], **exports: str):
    known = {name: Pattern.literal(value) for name, value in exports.items()}
    return resolve(parse(json.dumps(template), "role.json"), HERE, exports=known)


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_a_managed_policy_of_aws_is_known_in_its_version(partition: str):
    found = role(ManagedPolicyArns=[f"arn:{partition}:iam::aws:policy/AdministratorAccess"])
    assert str(found.statements[0]) == "AdministratorAccess v1.Statement[0]"
    assert found.unread == ()


def test_one_with_a_path_limits_as_a_boundary():
    found = role(PermissionsBoundary="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert found.boundary is not None
    assert found.unread == ()


@pytest.mark.parametrize(
    ("properties", "unread"),
    [
        (
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/Uncommon", "arn:aws:iam::123456789012:policy/own"]},
            ("arn:aws:iam::aws:policy/Uncommon", "arn:aws:iam::123456789012:policy/own"),
        ),
        ({"ManagedPolicyArns": [{"Ref": "Name"}]}, ("*",)),
        (
            {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/limit"},
            ("arn:aws:iam::123456789012:policy/limit",),
        ),
    ],
)
def test_a_policy_that_is_not_known_is_said_and_is_no_proof(properties: dict[str, Any], unread: tuple[str, ...]):
    found = role(Policies=[INLINE], **properties)
    assert found.unread == unread
    assert [finding.id for finding in prove(found, []).of(Kind.UNKNOWN)] == [f"unknown[{arn}]" for arn in unread]


OIDC = {
    "Type": "AWS::IAM::OIDCProvider",
    "Properties": {"Url": "https://token.actions.githubusercontent.com", "ClientIdList": ["sts.amazonaws.com"]},
}
GIVEN = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ({"Ref": "Oidc"}, "token.actions.githubusercontent.com"),
        ({"Fn::GetAtt": ["Oidc", "Arn"]}, "token.actions.githubusercontent.com"),
        ({"Fn::If": ["Made", {"Ref": "Oidc"}, {"Ref": "Given"}]}, "token.actions.githubusercontent.com"),
        ({"Fn::If": ["Made", {"Ref": "Given"}, {"Fn::Sub": "${Oidc.Arn}"}]}, "token.actions.githubusercontent.com"),
        ({"Fn::ImportValue": "provider"}, "gitlab.com"),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-provider"}}, "gitlab.com"),
    ],
)
def test_the_providers_arn_follows_from_its_url(provider: object, host: str):
    ours = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
        },
    }
    template = {
        "Parameters": {"Given": {"Type": "String", "Default": ours}},
        "Conditions": {"Made": {"Fn::Equals": [{"Ref": "Given"}, "none"]}},
        "Resources": {
            "Oidc": OIDC,
            "Deploy": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        },
    }
    found = role_of_template(resolved(template, provider=GIVEN, **{"roles-provider": GIVEN}))
    assert found.trust is not None
    (statement,) = found.trust.statements
    assert [one.name for one in statement.principals.principals] == [f"arn:aws:iam::123456789012:oidc-provider/{host}"]


@pytest.mark.parametrize("kind", ["ManagedPolicy", "Policy"])
def test_a_policy_without_a_role_is_a_role_of_which_no_more_is_known(kind: str):
    found = role_of_template(resolved({"Resources": {"Deploying": policy(kind, ALLOW)}}))
    assert (found.name, effects(found), found.trust, found.line) == ("Deploying", ["Allow"], None, 1)


def test_of_several_policies_without_a_role_one_is_named():
    template = {"Resources": {"A": policy("ManagedPolicy", ALLOW), "B": policy("ManagedPolicy", DENY)}}
    assert effects(role_of_template(resolved(template), "B")) == ["Deny"]
    with pytest.raises(RoleError, match=r"has 0 roles; name one of its roles with '#LogicalId' .there are: A, B."):
        role_of_template(resolved(template))
