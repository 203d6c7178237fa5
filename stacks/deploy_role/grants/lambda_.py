"""Managing the Lambda functions of a stack."""

from enum import StrEnum
from typing import Final

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.names import AppFunction
from stacks.namespace import StackArn


class FunctionAction(GrantableAction):
    """What CloudFormation does to a function, other than making it and changing its configuration."""

    DELETE_FUNCTION = "lambda:DeleteFunction"
    GET_FUNCTION = "lambda:GetFunction"
    LIST_TAGS = "lambda:ListTags"
    REMOVE_PERMISSION = "lambda:RemovePermission"
    TAG_RESOURCE = "lambda:TagResource"
    UNTAG_RESOURCE = "lambda:UntagResource"
    UPDATE_FUNCTION_CODE = "lambda:UpdateFunctionCode"


class FunctionConfigurationAction(GrantableAction):
    """What sets a function's configuration, its layers among it."""

    UPDATE_FUNCTION_CONFIGURATION = "lambda:UpdateFunctionConfiguration"


class FunctionCreationAction(GrantableAction):
    """What makes a function."""

    CREATE_FUNCTION = "lambda:CreateFunction"


class PermissionAction(GrantableAction):
    """What lets another invoke a function."""

    ADD_PERMISSION = "lambda:AddPermission"


class FunctionUrlCreationAction(GrantableAction):
    """What makes a function's URL."""

    CREATE_FUNCTION_URL_CONFIG = "lambda:CreateFunctionUrlConfig"


class FunctionUrlAction(GrantableAction):
    """What CloudFormation does to a function's URL, other than making it."""

    DELETE_FUNCTION_URL_CONFIG = "lambda:DeleteFunctionUrlConfig"
    GET_FUNCTION_URL_CONFIG = "lambda:GetFunctionUrlConfig"
    UPDATE_FUNCTION_URL_CONFIG = "lambda:UpdateFunctionUrlConfig"


class InvokeAction(GrantableAction):
    """What the smoke test does to a function."""

    INVOKE_FUNCTION = "lambda:InvokeFunction"


class InvokingService(StrEnum):
    """A service that may be let invoke a function."""

    EVENTBRIDGE = "events.amazonaws.com"


_NO_URL: Final = {"Null": {"lambda:FunctionUrlAuthType": "true"}}
_PUBLIC_URL: Final = {
    "StringEquals": {"lambda:Principal": "*"},
    "StringEqualsIfExists": {"lambda:FunctionUrlAuthType": "NONE"},  # one of the URL's two permissions names none
}
_NO_LAYER: Final = {"Null": {"lambda:Layer": "true"}}


class LambdaFunctionGrants(StackGrants):
    """Grants on the app's functions."""

    def function(self, function: AppFunction) -> StackArn:
        """Give one function's ARN."""
        return self._namespace.generated(
            "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}", function
        )

    @property
    def functions(self) -> tuple[StackArn, ...]:
        """All functions of the app."""
        return tuple(map(self.function, AppFunction))

    def manage(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow reading, changing, tagging and deleting them; with a layer, no configuration is set."""
        return (
            grant(
                grantee,
                "LambdaDataOpsFunction",
                FunctionAction,
                self.functions,
                purpose="CloudFormation reads, changes and deletes the functions and the permissions to invoke them.",
            ),
            grant(
                grantee,
                "LambdaConfigureDataOpsFunction",
                FunctionConfigurationAction,
                self.functions,
                purpose="CloudFormation sets the functions' configuration. They have no layers.",
                conditions=_NO_LAYER,
            ),
        )

    def create(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow making the functions that are not there yet, without a layer."""
        new = [self.function(function) for function in AppFunction if not self._namespace.has(function)]
        if not new:
            return ()
        return (
            grant(
                grantee,
                "LambdaCreateDataOpsFunction",
                FunctionCreationAction,
                new,
                purpose="CloudFormation makes the functions that the stack does not have yet.",
                conditions=_NO_LAYER,
            ),
        )

    def let_invoke(self, grantee: iam.IGrantable, function: AppFunction, *services: InvokingService) -> StackGrant:
        """Allow letting the given services invoke one function, and nobody else.

        Raises:
            TypeError: a service is not an `InvokingService`, so could be anyone.
            ValueError: there is no service.
        """
        if not services:
            raise ValueError("name the services that may invoke the function: without any, everyone could be let in")
        for service in services:
            if not isinstance(service, InvokingService):
                raise TypeError(f"a service that invokes a function is an InvokingService, not {service!r}")
        return grant(
            grantee,
            "LambdaLetInvokeDataOpsFunction",
            PermissionAction,
            [self.function(function)],
            purpose="CloudFormation lets the schedules' rules invoke the work engine, and no one else.",
            conditions={"StringEquals": {"lambda:Principal": [service.value for service in services]}, **_NO_URL},
        )

    def publish(self, grantee: iam.IGrantable, function: AppFunction) -> tuple[StackGrant, ...]:
        """Allow reading, changing and deleting one function's URL; and, if it is not there yet, making it."""
        url = grant(
            grantee,
            "LambdaDataOpsFunctionUrl",
            FunctionUrlAction,
            [self.function(function)],
            purpose="CloudFormation reads, changes and deletes the public URL.",
        )
        if self._namespace.has(function.url):
            return (url,)
        return (
            url,
            grant(
                grantee,
                "LambdaCreateDataOpsFunctionUrl",
                FunctionUrlCreationAction,
                [self.function(function)],
                purpose="CloudFormation makes the public URL.",
            ),
            grant(
                grantee,
                "LambdaLetAnyoneCallDataOpsFunctionUrl",
                PermissionAction,
                [self.function(function)],
                purpose="CloudFormation lets the public call the URL.",
                conditions=_PUBLIC_URL,
            ),
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
