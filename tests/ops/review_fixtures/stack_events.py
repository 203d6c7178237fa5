"""The events of a stack, as `DescribeStackEvents` tells them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ops.review_fixtures.change_sets import APP_STACK, PLACE, UUID

STACK_ID = f"{PLACE}:stack/{APP_STACK}/{UUID}"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CRON = "WorkEngineFunctionDailyWorkEngineCron"
RULE_ARN = f"arn:aws:events:eu-west-1:817685572750:rule/{APP_STACK}-{CRON}-1ABCDEF2GHIJ3"
DEPLOYER = "arn:aws:sts::817685572750:assumed-role/dataops-github-actions-deploy/dataops-v1-deploy"
DENIED = (
    f"User: {DEPLOYER} is not authorized to perform: events:DescribeRule on resource: {RULE_ARN} because no"
    " identity-based policy allows the events:DescribeRule action (Service: AmazonCloudWatchEvents; Status Code: 400;"
    " Error Code: AccessDeniedException; Request ID: 1)"
)
TABLE, RULE, FUNCTION = "AWS::DynamoDB::Table", "AWS::Events::Rule", "AWS::Lambda::Function"


def of_stack(status: str, reason: str = "") -> dict[str, Any]:
    return of(APP_STACK, "AWS::CloudFormation::Stack", status, reason, STACK_ID)


def of(logical_id: str, type_name: str, status: str, reason: str = "", physical_id: str = "") -> dict[str, Any]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": type_name,
        "ResourceStatus": status,
        "PhysicalResourceId": physical_id,
    } | ({"ResourceStatusReason": reason} if reason else {})


def told(*events: dict[str, Any]) -> list[dict[str, Any]]:
    """Events in the order in which they happened, a second apart, told newest first."""
    whole = [
        {
            "StackId": STACK_ID,
            "StackName": APP_STACK,
            "EventId": str(n),
            "Timestamp": NOON + timedelta(seconds=n),
            **event,
        }
        for n, event in enumerate(events)
    ]
    return whole[::-1]


INTAKE = ("DataOpsIntakeTable", TABLE)
BEFORE = (of_stack("UPDATE_IN_PROGRESS", "User Initiated"), of_stack("UPDATE_COMPLETE"))
INCIDENT = (
    of_stack("UPDATE_IN_PROGRESS", "User Initiated"),
    of(*INTAKE, "CREATE_IN_PROGRESS"),
    of(*INTAKE, "CREATE_IN_PROGRESS", "Resource creation Initiated", "dataops-v1-intake"),
    of(*INTAKE, "CREATE_COMPLETE", "", "dataops-v1-intake"),
    of("WorkEngineFunction", FUNCTION, "UPDATE_IN_PROGRESS", "", "dataops-v1-WorkEngineFunction-1"),
    of(CRON, RULE, "CREATE_IN_PROGRESS"),
    of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", "Resource update cancelled", "dataops-v1-WorkEngineFunction-1"),
    of(CRON, RULE, "CREATE_FAILED", DENIED),
    of_stack("UPDATE_ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create: [{CRON}]."),
    of("WorkEngineFunction", FUNCTION, "UPDATE_IN_PROGRESS", "", "dataops-v1-WorkEngineFunction-1"),
    of("WorkEngineFunction", FUNCTION, "UPDATE_COMPLETE", "", "dataops-v1-WorkEngineFunction-1"),
    of_stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    of(CRON, RULE, "DELETE_COMPLETE"),
    of(*INTAKE, "DELETE_SKIPPED", "", "dataops-v1-intake"),
    of_stack("UPDATE_ROLLBACK_COMPLETE"),
)
"""The update that was rolled back in production, on `events:DescribeRule`."""
