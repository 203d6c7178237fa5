"""A name that is taken outside the stack is found, whatever its type; what cannot be asked for is never passed over."""

import json
from typing import Any

import pytest

from leastgrant.template import Environment, ResolvedTemplate, parse, resolve
from ops.checks.names_are_free import names_are_free
from ops.checks.result import CheckVerdict, result_of
from ops.project.deployment import Deployment
from ops.stack.fixed_names import LOOK_UPS, FixedName, UncheckedName, fixed_names
from tests.ops.scripted_aws import DENIED, NOW, THROTTLED, Answer, Failure, Parameters, no_stack, scripted

NOT_FOUND = Failure("ResourceNotFoundException", "not found")
TABLE, SECRET = "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"
PORTAL_ARN = "arn:aws:secretsmanager:eu-west-1:817685572750:secret:dataops-v1/work-engine/portal-secret-XyZ123"


def template(**resources: dict[str, Any]) -> ResolvedTemplate:
    text = json.dumps({"Parameters": {"Name": {"Type": "String"}}, "Resources": resources})
    return resolve(parse(text, "app.json"), Environment("aws", "eu-west-1", "817685572750", "dataops-v1"))


def summary(type_name: str, physical_id: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {
        "LogicalResourceId": "Logical",
        "PhysicalResourceId": physical_id,
        "ResourceType": type_name,
        "ResourceStatus": status,
        "LastUpdatedTimestamp": NOW,
    }


def listed(*summaries: dict[str, Any]) -> dict[str, Any]:
    return {"StackResourceSummaries": [*summaries]}


def owned_but(deployment: Deployment, *left_out: str) -> dict[str, Any]:
    """All that the app's stack has, in two pages' worth."""
    tables = [
        name.name
        for name in fixed_names(deployment.app.resolved)
        if isinstance(name, FixedName) and name.type == TABLE and name.name not in left_out
    ]
    return listed(*(summary(TABLE, table) for table in tables), summary(SECRET, PORTAL_ARN))


def asked(deployment: Deployment, **answers: Answer) -> Any:
    aws = scripted(deployment, **answers)
    resolved = deployment.app.resolved
    return result_of("names", lambda: names_are_free(aws.account, "dataops-v1", resolved)).finding, aws


def test_all_names_are_the_stacks(deployment: Deployment) -> None:
    finding, aws = asked(deployment, ListStackResources=owned_but(deployment))
    assert finding.verdict is CheckVerdict.GOOD
    names = [name for name in fixed_names(deployment.app.resolved) if isinstance(name, FixedName)]
    assert f"({len(names)} fixed names)" in finding.sentence
    assert len(aws.calls) == 1


def test_the_table_that_the_rollback_left(deployment: Deployment) -> None:
    def describe(asked: Parameters) -> dict[str, Any]:
        return {"Table": {"TableName": asked["TableName"]}}

    kept = summary(TABLE, "dataops-v1-intake", "DELETE_SKIPPED")
    resources = owned_but(deployment, "dataops-v1-intake")
    resources["StackResourceSummaries"].append(kept)
    finding, aws = asked(deployment, ListStackResources=resources, DescribeTable=describe)
    assert finding.verdict is CheckVerdict.FOUND
    assert finding.sentence == "1 resource outside dataops-v1 with a name that it will create: run ops reconcile"
    assert finding.details == ("DataOpsIntakeTable (AWS::DynamoDB::Table dataops-v1-intake) exists outside dataops-v1",)
    assert aws.called("DescribeTable") == [{"TableName": "dataops-v1-intake"}]


def test_a_name_that_no_import_frees_is_not_sent_to_one(deployment: Deployment) -> None:
    """Whoever goes back from gate 2 leaves the functions' boundary behind, and cannot make it a second time."""
    role_stack, name = deployment.role_stack, deployment.settings.function_boundary_name
    policy = {"Policy": {"PolicyName": name, "Arn": deployment.settings.function_boundary_arn}}
    role = summary("AWS::IAM::Role", deployment.settings.deploy_role_name)
    aws = scripted(deployment, ListStackResources=listed(role), GetPolicy=policy)
    finding = names_are_free(aws.account, role_stack.name, role_stack.resolved)
    assert finding.verdict is CheckVerdict.FOUND
    assert finding.sentence.endswith(" with a name that it will create: nothing takes it back, so it has to go first")
    assert finding.details == (f"FunctionBoundary (AWS::IAM::ManagedPolicy {name}) exists outside {role_stack.name}",)


def test_what_aws_names_itself_has_no_name_to_be_taken() -> None:
    topic = "arn:aws:sns:eu-west-1:817685572750:dataops-v1-Topic-1A2B3C"
    policy: dict[str, Any] = {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": [topic], "PolicyDocument": {}}}
    assert list(fixed_names(template(Policy=policy))) == []


def test_a_name_that_is_free(deployment: Deployment) -> None:
    resources = owned_but(deployment, "dataops-v1-intake")
    finding, _ = asked(deployment, ListStackResources=resources, DescribeTable=NOT_FOUND)
    assert finding.verdict is CheckVerdict.GOOD


def test_resources_on_later_pages_are_the_stacks(deployment: Deployment) -> None:
    both = owned_but(deployment)["StackResourceSummaries"]

    def pages(asked: Parameters) -> dict[str, Any]:
        return listed(*both[3:]) if "NextToken" in asked else listed(*both[:3]) | {"NextToken": "more"}

    finding, _ = asked(deployment, ListStackResources=pages)
    assert finding.verdict is CheckVerdict.GOOD


def test_without_a_stack_every_name_is_asked_for(deployment: Deployment) -> None:
    finding, aws = asked(
        deployment, ListStackResources=no_stack("dataops-v1"), DescribeTable=NOT_FOUND, DescribeSecret=NOT_FOUND
    )
    assert finding.verdict is CheckVerdict.GOOD
    types = [name.type for name in fixed_names(deployment.app.resolved)]
    assert len(aws.called("DescribeTable")) == types.count(TABLE)
    assert len(aws.called("DescribeSecret")) == types.count(SECRET)


def test_another_secrets_arn_is_not_mistaken(deployment: Deployment) -> None:
    resources = owned_but(deployment)
    resources["StackResourceSummaries"][-1]["PhysicalResourceId"] = PORTAL_ARN.replace("portal", "other")
    finding, _ = asked(deployment, ListStackResources=resources, DescribeSecret={"ARN": PORTAL_ARN, "DeletedDate": NOW})
    assert finding.verdict is CheckVerdict.FOUND


def test_one_denied_call_hides_no_other(deployment: Deployment) -> None:
    finding, _ = asked(
        deployment,
        ListStackResources=no_stack("dataops-v1"),
        DescribeTable=lambda asked: {"Table": {}} if asked["TableName"] == "dataops-v1-intake" else THROTTLED,
        DescribeSecret=DENIED,
    )
    assert finding.verdict is CheckVerdict.FOUND
    assert finding.details[0].startswith("DataOpsIntakeTable")
    assert "you need secretsmanager:DescribeSecret" in "\n".join(finding.details)
    assert len(finding.details) == len(list(fixed_names(deployment.app.resolved)))


@pytest.mark.parametrize("operation", ["ListStackResources", "DescribeTable"])
def test_what_is_denied_is_not_good(deployment: Deployment, operation: str) -> None:
    answers: dict[str, Answer] = {"ListStackResources": owned_but(deployment, "dataops-v1-intake"), operation: DENIED}
    finding, _ = asked(deployment, **answers)
    assert finding.verdict is CheckVerdict.NOT_ASKED
    assert f":{operation}" in "\n".join((finding.sentence, *finding.details))


FOUND_AS: dict[str, tuple[str, str, Answer, Failure]] = {
    TABLE: ("TableName", "DescribeTable", {"Table": {}}, NOT_FOUND),
    "AWS::Events::Rule": ("Name", "DescribeRule", {"Name": "taken"}, NOT_FOUND),
    "AWS::IAM::Role": (
        "RoleName",
        "GetRole",
        {
            "Role": {
                "Path": "/",
                "RoleName": "taken",
                "RoleId": "AROAEXAMPLEEXAMPLE",
                "Arn": "arn:aws:iam::817685572750:role/taken",
                "CreateDate": NOW,
            }
        },
        Failure("NoSuchEntity", "", 404),
    ),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "GetPolicy", {"Policy": {}}, Failure("NoSuchEntity", "", 404)),
    "AWS::Lambda::Function": ("FunctionName", "GetFunctionConfiguration", {"FunctionName": "taken"}, NOT_FOUND),
    "AWS::S3::Bucket": ("BucketName", "HeadBucket", {}, Failure("404", "Not Found", 404)),
    SECRET: ("Name", "DescribeSecret", {"Name": "taken"}, NOT_FOUND),
}


def test_each_type_that_can_be_asked_for_is_tested() -> None:
    assert FOUND_AS.keys() == LOOK_UPS.keys()


@pytest.mark.parametrize("type_name", FOUND_AS)
def test_each_type(deployment: Deployment, type_name: str) -> None:
    key, operation, there, absent = FOUND_AS[type_name]
    resolved = template(One={"Type": type_name, "Properties": {key: "taken"}})
    for answer, verdict in ((there, CheckVerdict.FOUND), (absent, CheckVerdict.GOOD), (DENIED, CheckVerdict.NOT_ASKED)):
        aws = scripted(deployment, ListStackResources=listed(), **{operation: answer})
        assert names_are_free(aws.account, "dataops-v1", resolved).verdict is verdict


def test_a_bucket_of_somebody_else_has_the_name(deployment: Deployment) -> None:
    resolved = template(One={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken"}})
    aws = scripted(deployment, ListStackResources=listed(), HeadBucket=Failure("403", "Forbidden", 403))
    assert names_are_free(aws.account, "dataops-v1", resolved).verdict is CheckVerdict.FOUND


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a"}}, "ops cannot ask whether"),
        ({"Type": "Custom::Thing", "Properties": {}}, "not known how resources of this type are named"),
        ({"Type": TABLE, "Properties": {"TableName": {"Ref": "Name"}}}, "TableName is not known before"),
        ({"Type": "AWS::Events::Rule", "Properties": {"Name": "a", "EventBusName": "b"}}, "event bus of its own"),
    ],
)
def test_what_cannot_be_asked_for_is_said(deployment: Deployment, resource: dict[str, Any], reason: str) -> None:
    resolved = template(One=resource)
    (name,) = fixed_names(resolved)
    assert isinstance(name, UncheckedName)
    aws = scripted(deployment, ListStackResources=listed())
    finding = names_are_free(aws.account, "dataops-v1", resolved)
    assert finding.verdict is CheckVerdict.NOT_ASKED
    assert finding.details[0].startswith("not checked: One (")
    assert reason in finding.details[0]


def test_names_that_cloudformation_makes_up_are_no_matter() -> None:
    assert list(fixed_names(template(One={"Type": "AWS::S3::Bucket"}, Two={"Type": "AWS::IAM::Role"}))) == []
