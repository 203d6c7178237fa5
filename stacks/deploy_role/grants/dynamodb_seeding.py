"""Seeding the tables of a stack after a deploy."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant
from stacks.names import ExecutionTable


class ItemOperation(Operation):
    """What the seeding scripts do to items; no member deletes one."""

    GET_ITEM = "dynamodb:GetItem"
    PUT_ITEM = "dynamodb:PutItem"
    SCAN = "dynamodb:Scan"
    UPDATE_ITEM = "dynamodb:UpdateItem"


class DynamoDbSeedingGrants(StackGrants):
    """Grants on the items of a few named tables."""

    def seed_runtime(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what the seeding of users and templates does."""
        return grant(
            grantee,
            "DynamoDbDataOpsRuntimeSeed",
            [ItemOperation.GET_ITEM, ItemOperation.PUT_ITEM, ItemOperation.SCAN],
            [self._namespace.table(table) for table in (ExecutionTable.USERS, ExecutionTable.TEMPLATES)],
        )

    def seed_recurring(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what the seeding of recurring tasks does."""
        return grant(
            grantee,
            "DynamoDbDataOpsRecurringSeed",
            [ItemOperation.PUT_ITEM, ItemOperation.SCAN, ItemOperation.UPDATE_ITEM],
            [self._namespace.table(ExecutionTable.TASKS)],
        )
