"""Managing the Lambda functions of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant
from stacks.names import AppFunction


class FunctionOperation(Operation):
    """What CloudFormation does to a function, its URL and its resource policy, and the smoke test's invocation."""

    ADD_PERMISSION = "lambda:AddPermission"
    CREATE_FUNCTION = "lambda:CreateFunction"
    CREATE_FUNCTION_URL_CONFIG = "lambda:CreateFunctionUrlConfig"
    DELETE_FUNCTION = "lambda:DeleteFunction"
    DELETE_FUNCTION_URL_CONFIG = "lambda:DeleteFunctionUrlConfig"
    GET_FUNCTION = "lambda:GetFunction"
    GET_FUNCTION_CONFIGURATION = "lambda:GetFunctionConfiguration"
    GET_FUNCTION_URL_CONFIG = "lambda:GetFunctionUrlConfig"
    INVOKE_FUNCTION = "lambda:InvokeFunction"
    LIST_TAGS = "lambda:ListTags"
    REMOVE_PERMISSION = "lambda:RemovePermission"
    TAG_RESOURCE = "lambda:TagResource"
    UNTAG_RESOURCE = "lambda:UntagResource"
    UPDATE_FUNCTION_CODE = "lambda:UpdateFunctionCode"
    UPDATE_FUNCTION_CONFIGURATION = "lambda:UpdateFunctionConfiguration"
    UPDATE_FUNCTION_URL_CONFIG = "lambda:UpdateFunctionUrlConfig"


class LambdaFunctionGrants(StackGrants):
    """Grants on the app's functions."""

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow creating, reading, changing, tagging, deleting and invoking them."""
        return grant(
            grantee,
            "LambdaDataOpsFunction",
            FunctionOperation,
            [
                arn
                for function in AppFunction
                for arn in (self._namespace.function(function), self._namespace.function_versions(function))
            ],
        )
