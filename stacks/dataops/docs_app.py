"""The docs app: a public function behind a login of its own."""

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from settings import Settings
from stacks.dataops.artifact import Artifact
from stacks.dataops.function import AppLambda
from stacks.dataops.portal_secret import PortalSecret
from stacks.dataops.work_engine import WorkEngine
from stacks.logical_ids import keep_logical_id
from stacks.names import AppFunction
from stacks.namespace import StackNamespace


class DocsApp(Construct):
    """The function, its URL, and the two permissions that make the URL public."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        namespace: StackNamespace,
        artifact: Artifact,
        work_engine: WorkEngine,
        portal_secret: PortalSecret,
    ) -> None:
        super().__init__(scope, construct_id)
        hand_made = (settings.github_token_secret_name, settings.basic_auth_password_secret_name)
        secrets = f"arn:{settings.partition}:secretsmanager:{settings.region}:{settings.account}:secret:"
        app = AppLambda(
            self,
            "Lambda",
            name=AppFunction.DOCS_APP,
            artifact=artifact,
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="lambda_functions.full_app_handler.handler",
            timeout=Duration.seconds(60),
            namespace=namespace,
            boundary_arn=settings.function_boundary_arn,
            environment={
                "GITHUB_OWNER": settings.github_owner,
                "GITHUB_REPO": settings.github_repo,
                "GITHUB_BRANCH": settings.github_branch,
                "GITHUB_TOKEN_SECRET_NAME": settings.github_token_secret_name,
                "BASIC_AUTH_USERNAME": settings.basic_auth_username,
                "BASIC_AUTH_PASSWORD_SECRET_NAME": settings.basic_auth_password_secret_name,
                "WORK_ENGINE_FUNCTION_NAME": work_engine.function.function_name,
                "WORK_ENGINE_PORTAL_SECRET_NAME": portal_secret.arn,
            },
            statements=[
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"],
                    resources=[*(f"{secrets}{name}-*" for name in hand_made), portal_secret.arn],
                ),
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[work_engine.function.function_arn]),
            ],
        )
        Validations.of(app.role).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{secrets}{name}-*]",
                    reason="Secrets Manager ends the ARN of the hand-made secret with six random characters.",
                )
                for name in hand_made
            )
        )
        Validations.of(app.function).acknowledge(
            Acknowledgment(
                id="Serverless::Serverless-LambdaDLQ",
                reason="The function is only called through its URL, which waits for the answer: nothing is queued.",
            )
        )
        self.withheld = app.withheld
        self.url = self._publish(app.function).attr_function_url

    def _publish(self, function: lambda_.Function) -> lambda_.CfnUrl:
        url = lambda_.CfnUrl(
            self,
            "Url",
            target_function_arn=function.function_name,
            auth_type="NONE",
            cors=lambda_.CfnUrl.CorsProperty(
                allow_credentials=False,
                allow_headers=["authorization", "content-type", "x-user-email"],
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_origins=["*"],
            ),
        )
        keep_logical_id(url, AppFunction.DOCS_APP.url)
        # A public URL needs both: whoever calls it must be allowed the URL, and the function through the URL.
        permissions = {
            "DocsFullAppFunctionUrlPublicPermissions": lambda_.CfnPermission(
                self,
                "UrlPermission",
                action="lambda:InvokeFunctionUrl",
                function_name=function.function_name,
                principal="*",
                function_url_auth_type="NONE",
            ),
            "DocsFullAppFunctionURLInvokeAllowPublicAccess": lambda_.CfnPermission(
                self,
                "InvokePermission",
                action="lambda:InvokeFunction",
                function_name=function.function_name,
                principal="*",
                invoked_via_function_url=True,
            ),
        }
        for logical_id, permission in permissions.items():
            keep_logical_id(permission, logical_id)
        return url
