"""Seeding the tables of a stack after a deploy."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.names import ExecutionTable
from stacks.namespace import TABLE, StackArn


class ItemAction(GrantableAction):
    """What the seeding scripts do to items; no member deletes one."""

    GET_ITEM = "dynamodb:GetItem"
    PUT_ITEM = "dynamodb:PutItem"
    SCAN = "dynamodb:Scan"
    UPDATE_ITEM = "dynamodb:UpdateItem"


class DynamoDbSeedingGrants(StackGrants):
    """Grants on the items of a few named tables."""

    def table(self, table: ExecutionTable) -> StackArn:
        """Give one table's ARN."""
        return self._namespace.arn(TABLE, f"-{table}")

    def seed_runtime(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow seeding users and templates."""
        return grant(
            grantee,
            "DynamoDbDataOpsRuntimeSeed",
            [ItemAction.GET_ITEM, ItemAction.PUT_ITEM, ItemAction.SCAN],
            [self.table(ExecutionTable.USERS), self.table(ExecutionTable.TEMPLATES)],
            purpose="Seeding after the deploy: users and templates.",
        )

    def seed_recurring(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow seeding recurring tasks."""
        return grant(
            grantee,
            "DynamoDbDataOpsRecurringSeed",
            [ItemAction.PUT_ITEM, ItemAction.SCAN, ItemAction.UPDATE_ITEM],
            [self.table(ExecutionTable.TASKS)],
            purpose="Seeding after the deploy: recurring tasks.",
        )
