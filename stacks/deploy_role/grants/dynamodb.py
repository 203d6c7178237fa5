"""Managing the DynamoDB tables of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant


class TableOperation(Operation):
    """What CloudFormation does to a table; no member reads or writes an item."""

    CREATE_TABLE = "dynamodb:CreateTable"
    DELETE_TABLE = "dynamodb:DeleteTable"
    DESCRIBE_CONTINUOUS_BACKUPS = "dynamodb:DescribeContinuousBackups"
    DESCRIBE_TABLE = "dynamodb:DescribeTable"
    LIST_TAGS_OF_RESOURCE = "dynamodb:ListTagsOfResource"
    TAG_RESOURCE = "dynamodb:TagResource"
    UNTAG_RESOURCE = "dynamodb:UntagResource"
    UPDATE_CONTINUOUS_BACKUPS = "dynamodb:UpdateContinuousBackups"
    UPDATE_TABLE = "dynamodb:UpdateTable"


class DynamoDbTableGrants(StackGrants):
    """Grants on the stack's tables."""

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow creating, reading, changing, tagging and deleting the tables.

        Deleting is for the rollback of a table's creation; the template retains every table that held an item.
        """
        return grant(grantee, "DynamoDbDataOpsExecutionTables", TableOperation, [self._namespace.tables])
