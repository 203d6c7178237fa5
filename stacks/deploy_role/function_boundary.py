"""The permissions boundary of the app's functions: whatever their roles are given, they can do no more than this."""

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from settings import Settings
from stacks.names import PORTAL_SECRET, AppFunction
from stacks.namespace import StackNamespace

BOUNDARY_ID = "FunctionBoundary"
"""The policy's logical id."""


class FunctionBoundary(Construct):
    """A managed policy that the deploy role can neither change nor take off a role.

    It is kept when its stack goes: a role whose boundary does not exist can do nothing.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, namespace: StackNamespace) -> None:
        super().__init__(scope, construct_id)
        statements = _statements(settings, namespace)
        policy = iam.CfnManagedPolicy(
            self,
            "Default",
            managed_policy_name=settings.function_boundary_name,
            description=f"The most that a function of {namespace.stack_name} can do",
            policy_document=iam.PolicyDocument(statements=statements),
        )
        policy.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        patterns = dict.fromkeys(arn for statement in statements for arn in statement.resources)
        Validations.of(policy).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{pattern}]",
                    reason="A boundary grants nothing. It bounds the roles to what begins with the stack's name.",
                )
                for pattern in patterns
                if "*" in pattern
            )
        )


def _statements(settings: Settings, namespace: StackNamespace) -> list[iam.PolicyStatement]:
    def arn(service: str, name: str) -> str:
        return f"arn:{namespace.partition}:{service}:{namespace.region}:{namespace.account}:{name}"

    stack = namespace.stack_name
    tables = arn("dynamodb", f"table/{stack}-*")
    secrets = (
        f"{stack}/{PORTAL_SECRET}",
        settings.github_token_secret_name,
        settings.basic_auth_password_secret_name,
    )
    archive = f"arn:{namespace.partition}:s3:::{stack.lower()}-*/{settings.export_archive_prefix}/*"
    logs = [arn("logs", f"log-group:/aws/lambda/{stack}-*")]
    return [
        _statement("Logs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], logs),
        _statement(
            "Items",
            [
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ],
            [tables],
        ),
        _statement(
            "Secrets", ["secretsmanager:GetSecretValue"], [arn("secretsmanager", f"secret:{one}-*") for one in secrets]
        ),
        _statement(
            "WorkEngine",
            ["lambda:InvokeFunction"],
            [arn("lambda", f"function:{stack}-{AppFunction.WORK_ENGINE}-*")],
        ),
        _statement(
            "Exports",
            ["s3:PutObject"],
            [archive],
            {"StringEquals": {"aws:ResourceAccount": namespace.account}},
        ),
    ]


def _statement(
    sid: str, actions: list[str], resources: list[str], conditions: dict[str, object] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources, conditions=conditions)
