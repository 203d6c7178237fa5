"""The execution tables: everything the work engine knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.dataops.data import KEPT, DataClass, tag_as_data
from stacks.logical_ids import keep_logical_id
from stacks.names import ExecutionTable
from stacks.namespace import TABLE, StackNamespace
from stacks.withheld import withheld


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index of all attributes; its keys are strings."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What one table has that another has not. All have the keys PK and SK, pay per request, and are encrypted."""

    description: str
    indexes: tuple[Index, ...] = ()
    data_class: DataClass = DataClass.EXECUTION_STATE


_TABLES: Final[Mapping[ExecutionTable, TableSpec]] = {
    ExecutionTable.TASKS: TableSpec(
        "task and recurring execution state",
        (
            Index("GSI-Date", "date", "status"),
            Index("GSI-Bundle", "bundleId", "date"),
            Index("GSI-Status", "status", "date"),
        ),
    ),
    ExecutionTable.BUNDLES: TableSpec("workflow bundles"),
    ExecutionTable.TEMPLATES: TableSpec("runtime template projections"),
    ExecutionTable.USERS: TableSpec("operator identities"),
    ExecutionTable.FILES: TableSpec("file metadata", (Index("GSI-Task", "taskId", "SK"),)),
    ExecutionTable.ARTIFACTS: TableSpec("artifact metadata"),
    ExecutionTable.ASSISTANT_JOBS: TableSpec("assistant job metadata"),
    ExecutionTable.AUDIT_EVENTS: TableSpec("assistant job and workflow audit events"),
    ExecutionTable.INTAKE: TableSpec(
        "raw operational intake metadata",
        (
            Index("GSI-Status", "status", "updatedAt"),
            Index("GSI-SourceMessage", "sourceMessageKey", "SK"),
            Index("GSI-OwnerStatus", "ownerStatusKey", "updatedAt"),
            Index("GSI-AssigneeStatus", "assigneeStatusKey", "updatedAt"),
            Index("GSI-AssistantStatus", "assistantStatusKey", "updatedAt"),
            Index("GSI-FollowUp", "followUpAt", "updatedAt"),
        ),
    ),
    ExecutionTable.NOTIFICATIONS: TableSpec("reminders and notifications"),
    ExecutionTable.SESSIONS: TableSpec("session state", data_class=DataClass.SESSION_STATE),
}


class ExecutionTables(Construct):
    """The tables, by `ExecutionTable`. Keys and indexes are fixed: changing them would replace a table."""

    def __init__(self, scope: Construct, construct_id: str, *, namespace: StackNamespace) -> None:
        super().__init__(scope, construct_id)
        self.withheld: dict[str, str] = {}
        self._tables = {name: self._add(name, spec, namespace) for name, spec in _TABLES.items()}

    def __iter__(self) -> Iterator[tuple[ExecutionTable, TableSpec, dynamodb.Table]]:
        return ((name, _TABLES[name], table) for name, table in self._tables.items())

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that name the tables to the work engine."""
        return {name.variable: table.table_name for name, table in self._tables.items()}

    @property
    def arns(self) -> list[str]:
        """The ARNs of the tables, and of the indexes of those that have any."""
        return [
            arn
            for name, table in self._tables.items()
            for arn in (table.table_arn, *([f"{table.table_arn}/index/*"] if _TABLES[name].indexes else []))
        ]

    @property
    def indexed(self) -> list[str]:
        """The logical ids of the tables that have indexes."""
        return [name.logical_id for name, spec in _TABLES.items() if spec.indexes]

    def _add(self, name: ExecutionTable, spec: TableSpec, namespace: StackNamespace) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            name.logical_id,
            table_name=f"{namespace.stack_name}-{name}",
            partition_key=_string("PK"),
            sort_key=_string("SK"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            )
            if name.is_recoverable
            else None,
            removal_policy=KEPT,
        )
        for index in spec.indexes:
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_string(index.partition_key),
                sort_key=_string(index.sort_key),
            )
        keep_logical_id(table, name.logical_id)
        tag_as_data(table, spec.data_class)
        if name.is_recoverable and namespace.has(name.logical_id):
            self.withheld |= withheld(
                ["dynamodb:UpdateContinuousBackups"],
                namespace.arn(TABLE, f"-{name}"),
                reason="Without the continuous backup the table's items can no longer be restored.",
            )
        if not name.is_recoverable:
            Validations.of(table).acknowledge(
                Acknowledgment(
                    id="AwsSolutions::AwsSolutions-DDB3",
                    reason=f"The live {name} table has none: it holds {spec.description}, which a login makes anew.",
                )
            )
        return table


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
