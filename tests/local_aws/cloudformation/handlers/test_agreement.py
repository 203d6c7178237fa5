"""A stack of types that are made for real: leastgrant and the emulator agree on each permission taken away."""

import json
from typing import Any

import pytest

from leastgrant import Environment, Need, Operation, needs_of, parse, refusals, resolve
from leastgrant.proof.generation import least_statements, managed_policies
from local_aws import Emulator
from local_aws.callers import User
from local_aws.cloudformation.handler import Fidelity
from local_aws.cloudformation.handlers import handler_of
from tests.local_aws.cloudformation.direct import DirectDeployer, is_denied, session
from tests.local_aws.cloudformation.stacks import Template, declared, new_name, role
from tests.local_aws.conftest import ACCOUNT, REGION


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def policy(action: str, resource: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": action,
        "Resource": resource,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


ALARM = {
    "AlarmActions": [ref("Topic")],
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 1,
}
STACKS: dict[str, dict[str, Any]] = {
    "messages": {
        "Queue": declared("AWS::SQS::Queue", {"VisibilityTimeout": 60}),
        "QueuePolicy": declared(
            "AWS::SQS::QueuePolicy",
            {"Queues": [ref("Queue")], "PolicyDocument": policy("sqs:SendMessage", arn("Queue"))},
        ),
        "Topic": declared("AWS::SNS::Topic", {"DisplayName": "news"}),
        "Subscription": declared(
            "AWS::SNS::Subscription", {"TopicArn": ref("Topic"), "Protocol": "sqs", "Endpoint": arn("Queue")}
        ),
        "Alarm": declared("AWS::CloudWatch::Alarm", ALARM),
    },
    "network": {
        "Vpc": declared("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True}),
        "Subnet": declared("AWS::EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24"}),
        "Group": declared("AWS::EC2::SecurityGroup", {"GroupDescription": "web", "VpcId": ref("Vpc")}),
        "Table": declared("AWS::EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "Gateway": declared("AWS::EC2::InternetGateway", {}),
    },
    "settings": {
        "Logs": declared("AWS::Logs::LogGroup", {"RetentionInDays": 7}),
        "Parameter": declared("AWS::SSM::Parameter", {"Type": "String", "Value": "a"}),
        "Role": role(),
        "Policy": declared(
            "AWS::IAM::ManagedPolicy",
            {
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
                },
                "Roles": [ref("Role")],
            },
        ),
        "Repository": declared("AWS::ECR::Repository", {}),
    },
}


@pytest.fixture(scope="module")
def operator(aws: Emulator) -> DirectDeployer:
    return DirectDeployer(aws, User(ACCOUNT, "operator"))


def needed(stack: str, template: Template) -> list[Need]:
    place = Environment("aws", REGION, ACCOUNT, stack)
    needs, unknown = needs_of(resolve(parse(json.dumps(template), "template"), place))
    assert not unknown
    return [need for need in needs if need.is_deployed_with]


def holding(needs: list[Need]) -> Any:
    return session(ACCOUNT, *(json.loads(json.dumps(one)) for one in managed_policies(least_statements(needs))))


@pytest.mark.slow
@pytest.mark.parametrize("name", STACKS)
def test_prediction_and_emulator_agree_on_a_whole_stack(aws: Emulator, operator: DirectDeployer, name: str) -> None:
    template = {"Resources": STACKS[name]}
    assert {handler_of(one["Type"]).fidelity for one in STACKS[name].values()} == {Fidelity.REAL}
    stack = new_name(name)
    needs = needed(stack, template)
    whole = DirectDeployer(aws, holding(needs))
    assert whole.deploy(stack, template, "CREATE") == "CREATE_COMPLETE", "\n".join(whole.reasons(stack))
    assert whole.delete(stack) == "DELETE_COMPLETE"
    creating = [need for need in needs if need.operation is Operation.CREATE and need.is_sure]
    for action in sorted({need.action for need in creating}):
        caller = holding([need for need in needs if need.action != action])
        refused = refusals(creating, caller.permissions)
        predicted = {need.subject.name for need in creating if refused[need] is not None}
        deployer = DirectDeployer(aws, caller)
        deployer.deploy(stack, template, "CREATE")
        failed = [one for one in deployer.failures(stack) if one.status == "CREATE_FAILED"]
        assert {one.logical_id for one in failed} <= predicted, action
        assert bool(failed) == bool(predicted), action
        assert all(is_denied(one.reason, action) for one in failed), action
        operator.delete(stack)


CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    "messages": {
        "Queue": {"VisibilityTimeout": 61},
        "QueuePolicy": {"PolicyDocument": policy("sqs:ReceiveMessage", arn("Queue"))},
        "Topic": {"DisplayName": "old"},
        "Alarm": {"Threshold": 2},
    },
    "network": {"Vpc": {"EnableDnsHostnames": False}, "Subnet": {"MapPublicIpOnLaunch": True}},
    "settings": {
        "Logs": {"RetentionInDays": 14},
        "Parameter": {"Value": "b"},
        "Role": {"Description": "other"},
        "Repository": {"ImageTagMutability": "IMMUTABLE"},
    },
}
"""What an update changes of each, by its logical id."""


def _is_made(need: Need, changes: dict[str, Any]) -> bool:
    return need.trigger is None or need.trigger.partition("/")[0] in changes


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_an_update_and_a_deletion_are_refused_for_each_permission_that_is_missing(
    aws: Emulator, operator: DirectDeployer, name: str
) -> None:
    for logical_id, changes in CHANGES[name].items():
        before = {"Resources": STACKS[name]}
        declared_there = STACKS[name][logical_id]
        after_properties = {**declared_there["Properties"], **changes}
        after = {"Resources": {**STACKS[name], logical_id: {**declared_there, "Properties": after_properties}}}
        stack = new_name(name)
        needs = needed(stack, after)
        own = [need for need in needs if need.subject.name == logical_id and need.is_sure]
        updating = [need for need in own if need.operation is Operation.UPDATE]
        steps = {
            Operation.UPDATE: [need for need in updating if _is_made(need, changes)] or updating,
            Operation.DELETE: [need for need in own if need.operation is Operation.DELETE],
        }
        whole = DirectDeployer(aws, holding(needs))
        assert operator.deploy(stack, before, "CREATE") == "CREATE_COMPLETE"
        assert whole.deploy(stack, after) == "UPDATE_COMPLETE", (logical_id, whole.reasons(stack))
        assert operator.deploy(stack, before) == "UPDATE_COMPLETE"
        for step, called in steps.items():
            assert called, (logical_id, step)
            for action in sorted({need.action for need in called}):
                deployer = DirectDeployer(aws, holding([need for need in needs if need.action != action]))
                if step is Operation.UPDATE:
                    assert deployer.deploy(stack, after) != "UPDATE_COMPLETE", (logical_id, action)
                    assert operator.stack(stack).status.startswith("UPDATE_ROLLBACK")
                else:
                    deployer.delete(stack)
                    assert operator.stack(stack).status == "DELETE_FAILED", (logical_id, action)
                failed = [one for one in deployer.failures(stack) if one.logical_id == logical_id]
                assert any(is_denied(one.reason, action) for one in failed), (logical_id, action)
                operator.call("DeleteStack", StackName=stack)
                assert operator.deploy(stack, before, "CREATE") == "CREATE_COMPLETE"
        operator.call("DeleteStack", StackName=stack)
