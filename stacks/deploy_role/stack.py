"""The stack `dataops-v1-github-actions`: the role that deploys the app stack, and what it may do."""

from typing import Final

from aws_cdk import Acknowledgment, CfnOutput, Environment, Stack, Validations
from constructs import Construct

from settings import Settings
from stacks.deploy_role.grants.artifacts import ArtifactBucketGrants
from stacks.deploy_role.grants.cloudformation import CloudFormationStackGrants
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants
from stacks.deploy_role.grants.dynamodb_seeding import DynamoDbSeedingGrants
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants
from stacks.deploy_role.grants.iam import FunctionRoleGrants
from stacks.deploy_role.grants.lambda_ import LambdaFunctionGrants
from stacks.deploy_role.grants.s3 import BucketGrants
from stacks.deploy_role.grants.secretsmanager import SecretGrants
from stacks.deploy_role.grants.statement import StackGrant, patterns_of
from stacks.deploy_role.role import DeployRole
from stacks.deploy_role.trust import GitHubSubject, GitHubTrust
from stacks.names import AppFunction, ManagedPolicy
from stacks.namespace import StackNamespace
from stacks.synthesizer import artifact_synthesizer

ROLE_ID: Final = "GitHubActionsDeployRole"
"""The role's logical id in the live stack."""


def app_namespace(settings: Settings) -> StackNamespace:
    """Make the namespace of the app stack."""
    return StackNamespace(settings.partition, settings.region, settings.account, settings.app_stack_name)


def trust_of(settings: Settings) -> GitHubTrust:
    """Make the role's trust, in the jobs of the branch that the settings name."""
    subject = GitHubSubject.for_branch(settings.github_owner, settings.github_repo, settings.github_branch)
    return GitHubTrust(settings.partition, settings.account, subject)


class DeployRoleStack(Stack):
    """One IAM role and its ARN. An operator deploys this stack; the role itself has no grant on it.

    Attributes:
        granted: the role's policy, statement by statement. What the role reaches, the reason of each ARN, the
            namespaces that the proof holds it to, and the tables in docs/deploy-role.md are made from it.
    """

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(
            scope,
            "DeployRole",
            stack_name=settings.role_stack_name,
            env=Environment(account=settings.account, region=settings.region),
            synthesizer=artifact_synthesizer(settings.artifact_bucket, settings.role_stack_name),
        )
        app = app_namespace(settings)
        role = DeployRole(
            self,
            ROLE_ID,
            role_name=settings.deploy_role_name,
            policy_name=f"{settings.app_stack_name}-deploy",
            namespace=app,
            artifact_bucket=settings.artifact_bucket,
            trust=trust_of(settings),
        )
        self.granted = _grant_deployment(role, app, settings.artifact_bucket)
        _acknowledge_patterns(role, self.granted)
        _acknowledge_open_paths(role)
        CfnOutput(
            self,
            "GitHubActionsDeployRoleArn",
            description="Role ARN for aws-actions/configure-aws-credentials",
            value=role.role_arn,
        )


def _grant_deployment(role: DeployRole, app: StackNamespace, artifact_bucket: str) -> tuple[StackGrant, ...]:
    artifacts = ArtifactBucketGrants.from_bucket(app, artifact_bucket)
    functions = LambdaFunctionGrants.from_namespace(app)
    seeding = DynamoDbSeedingGrants.from_namespace(app)
    roles = FunctionRoleGrants.from_namespace(app)
    secrets = SecretGrants.from_namespace(app)
    return (
        CloudFormationStackGrants.from_namespace(app).deploy(role),
        artifacts.find(role),
        artifacts.upload(role),
        artifacts.read(role),
        BucketGrants.from_namespace(app).manage(role),
        functions.manage(role),
        functions.publish(role, AppFunction.DOCS_APP),
        functions.invoke(role, AppFunction.WORK_ENGINE),
        EventBridgeRuleGrants.from_namespace(app).manage(role),
        DynamoDbTableGrants.from_namespace(app).manage(role),
        seeding.seed_runtime(role),
        seeding.seed_recurring(role),
        roles.manage(role),
        roles.pass_to_lambda(role),
        roles.attach(role, *ManagedPolicy),
        secrets.manage(role),
        secrets.generate(role),
    )


def _acknowledge_patterns(role: DeployRole, granted: tuple[StackGrant, ...]) -> None:
    Validations.of(role).acknowledge(
        *(
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{pattern}]", reason=reason)
            for pattern, reason in patterns_of(granted).items()
        )
    )


def _acknowledge_open_paths(role: DeployRole) -> None:
    """Say why each way to more permissions that is open stays so; leastgrant proves that there is no other."""
    by_deploying = "Whoever can merge to the trusted branch can do this by a deployment, and the pull request shows it."
    reasons = {
        "iam:PutRolePolicy-role-inline-policy": (
            "CloudFormation writes the policies of the two functions' roles with this role. A permissions boundary"
            f" would close it, and change both live roles: that is no part of the take-over. {by_deploying}"
        ),
        "iam:UpdateAssumeRolePolicy-role-trust": (
            f"CloudFormation changes the trust of the two functions' roles with this role. {by_deploying}"
        ),
        "lambda:CreateFunction-pass-lambda-function": (
            "To deploy a function is to hand it its role: one of two roles, and to Lambda alone."
        ),
        "lambda:UpdateFunctionConfiguration-pass-lambda-role": (
            "To change a function is to hand it its role again: one of two roles, and to Lambda alone."
        ),
        "lambda:UpdateFunctionCode-lambda-code": (
            f"To deploy the functions' code is what this role is for. {by_deploying}"
        ),
        "lambda:UpdateFunctionConfiguration-lambda-layer": (
            f"CloudFormation changes the functions' environment and runtime with this role. {by_deploying}"
        ),
        "lambda:AddPermission-lambda-permission": (
            "CloudFormation lets the schedules' rules invoke the work engine, and the public the docs app's URL."
            f" {by_deploying}"
        ),
    }
    Validations.of(role).acknowledge(
        *(Acknowledgment(id=f"LeastGrant::escalation[{path}]", reason=why) for path, why in reasons.items())
    )
