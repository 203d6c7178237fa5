"""Whoever runs code with the deploy role stays no more than the app, decided on the synthesised templates."""

from pathlib import Path
from typing import Any

import pytest

from leastgrant import role_of_template
from leastgrant.iam import Permissions, Request, evaluate, parse_policy
from leastgrant.template import Physical, resolve
from ops.project.deployment import Deployment
from settings import Settings

ACCOUNT = "817685572750"
EVIL = f"arn:aws:iam::{ACCOUNT}:role/dataops-v1-WorkEngineFunctionRole-EVIL"
LIVE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/dataops-v1-WorkEngineFunctionRole-AbC"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:dataops-v1-WorkEngineFunction-AbC"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/dataops-v1-tasks"
BUCKET = "arn:aws:s3:::dataops-v1-dataopsexportarchivebucket-abc"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:dataops-v1/work-engine/portal-secret-AbCdEf"
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/dataops-v1/1"
OWN = {"aws:resourceaccount": (ACCOUNT,)}


@pytest.fixture(scope="module")
def deployment(settings: Settings, assembly_directory: Path) -> Deployment:
    return Deployment(settings, assembly_directory)


@pytest.fixture(scope="module")
def deploy_role(deployment: Deployment) -> Permissions:
    return deployment.role.permissions


@pytest.fixture(scope="module")
def boundary(role_template: dict[str, Any]) -> Permissions:
    """What a function may do at most, whatever its role is given."""
    document = role_template["Resources"]["FunctionBoundary"]["Properties"]["PolicyDocument"]
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    return Permissions([parse_policy(everything, "everything")], parse_policy(document, "boundary"))


@pytest.mark.parametrize(
    ("action", "resource", "holding"),
    [
        ("iam:CreateRole", EVIL, {}),
        ("iam:PutRolePolicy", EVIL, {}),
        ("iam:PutRolePolicy", LIVE_ROLE, {"iam:permissionsboundary": (f"arn:aws:iam::{ACCOUNT}:policy/other",)}),
        ("iam:AttachRolePolicy", LIVE_ROLE, {"iam:policyarn": ("arn:aws:iam::aws:policy/AdministratorAccess",)}),
        ("iam:DeleteRolePermissionsBoundary", LIVE_ROLE, {}),
        ("iam:PutRolePermissionsBoundary", LIVE_ROLE, {}),
        ("iam:UpdateAssumeRolePolicy", LIVE_ROLE, {}),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/dataops-github-actions-deploy-functions", {}),
        ("sts:AssumeRole", EVIL, {}),
        ("lambda:CreateFunction", f"{FUNCTION}2", {}),
        ("lambda:AddPermission", FUNCTION, {"lambda:principal": ("*",)}),
        ("lambda:UpdateFunctionConfiguration", FUNCTION, {"lambda:layer": ("arn:aws:lambda:eu-west-1:1:layer:x:1",)}),
        ("dynamodb:DeleteTable", TABLE, {}),
        ("dynamodb:UpdateContinuousBackups", TABLE, {}),
        ("s3:PutLifecycleConfiguration", BUCKET, OWN),
        ("s3:PutBucketVersioning", BUCKET, OWN),
        ("s3:DeleteBucket", BUCKET, OWN),
        ("s3:GetObject", f"{BUCKET}/execution-exports/1", OWN),
        ("secretsmanager:DeleteSecret", SECRET, {}),
        ("secretsmanager:UpdateSecret", SECRET, {}),
        ("cloudformation:CreateChangeSet", STACK, {"cloudformation:changesetname": ("other",)}),
        (
            "cloudformation:CreateChangeSet",
            STACK,
            {"cloudformation:changesetname": ("deploy-1",), "cloudformation:rolearn": (EVIL,)},
        ),
        ("cloudformation:DeleteStack", STACK, {}),
    ],
)
def test_the_deploy_role_is_refused(
    deploy_role: Permissions, action: str, resource: str, holding: dict[str, tuple[str, ...]]
) -> None:
    assert not evaluate(Request(action, resource, holding), deploy_role).allowed


def test_what_the_deployment_needs_of_them_is_allowed(deploy_role: Permissions, deployment: Deployment) -> None:
    bounded = {"iam:permissionsboundary": (deployment.settings.function_boundary_arn,)}
    assert evaluate(Request("iam:PutRolePolicy", LIVE_ROLE, bounded), deploy_role).allowed
    assert evaluate(Request("lambda:UpdateFunctionConfiguration", FUNCTION, {}), deploy_role).allowed
    rules = {"lambda:principal": ("events.amazonaws.com",)}
    assert evaluate(Request("lambda:AddPermission", FUNCTION, rules), deploy_role).allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/evil"),
        ("iam:PassRole", LIVE_ROLE),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/Admin"),
        ("dynamodb:DeleteTable", TABLE),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/billing"),
        ("s3:GetObject", "arn:aws:s3:::billing/1"),
        ("s3:GetObject", f"{BUCKET}/execution-exports/1"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:billing-AbCdEf"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:billing"),
        ("logs:GetLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/{FUNCTION}:log-stream:x"),
    ],
)
def test_a_function_that_is_given_everything_is_refused(boundary: Permissions, action: str, resource: str) -> None:
    assert not evaluate(Request(action, resource, OWN), boundary).allowed


@pytest.mark.parametrize("name", ["DocsFullAppFunctionRole", "WorkEngineFunctionRole"])
def test_the_boundary_takes_nothing_from_a_function(deployment: Deployment, name: str, boundary: Permissions) -> None:
    app = deployment.app.declared
    physical = {name: Physical(f"dataops-v1-{name}-1A2B3C") for name in app.template.resources} | {
        "DataOpsExportArchiveBucket": Physical(BUCKET.rpartition(":")[2]),
        "WorkEngineFunction": Physical(FUNCTION.rpartition(":")[2]),
        "WorkEnginePortalSecret": Physical("dataops-v1/work-engine/portal-secret", ref=SECRET, arn=SECRET),
    }
    role = role_of_template(resolve(app.template, app.environment, physical=physical), name)
    for policy in (one for one in role.policies if name in str(one.statements[0])):  # not AWS's own, on every log
        for statement in policy.statements:
            for action in map(str, statement.actions.patterns):
                for text in (pattern.text.replace("*", "x") for pattern in statement.resources.strings):
                    assert evaluate(Request(action, text, OWN), boundary).allowed, (name, action, text)
