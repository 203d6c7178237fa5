"""The work engine: a private function that owns the execution data."""

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.dataops.archive import ExportArchive
from stacks.dataops.artifact import Artifact
from stacks.dataops.function import AppLambda
from stacks.dataops.portal_secret import PortalSecret
from stacks.dataops.tables import ExecutionTables
from stacks.names import AppFunction
from stacks.namespace import StackNamespace


class WorkEngine(Construct):
    """The function; it reads and writes the tables, reads the portal secret and writes exports."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment_name: str,
        artifact: Artifact,
        tables: ExecutionTables,
        archive: ExportArchive,
        portal_secret: PortalSecret,
        namespace: StackNamespace,
        boundary_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        app = AppLambda(
            self,
            "Lambda",
            name=AppFunction.WORK_ENGINE,
            artifact=artifact,
            runtime=lambda_.Runtime.NODEJS_24_X,
            handler="dist/handler.handler",
            timeout=Duration.seconds(30),
            namespace=namespace,
            boundary_arn=boundary_arn,
            environment={
                "DATAOPS_ENV": environment_name,
                **tables.environment,
                **archive.environment,
                "WORK_ENGINE_AUTH_MODE": "portal",
                "WORK_ENGINE_PORTAL_SECRET_NAME": portal_secret.arn,
            },
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "dynamodb:DeleteItem",
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:Query",
                        "dynamodb:Scan",
                        "dynamodb:UpdateItem",
                    ],
                    resources=tables.arns,
                ),
                iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[portal_secret.arn]),
                iam.PolicyStatement(actions=["s3:PutObject"], resources=[archive.export_arns]),
            ],
        )
        Validations.of(app.role).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions::AwsSolutions-IAM5[Resource::<{table}.Arn>/index/*]",
                    reason="The work engine queries every index of the table.",
                )
                for table in tables.indexed
            ),
            Acknowledgment(
                id=f"AwsSolutions::AwsSolutions-IAM5[Resource::<{archive.logical_id}.Arn>/{archive.prefix}/*]",
                reason="Each export is an object of its own under the prefix.",
            ),
        )
        Validations.of(app.function).acknowledge(
            Acknowledgment(
                id="Serverless::Serverless-LambdaDLQ",
                reason=(
                    "The live function has none. Only the daily schedules call it without waiting for the answer;"
                    " Lambda tries such a call three times, and a queue for what then fails is a further resource."
                ),
            )
        )
        self.withheld = app.withheld
        self.function = app.function
