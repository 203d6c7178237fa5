"""What the app stack and the deploy role must both call by the same name."""

from enum import StrEnum
from typing import Final

EXPORT_ARCHIVE: Final = "DataOpsExportArchiveBucket"
"""The export archive's logical id."""
PORTAL_SECRET_ID: Final = "WorkEnginePortalSecret"
"""The portal secret's logical id."""
PORTAL_SECRET: Final = "work-engine/portal-secret"
"""The portal secret's name, after `<stack>/`."""


class AppFunction(StrEnum):
    """The app's Lambda functions, by logical id, which CloudFormation makes part of their names."""

    DOCS_APP = "DocsFullAppFunction"
    WORK_ENGINE = "WorkEngineFunction"

    @property
    def role(self) -> str:
        """The logical id of the function's execution role."""
        return f"{self.value}Role"

    @property
    def url(self) -> str:
        """The logical id of the function's URL."""
        return f"{self.value}Url"


class ManagedPolicy(StrEnum):
    """The AWS managed policies that the functions' roles use."""

    LAMBDA_BASIC_EXECUTION = "service-role/AWSLambdaBasicExecutionRole"

    def arn(self, partition: str) -> str:
        """Give the policy's ARN in a partition."""
        return f"arn:{partition}:iam::aws:policy/{self.value}"


class Schedule(StrEnum):
    """The app's EventBridge rules, by logical id."""

    DAILY_CRON = "WorkEngineFunctionDailyWorkEngineCron"
    DAILY_EXPORT = "WorkEngineFunctionDailyWorkEngineExport"

    @property
    def permission(self) -> str:
        """The logical id of the permission by which the rule may call the work engine."""
        return f"{self.value}Permission"


class ExecutionTable(StrEnum):
    """The app's DynamoDB tables, by what follows `<stack>-` in their names."""

    TASKS = "tasks"
    BUNDLES = "bundles"
    TEMPLATES = "templates"
    USERS = "users"
    FILES = "files"
    ARTIFACTS = "artifacts"
    ASSISTANT_JOBS = "assistant-jobs"
    AUDIT_EVENTS = "audit-events"
    INTAKE = "intake"
    NOTIFICATIONS = "notifications"
    SESSIONS = "sessions"

    @property
    def is_recoverable(self) -> bool:
        """Whether its items can be restored to any second of the last days; a login makes a session anew."""
        return self is not ExecutionTable.SESSIONS

    @property
    def logical_id(self) -> str:
        """The table's logical id: `DataOpsAssistantJobsTable` for `assistant-jobs`."""
        return f"DataOps{''.join(word.capitalize() for word in self.value.split('-'))}Table"

    @property
    def variable(self) -> str:
        """The environment variable that names the table to the work engine."""
        return f"DATAOPS_{self.value.replace('-', '_').upper()}_TABLE"
