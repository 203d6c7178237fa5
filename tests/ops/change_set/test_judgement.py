"""Each rule of a review, with the change that it is there for."""

from typing import Any

import pytest

from ops.aws.response import decoded
from ops.change_set.change_set import ChangeSet
from ops.change_set.comparison import Gain, ReviewComparison
from ops.change_set.judgement import of_changes, of_whole
from ops.change_set.review import Review, judge
from ops.change_set.verdict import ReviewVerdict
from ops.project.deployment import Deployment
from tests.ops.review_fixtures.change_sets import (
    APP_STACK,
    PLACE,
    POLICIES,
    ROLE_STACK,
    change,
    deploy_role,
    detail,
    response,
    table,
)

AS_REVIEWED = ReviewComparison({}, (), (), frozenset({"DataOpsIntakeTable"}))
SECRET, BUCKET = "AWS::SecretsManager::Secret", "AWS::S3::Bucket"


def read(document: dict[str, Any]) -> ChangeSet:
    return decoded(document, ChangeSet, "file.json")


def judged(
    deployment: Deployment,
    one: dict[str, Any],
    stack: str = APP_STACK,
    comparison: ReviewComparison | None = AS_REVIEWED,
) -> tuple[ReviewVerdict, str]:
    (found,) = of_changes(deployment, stack, read(response(stack, one)), comparison)
    return found.verdict, found.reason


REWORDED = detail(
    "AssumeRolePolicyDocument",
    Path="/Properties/AssumeRolePolicyDocument/Statement/0/Action",
    BeforeValue='["sts:AssumeRole"]',
    AfterValue="sts:AssumeRole",
)

APP_CHANGES = [
    # what holds data: never lost
    (table(action="Remove"), ReviewVerdict.REFUSED, "holds data: would be removed"),
    (table(action="Remove", PolicyAction="Retain"), ReviewVerdict.REFUSED, "it stays behind, outside the stack"),
    (table(action="Dynamic"), ReviewVerdict.REFUSED, "may be replaced or removed"),
    (table(detail("TableName", "Always")), ReviewVerdict.REFUSED, "would be replaced by another (TableName)"),
    (table(detail("KeySchema", "Conditionally")), ReviewVerdict.REFUSED, "may be replaced by another"),
    (table(detail("TableName", "Always", "Dynamic")), ReviewVerdict.REFUSED, "may be replaced by another"),
    (table(Replacement="True"), ReviewVerdict.REFUSED, "would be replaced"),
    (table(Replacement="Conditional"), ReviewVerdict.REFUSED, "may be replaced"),
    (table(PolicyAction="ReplaceAndRetain"), ReviewVerdict.REFUSED, "would be replaced"),
    (change("Remove", "Archive", BUCKET), ReviewVerdict.REFUSED, "holds data: would be removed"),
    (change("Modify", "Secret", SECRET, detail("Name", "Always")), ReviewVerdict.REFUSED, "would be replaced"),
    (
        table(detail(None, attribute="DeletionPolicy", AfterValue="Delete")),
        ReviewVerdict.HUMAN,
        "DeletionPolicy becomes Delete",
    ),
    (table(detail(None, attribute="UpdateReplacePolicy")), ReviewVerdict.HUMAN, "UpdateReplacePolicy becomes unknown"),
    (table(detail(None, attribute="DeletionPolicy", AfterValue="Retain")), ReviewVerdict.SAFE, "changes in place"),
    (table(detail("BillingMode")), ReviewVerdict.SAFE, "changes in place"),
    # the rest can be made anew, if somebody wants it
    (change("Remove", "Cron", "AWS::Events::Rule"), ReviewVerdict.HUMAN, "would be removed"),
    (change("Modify", "Cron", "AWS::Events::Rule", detail("Name", "Always")), ReviewVerdict.HUMAN, "would be replaced"),
    (change("Dynamic", "Cron", "AWS::Events::Rule"), ReviewVerdict.HUMAN, "may be replaced or removed"),
    # a rule that changes: CloudFormation does not know before that its ARN stays, and so that its permission does
    (
        change(
            "Modify",
            "CronPermission",
            "AWS::Lambda::Permission",
            detail("SourceArn", "Always", "Dynamic") | {"CausingEntity": "Cron.Arn"},
            Replacement="Conditional",
        ),
        ReviewVerdict.HUMAN,
        "may be replaced by another (SourceArn, if Cron.Arn changes); it holds no data",
    ),
    (change("SyncWithActual", "Cron", "AWS::Events::Rule"), ReviewVerdict.HUMAN, "has drifted"),
    (change("Add", "Cron", "AWS::Events::Rule"), ReviewVerdict.SAFE, "is new"),
    (change("Modify", "Cron", "AWS::Events::Rule", detail("State")), ReviewVerdict.SAFE, "changes in place"),
    # the deploy role, by its physical name, in whichever stack
    (deploy_role(action="Remove"), ReviewVerdict.REFUSED, "the deploy role: would be removed"),
    # what is not shown
    (change("Modify", "Nested", "AWS::CloudFormation::Stack"), ReviewVerdict.HUMAN, "inside a nested stack"),
    (change("Add", "Module", "Some::Type", ChangeSetId="arn"), ReviewVerdict.HUMAN, "inside a nested stack"),
    # trust of a function's role
    (
        change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", detail("AssumeRolePolicyDocument")),
        ReviewVerdict.HUMAN,
        "who may assume the role changes",
    ),
    (
        change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", REWORDED),
        ReviewVerdict.SAFE,
        "changes in place",
    ),
    # imports
    (
        change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table"),
        ReviewVerdict.SAFE,
        "import: the stack takes it over",
    ),
    (change("Import", "DataOpsTasksTable", "AWS::DynamoDB::Table"), ReviewVerdict.HUMAN, "does not keep it"),
    (
        change("Import", "Cron", "AWS::Events::Rule"),
        ReviewVerdict.HUMAN,
        "only what holds data is expected to be imported",
    ),
]


