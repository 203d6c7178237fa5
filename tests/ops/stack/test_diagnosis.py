"""Why an operation failed, what it left behind and what comes next, by its events alone."""

from typing import Any

import pytest

from ops.project.deployment import Deployment
from ops.stack.diagnosis import Diagnosis, diagnose, next_steps
from ops.stack.events import OperationEvent, StackOperation
from tests.ops.review_fixtures.stack_events import (
    CRON,
    DENIED,
    DEPLOYER,
    FUNCTION,
    INCIDENT,
    INTAKE,
    NOON,
    RULE,
    RULE_ARN,
    of,
    of_stack,
)


def happened(*events: dict[str, Any]) -> StackOperation:
    return StackOperation(
        tuple(
            OperationEvent(
                id=str(number),
                time=NOON,
                logical_id=event["LogicalResourceId"],
                physical_id=event["PhysicalResourceId"],
                type=event["ResourceType"],
                status=event["ResourceStatus"],
                reason=event.get("ResourceStatusReason", ""),
                of_stack=event["ResourceType"] == "AWS::CloudFormation::Stack",
            )
            for number, event in enumerate(events)
        )
    )


def failed(reason: str) -> StackOperation:
    return happened(
        of_stack("UPDATE_IN_PROGRESS"),
        of(CRON, RULE, "CREATE_FAILED", reason),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create"),
        of_stack("UPDATE_ROLLBACK_COMPLETE"),
    )


def steps(deployment: Deployment, found: Diagnosis, stack: str = "dataops-v1") -> list[str]:
    return [step.partition("   (")[0] for step in next_steps(deployment, found, stack)]


def test_the_cause_is_what_failed_of_itself(deployment: Deployment) -> None:
    found = diagnose(deployment, happened(*INCIDENT))
    assert found.cause is not None
    assert found.cause.need is not None
    assert (found.cause.event.logical_id, found.cause.need.subject.name) == (CRON, CRON)


