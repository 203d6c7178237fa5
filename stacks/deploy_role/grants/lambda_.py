"""Managing the Lambda functions of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant
from stacks.names import AppFunction


class FunctionOperation(Operation):
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


class FunctionUrlOperation(Operation):
    """What CloudFormation does to a function's URL."""

    CREATE_FUNCTION_URL_CONFIG = "lambda:CreateFunctionUrlConfig"
    DELETE_FUNCTION_URL_CONFIG = "lambda:DeleteFunctionUrlConfig"
    GET_FUNCTION_URL_CONFIG = "lambda:GetFunctionUrlConfig"
    UPDATE_FUNCTION_URL_CONFIG = "lambda:UpdateFunctionUrlConfig"


class InvokeOperation(Operation):
    """What the smoke test does to a function."""

    INVOKE_FUNCTION = "lambda:InvokeFunction"


class LambdaFunctionGrants(StackGrants):
    """Grants on the app's functions."""

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow creating, reading, changing, tagging and deleting them, and saying who may invoke them."""
        functions = [self._namespace.function(function) for function in AppFunction]
        return grant(grantee, "LambdaDataOpsFunction", FunctionOperation, functions)

    def publish(self, grantee: iam.IGrantable, function: AppFunction) -> iam.Grant:
        """Allow creating, reading, changing and deleting one function's URL."""
        return grant(grantee, "LambdaDataOpsFunctionUrl", FunctionUrlOperation, [self._namespace.function(function)])

    def invoke(self, grantee: iam.IGrantable, function: AppFunction) -> iam.Grant:
        """Allow invoking one function."""
        return grant(grantee, "LambdaInvokeDataOpsFunction", InvokeOperation, [self._namespace.function(function)])
