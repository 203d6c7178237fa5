"""Each rule, on a resource that breaks it and on one that does not, as cdk-nag reports them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

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


def function(stack: Stack, *, policy: str | None = None, actions: list[str] | None = None, vpc: bool = True) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = iam.CfnRole.PolicyProperty(policy_name="p", policy_document={"Statement": [statement]})
    execution = iam.CfnRole(
        stack,
        "Role",
        assume_role_policy_document={"Statement": []},
        managed_policy_arns=[f"arn:aws:iam::aws:policy/service-role/{policy}"] if policy else None,
        policies=[document] if actions else None,
    )
    lambda_.CfnFunction(
        stack,
        "Function",
        role=execution.attr_arn,
        code=lambda_.CfnFunction.CodeProperty(zip_file="pass"),
        timeout=60,
        vpc_config=lambda_.CfnFunction.VpcConfigProperty(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
        if vpc
        else None,
    )


def fed_function(stack: Stack, hidden: int | None) -> None:
    function(stack, vpc=False)
    name = next(one.ref for one in stack.node.children if isinstance(one, lambda_.CfnFunction))
    queue = sqs.CfnQueue(stack, "Queue", visibility_timeout=hidden)
    lambda_.CfnEventSourceMapping(stack, "Mapping", function_name=name, event_source_arn=queue.attr_arn)


def granted_beside(stack: Stack) -> None:
    function(stack)
    (role,) = (one for one in stack.node.children if isinstance(one, iam.CfnRole))
    statement = {"Effect": "Allow", "Action": INTERFACES, "Resource": "*"}
    iam.CfnPolicy(stack, "Policy", policy_name="p", policy_document={"Statement": [statement]}, roles=[role.ref])


INTERFACES = [
    f"ec2:{name}"
    for name in ("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets")
]
UNREACHED = [f"FunctionReachesItsVpc[{action}]" for action in INTERFACES]

CASES: list[tuple[Callable[[Stack], object], list[str]]] = [
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
    (lambda stack: function(stack, vpc=False), []),
    (function, UNREACHED),
    (lambda stack: function(stack, actions=INTERFACES[1:]), UNREACHED[:1]),
    (lambda stack: function(stack, actions=INTERFACES), []),
    (granted_beside, []),
    (lambda stack: function(stack, policy="AWSLambdaBasicExecutionRole"), UNREACHED),
    (lambda stack: function(stack, policy="AWSLambdaVPCAccessExecutionRole"), []),
    (lambda stack: fed_function(stack, 360), []),
    (lambda stack: fed_function(stack, 60), []),
    (lambda stack: fed_function(stack, 59), ["QueueOutlastsItsFunction[VisibilityTimeout::59<60]"]),
    (lambda stack: fed_function(stack, None), ["QueueOutlastsItsFunction[VisibilityTimeout::30<60]"]),
    (lambda stack: logs.CfnLogGroup(stack, "Logs"), ["LogsExpire[RetentionInDays]"]),
    (lambda stack: logs.CfnLogGroup(stack, "Logs", retention_in_days=30), []),
]


@pytest.mark.parametrize(("add", "findings"), CASES)
def test_findings(tmp_path: Path, add: Callable[[Stack], object], findings: list[str]) -> None:
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
