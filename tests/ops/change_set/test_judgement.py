"""Each rule of a review, with the change that it is there for."""

from typing import Any

import pytest

from ops.aws.response import decoded
from ops.change_set.change_set import ChangeSet
from ops.change_set.comparison import Comparison, Gain
from ops.change_set.judgement import of_changes, of_whole
from ops.change_set.review import Review, judge
from ops.change_set.verdict import Verdict
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

AS_REVIEWED = Comparison({}, (), (), frozenset({"DataOpsIntakeTable"}))
SECRET, BUCKET = "AWS::SecretsManager::Secret", "AWS::S3::Bucket"


def read(document: dict[str, Any]) -> ChangeSet:
    return decoded(document, ChangeSet, "file.json")


def judged(
    deployment: Deployment, one: dict[str, Any], stack: str = APP_STACK, comparison: Comparison | None = AS_REVIEWED
) -> tuple[Verdict, str]:
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
    (table(action="Remove"), Verdict.REFUSED, "holds data: would be removed"),
    (table(action="Remove", PolicyAction="Retain"), Verdict.REFUSED, "it stays behind, outside the stack"),
    (table(action="Dynamic"), Verdict.REFUSED, "may be replaced or removed"),
    (table(detail("TableName", "Always")), Verdict.REFUSED, "would be replaced by another (TableName)"),
    (table(detail("KeySchema", "Conditionally")), Verdict.REFUSED, "may be replaced by another"),
    (table(detail("TableName", "Always", "Dynamic")), Verdict.REFUSED, "may be replaced by another"),
    (table(Replacement="True"), Verdict.REFUSED, "would be replaced"),
    (table(Replacement="Conditional"), Verdict.REFUSED, "may be replaced"),
    (table(PolicyAction="ReplaceAndRetain"), Verdict.REFUSED, "would be replaced"),
    (change("Remove", "Archive", BUCKET), Verdict.REFUSED, "holds data: would be removed"),
    (change("Modify", "Secret", SECRET, detail("Name", "Always")), Verdict.REFUSED, "would be replaced"),
    (
        table(detail(None, attribute="DeletionPolicy", AfterValue="Delete")),
        Verdict.HUMAN,
        "DeletionPolicy becomes Delete",
    ),
    (table(detail(None, attribute="UpdateReplacePolicy")), Verdict.HUMAN, "UpdateReplacePolicy becomes unknown"),
    (table(detail(None, attribute="DeletionPolicy", AfterValue="Retain")), Verdict.SAFE, "changes in place"),
    (table(detail("BillingMode")), Verdict.SAFE, "changes in place"),
    # the rest can be made anew, if somebody wants it
    (change("Remove", "Cron", "AWS::Events::Rule"), Verdict.HUMAN, "would be removed"),
    (change("Modify", "Cron", "AWS::Events::Rule", detail("Name", "Always")), Verdict.HUMAN, "would be replaced"),
    (change("Dynamic", "Cron", "AWS::Events::Rule"), Verdict.HUMAN, "may be replaced or removed"),
    # a rule that changes: CloudFormation does not know before that its ARN stays, and so that its permission does
    (
        change(
            "Modify",
            "CronPermission",
            "AWS::Lambda::Permission",
            detail("SourceArn", "Always", "Dynamic") | {"CausingEntity": "Cron.Arn"},
            Replacement="Conditional",
        ),
        Verdict.HUMAN,
        "may be replaced by another (SourceArn, if Cron.Arn changes); it holds no data",
    ),
    (change("SyncWithActual", "Cron", "AWS::Events::Rule"), Verdict.HUMAN, "has drifted"),
    (change("Add", "Cron", "AWS::Events::Rule"), Verdict.SAFE, "is new"),
    (change("Modify", "Cron", "AWS::Events::Rule", detail("State")), Verdict.SAFE, "changes in place"),
    # the deploy role, by its physical name, in whichever stack
    (deploy_role(action="Remove"), Verdict.REFUSED, "the deploy role: would be removed"),
    # what is not shown
    (change("Modify", "Nested", "AWS::CloudFormation::Stack"), Verdict.HUMAN, "inside a nested stack"),
    (change("Add", "Module", "Some::Type", ChangeSetId="arn"), Verdict.HUMAN, "inside a nested stack"),
    # trust of a function's role
    (
        change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", detail("AssumeRolePolicyDocument")),
        Verdict.HUMAN,
        "who may assume the role changes",
    ),
    (
        change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", REWORDED),
        Verdict.SAFE,
        "changes in place",
    ),
    # imports
    (change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table"), Verdict.SAFE, "import: the stack takes it over"),
    (change("Import", "DataOpsTasksTable", "AWS::DynamoDB::Table"), Verdict.HUMAN, "does not keep it"),
    (change("Import", "Cron", "AWS::Events::Rule"), Verdict.HUMAN, "only what holds data is expected to be imported"),
]


