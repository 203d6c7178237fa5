"""The proof as a plugin of CDK: what it finds stops synthesis, on the construct that it concerns."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from aws_cdk import (
    Acknowledgment,
    App,
    CfnResource,
    CliCredentialsStackSynthesizer,
    Environment,
    NestedStack,
    Stack,
    Tags,
    Validations,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from leastgrant.cdk import plugin
from leastgrant.cdk.plugin import DeployRoleProof, RoleInStack
from tests.conftest import ROOT

QUEUE = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"]
ROLE = RoleInStack("Roles", "Deployer")


def app_of(directory: Path, actions: Sequence[str], *trusting: dict[str, Any]) -> App:
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
    role.add_property_override("AssumeRolePolicyDocument.Statement", [*trusting] or [TRUST])
    sqs.CfnQueue(Stack(app, "Shop", stack_name="shop", env=env), "Jobs", queue_name="shop-jobs")
    return app


DENY_SINGLE = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringLike": {"aws:TagKeys": "*"}},
}
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


def test_what_is_not_decided_fails_the_synthesis(tmp_path: Path) -> None:
    tagged = {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, {"StringEquals": {"aws:TagKeys": "a"}}
    anyone = {"Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    (allowed, denied) = ({"Effect": effect, **anyone} for effect in ("Allow", "Deny"))
    app = app_of(tmp_path, QUEUE, allowed | {"Condition": tagged[0]}, denied | {"Condition": tagged[1]}, DENY_SINGLE)
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"]))
    (violation,) = violations(app, tmp_path)
    assert violation["ruleName"].startswith("undecided[sts:AssumeRole ")


def test_a_nested_stack_is_read_from_the_assembly(tmp_path: Path) -> None:
    app = app_of(tmp_path, QUEUE)
    shop = app.node.find_child("Shop")
    assert isinstance(shop, Stack)
    sqs.CfnQueue(NestedStack(shop, "Inner"), "More", queue_name="shop-more")
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"]))
    found = {violation["ruleName"]: violation for violation in violations(app, tmp_path)}
    assert not any(name.startswith("unknown") for name in found)
    missing = found["missing[sqs:CreateQueue arn:aws:sqs:eu-west-1:123456789012:shop-more]"]
    assert [construct["constructPath"] for construct in missing["violatingConstructs"]] == ["Shop/Inner/More"]


def test_what_is_missing_is_shown_on_the_resource_that_needs_it(tmp_path: Path) -> None:
    app = app_of(tmp_path, [action for action in QUEUE if action != "sqs:CreateQueue"])
    Validations.of(app).add_plugins(
        DeployRoleProof(role=ROLE, deployed=["Shop"], fix=lambda need: f"let {need.action}")
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
        (RoleInStack("Nowhere", "Deployer"), "Shop", "no stack has the construct path 'Nowhere' (there are: "),
        ("Roles/Other", "Shop", "the app has no iam.Role or iam.CfnRole at the construct path 'Roles/Other'"),
        ("Roles", "Shop", "the app has no iam.Role or iam.CfnRole at the construct path 'Roles'"),
        (ROLE, "Nowhere", "Nowhere"),
    ],
)
def test_a_proof_that_cannot_be_made_has_not_passed(
    tmp_path: Path, role: RoleInStack | str, deployed: str, error: str
) -> None:
    app = app_of(tmp_path, QUEUE)
    Validations.of(app).add_plugins(DeployRoleProof(role=role, deployed=[deployed]))
    (violation,) = violations(app, tmp_path)
    assert violation["ruleName"] == "unproved"
    assert violation["description"].startswith("the proof could not be made: ")
    assert error.rpartition("*")[2] in violation["description"]
    assert "acknowledge" not in violation["suggestedFix"]


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError


SERVICE: Any = iam.ServicePrincipal("ec2.amazonaws.com")  # jsii's stubs name its parameters otherwise than IPrincipal's


def l2_app(directory: Path) -> tuple[App, iam.Role, Stack]:
    caller = CliCredentialsStackSynthesizer()
    app = App(analytics_reporting=False, outdir=str(directory), default_stack_synthesizer=caller)
    env = Environment(account="123456789012", region="eu-west-1")
    role = iam.Role(Stack(app, "Roles", env=env), "Deployer", assumed_by=SERVICE)
    arn = "arn:aws:sqs:eu-west-1:123456789012:shop-jobs"
    role.add_to_policy(iam.PolicyStatement(actions=QUEUE, resources=[arn]))
    shop = Stack(app, "Shop", stack_name="shop", env=env)
    sqs.Queue(shop, "Jobs", queue_name="shop-jobs")
    return app, role, shop


class Context:
    """What CDK hands to a plugin, of an app that is synthesised."""

    def __init__(self, app: App, directory: Path) -> None:
        paths = {"Roles": "Roles.template.json", "Shop": "Shop.template.json"}
        self.app_construct = app
        self.stack_templates = [
            SimpleNamespace(stack_construct_path=stack, template_path=str(directory / name))
            for stack, name in paths.items()
        ]


Place = tuple[int, str]
"""A line of the plugin, and what it calls there."""


def calls_of_the_plugin(proof: DeployRoleProof, context: Any, broken: Place | None, error: Exception) -> set[Place]:
    """Every call that the plugin makes in `validate`; the first at the place that is to break raises."""
    called: set[Place] = set()

    def look(frame: FrameType, event: str, called_function: Any) -> None:
        caller, name = (
            (frame.f_back, frame.f_code.co_qualname)
            if event == "call"
            else (frame if event == "c_call" else None, getattr(called_function, "__qualname__", ""))
        )
        if caller is None or caller.f_code.co_filename != plugin.__file__:
            return
        place = (caller.f_lineno, name)
        if place == broken and place not in called:
            called.add(place)
            raise error
        called.add(place)

    sys.setprofile(look)
    try:
        report = proof.validate(context)
    finally:
        sys.setprofile(None)
    if broken is not None:
        assert broken in called
        assert report.success is False, broken
        (violation,) = report.violations
        assert violation.rule_name == "unproved", broken
        assert type(error).__name__ in violation.description
        assert "acknowledge" not in str(violation.fix)
    return called


@pytest.mark.parametrize(
    "error", [RuntimeError("broken"), UnspeakableError(), RuntimeError("half a letter: \ud800"), RecursionError()]
)
def test_whichever_call_breaks_it_has_not_passed(tmp_path: Path, error: Exception) -> None:
    app, role, shop = l2_app(tmp_path)
    Tags.of(shop).add("team", "shop")
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:PurgeQueue"], resources=["*"]))
    app.synth()
    proof, context = DeployRoleProof(role=role, deployed=[shop]), Context(app, tmp_path)
    places = calls_of_the_plugin(proof, context, None, error)
    assert {"prove", "stack_of", "Stack.resolved", "role_of_template", "DeployRoleProof._violations"} <= {
        n for _, n in places
    }
    for place in sorted(places):
        calls_of_the_plugin(proof, context, place, error)


def test_constructs_name_the_role_and_the_stacks(tmp_path: Path) -> None:
    app, role, shop = l2_app(tmp_path)
    proof = DeployRoleProof(role=role, deployed=[shop])
    Validations.of(app).add_plugins(proof)
    app.synth()
    assert proof.proof
    assert proof.proof.proved
    assert proof.proof.needs


def test_construct_paths_name_them_too(tmp_path: Path) -> None:
    app, role, _ = l2_app(tmp_path)
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:PurgeQueue"], resources=["arn:aws:sqs:eu-west-1:123456789012:shop-jobs"])
    )
    Validations.of(app).add_plugins(DeployRoleProof(role="Roles/Deployer", deployed=["Shop"]))
    (violation,) = violations(app, tmp_path)
    assert violation["ruleName"] == "excess[sqs:PurgeQueue]"
    assert [construct["constructPath"] for construct in violation["violatingConstructs"]] == ["Roles/Deployer/Resource"]


def test_the_snippet_of_the_documentation_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "leastgrant.md").read_text(encoding="utf-8")
    section = text.partition("## In a CDK app")[2]
    snippet = section.partition("```python\n")[2].partition("```")[0]
    app, role, shop = l2_app(tmp_path)
    exec(snippet, {"Validations": Validations, "app": app, "deploy_role": role, "app_stack": shop})  # noqa: S102  (our own documentation)
    app.synth()
    assert json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"] == []
    assert "DeployRoleProof" in snippet


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({"role": ""}, "role: expected an iam.Role or iam.CfnRole"),
        ({"role": 7}, "role: expected an iam.Role or iam.CfnRole"),
        ({"deployed": "Shop"}, "deployed: expected a list of stacks or their construct paths, not str"),
        ({"deployed": [7]}, r"deployed\[0\]: expected stacks or their construct paths, not int"),
        ({"uses": ["seeding"]}, r"uses\[0\]: expected uses, not str"),
        ({"namespaces": ["arn:aws:sqs:*"]}, r"namespaces\[0\]: expected patterns of ARNs, not str"),
        ({"trusted": "repo:acme/shop"}, "trusted: expected Trusted or None, not str"),
        ({"fix": "let it"}, "fix: expected a function of a Need, not str"),
    ],
)
def test_an_argument_of_another_type_is_refused_where_it_is_made(named: dict[str, Any], error: str) -> None:
    arguments: dict[str, Any] = {"role": ROLE, "deployed": ["Shop"], **named}
    with pytest.raises(TypeError, match=error):
        DeployRoleProof(**arguments)


def test_a_role_that_is_only_referred_to_is_refused(tmp_path: Path) -> None:
    app, _, _ = l2_app(tmp_path)
    arn = "arn:aws:iam::123456789012:role/other"
    known: Any = iam.Role.from_role_arn(Stack(app, "Others"), "Other", arn)
    with pytest.raises(TypeError, match="role: expected an iam"):
        DeployRoleProof(role=known, deployed=["Shop"])


def tagging_app(directory: Path, denied_without: str) -> tuple[App, DeployRoleProof]:
    """A stack with a tag, and a role that may create and tag nothing without a tag of this value."""
    app, role, shop = l2_app(directory)
    shop.tags.set_tag("team", "shop")
    arn = "arn:aws:sqs:eu-west-1:123456789012:shop-jobs"
    tagging = ["sqs:ListQueueTags", "sqs:TagQueue", "sqs:UntagQueue"]
    role.add_to_policy(iam.PolicyStatement(actions=tagging, resources=[arn]))
    other = {"StringNotEquals": {"aws:RequestTag/team": denied_without}}
    sending = ["sqs:CreateQueue", "sqs:TagQueue"]
    role.add_to_policy(iam.PolicyStatement(effect=iam.Effect.DENY, actions=sending, resources=[arn], conditions=other))
    proof = DeployRoleProof(role=role, deployed=[shop])
    Validations.of(app).add_plugins(proof)
    return app, proof


def test_the_tags_of_a_stack_are_known(tmp_path: Path) -> None:
    app, proof = tagging_app(tmp_path / "right", "shop")
    app.synth()
    assert proof.proof
    assert "sqs:TagQueue" in {need.action for need in proof.proof.needs}, "CloudFormation tags what the stack has"
    app, _ = tagging_app(tmp_path / "wrong", "bakery")
    found = {violation["ruleName"].split()[0] for violation in violations(app, tmp_path / "wrong")}
    assert "missing[sqs:CreateQueue" in found


def test_no_construct_acknowledges_what_is_missing_or_unproved(tmp_path: Path) -> None:
    queue = "arn:aws:sqs:eu-west-1:123456789012:shop-jobs"
    missing = f"missing[sqs:CreateQueue {queue}]"
    for name, role, rule in (("missing", ROLE, missing), ("unproved", RoleInStack("Roles", "Other"), "unproved")):
        app = app_of(tmp_path / name, QUEUE[1:])
        Validations.of(app).acknowledge(
            Acknowledgment(id=f"LeastGrant::{rule.replace(' ', '-')}", reason="it does no harm"),
            Acknowledgment(id=f"LeastGrant::{rule}", reason="it does no harm"),
        )
        Validations.of(app).add_plugins(DeployRoleProof(role=role, deployed=["Shop"]))
        with pytest.raises(RuntimeError, match="ValidationFailed") as failed:
            app.synth()
        assert "Suggested fix" in str(failed.value)
        assert "Acknowledge with" not in str(failed.value)


def test_a_finding_can_be_acknowledged_where_the_proof_is_made(tmp_path: Path) -> None:
    rule = "missing[sqs:CreateQueue arn:aws:sqs:eu-west-1:123456789012:shop-jobs]"
    app = app_of(tmp_path / "known", QUEUE[1:])
    proof = DeployRoleProof(role=ROLE, deployed=["Shop"], acknowledge={rule: "the queue is there"})
    Validations.of(app).add_plugins(proof)
    app.synth()
    assert proof.proof
    assert [one.reason for one in proof.proof.acknowledged] == ["the queue is there"]

    app = app_of(tmp_path / "stale", QUEUE)
    Validations.of(app).add_plugins(DeployRoleProof(role=ROLE, deployed=["Shop"], acknowledge={rule: "it was there"}))
    (violation,) = violations(app, tmp_path / "stale")
    assert "there is no such finding; take it out" in violation["description"]


@pytest.mark.parametrize(
    ("existing", "reached"),
    [({"Jobs": "shop-jobs"}, "shop-jobs"), ({"Jobs": None}, "shop-Jobs-*"), (["Jobs"], "shop-Jobs-*")],
)
def test_the_name_of_what_exists_is_all_that_the_role_need_reach(tmp_path: Path, existing: Any, reached: str) -> None:
    app = app_of(tmp_path, [action for action in QUEUE if action != "sqs:CreateQueue"])
    queue = app.node.find_child("Shop").node.find_child("Jobs")
    assert isinstance(queue, sqs.CfnQueue)
    queue.queue_name = None
    proof = DeployRoleProof(role=ROLE, deployed=["Shop"], existing=existing)
    Validations.of(app).add_plugins(proof)
    missing = [] if reached == "shop-jobs" else violations(app, tmp_path)
    if not missing:
        app.synth()
    assert proof.proof
    assert {str(need.resource).rpartition(":")[2] for need in proof.proof.needs} == {reached}
    assert bool(missing) == (reached != "shop-jobs")


def test_a_name_that_is_no_text_is_refused() -> None:
    named: Any = {"Jobs": 1}
    with pytest.raises(TypeError, match=r"^existing\['Jobs'\]: expected a physical name or None, not int$"):
        DeployRoleProof(role=ROLE, deployed=["Shop"], existing=named)
