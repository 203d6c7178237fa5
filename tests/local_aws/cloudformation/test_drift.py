"""Drift: what was changed behind a stack's back is found, and nothing else is."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from tests.local_aws.cloudformation.handlers.test_agreement import STACKS
from tests.local_aws.cloudformation.stacks import Deployer, declared, function, new_name, role, rule, table, template

READABLE: dict[str, dict[str, Any]] = {
    **STACKS,
    "app": {
        "Role": role(),
        "Rule": rule(properties={"EventPattern": {"source": ["a"]}}),
        "Table": table(DeletionProtectionEnabled=False),
        "Key": declared("AWS::KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}),
        "Alias": declared("AWS::KMS::Alias", {"AliasName": "alias/drift", "TargetKeyId": {"Ref": "Key"}}),
    },
}
NOT_READ = {"AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy"}


class Drifting:
    """A stack, and what is found of it."""

    def __init__(self, aws: Emulator, resources: dict[str, Any], who: Any = None) -> None:
        self.aws, self.stack = aws, new_name("drift")
        operator = Deployer(aws, aws.operator)
        assert operator.deploy(self.stack, {"Resources": resources}, "CREATE") == "CREATE_COMPLETE"
        self.client = aws.client("cloudformation", who or aws.operator)

    def detected(self) -> dict[str, Any]:
        asked = self.client.detect_stack_drift(StackName=self.stack)["StackDriftDetectionId"]
        return self.client.describe_stack_drift_detection_status(StackDriftDetectionId=asked)

    def drifts(self, **filters: Any) -> dict[str, Any]:
        found = self.client.describe_stack_resource_drifts(StackName=self.stack, **filters)["StackResourceDrifts"]
        return {one["LogicalResourceId"]: one for one in found}

    def physical(self, name: str) -> str:
        return self.aws.cloudformation.stacks[self.stack].resources[name].physical_id


@pytest.mark.parametrize("name", READABLE)
def test_nothing_drifts_by_itself(aws: Emulator, name: str) -> None:
    stack = Drifting(aws, READABLE[name])
    found = stack.detected()
    assert (found["StackDriftStatus"], found["DetectionStatus"]) == ("IN_SYNC", "DETECTION_COMPLETE")
    drifts = stack.drifts()
    assert {one["StackResourceDriftStatus"] for one in drifts.values()} == {"IN_SYNC"}
    assert {one["Type"] for key, one in READABLE[name].items() if key not in drifts} <= NOT_READ


def test_what_was_changed_by_hand_is_found(aws: Emulator, code: dict[str, str]) -> None:
    resources = {
        "Role": role(),
        "Function": function({"Fn::GetAtt": ["Role", "Arn"]}, code, MemorySize=256),
        "Queue": declared("AWS::SQS::Queue", {"DelaySeconds": "5", "VisibilityTimeout": 60}),
        "Logs": declared("AWS::Logs::LogGroup", {"RetentionInDays": 7}),
        "Table": table(),
        "Rule": rule(),
        "Group": declared("AWS::DAX::SubnetGroup", {"SubnetIds": []}),
    }
    stack = Drifting(aws, resources)

    def client(service: str) -> Any:
        return aws.client(service, aws.operator)

    name = stack.physical("Role")
    document = client("iam").get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"]
    document["Statement"][0]["Action"] = "s3:*"
    client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    client("iam").put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=json.dumps(document))
    client("lambda").update_function_configuration(FunctionName=stack.physical("Function"), MemorySize=512)
    client("sqs").set_queue_attributes(QueueUrl=stack.physical("Queue"), Attributes={"DelaySeconds": "6"})
    client("dynamodb").delete_table(TableName=stack.physical("Table"))

    found = stack.detected()
    assert (found["StackDriftStatus"], found["DriftedStackResourceCount"]) == ("DRIFTED", 4)
    drifts = stack.drifts()
    assert {key: one["StackResourceDriftStatus"] for key, one in drifts.items()} == {
        "Role": "MODIFIED",
        "Function": "MODIFIED",
        "Queue": "MODIFIED",
        "Logs": "IN_SYNC",
        "Table": "DELETED",
        "Rule": "IN_SYNC",
    }
    assert drifts["Queue"]["PropertyDifferences"] == [
        {"PropertyPath": "/DelaySeconds", "ExpectedValue": "5", "ActualValue": "6", "DifferenceType": "NOT_EQUAL"}
    ]
    assert [(one["PropertyPath"], one["DifferenceType"]) for one in drifts["Role"]["PropertyDifferences"]] == [
        ("/Policies/0/PolicyDocument/Statement/0/Action", "NOT_EQUAL"),
        ("/Policies/1", "ADD"),
    ]
    assert json.loads(drifts["Function"]["ActualProperties"])["MemorySize"] == 512
    assert "ActualProperties" not in drifts["Table"]
    assert stack.drifts(StackResourceDriftStatusFilters=["DELETED"]).keys() == {"Table"}
    assert drifts["Function"]["DriftStatusReason"] == "NOT MODELLED by the emulator: Code cannot be read back"

    described = stack.client.describe_stacks(StackName=stack.stack)["Stacks"][0]["DriftInformation"]
    assert described["StackDriftStatus"] == "DRIFTED"
    listed = stack.client.list_stack_resources(StackName=stack.stack)["StackResourceSummaries"]
    assert {one["LogicalResourceId"]: one["DriftInformation"]["StackResourceDriftStatus"] for one in listed} == {
        **{key: one["StackResourceDriftStatus"] for key, one in drifts.items()},
        "Group": "NOT_CHECKED",
    }

    client("sqs").set_queue_attributes(QueueUrl=stack.physical("Queue"), Attributes={"DelaySeconds": "5"})
    alone = stack.client.detect_stack_resource_drift(StackName=stack.stack, LogicalResourceId="Queue")
    assert alone["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
    assert stack.drifts()["Role"]["StackResourceDriftStatus"] == "MODIFIED"


def test_whoever_may_not_read_a_resource_is_told(aws: Emulator) -> None:
    allowed = ["cloudformation:*", "logs:*"]
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": allowed, "Resource": "*"}}
    resources = {"Queue": declared("AWS::SQS::Queue", {"DelaySeconds": 5}), "Logs": declared("AWS::Logs::LogGroup", {})}
    stack = Drifting(aws, resources, aws.user("auditor", policy))
    found = stack.detected()
    assert found["DetectionStatus"] == "DETECTION_FAILED"
    assert "Queue: User: " in found["DetectionStatusReason"]
    assert "is not authorized to perform: sqs:getqueueattributes on resource" in found["DetectionStatusReason"]
    assert stack.drifts().keys() == {"Logs"}
    with pytest.raises(ClientError, match="is not authorized to perform: sqs:getqueueattributes"):
        stack.client.detect_stack_resource_drift(StackName=stack.stack, LogicalResourceId="Queue")


def test_what_cannot_be_asked_for_is_refused(aws: Emulator) -> None:
    stack = Drifting(aws, template(Logs=declared("AWS::Logs::LogGroup", {}))["Resources"])
    with pytest.raises(ClientError, match=r"Resources \[Other\] do not exist for stack"):
        stack.client.detect_stack_drift(StackName=stack.stack, LogicalResourceIds=["Other"])
    with pytest.raises(ClientError, match="Drift detection id no-detection-of-this-id-was-ever-begun does not exist"):
        stack.client.describe_stack_drift_detection_status(
            StackDriftDetectionId="no-detection-of-this-id-was-ever-begun"
        )
    assert stack.drifts() == {}
    aws.cloudformation.stacks[stack.stack].status = "UPDATE_FAILED"
    with pytest.raises(ClientError, match="Drift detection cannot be performed on stack"):
        stack.detected()
    aws.cloudformation.stacks[stack.stack].status = "UPDATE_COMPLETE"
