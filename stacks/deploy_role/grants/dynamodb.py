"""Managing the DynamoDB tables of a stack."""

from typing import Final

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.namespace import StackArn

TABLE: Final = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"


class TableAction(GrantableAction):
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

    @property
    def tables(self) -> StackArn:
        """All tables of the stack."""
        return self._namespace.arn(
            TABLE, "-*", reason="The stack's eleven tables begin so; one more needs no change of this role."
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow creating, reading, changing, tagging and deleting the tables.

        Deleting is for the rollback of a table's creation; the template retains every table that held an item.
        """
        return grant(
            grantee,
            "DynamoDbDataOpsExecutionTables",
            TableAction,
            [self.tables],
            purpose=(
                "CloudFormation makes, reads, changes and tags the eleven tables. `DeleteTable` is for the rollback of"
                " a creation. `ops preflight` asks whether a name is taken."
            ),
        )
