"""Each way to more permissions is absent, closed by what is named, or open with requests that are allowed."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import evaluate
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.context import PASSED_BY, PASSED_TO
from leastgrant.proof.escalation import EscalationPath, State, escalations, paths
from leastgrant.proof.escalation_catalogue import MODELLED, WAYS, Limit
from leastgrant.proof.finding import Kind
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


OWN_STACKS = [Pattern.parse(f"{STACKS}app/*")]
KNOWN = {
    BOUNDARY: parse_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}}, "b"
    )
}


def asked(of: Role) -> tuple[EscalationPath, ...]:
    return paths(of, OWN_STACKS, KNOWN)


def found(*args: Any, **kwargs: Any) -> dict[str, EscalationPath]:
    return {path.name: path for path in asked(role(*args, **kwargs))}


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
    is_open = [path for path in asked(weaker) if path.state is State.OPEN]
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
    findings = {finding.resource: finding for finding in escalations(asked(role(DEPLOY)))}
    assert set(findings) == OPEN_BY_DESIGN
    finding = findings["role-inline-policy"]
    assert finding.id == "escalation[iam:PutRolePolicy role-inline-policy]"
    assert finding.message == (
        "the role can get, or give, any permission, to whatever runs with that role: "
        f"it may iam:PutRolePolicy on {ROLES[:-1]} (policy.Statement[0])"
    )
    assert "iam:PermissionsBoundary" in finding.fix


def test_an_administrator_can_do_everything() -> None:
    assert {path.state for path in asked(role({"all": allow(["*"], "*")}))} == {State.OPEN}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_iam_knows_the_actions_and_keys_of_a_way(way: Any) -> None:
    for step in way.steps:
        known = authorization.action(step.action)
        assert known is not None
        assert {limit.value for limit in step.limits} - {
            Limit.NAMES.value,
            Limit.DEPLOYED.value,
        } <= known.condition_keys


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


def hold(*statements: dict[str, Any], own: list[str] | None = None) -> dict[str, EscalationPath]:
    policy = parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "policy")
    arns = [Pattern.parse(arn) for arn in own or []]
    return {path.name: path for path in paths(Role("Deploy", (policy,), arns=(Pattern.parse(OWN),)), arns, KNOWN)}


CHANGE_SETS = ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]
LETTERS = [f"{STACKS}{letter}*" for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]


@pytest.mark.parametrize("own", [[], ["*"], [f"{STACKS}*"], LETTERS, [f"{STACKS}app/*"]])
def test_first_letters_are_no_names(own: list[str]) -> None:
    statement = {"Effect": "Allow", "Action": CHANGE_SETS, "Resource": LETTERS}
    answers = hold(statement, own=own)
    assert answers["other-stack-change-set"].state is State.OPEN
    assert answers["other-stack-execution"].state is State.OPEN


@pytest.mark.parametrize(
    ("resource", "own", "state"),
    [
        (f"{STACKS}app/*", [], State.OPEN),
        (f"{STACKS}app/*", [f"{STACKS}app/*"], State.CLOSED),
        (f"{STACKS}app-*", [f"{STACKS}app-*"], State.CLOSED),
        (f"{STACKS}app-eu/*", [f"{STACKS}app-*"], State.CLOSED),
        (f"{STACKS}app*", [f"{STACKS}app/*"], State.OPEN),
        (f"{STACKS}other/*", [f"{STACKS}app/*"], State.OPEN),
        ("*", [f"{STACKS}app/*"], State.OPEN),
    ],
)
def test_a_stack_is_ones_own_if_it_is_deployed_or_declared(resource: str, own: list[str], state: State) -> None:
    assert hold(allow(["cloudformation:ExecuteChangeSet"], resource), own=own)["other-stack-execution"].state is state


@pytest.mark.parametrize(
    ("services", "state", "because"),
    [
        (["vpc-flow-logs.amazonaws.com"], State.CLOSED, None),
        ([LAMBDA, "sns.amazonaws.com"], State.CLOSED, None),
        (["pods.eks.amazonaws.com", "iot.amazonaws.com"], State.CLOSED, None),
        (["newservice.amazonaws.com"], State.OPEN, "what newservice.amazonaws.com can do with it is not known"),
        ([LAMBDA, "robots.amazonaws.com"], State.OPEN, "what robots.amazonaws.com can do with it is not known"),
    ],
)
def test_a_listed_service_closes_if_it_is_known_what_it_does(
    services: list[str], state: State, because: str | None
) -> None:
    path = hold(allow(["iam:PassRole"], ROLES, Condition={"StringEquals": {PASSED: services}}))["pass-to-any"]
    assert path.state is state
    assert because is None or path.because.endswith(f"; {because}")


BOUNDED = "iam:PermissionsBoundary"


@pytest.mark.parametrize(
    ("arn", "state"),
    [
        (BOUNDARY, State.CLOSED),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole", State.CLOSED),
        (ADMINISTRATOR, State.OPEN),
        ("arn:aws:iam::aws:policy/PowerUserAccess", State.OPEN),
        (f"arn:aws:iam::{ACCOUNT}:policy/unknown", State.OPEN),
        ("arn:aws:iam::aws:policy/NoSuchPolicy", State.OPEN),
    ],
)
def test_a_boundary_closes_by_what_it_allows(arn: str, state: State) -> None:
    statement = allow(
        ["iam:PutRolePolicy", "iam:PutUserPolicy"], "*", Condition={"StringEquals": {BOUNDED: [BOUNDARY, arn]}}
    )
    answers = hold(statement)
    assert {answers[name].state for name in ("role-inline-policy", "user-inline-policy", "own-inline-policy")} == {
        state
    }
    assert (arn in answers["role-inline-policy"].because.rpartition(";")[2]) is True


def test_a_boundary_or_a_policy_that_the_role_can_write_closes_nothing() -> None:
    bounded = allow(["iam:PutRolePolicy"], ROLES, Condition={"ArnEquals": {BOUNDED: BOUNDARY}})
    attached = allow(["iam:AttachRolePolicy"], ROLES, Condition={"ArnEquals": {POLICY: BOUNDARY}})
    writes = allow(["iam:CreatePolicyVersion"], BOUNDARY)
    for names, state in (((), State.CLOSED), ((writes,), State.OPEN)):
        answers = hold(bounded, attached, *names)
        assert answers["role-inline-policy"].state is state
        assert answers["role-attached-policy"].state is state
    assert answers["role-inline-policy"].because.endswith(
        f"; it may write {BOUNDARY} itself, by iam:CreatePolicyVersion"
    )


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("lambda:AddPermission", "lambda-permission"),
        ("eks:CreateAccessEntry", "eks-access-entry"),
        ("eks:AssociateAccessPolicy", "eks-access-policy"),
        ("ssm:UpdateDocument", "ssm-document"),
        ("ssm:UpdateDocumentDefaultVersion", "ssm-document-version"),
        ("ssm:ResumeSession", "ssm-session-resume"),
        ("codebuild:UpdateWebhook", "codebuild-hook-change"),
        ("codebuild:StartSandbox", "codebuild-sandbox"),
        ("glue:UpdateJob", "glue-job-update"),
        ("glue:StartJobRun", "glue-job-run"),
        ("ecs:RunTask", "ecs-run"),
        ("batch:SubmitJob", "batch-submit"),
        ("cloudformation:ExecuteChangeSet", "other-stack-execution"),
        ("cloudformation:RollbackStack", "other-stack-rollback"),
        ("codedeploy:CreateDeployment", "codedeploy-deployment"),
        ("emr-containers:StartJobRun", "emr-containers-job"),
        ("rolesanywhere:CreateTrustAnchor", "anchor"),
        ("cognito-identity:GetOpenIdTokenForDeveloperIdentity", "cognito-developer"),
    ],
)
def test_there_are_ways_without_passing_a_role(action: str, name: str) -> None:
    assert hold(allow([action], "*"))[name].state is State.OPEN
    other = next(str(a) for a in authorization.actions(action.partition(":")[0]) if a.reads)
    assert hold(allow([other], "*"))[name].state is State.ABSENT


@pytest.mark.parametrize(
    ("service", "action", "name"),
    [
        ("pods.eks", "eks:CreatePodIdentityAssociation", "pass-eks-pod-identity"),
        ("iot", "iot:CreateRoleAlias", "pass-iot-role-alias"),
        ("credentials.iot", "iot:CreateRoleAlias", "pass-iot-role-alias"),
        ("eks", "eks:CreateNodegroup", "pass-eks-nodes"),
        ("apigateway", "apigateway:PUT", "pass-apigateway-integration"),
    ],
)
def test_what_a_service_does_with_a_role_is_a_way(service: str, action: str, name: str) -> None:
    passing = allow(
        ["iam:PassRole"], ROLES, Condition={"StringEquals": {PASSED: [f"{service}.amazonaws.com", "sns.amazonaws.com"]}}
    )
    answers = hold(passing, allow([action], "*"))
    assert answers[name].state is State.OPEN
    assert answers["pass-to-any"].state is State.CLOSED
    elsewhere = allow(["iam:PassRole"], ROLES, Condition={"StringEquals": {PASSED: "sns.amazonaws.com"}})
    assert hold(elsewhere, allow([action], "*"))[name].state is State.CLOSED


@pytest.mark.parametrize(
    ("principals", "state"),
    [
        (["events.amazonaws.com"], State.CLOSED),
        (["s3.amazonaws.com", "sns.amazonaws.com"], State.CLOSED),
        (["events.amazonaws.com", "*"], State.OPEN),
        ([ACCOUNT], State.OPEN),
    ],
)
def test_a_function_may_be_opened_to_services(principals: list[str], state: State) -> None:
    statement = allow(["lambda:AddPermission"], FUNCTIONS, Condition={"StringEquals": {"lambda:Principal": principals}})
    assert hold(statement)["lambda-permission"].state is state


def test_every_service_that_a_type_passes_roles_to_is_known() -> None:
    passed = {
        service for services in (*PASSED_TO.values(), *((one,) for one in PASSED_BY.values())) for service in services
    }
    assert passed <= MODELLED


def test_a_boundary_of_which_it_is_not_decided_what_it_allows() -> None:
    condition = {"StringNotLike": {"aws:TagKeys": "*"}, "Null": {"aws:TagKeys": "false"}}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}
    documents = {BOUNDARY: parse_policy({"Version": "2012-10-17", "Statement": passing}, "b")}
    bounded = role({"put": allow(["iam:PutRolePolicy"], ROLES, Condition={"ArnEquals": {BOUNDED: BOUNDARY}})})
    answers = {path.name: path for path in paths(bounded, OWN_STACKS, documents)}
    path = answers["role-inline-policy"]
    assert path.state is State.UNDECIDED
    assert f"it is not decided whether {BOUNDARY} allows iam:PassRole" in path.because
    assert [finding.kind for finding in escalations([path])] == [Kind.UNDECIDED]


PASSING = """
bedrock-agentcore:CreateGateway bedrock-agentcore:CreateMemory bedrock-agentcore:CreateOnlineEvaluationConfig
config:PutRemediationConfigurations config:PutConformancePack emr-serverless:AccessInteractiveEndpoints
iot:CreateProvisioningTemplate iot:RegisterCACertificate iot:UpdateCACertificate iot:UpdateProvisioningTemplate
rds:CreateDBProxy rds:ModifyDBProxy rds:ModifyOptionGroup rds:RestoreDBClusterFromS3 rds:StartExportTask
rolesanywhere:EnableProfile sagemaker:CreateAutoMLJob sagemaker:CreateCluster sagemaker:CreateDomain
sagemaker:CreateHyperParameterTuningJob sagemaker:CreateMonitoringSchedule sagemaker:UpdatePipeline
transfer:CreateAccess transfer:CreateAgreement transfer:CreateConnector transfer:CreateWebApp
dlm:CreateLifecyclePolicy logs:CreateScheduledQuery ssm:CreateDocument
"""
"""Actions to which the Service Authorization Reference ties iam:PassRole, to services of which ways are known."""


@pytest.mark.parametrize("action", PASSING.split())
def test_what_else_takes_a_role_of_a_service_that_is_known(action: str) -> None:
    way = next(way for way in WAYS if way.action == action)
    (service, *_) = way.steps[0].passed_to
    passing = allow(["iam:PassRole"], ROLES, Condition={"StringEquals": {PASSED: service}})
    answers = found({"pass": passing, "do": allow([action], "*")})
    assert answers["pass-to-any"].state is State.CLOSED
    assert answers[way.name].state is State.OPEN
    assert found({"pass": passing})[way.name].state is State.ABSENT