@pytest.mark.parametrize(("one", "verdict", "reason"), APP_CHANGES)
def test_a_change_of_the_app(deployment: Deployment, one: dict[str, Any], verdict: ReviewVerdict, reason: str) -> None:
    found, why = judged(deployment, one)
    assert (found, reason in why) == (verdict, True), why


ROLE_CHANGES = [
    (deploy_role(REWORDED), ReviewVerdict.HUMAN, "inline policy changes: AssumeRolePolicyDocument.Statement.0.Action"),
    (deploy_role(POLICIES), ReviewVerdict.SAFE, "changes in place"),
    (
        deploy_role(detail("Policies", Path="/Properties/Policies/0/PolicyDocument")),
        ReviewVerdict.SAFE,
        "changes in place",
    ),
    (deploy_role(POLICIES, PhysicalResourceId=None), ReviewVerdict.SAFE, "changes in place"),
    (deploy_role(action="Remove"), ReviewVerdict.REFUSED, "the deploy role: would be removed"),
    (deploy_role(detail("RoleName", "Always")), ReviewVerdict.REFUSED, "the deploy role: would be replaced"),
    (deploy_role(detail("Path", "Always", "Dynamic")), ReviewVerdict.REFUSED, "the deploy role: may be replaced"),
    (deploy_role(Replacement="Conditional"), ReviewVerdict.REFUSED, "the deploy role: may be replaced"),
    (
        deploy_role(detail("AssumeRolePolicyDocument")),
        ReviewVerdict.REFUSED,
        "who may assume the deploy role would change",
    ),
    (
        deploy_role(detail(None, Path="/Properties/AssumeRolePolicyDocument/Statement/0/Condition")),
        ReviewVerdict.REFUSED,
        "who may assume the deploy role would change",
    ),
    (
        deploy_role(detail("Policies", Path="/Properties/AssumeRolePolicyDocument/Statement")),
        ReviewVerdict.REFUSED,
        "who may assume the deploy role would change",
    ),
    (
        deploy_role(POLICIES, detail("MaxSessionDuration")),
        ReviewVerdict.HUMAN,
        "inline policy changes: MaxSessionDuration",
    ),
    (deploy_role(detail("ManagedPolicyArns")), ReviewVerdict.HUMAN, "inline policy changes: ManagedPolicyArns"),
    (deploy_role(POLICIES, detail(None, attribute="Tags")), ReviewVerdict.HUMAN, "inline policy changes: Tags"),
    (deploy_role(detail(None, attribute="Metadata")), ReviewVerdict.HUMAN, "inline policy changes: Metadata"),
    (deploy_role(POLICIES, Scope=["Properties", "Tags"]), ReviewVerdict.HUMAN, "inline policy changes: Tags"),
    (deploy_role(), ReviewVerdict.HUMAN, "it is not told which properties"),
    (deploy_role(detail(None)), ReviewVerdict.HUMAN, "it is not told which properties"),
    (deploy_role(action="Add"), ReviewVerdict.HUMAN, "not modified in place"),
    (deploy_role(action="Import"), ReviewVerdict.HUMAN, "not modified in place"),
    (change("Add", "Extra", "AWS::SQS::Queue"), ReviewVerdict.HUMAN, "the deploy role and nothing else"),
]


@pytest.mark.parametrize(("one", "verdict", "reason"), ROLE_CHANGES)
def test_a_change_of_the_role_s_stack(
    deployment: Deployment, one: dict[str, Any], verdict: ReviewVerdict, reason: str
) -> None:
    found, why = judged(deployment, one, ROLE_STACK)
    assert (found, reason in why) == (verdict, True), why


