"""What the two functions have in common: code built elsewhere, and an execution role of their own."""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.dataops.artifact import Artifact
from stacks.logical_ids import keep_logical_id
from stacks.names import AppFunction, ManagedPolicy
from stacks.namespace import ROLE, StackNamespace
from stacks.withheld import withheld


class AppLambda(Construct):
    """A function and its role.

    Each statement becomes an inline policy of the role, named as in the live stack. Were the policies resources of
    their own, the update would take the old ones away before the new ones are there.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: AppFunction,
        artifact: Artifact,
        runtime: lambda_.Runtime,
        handler: str,
        timeout: Duration,
        environment: Mapping[str, str],
        namespace: StackNamespace,
        boundary_arn: str,
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, construct_id)
        # The casts say what jsii's stubs do not: there, the classes name a parameter otherwise than their interfaces.
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=cast("iam.IPrincipal", iam.ServicePrincipal("lambda.amazonaws.com")),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(ManagedPolicy.LAMBDA_BASIC_EXECUTION)],
            inline_policies={
                f"{name.role}Policy{number}": iam.PolicyDocument(statements=[statement])
                for number, statement in enumerate(statements)
            },
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", boundary_arn),
        )
        keep_logical_id(self.role, name.role)
        # As in the live stack: CDK's own form says the same, and the take-over would write the trust anew.
        resource = cast("iam.CfnRole", self.role.node.default_child)
        trusting = {"Action": ["sts:AssumeRole"], "Principal.Service": ["lambda.amazonaws.com"]}
        for path, written in trusting.items():
            resource.add_property_override(f"AssumeRolePolicyDocument.Statement.0.{path}", written)
        self.role.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        Validations.of(self.role).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions::AwsSolutions-IAM4[Policy::{ManagedPolicy.LAMBDA_BASIC_EXECUTION.arn('<AWS::Partition>')}]",
                reason="The live role has this policy, which allows making and writing logs, and nothing else.",
            )
        )
        self.withheld = withheld(
            ["iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"],
            namespace.generated(ROLE, name.role),
            reason="Who may assume the role, and its boundary, keep whoever deploys from being more than the app.",
        )
        self.function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(str(artifact.directory), exclude=["**/__pycache__"]),
            runtime=runtime,
            architecture=lambda_.Architecture.X86_64,
            handler=handler,
            memory_size=1024,
            timeout=timeout,
            role=cast("iam.IRole", self.role),
            environment=environment,
        )
        keep_logical_id(self.function, name)
        Validations.of(self.function).acknowledge(
            Acknowledgment(
                id="Serverless::Serverless-LambdaTracing",
                reason="The live function is not traced; tracing needs X-Ray permissions that its role does not have.",
            ),
        )
