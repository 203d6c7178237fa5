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
from tests.local_aws.cloudformation.direct import DirectDeployer, session
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
        assert all(f"not authorized to perform: {action} on resource: " in str(one.reason) for one in failed), action
        operator.delete(stack)
