"""Change sets as `DescribeChangeSet` tells them."""

from typing import Any

ROLE_STACK = "dataops-v1-github-actions"
APP_STACK = "dataops-v1"
PLACE = "arn:aws:cloudformation:eu-west-1:817685572750"
UUID = "1f3b1c50-0000-11f0-aaaa-0a0000000001"


def response(stack: str = APP_STACK, *changes: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "ChangeSetName": "reviewed",
        "ChangeSetId": f"{PLACE}:changeSet/reviewed/{UUID}",
        "StackId": f"{PLACE}:stack/{stack}/{UUID}",
        "StackName": stack,
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "AVAILABLE",
        "Changes": list(changes),
    } | members


def change(action: str, logical_id: str, type_name: str, *details: dict[str, Any], **members: Any) -> dict[str, Any]:
    scope = list(dict.fromkeys(detail["Target"]["Attribute"] for detail in details))
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": action,
            "LogicalResourceId": logical_id,
            "ResourceType": type_name,
            "Scope": scope,
            "Details": list(details),
        }
        | ({"Replacement": "False"} if action == "Modify" else {})
        | members,
    }


def detail(
    name: str | None,
    recreation: str = "Never",
    evaluation: str = "Static",
    attribute: str = "Properties",
    **target: Any,
) -> dict[str, Any]:
    named = {"Name": name} if name else {}
    return {
        "Target": {"Attribute": attribute, "RequiresRecreation": recreation, **named, **target},
        "Evaluation": evaluation,
        "ChangeSource": "DirectModification",
    }


def table(*details: dict[str, Any], action: str = "Modify", **members: Any) -> dict[str, Any]:
    return change(action, "DataOpsTasksTable", "AWS::DynamoDB::Table", *details, **members)


def deploy_role(*details: dict[str, Any], action: str = "Modify", **members: Any) -> dict[str, Any]:
    named = {"PhysicalResourceId": "dataops-github-actions-deploy"}
    return change(action, "GitHubActionsDeployRole", "AWS::IAM::Role", *details, **named | members)


POLICIES = detail("Policies", Path="/Properties/Policies")
"""The change that the adoption makes."""
