"""The stack `dataops-v1-github-actions`: the role that deploys the app stack, and what it may do."""

from functools import partial
from typing import Final

from aws_cdk import Acknowledgment, CfnOutput, Environment, Stack, Validations
from constructs import Construct

from settings import LiveRecord, Settings
from stacks.deploy_role.function_boundary import BOUNDARY_ID, FunctionBoundary
from stacks.deploy_role.grants.artifacts import ArtifactBucketGrants
from stacks.deploy_role.grants.cloudformation import CloudFormationStackGrants
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants
from stacks.deploy_role.grants.dynamodb_seeding import DynamoDbSeedingGrants
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants
from stacks.deploy_role.grants.iam import FunctionRoleGrants
from stacks.deploy_role.grants.lambda_ import InvokingService, LambdaFunctionGrants
from stacks.deploy_role.grants.s3 import BucketGrants
from stacks.deploy_role.grants.secretsmanager import SecretGrants
from stacks.deploy_role.grants.statement import StackGrant, patterns_of
from stacks.deploy_role.role import DeployRole
from stacks.deploy_role.trust import GitHubSubject, GitHubTrust
from stacks.names import AppFunction, ManagedPolicy, Schedule
from stacks.namespace import StackNamespace
from stacks.synthesizer import artifact_synthesizer

ROLE_ID: Final = "GitHubActionsDeployRole"
"""The role's logical id in the live stack."""


def trust_of(settings: Settings) -> GitHubTrust:
    """Make the role's trust, in the jobs of the branch and, if they are set, of the workflow and the environment."""
    place = (settings.github_owner, settings.github_repo, settings.github_branch)
    environment = settings.github_environment
    subject = GitHubSubject.for_environment(*place, environment) if environment else GitHubSubject.for_branch(*place)
    return GitHubTrust(
        settings.partition,
        settings.account,
        subject,
        workflow=settings.github_workflow,
        repository_id=settings.github_repository_id,
    )


class DeployRoleStack(Stack):
    """One IAM role and its ARN. An operator deploys this stack; the role itself has no grant on it.

    Attributes:
        granted: the role's policy, statement by statement. What the role reaches, the reason of each ARN, the
            namespaces that the proof holds it to, and the tables in docs/deploy-role.md are made from it.
    """

    def __init__(self, scope: Construct, settings: Settings, record: LiveRecord | None = None) -> None:
        super().__init__(
            scope,
            "DeployRole",
            stack_name=settings.role_stack_name,
            env=Environment(account=settings.account, region=settings.region),
            synthesizer=artifact_synthesizer(settings.artifact_bucket, settings.role_stack_name),
        )
        app = StackNamespace.of_app(settings, record)
        FunctionBoundary(self, BOUNDARY_ID, settings=settings, namespace=app)
        role = DeployRole(
            self,
            ROLE_ID,
            role_name=settings.deploy_role_name,
            policy_name=f"{settings.app_stack_name}-deploy",
            namespace=app,
            artifact_bucket=settings.artifact_bucket,
            trust=trust_of(settings),
        )
        self.granted = _grant_deployment(role, app, settings)
        _acknowledge_patterns(role, self.granted)
        _acknowledge_open_paths(role, app)
        CfnOutput(
            self,
            "GitHubActionsDeployRoleArn",
            description="Role ARN for aws-actions/configure-aws-credentials",
            value=role.role_arn,
        )


def _grant_deployment(role: DeployRole, app: StackNamespace, settings: Settings) -> tuple[StackGrant, ...]:
    artifacts = ArtifactBucketGrants.from_bucket(app, settings.artifact_bucket)
    functions = LambdaFunctionGrants.from_namespace(app)
    stack = CloudFormationStackGrants.from_namespace(app)
    seeding = DynamoDbSeedingGrants.from_namespace(app)
    roles = FunctionRoleGrants.bounded_by(app, settings.function_boundary_arn)
    buckets, tables = BucketGrants.from_namespace(app), DynamoDbTableGrants.from_namespace(app)
    secrets = SecretGrants.from_namespace(app)
    let_invoke = partial(functions.let_invoke, role, AppFunction.WORK_ENGINE, InvokingService.EVENTBRIDGE)
    return (
        stack.deploy(role),
        stack.create_change_sets(role),
        artifacts.find(role),
        artifacts.upload(role),
        artifacts.read(role),
        buckets.manage(role),
        *buckets.create(role),
        *functions.manage(role),
        *functions.create(role),
        *(() if all(app.has(schedule.permission) for schedule in Schedule) else (let_invoke(),)),
        *functions.publish(role, AppFunction.DOCS_APP),
        functions.invoke(role, AppFunction.WORK_ENGINE),
        EventBridgeRuleGrants.from_namespace(app).manage(role),
        tables.manage(role),
        *tables.create(role),
        seeding.seed_runtime(role),
        seeding.seed_recurring(role),
        *roles.manage(role),
        *roles.create(role),
        *roles.tag_again(role),
        roles.pass_to_lambda(role),
        roles.attach(role, *ManagedPolicy),
        secrets.manage(role),
        *secrets.create(role),
    )


def _acknowledge_patterns(role: DeployRole, granted: tuple[StackGrant, ...]) -> None:
    Validations.of(role).acknowledge(
        *(
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{pattern}]", reason=reason)
            for pattern, reason in patterns_of(granted).items()
        )
    )


def _acknowledge_open_paths(role: DeployRole, app: StackNamespace) -> None:
    """Say why the way to more permissions that is open stays so; leastgrant proves that there is no other."""
    if not app.has(AppFunction.DOCS_APP.url):
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="LeastGrant::escalation[lambda:AddPermission-lambda-permission]",
                reason="There is a URL to make that the public may call, and its permission names no service.",
            )
        )
