"""Managing the DynamoDB tables of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.names import ExecutionTable
from stacks.namespace import TABLE, StackArn


class TableAction(GrantableAction):
    """What CloudFormation does to a table; no member reads or writes an item."""

    DESCRIBE_CONTINUOUS_BACKUPS = "dynamodb:DescribeContinuousBackups"
    DESCRIBE_TABLE = "dynamodb:DescribeTable"
    LIST_TAGS_OF_RESOURCE = "dynamodb:ListTagsOfResource"
    TAG_RESOURCE = "dynamodb:TagResource"
    UNTAG_RESOURCE = "dynamodb:UntagResource"
    UPDATE_TABLE = "dynamodb:UpdateTable"


class TableCreationAction(GrantableAction):
    """What makes a table, and takes it away again in the rollback of its creation."""

    CREATE_TABLE = "dynamodb:CreateTable"
    DELETE_TABLE = "dynamodb:DeleteTable"


class TableBackupAction(GrantableAction):
    """What turns a table's continuous backup on, and off."""

    UPDATE_CONTINUOUS_BACKUPS = "dynamodb:UpdateContinuousBackups"


class DynamoDbTableGrants(StackGrants):
    """Grants on the stack's tables."""

    def table(self, table: ExecutionTable) -> StackArn:
        """Give one table's ARN."""
        return self._namespace.arn(TABLE, f"-{table}")

    @property
    def tables(self) -> StackArn:
        """All tables of the stack."""
        return self._namespace.arn(
            TABLE, "-*", reason="The stack's tables begin so; no action here makes or deletes one."
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow reading, changing and tagging the tables."""
        return grant(
            grantee,
            "DynamoDbDataOpsExecutionTables",
            TableAction,
            [self.tables],
            purpose=(
                "CloudFormation reads, changes and tags the tables. `ops preflight` asks whether a name is taken."
            ),
        )

    def create(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow making the tables that are not there yet, and deleting these alone, in a rollback."""
        new = [table for table in ExecutionTable if not self._namespace.has(table.logical_id)]
        granted: list[StackGrant] = []
        if new:
            made = "CloudFormation makes the tables that the stack does not have yet, and deletes them in a rollback."
            tables = [self.table(table) for table in new]
            granted.append(grant(grantee, "DynamoDbCreateDataOpsTable", TableCreationAction, tables, purpose=made))
        if backed_up := [self.table(table) for table in new if table.is_recoverable]:
            backup = "CloudFormation turns their continuous backup on."
            granted.append(grant(grantee, "DynamoDbBackUpDataOpsTable", TableBackupAction, backed_up, purpose=backup))
        return tuple(granted)
