"""Managing the Lambda functions of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.names import AppFunction
from stacks.namespace import StackArn


class FunctionAction(GrantableAction):
    """What CloudFormation does to a function and its resource policy."""

    ADD_PERMISSION = "lambda:AddPermission"
    CREATE_FUNCTION = "lambda:CreateFunction"
    DELETE_FUNCTION = "lambda:DeleteFunction"
    GET_FUNCTION = "lambda:GetFunction"
    LIST_TAGS = "lambda:ListTags"
    REMOVE_PERMISSION = "lambda:RemovePermission"
    TAG_RESOURCE = "lambda:TagResource"
    UNTAG_RESOURCE = "lambda:UntagResource"
    UPDATE_FUNCTION_CODE = "lambda:UpdateFunctionCode"
    UPDATE_FUNCTION_CONFIGURATION = "lambda:UpdateFunctionConfiguration"


class FunctionUrlAction(GrantableAction):
    """What CloudFormation does to a function's URL."""

    CREATE_FUNCTION_URL_CONFIG = "lambda:CreateFunctionUrlConfig"
    DELETE_FUNCTION_URL_CONFIG = "lambda:DeleteFunctionUrlConfig"
    GET_FUNCTION_URL_CONFIG = "lambda:GetFunctionUrlConfig"
    UPDATE_FUNCTION_URL_CONFIG = "lambda:UpdateFunctionUrlConfig"


class InvokeAction(GrantableAction):
    """What the smoke test does to a function."""

    INVOKE_FUNCTION = "lambda:InvokeFunction"


class LambdaFunctionGrants(StackGrants):
    """Grants on the app's functions."""

    def function(self, function: AppFunction) -> StackArn:
        """Give one function's ARN."""
        return self._namespace.arn(
            "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
            f"-{function}-*",
            reason=f"CloudFormation ends the name with random characters when it makes {function}.",
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow creating, reading, changing, tagging and deleting them, and saying who may invoke them."""
        return grant(
            grantee,
            "LambdaDataOpsFunction",
            FunctionAction,
            [self.function(function) for function in AppFunction],
            purpose=(
                "CloudFormation makes, reads, changes and deletes the functions and the permissions to invoke them."
            ),
        )

    def publish(self, grantee: iam.IGrantable, function: AppFunction) -> StackGrant:
        """Allow creating, reading, changing and deleting one function's URL."""
        return grant(
            grantee,
            "LambdaDataOpsFunctionUrl",
            FunctionUrlAction,
            [self.function(function)],
            purpose="CloudFormation makes, reads, changes and deletes the public URL.",
        )

    def invoke(self, grantee: iam.IGrantable, function: AppFunction) -> StackGrant:
        """Allow invoking one function."""
        return grant(
            grantee,
            "LambdaInvokeDataOpsFunction",
            InvokeAction,
            [self.function(function)],
            purpose="The smoke test invokes it.",
        )