@pytest.mark.parametrize(("one", "verdict", "reason"), APP_CHANGES)
def test_a_change_of_the_app(deployment: Deployment, one: dict[str, Any], verdict: Verdict, reason: str) -> None:
    found, why = judged(deployment, one)
    assert (found, reason in why) == (verdict, True), why


ROLE_CHANGES = [
    (deploy_role(REWORDED), Verdict.HUMAN, "inline policy changes: AssumeRolePolicyDocument.Statement.0.Action"),
    (deploy_role(POLICIES), Verdict.SAFE, "changes in place"),
    (deploy_role(detail("Policies", Path="/Properties/Policies/0/PolicyDocument")), Verdict.SAFE, "changes in place"),
    (deploy_role(POLICIES, PhysicalResourceId=None), Verdict.SAFE, "changes in place"),
    (deploy_role(action="Remove"), Verdict.REFUSED, "the deploy role: would be removed"),
    (deploy_role(detail("RoleName", "Always")), Verdict.REFUSED, "the deploy role: would be replaced"),
    (deploy_role(detail("Path", "Always", "Dynamic")), Verdict.REFUSED, "the deploy role: may be replaced"),
    (deploy_role(Replacement="Conditional"), Verdict.REFUSED, "the deploy role: may be replaced"),
    (deploy_role(detail("AssumeRolePolicyDocument")), Verdict.REFUSED, "who may assume the deploy role would change"),
    (
        deploy_role(detail(None, Path="/Properties/AssumeRolePolicyDocument/Statement/0/Condition")),
        Verdict.REFUSED,
        "who may assume the deploy role would change",
    ),
    (
        deploy_role(detail("Policies", Path="/Properties/AssumeRolePolicyDocument/Statement")),
        Verdict.REFUSED,
        "who may assume the deploy role would change",
    ),
    (deploy_role(POLICIES, detail("MaxSessionDuration")), Verdict.HUMAN, "inline policy changes: MaxSessionDuration"),
    (deploy_role(detail("ManagedPolicyArns")), Verdict.HUMAN, "inline policy changes: ManagedPolicyArns"),
    (deploy_role(POLICIES, detail(None, attribute="Tags")), Verdict.HUMAN, "inline policy changes: Tags"),
    (deploy_role(detail(None, attribute="Metadata")), Verdict.HUMAN, "inline policy changes: Metadata"),
    (deploy_role(POLICIES, Scope=["Properties", "Tags"]), Verdict.HUMAN, "inline policy changes: Tags"),
    (deploy_role(), Verdict.HUMAN, "it is not told which properties"),
    (deploy_role(detail(None)), Verdict.HUMAN, "it is not told which properties"),
    (deploy_role(action="Add"), Verdict.HUMAN, "not modified in place"),
    (deploy_role(action="Import"), Verdict.HUMAN, "not modified in place"),
    (change("Add", "Extra", "AWS::SQS::Queue"), Verdict.HUMAN, "the deploy role and nothing else"),
]


@pytest.mark.parametrize(("one", "verdict", "reason"), ROLE_CHANGES)
def test_a_change_of_the_role_s_stack(
    deployment: Deployment, one: dict[str, Any], verdict: Verdict, reason: str
) -> None:
    found, why = judged(deployment, one, ROLE_STACK)
    assert (found, reason in why) == (verdict, True), why


@pytest.mark.parametrize(
    ("one", "stack"),
    [
        (deploy_role(POLICIES), ROLE_STACK),
        (change("Modify", "WorkEngineFunctionRole", "AWS::IAM::Role", POLICIES), APP_STACK),
        (change("Modify", "Url", "AWS::Lambda::Url", detail("AuthType")), APP_STACK),
        (change("Add", "Anyone", "AWS::Lambda::Permission"), APP_STACK),
        (table(detail("ResourcePolicy")), APP_STACK),
    ],
)
def test_without_a_template_access_is_for_a_human(deployment: Deployment, one: dict[str, Any], stack: str) -> None:
    verdict, reason = judged(deployment, one, stack, None)
    assert (verdict, "was not compared" in reason) == (Verdict.HUMAN, True)