@pytest.mark.parametrize(
    ("one", "stack"),
    [
        (deploy_role(POLICIES), ROLE_STACK),
        (change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", POLICIES), APP_STACK),
        (change("Modify", "Url", "AWS::Lambda::Url", detail("Cors")), APP_STACK),
        (change("Add", "Anyone", "AWS::Lambda::Permission"), APP_STACK),
        (table(detail("ResourcePolicy")), APP_STACK),
    ],
)
def test_without_a_template_access_is_for_a_human(deployment: Deployment, one: dict[str, Any], stack: str) -> None:
    verdict, reason = judged(deployment, one, stack, None)
    assert (verdict, "was not compared" in reason) == (ReviewVerdict.HUMAN, True)


def test_without_a_template_an_import_is_for_a_human(deployment: Deployment) -> None:
    one = change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table")
    assert judged(deployment, one, comparison=None)[0] is ReviewVerdict.HUMAN


def test_what_the_comparison_says_counts_for_its_change(deployment: Deployment) -> None:
    one = change("Modify", "Cron", "AWS::Events::Rule", detail("State"))
    differing = ReviewComparison({"Cron": "is not as in the reviewed template (State)"}, (), (), frozenset())
    assert judged(deployment, one, comparison=differing) == (ReviewVerdict.HUMAN, differing.resources["Cron"])
    gaining = ReviewComparison({}, (), (Gain("Cron", "may do more"),), frozenset())
    assert judged(deployment, one, comparison=gaining) == (ReviewVerdict.REFUSED, "may do more")


ELSEWHERE = f"{PLACE}:stack/other/1".replace("eu-west-1", "us-east-1")
WHOLE: list[tuple[dict[str, Any], ReviewVerdict, str]] = [
    ({}, ReviewVerdict.SAFE, "changes no resource"),
    (
        {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."},
        ReviewVerdict.SAFE,
        "nothing to do",
    ),
    (
        {"Status": "FAILED", "StatusReason": "Transform failed."},
        ReviewVerdict.REFUSED,
        "could not make it: Transform failed.",
    ),
    ({"Status": "FAILED"}, ReviewVerdict.REFUSED, "no reason is given"),
    ({"Status": "CREATE_IN_PROGRESS"}, ReviewVerdict.REFUSED, "is not complete: CREATE_IN_PROGRESS"),
    ({"Status": "DELETE_COMPLETE"}, ReviewVerdict.REFUSED, "is not complete: DELETE_COMPLETE"),
    ({"ExecutionStatus": "OBSOLETE"}, ReviewVerdict.REFUSED, "the stack has changed since it was made"),
    ({"ExecutionStatus": "UNAVAILABLE"}, ReviewVerdict.REFUSED, "cannot be executed: UNAVAILABLE"),
    ({"ExecutionStatus": "EXECUTE_COMPLETE"}, ReviewVerdict.REFUSED, "it was executed already"),
    ({"StackName": "other"}, ReviewVerdict.REFUSED, "is of another stack: other"),
    ({"StackId": f"{PLACE}:stack/dataops-v1-other/1"}, ReviewVerdict.REFUSED, "is of another stack"),
    ({"StackId": ELSEWHERE.replace("other", "dataops-v1")}, ReviewVerdict.REFUSED, "is of another account or region"),
    (
        {"StackId": f"{PLACE}:stack/dataops-v1/1".replace("817685572750", "000000000000")},
        ReviewVerdict.REFUSED,
        "is of another account or region",
    ),
    ({"StackId": "dataops-v1"}, ReviewVerdict.REFUSED, "is of another stack"),
]


@pytest.mark.parametrize(("members", "verdict", "reason"), WHOLE)
def test_the_change_set_as_such(
    deployment: Deployment, members: dict[str, Any], verdict: ReviewVerdict, reason: str
) -> None:
    found = judge(deployment, APP_STACK, read(response(APP_STACK, **members)), AS_REVIEWED)
    assert (found.verdict, any(reason in one.reason for one in found.rulings)) == (verdict, True), found.rulings


def test_a_stack_that_is_none_of_the_settings_is_refused(deployment: Deployment) -> None:
    (ruling,) = [
        one
        for one in of_whole(deployment, "other", read(response("other")), None)
        if one.verdict is ReviewVerdict.REFUSED
    ]
    assert ruling.reason == "other is no stack of the settings"


def test_what_the_change_set_does_not_change_counts_too(deployment: Deployment) -> None:
    comparison = ReviewComparison({"Cron": "differs"}, ("Outputs",), (Gain("Role", "may do more"),), frozenset())
    found = judge(deployment, APP_STACK, read(response(APP_STACK, table())), comparison)
    assert [(one.verdict, one.reason) for one in found.rulings] == [
        (ReviewVerdict.HUMAN, "Outputs of its template: not as in the reviewed template"),
        (ReviewVerdict.HUMAN, "Cron differs"),
        (ReviewVerdict.REFUSED, "Role may do more"),
    ]
    assert found.verdict is ReviewVerdict.REFUSED


def test_the_worst_of_many_is_the_verdict(deployment: Deployment) -> None:
    changes = [change("Add", f"Rule{number}", "AWS::Events::Rule") for number in range(499)]
    found: Review = judge(
        deployment, APP_STACK, read(response(APP_STACK, *changes, table(action="Remove"))), AS_REVIEWED
    )
    assert found.verdict is ReviewVerdict.REFUSED
    assert found.text().startswith("REFUSED: reviewed of dataops-v1, 500 changes\n")
