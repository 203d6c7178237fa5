"""Each way to more permissions is absent, closed by what is named, or open with requests that are allowed."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import evaluate
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.proof.escalation import EscalationPath, State, escalations, paths
from leastgrant.proof.escalation_catalogue import WAYS, Limit
from leastgrant.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[dict[str, Any]], object]

ACCOUNT = "123456789012"
OWN = f"arn:aws:iam::{ACCOUNT}:role/deploy"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/app-Role-*"
FUNCTIONS = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:app-*"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limits"
PASSED, POLICY = "iam:PassedToService", "iam:PolicyARN"
LAMBDA, EVENTS = "lambda.amazonaws.com", "events.amazonaws.com"
STACKS = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/"
LAYER = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:x"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ITSELF = {"own-inline-policy", "own-trust", "own-inline-policy-removal"}
BY_PASSING = {"pass-to-any", "pass-events-target", "pass-cloudformation-stack", "pass-cloudformation-update"}
BY_CREATING = {"policy-version", "user-access-key", "user-password", "user-credential"}


def allow(actions: list[str], resource: str, **others: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": [resource], **others}


DEPLOY = {
    "manage": allow(
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePolicy"], ROLES
    ),
    "attach": allow(["iam:AttachRolePolicy"], ROLES, Condition={"ArnEquals": {"iam:PolicyARN": [BASIC]}}),
    "pass": allow(["iam:PassRole"], ROLES, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    "lambda": allow(["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:InvokeFunction"], FUNCTIONS),
    "rules": allow(["events:PutRule", "events:PutTargets"], f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/app-*"),
    "stack": allow(
        ["cloudformation:CreateStack", "cloudformation:UpdateStack"],
        f"{STACKS}app/*",
    ),
}


def role(policy: dict[str, dict[str, Any]], *, own: str | None = OWN, boundary: list[Any] | None = None) -> Role:
    def read(statements: list[Any], name: str) -> Any:
        return parse_policy({"Version": "2012-10-17", "Statement": statements}, name)

    return Role(
        "Deploy",
        (read(list(policy.values()), "policy"),),
        arns=(Pattern.parse(own),) if own else (),
        boundary=read(boundary, "boundary") if boundary else None,
    )


def found(*args: Any, **kwargs: Any) -> dict[str, EscalationPath]:
    return {path.name: path for path in paths(role(*args, **kwargs))}


def mutant(change: Change) -> dict[str, dict[str, Any]]:
    policy = deepcopy(DEPLOY)
    change(policy)
    return policy


OPEN_BY_DESIGN = {"role-inline-policy", "role-trust", "pass-lambda-function", "lambda-code"}


def test_what_is_open_in_a_deploy_role() -> None:
    answers = found(DEPLOY)
    assert {name for name, path in answers.items() if path.state is State.OPEN} == OPEN_BY_DESIGN
    assert {name for name, path in answers.items() if path.state is State.CLOSED} == {
        "own-inline-policy",
        "own-attached-policy",
        "own-trust",
        "own-inline-policy-removal",
        "role-attached-policy",
        "pass-to-any",
        "pass-events-target",
        "pass-cloudformation-stack",
        "pass-cloudformation-update",
        "other-stack",
    }


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("own-inline-policy", f"iam:PutRolePolicy is limited to {ROLES}, without {OWN}"),
        ("own-attached-policy", f"iam:AttachRolePolicy is limited to {ROLES}, without {OWN}"),
        ("role-attached-policy", f"ArnEquals iam:policyarn: {BASIC}"),
        ("pass-to-any", "StringEquals iam:passedtoservice: lambda.amazonaws.com"),
        ("pass-events-target", "StringEquals iam:passedtoservice: lambda.amazonaws.com"),
        ("other-stack", f"cloudformation:UpdateStack is limited to {STACKS}app/*"),
        ("pass-ec2-instance", "no statement allows ec2:RunInstances"),
    ],
)
def test_what_closes_a_way(name: str, because: str) -> None:
    assert found(DEPLOY)[name].because == because


def limit(key: str, operator: str, values: object) -> Change:
    return lambda policy: policy[key].update(Condition={operator: values})


def unlimit(key: str) -> Change:
    return lambda policy: policy[key].pop("Condition")


def reach(key: str, *resources: str) -> Change:
    return lambda policy: policy[key]["Resource"].extend(resources)


def both(first: Change, second: Change) -> Change:
    return lambda policy: (first(policy), second(policy))


def grant(actions: list[str], resource: str, effect: str = "Allow", **condition: object) -> Change:
    return lambda policy: policy.update(more={**allow(actions, resource, Condition=condition), "Effect": effect})


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        (reach("manage", OWN), ITSELF),
        (reach("manage", "*"), ITSELF),
        (reach("manage", f"arn:aws:iam::{ACCOUNT}:role/d?ploy"), ITSELF),
        (unlimit("attach"), {"role-attached-policy"}),
        (limit("attach", "ArnLike", {POLICY: "arn:aws:iam::aws:policy/*"}), {"role-attached-policy"}),
        (limit("attach", "ArnEquals", {POLICY: [BASIC, ADMINISTRATOR]}), {"role-attached-policy"}),
        (limit("attach", "ArnNotEquals", {POLICY: BASIC}), {"role-attached-policy"}),
        (unlimit("pass"), BY_PASSING),
        (limit("pass", "StringEqualsIfExists", {PASSED: LAMBDA}), {"pass-to-any"}),
        (limit("pass", "ForAllValues:StringEquals", {PASSED: LAMBDA}), {"pass-to-any"}),
        (limit("pass", "StringLike", {PASSED: "l*.amazonaws.com"}), {"pass-to-any"}),
        (limit("pass", "StringEquals", {PASSED: [LAMBDA, EVENTS]}), {"pass-events-target"}),
        (reach("stack", f"{STACKS}*"), {"other-stack"}),
        (reach("stack", "*"), {"other-stack"}),
        (grant(["sts:AssumeRole"], ROLES), {"assume-role"}),
        (grant(["iam:DeleteRolePermissionsBoundary"], ROLES), {"role-boundary-removal"}),
        (grant(["iam:Create*"], "*"), BY_CREATING),
        (grant(["ec2:RunInstances"], "*"), set[str]()),
        (grant(["ssm:SendCommand"], f"arn:aws:ec2:*:{ACCOUNT}:instance/*"), {"ssm-command"}),
    ],
)
def test_a_weaker_role_opens_ways(change: Change, opened: set[str]) -> None:
    weaker = role(mutant(change))
    is_open = [path for path in paths(weaker) if path.state is State.OPEN]
    assert {path.name for path in is_open} - OPEN_BY_DESIGN == opened
    for path in is_open:
        for step, witness in zip(path.way.steps, path.witnesses, strict=True):
            assert witness.request.action == step.action
            assert evaluate(witness.request, weaker.permissions).allowed


@pytest.mark.parametrize(
    ("change", "name", "because"),
    [
        (
            limit("manage", "StringEquals", {"iam:PermissionsBoundary": BOUNDARY}),
            "role-inline-policy",
            f"StringEquals iam:permissionsboundary: {BOUNDARY}",
        ),
        (
            grant(["iam:PutRolePolicy"], "*", "Deny"),
            "role-inline-policy",
            "denied by policy.Statement[6]",
        ),
        (
            grant(["iam:PassRole"], "*", "Deny", StringNotEquals={PASSED: LAMBDA}),
            "pass-to-any",
            f"StringEquals iam:passedtoservice: {LAMBDA}, denied by policy.Statement[6]",
        ),
        (
            both(unlimit("pass"), grant(["iam:PassRole"], "*", "Deny", StringNotEquals={PASSED: LAMBDA})),
            "pass-to-any",
            "denied by policy.Statement[6]",
        ),
        (
            grant(["iam:PassRole"], "*", "Deny", StringEquals={PASSED: EVENTS}),
            "pass-to-any",
            f"StringEquals iam:passedtoservice: {LAMBDA}",
        ),
        (
            limit("pass", "ForAnyValue:StringEquals", {PASSED: LAMBDA}),
            "pass-to-any",
            f"ForAnyValue:StringEquals iam:passedtoservice: {LAMBDA}",
        ),
        (
            grant(["lambda:UpdateFunctionConfiguration"], LAYER),
            "lambda-layer",
            f"lambda:UpdateFunctionConfiguration is limited to {LAYER}",
        ),
        (
            grant(["sts:AssumeRole"], OWN),
            "assume-role",
            f"sts:AssumeRole is limited to {OWN}, where there is no other role",
        ),
        (
            grant(["glue:CreateJob", "glue:StartJobRun"], "*"),
            "pass-glue-job",
            "StringEquals iam:passedtoservice: lambda.amazonaws.com",
        ),
    ],
)
def test_a_stronger_role_closes_ways(change: Change, name: str, because: str) -> None:
    path = found(mutant(change))[name]
    assert (path.state, path.because) == (State.CLOSED, because)


def test_the_boundary_closes_ways() -> None:
    answers = found(DEPLOY, boundary=[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}])
    assert answers["role-inline-policy"].because == "the permissions boundary"
    assert answers["pass-lambda-function"].state is State.CLOSED
    assert answers["lambda-code"].state is State.OPEN


def test_without_its_arn_any_role_may_be_its_own() -> None:
    path = found(DEPLOY, own=None)["own-inline-policy"]
    assert path.state is State.OPEN
    assert "its own ARN is not known" in path.because


def test_a_finding_for_each_open_way() -> None:
    findings = {finding.resource: finding for finding in escalations(paths(role(DEPLOY)))}
    assert set(findings) == OPEN_BY_DESIGN
    finding = findings["role-inline-policy"]
    assert finding.id == "escalation[iam:PutRolePolicy role-inline-policy]"
    assert finding.message == (
        "the role can get, or give, any permission, to whatever runs with that role: "
        f"it may iam:PutRolePolicy on {ROLES[:-1]} (policy.Statement[0])"
    )
    assert "iam:PermissionsBoundary" in finding.mend


def test_an_administrator_can_do_everything() -> None:
    assert {path.state for path in paths(role({"all": allow(["*"], "*")}))} == {State.OPEN}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_iam_knows_the_actions_and_keys_of_a_way(way: Any) -> None:
    for step in way.steps:
        known = authorization.action(step.action)
        assert known is not None
        assert {limit.value for limit in step.limits} - {Limit.NAMES.value} <= known.condition_keys


NOT_ESCALATING = {
    "iam:CreatePolicy": "attached to nothing yet",
    "iam:DeletePolicy": "possible only once it is attached to nothing",
    "iam:DeletePolicyVersion": "possible only for a version that is not in force",
    "iam:DeleteAccountPasswordPolicy": "concerns passwords that users choose",
    "iam:DeleteGroupPolicy": "takes from others",
    "iam:DetachGroupPolicy": "takes from others",
    "iam:DeleteUserPolicy": "takes from others",
    "iam:DetachUserPolicy": "takes from others",
}


def test_every_action_that_manages_permissions_is_in_a_way() -> None:
    managing = {str(a) for a in authorization.actions("iam") if "Permissions management" in a.levels}
    in_ways = {step.action for way in WAYS for step in way.steps}
    assert managing - in_ways == set(NOT_ESCALATING)


def test_names_are_unique() -> None:
    assert len({way.name for way in WAYS}) == len(WAYS)