def test_without_a_template_an_import_is_for_a_human(deployment: Deployment) -> None:
    one = change("Import", "DataOpsIntakeTable", "AWS::DynamoDB::Table")
    assert judged(deployment, one, comparison=None)[0] is Verdict.HUMAN


def test_what_the_comparison_says_counts_for_its_change(deployment: Deployment) -> None:
    one = change("Modify", "Cron", "AWS::Events::Rule", detail("State"))
    differing = Comparison({"Cron": "is not as in the reviewed template (State)"}, (), (), frozenset())
    assert judged(deployment, one, comparison=differing) == (Verdict.HUMAN, differing.resources["Cron"])
    gaining = Comparison({}, (), (Gain("Cron", "may do more"),), frozenset())
    assert judged(deployment, one, comparison=gaining) == (Verdict.REFUSED, "may do more")


ELSEWHERE = f"{PLACE}:stack/other/1".replace("eu-west-1", "us-east-1")
WHOLE: list[tuple[dict[str, Any], Verdict, str]] = [
    ({}, Verdict.SAFE, "changes no resource"),
    (
        {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."},
        Verdict.SAFE,
        "nothing to do",
    ),
    (
        {"Status": "FAILED", "StatusReason": "Transform failed."},
        Verdict.REFUSED,
        "could not make it: Transform failed.",
    ),
    ({"Status": "FAILED"}, Verdict.REFUSED, "no reason is given"),
    ({"Status": "CREATE_IN_PROGRESS"}, Verdict.REFUSED, "is not complete: CREATE_IN_PROGRESS"),
    ({"Status": "DELETE_COMPLETE"}, Verdict.REFUSED, "is not complete: DELETE_COMPLETE"),
    ({"ExecutionStatus": "OBSOLETE"}, Verdict.REFUSED, "the stack has changed since it was made"),
    ({"ExecutionStatus": "UNAVAILABLE"}, Verdict.REFUSED, "cannot be executed: UNAVAILABLE"),
    ({"ExecutionStatus": "EXECUTE_COMPLETE"}, Verdict.REFUSED, "it was executed already"),
    ({"StackName": "other"}, Verdict.REFUSED, "is of another stack: other"),
    ({"StackId": f"{PLACE}:stack/dataops-v1-other/1"}, Verdict.REFUSED, "is of another stack"),
    ({"StackId": ELSEWHERE.replace("other", "dataops-v1")}, Verdict.REFUSED, "is of another account or region"),
    (
        {"StackId": f"{PLACE}:stack/dataops-v1/1".replace("817685572750", "000000000000")},
        Verdict.REFUSED,
        "is of another account or region",
    ),
    ({"StackId": "dataops-v1"}, Verdict.REFUSED, "is of another stack"),
]


@pytest.mark.parametrize(("members", "verdict", "reason"), WHOLE)
def test_the_change_set_as_such(deployment: Deployment, members: dict[str, Any], verdict: Verdict, reason: str) -> None:
    found = judge(deployment, APP_STACK, read(response(APP_STACK, **members)), AS_REVIEWED)
    assert (found.verdict, any(reason in one.reason for one in found.decisions)) == (verdict, True), found.decisions


def test_a_stack_that_is_none_of_the_settings_is_refused(deployment: Deployment) -> None:
    (decision,) = [
        one for one in of_whole(deployment, "other", read(response("other")), None) if one.verdict is Verdict.REFUSED
    ]
    assert decision.reason == "other is no stack of the settings"


def test_what_the_change_set_does_not_change_counts_too(deployment: Deployment) -> None:
    comparison = Comparison({"Cron": "differs"}, ("Outputs",), (Gain("Role", "may do more"),), frozenset())
    found = judge(deployment, APP_STACK, read(response(APP_STACK, table())), comparison)
    assert [(one.verdict, one.reason) for one in found.decisions] == [
        (Verdict.HUMAN, "Outputs of its template: not as in the reviewed template"),
        (Verdict.HUMAN, "Cron differs"),
        (Verdict.REFUSED, "Role may do more"),
    ]
    assert found.verdict is Verdict.REFUSED


def test_the_worst_of_many_is_the_verdict(deployment: Deployment) -> None:
    changes = [change("Add", f"Rule{number}", "AWS::Events::Rule") for number in range(499)]
    found: Review = judge(
        deployment, APP_STACK, read(response(APP_STACK, *changes, table(action="Remove"))), AS_REVIEWED
    )
    assert found.verdict is Verdict.REFUSED
    assert found.text().startswith("REFUSED: reviewed of dataops-v1, 500 changes\n")
