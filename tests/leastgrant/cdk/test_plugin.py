"""The proof as a plugin of CDK: what it finds stops synthesis, on the construct that it concerns."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import (
    Acknowledgment,
    App,
    CfnResource,
    CliCredentialsStackSynthesizer,
    Environment,
    Stack,
    Validations,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from leastgrant.cdk.plugin import DeployRoleProof, RoleInStack

QUEUE = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"]
ROLE = RoleInStack("Roles", "Deployer")


def app_of(directory: Path, actions: Sequence[str]) -> App:
    """An app of a queue, and of a role that may do this to it."""
    caller = CliCredentialsStackSynthesizer()  # CDK's default would need the bootstrap version, from Parameter Store
    app = App(analytics_reporting=False, outdir=str(directory), default_stack_synthesizer=caller)
    env = Environment(account="123456789012", region="eu-west-1")
    role = iam.CfnRole(
        Stack(app, "Roles", env=env),
        "Deployer",
        assume_role_policy_document={"Version": "2012-10-17", "Statement": []},
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="deploy",
                policy_document={
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": list(actions),
                            "Resource": "arn:aws:sqs:eu-west-1:123456789012:shop-jobs",
                        }
                    ]
                },
            )
        ],
    )
    role.add_property_override("AssumeRolePolicyDocument.Statement", [TRUST])
    sqs.CfnQueue(Stack(app, "Shop", stack_name="shop", env=env), "Jobs", queue_name="shop-jobs")
    return app


TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def violations(app: App, directory: Path) -> list[dict[str, Any]]:
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    reports = json.loads((directory / "validation-report.json").read_text())["pluginReports"]
    return [violation for r in reports if r["pluginName"] == "LeastGrant" for violation in r["violations"]]


def test_a_role_that_fits_passes(tmp_path: Path) -> None:
    app = app_of(tmp_path, QUEUE)
    proof = DeployRoleProof(role=ROLE, deployed=["Shop"])
    Validations.of(app).add_plugins(proof)
    app.synth()
    assert proof.proof
    assert proof.proof.proved
    assert {need.subject.stack for need in proof.proof.needs} == {"shop"}, "the stack's name, not its construct path"


def test_what_is_missing_is_shown_on_the_resource_that_needs_it(tmp_path: Path) -> None:
    app = app_of(tmp_path, [action for action in QUEUE if action != "sqs:CreateQueue"])
    Validations.of(app).add_plugins(
        DeployRoleProof(role=ROLE, deployed=["Shop"], mend=lambda need: f"let {need.action}")
    )
    (violation,) = violations(app, tmp_path)
    assert violation["ruleName"] == "missing[sqs:CreateQueue arn:aws:sqs:eu-west-1:123456789012:shop-jobs]"
    assert violation["description"].startswith("creating `Jobs` will fail: Deployer may not sqs:CreateQueue")
    assert violation["suggestedFix"] == "let sqs:CreateQueue"
    assert [construct["constructPath"] for construct in violation["violatingConstructs"]] == ["Shop/Jobs"]


def test_what_is_too_much_is_shown_on_the_role_and_can_be_acknowledged(tmp_path: Path) -> None:
    app = app_of(tmp_path / "shown", [*QUEUE, "sqs:PurgeQueue"])
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"]))
    (violation,) = violations(app, tmp_path / "shown")
    assert violation["ruleName"] == "excess[sqs:PurgeQueue]"
    assert [construct["constructPath"] for construct in violation["violatingConstructs"]] == ["Roles/Deployer"]

    app = app_of(tmp_path / "acknowledged", [*QUEUE, "sqs:PurgeQueue"])
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"]))
    reason = Acknowledgment(id="LeastGrant::excess[sqs:PurgeQueue]", reason="an operator empties it by hand")
    Validations.of(app.node.find_child("Roles").node.find_child("Deployer")).acknowledge(reason)
    app.synth()


def test_a_resource_of_which_nothing_is_known_is_a_finding(tmp_path: Path) -> None:
    app = app_of(tmp_path, QUEUE)
    shop = app.node.find_child("Shop")
    assert isinstance(shop, Stack)
    CfnResource(shop, "Odd", type="Acme::Shop::Counter")
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"]))
    assert [violation["ruleName"] for violation in violations(app, tmp_path)] == ["unknown[Acme::Shop::Counter]"]


@pytest.mark.parametrize(
    ("role", "deployed", "error"),
    [
        (RoleInStack("Roles", "Other"), "Shop", "RoleError: .*has no role 'Other'"),
        (RoleInStack("Nowhere", "Deployer"), "Shop", "Nowhere"),
        (ROLE, "Nowhere", "Nowhere"),
    ],
)
def test_a_proof_that_cannot_be_made_has_not_passed(
    tmp_path: Path, role: RoleInStack, deployed: str, error: str
) -> None:
    app = app_of(tmp_path, QUEUE)
    Validations.of(app).add_plugins(DeployRoleProof(role=role, deployed=[deployed]))
    (violation,) = violations(app, tmp_path)
    assert violation["ruleName"] == "unproved"
    assert violation["description"].startswith("the proof could not be made: ")
    assert error.rpartition("*")[2] in violation["description"]