def test_without_a_failed_resource_the_stack_s_reason_is_the_cause(deployment: Deployment) -> None:
    reason = "Rule PlaceholderIsAskedForByName failed: DeployPlaceholder must be the stack's name, dataops-v1"
    begun = of_stack("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    found = diagnose(deployment, happened(begun, of_stack("UPDATE_ROLLBACK_COMPLETE")))
    assert found.cause is not None
    assert (found.cause.event.reason, found.cause.denial) == (reason, None)


def test_a_success_has_no_cause(deployment: Deployment) -> None:
    retried = of(CRON, RULE, "CREATE_FAILED", "Internal failure; retrying")
    found = diagnose(deployment, happened(of_stack("UPDATE_IN_PROGRESS"), retried, of_stack("UPDATE_COMPLETE")))
    assert (found.cause, steps(deployment, found)) == (None, ["python -m ops smoke"])


ELSEWHERE = "arn:aws:events:eu-west-1:817685572750:rule/other"
ANOTHER = DEPLOYER.replace("dataops-github-actions-deploy", "somebody")
PASSING = (
    f"User: {DEPLOYER} is not authorized to perform: iam:PassRole on resource: role dataops-v1-WorkEngineFunctionRole-1"
)
FIXES = [
    (DENIED, 'allow "events:DescribeRule" on "arn:aws:events:... the live role is stale'),
    (DENIED.replace(DEPLOYER, ANOTHER), "the caller is not the deploy role dataops-github-actions-deploy: deploy with"),
    (
        DENIED.replace("DescribeRule", "ActivateEventSource"),
        f'allow "events:ActivateEventSource" on "{RULE_ARN}"; leastgrant does not know this call... incidents.json',
    ),
    (DENIED.replace(RULE_ARN, ELSEWHERE), f'on "{ELSEWHERE}"; leastgrant does not know this call'),
    (
        DENIED.replace("because no identity-based", "with an explicit deny in an identity-based"),
        "no grant in the role fixes it: denied explicitly, by identity-based policy",
    ),
    (DENIED.replace("identity-based policy", "permissions boundary"), "no permissions boundary allows it"),
    (f"{DENIED} Encoded authorization failure message: abc", "--encoded-message abc... the live role is stale"),
    (
        PASSING,
        'allow "iam:PassRole" on "arn:aws:iam::817685572750:role/dataops-v1-WorkEngineFunctionRole-*" with... stale',
    ),
    (
        "API: s3:CreateBucket Access Denied",
        'allow "s3:CreateBucket" on "arn:aws:s3:::dataops-v1-dataopsexportarchivebucket-*"',
    ),
    ("Access Denied (Service: S3, Status Code: 403, Request ID: 1)", "the message names no action"),
]


@pytest.mark.parametrize(("reason", "fixed"), FIXES)
def test_a_denial_has_a_fix(deployment: Deployment, reason: str, fixed: str) -> None:
    found = diagnose(deployment, failed(reason))
    assert found.cause is not None
    fix = " ".join(found.cause.fix)
    assert [part for part in fixed.split("...") if part.strip() not in fix] == [], fix


def test_without_a_resource_the_need_is_of_what_failed(deployment: Deployment) -> None:
    users = of("DataOpsUsersTable", "AWS::DynamoDB::Table", "CREATE_FAILED", "API: dynamodb:CreateTable Access Denied")
    cause = diagnose(deployment, happened(users, of_stack("UPDATE_ROLLBACK_COMPLETE"))).cause
    assert cause is not None
    assert cause.need is not None
    assert cause.need.on == "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1-users"


def test_a_role_that_does_not_grant_it_either_is_said_to(deployment: Deployment) -> None:
    """As if the role's grant had been taken out of the source too."""
    stale = Deployment(deployment.settings, deployment.directory)
    resources = {"needs": deployment.needs, "role": type(deployment.role)("Deploy", ())}
    stale.__dict__.update(resources)
    cause = diagnose(stale, failed(DENIED)).cause
    assert cause is not None
    assert "the synthesised role does not grant it either" in cause.fix[0]


def test_what_the_rollback_kept_or_could_not_delete_is_left_behind(deployment: Deployment) -> None:
    operation = happened(
        of_stack("CREATE_IN_PROGRESS"),
        *(of(name, FUNCTION, "CREATE_COMPLETE", "", name.lower()) for name in ("Gone", "Stuck", "Silent")),
        of(*INTAKE, "CREATE_COMPLETE", "", "dataops-v1-intake"),
        of(CRON, RULE, "CREATE_FAILED", DENIED),
        of_stack("ROLLBACK_IN_PROGRESS"),
        of("Gone", FUNCTION, "DELETE_COMPLETE", "", "gone"),
        of("Stuck", FUNCTION, "DELETE_FAILED", "Internal failure", "stuck"),
        of(*INTAKE, "DELETE_SKIPPED", "", "dataops-v1-intake"),
        of_stack("ROLLBACK_FAILED"),
    )
    found = diagnose(deployment, operation)
    assert [event.logical_id for event in found.left_behind] == ["Stuck", "Silent", "DataOpsIntakeTable"]
    assert steps(deployment, found) == [
        "aws cloudformation delete-stack --region eu-west-1 --stack-name dataops-v1",
        "python -m ops reconcile",
        "python -m ops review dataops-v1-github-actions",
        "python -m ops preflight",
    ]


def test_a_deletion_tells_what_it_kept(deployment: Deployment) -> None:
    kept = of(*INTAKE, "DELETE_SKIPPED", "", "dataops-v1-intake")
    found = diagnose(deployment, happened(of_stack("DELETE_IN_PROGRESS"), kept, of_stack("DELETE_COMPLETE")))
    assert [event.logical_id for event in found.left_behind] == ["DataOpsIntakeTable"]
    assert steps(deployment, found) == []


def test_what_cannot_be_rolled_back_is_named_with_the_command(deployment: Deployment) -> None:
    operation = happened(
        of_stack("UPDATE_IN_PROGRESS"),
        of("DocsFullAppFunction", FUNCTION, "UPDATE_FAILED", "Invalid request provided", "docs"),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS"),
        of("DocsFullAppFunction", FUNCTION, "UPDATE_COMPLETE", "", "docs"),
        of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", "Access Denied (Service: S3)", "engine"),
        of(CRON, RULE, "UPDATE_FAILED", "Resource update cancelled", "cron"),
        of("Removed", RULE, "DELETE_FAILED", "Internal failure", "removed"),
        of_stack("UPDATE_ROLLBACK_FAILED", STUCK),
    )
    found = diagnose(deployment, operation)
    assert found.cause is not None
    assert found.cause.event.logical_id == "DocsFullAppFunction"
    assert [failure.event.logical_id for failure in found.stuck] == ["WorkEngineFunction"]
    command = "aws cloudformation continue-update-rollback --region eu-west-1 --stack-name dataops-v1"
    assert steps(deployment, found) == [
        "python -m ops review dataops-v1-github-actions",
        command,
        f"{command} --resources-to-skip WorkEngineFunction",
    ]


STUCK = "The following resource(s) failed to update: [WorkEngineFunction]."


def test_a_rollback_without_a_failed_resource_is_held_up_by_what_is_said_of_the_stack(deployment: Deployment) -> None:
    reason = "The stack could not be rolled back: internal error"
    begun, ended = of_stack("UPDATE_ROLLBACK_IN_PROGRESS"), of_stack("UPDATE_ROLLBACK_FAILED", reason)
    found = diagnose(deployment, happened(of_stack("UPDATE_IN_PROGRESS"), begun, ended))
    assert [failure.event.reason for failure in found.stuck] == [reason]
    assert steps(deployment, found) == [
        "aws cloudformation continue-update-rollback --region eu-west-1 --stack-name dataops-v1"
    ]


def test_what_fails_in_the_rollback_is_not_what_the_rollback_is_for(deployment: Deployment) -> None:
    stopped = of_stack("UPDATE_ROLLBACK_IN_PROGRESS", "Stack update cancelled by the user")
    late = of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", "Access Denied (Service: S3)", "engine")
    ended = of_stack("UPDATE_ROLLBACK_FAILED", STUCK)
    found = diagnose(deployment, happened(of_stack("UPDATE_IN_PROGRESS"), stopped, late, ended))
    assert found.cause is not None
    assert found.cause.event.reason == "Stack update cancelled by the user"
    assert [failure.event.logical_id for failure in found.stuck] == ["WorkEngineFunction"]


def test_that_somebody_asked_for_a_rollback_is_not_why_it_failed(deployment: Deployment) -> None:
    asked = of_stack("ROLLBACK_IN_PROGRESS", "User Initiated")
    found = diagnose(deployment, happened(asked, of_stack("ROLLBACK_FAILED", "Internal failure")))
    assert found.cause is not None
    assert found.cause.event.reason == "Internal failure"


@pytest.mark.parametrize(
    ("status", "first"),
    [
        ("UPDATE_FAILED", "aws cloudformation rollback-stack --region eu-west-1 --stack-name dataops-v1"),
        ("CREATE_FAILED", "aws cloudformation rollback-stack --region eu-west-1 --stack-name dataops-v1"),
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --region eu-west-1 --stack-name dataops-v1"),
        ("IMPORT_ROLLBACK_COMPLETE", "python -m ops preflight"),
    ],
)
def test_each_end_has_its_next_step(deployment: Deployment, status: str, first: str) -> None:
    assert steps(deployment, diagnose(deployment, happened(of_stack(status))))[0] == first


def test_what_fails_in_a_rollback_that_was_asked_for_is_its_cause(deployment: Deployment) -> None:
    operation = happened(
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        of("WorkEngineFunction", FUNCTION, "UPDATE_FAILED", "Invalid request provided", "engine"),
        of_stack("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [WorkEngineFunction]."),
    )
    found = diagnose(deployment, operation)
    assert found.cause is not None
    assert found.cause.event.logical_id == "WorkEngineFunction"
