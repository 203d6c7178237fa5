"""Each rule, on a resource that breaks it and on one that does not, as cdk-nag reports them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from leastgrant.cdk.nag import DeploymentChecks

ISSUER = "token.actions.githubusercontent.com"


def table(stack: Stack, policy: RemovalPolicy) -> None:
    key = dynamodb.Attribute(name="PK", type=dynamodb.AttributeType.STRING)
    dynamodb.Table(stack, "Table", partition_key=key, removal_policy=policy)


def role(stack: Stack, actions: str | list[str], condition: dict[str, Any], **other: str) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}
    statement = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": "arn:aws:events:eu-west-1:817685572750:rule/x",
        **other,
    }
    iam.CfnRole(
        stack,
        "Role",
        assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust]},
        policies=[iam.CfnRole.PolicyProperty(policy_name="p", policy_document={"Statement": [statement]})],
    )


EXACT = {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:o/r:ref:refs/heads/main"}}
LIKE = {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}, "StringLike": {f"{ISSUER}:sub": "repo:o/r:*"}}


CASES: list[tuple[Callable[[Stack], None], list[str]]] = [
    (lambda stack: table(stack, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE), []),
    (
        lambda stack: table(stack, RemovalPolicy.DESTROY),
        ["DataIsKept[DeletionPolicy]", "DataIsKept[UpdateReplacePolicy]"],
    ),
    (lambda stack: role(stack, ["events:PutRule"], EXACT), []),
    (lambda stack: role(stack, "events:*", EXACT), ["NoWildcardAction[Action::events:*]"]),
    (lambda stack: role(stack, "events:Put?ule", EXACT), ["NoWildcardAction[Action::events:Put?ule]"]),
    (
        lambda stack: role(stack, "events:PutRule", EXACT, NotAction="iam:*"),
        ["NoWildcardAction[Action::NotAction]"],
    ),
    (lambda stack: role(stack, "events:PutRule", LIKE), ["TrustNamesItsSubject[Claim::sub]"]),
    (
        lambda stack: role(stack, "events:PutRule", {}),
        ["TrustNamesItsSubject[Claim::aud]", "TrustNamesItsSubject[Claim::sub]"],
    ),
]


@pytest.mark.parametrize(("add", "findings"), CASES)
def test_findings(tmp_path: Path, add: Callable[[Stack], None], findings: list[str]) -> None:
    app = App(analytics_reporting=False, outdir=str(tmp_path))
    add(Stack(app, "Stack"))
    Validations.of(app).add_plugins(DeploymentChecks(app))
    if not findings:
        app.synth()
        return
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    reports = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    found = [v["ruleName"] for report in reports if report["pluginName"] == "Deployment" for v in report["violations"]]
    assert sorted(found) == [f"Deployment-{finding}" for finding in findings]
