"""Managing the log groups of a stack's functions."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant
from stacks.names import AppFunction


class LogGroupOperation(Operation):
    """What CloudFormation does to a log group with a retention."""

    CREATE_LOG_GROUP = "logs:CreateLogGroup"
    DELETE_LOG_GROUP = "logs:DeleteLogGroup"
    PUT_RETENTION_POLICY = "logs:PutRetentionPolicy"
    TAG_RESOURCE = "logs:TagResource"
    UNTAG_RESOURCE = "logs:UntagResource"


class FunctionLogGrants(StackGrants):
    """Grants on the log groups that Lambda writes to."""

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow creating, changing, tagging and deleting them; reading what is in them is not among it."""
        return grant(
            grantee,
            "LogsDataOpsFunction",
            LogGroupOperation,
            [
                arn
                for function in AppFunction
                for arn in (
                    self._namespace.function_log_group(function),
                    self._namespace.function_log_streams(function),
                )
            ],
        )
