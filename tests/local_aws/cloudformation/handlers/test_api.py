"""Handlers that are data: each made, changed and deleted, as the service itself tells."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.exceptions import ClientError

from leastgrant.knowledge import type_schema
from leastgrant.template import Physical
from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers import HANDLERS
from local_aws.cloudformation.handlers.api import Api, ApiHandler
from local_aws.cloudformation.handlers.tags import wanted_tags
from tests.local_aws.cloudformation.handlers.conftest import ACCOUNT, REGION

search: Any = jmespath.search  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def document(action: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass(frozen=True)
class Case:
    """A resource as it is made and as it is changed, and what of it a call of its service tells then."""

    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    call: tuple[str, Mapping[str, Any]]
    """An operation and its parameters; `REF`, `NAME` and the names of what is there stand for them."""
    found: str
    """In the answer, as JMESPath."""
    is_before: Any
    is_after: Any
    attributes: tuple[str, ...] = ()
    """What GetAtt gives."""
    service: str = ""
    """Where the call is of another service."""
    leaves: Any = field(default=None)
    """What is found once it is deleted; None: the call is refused, or finds nothing."""


CASES = (
    Case(
        "AWS::SQS::Queue",
        {
            "QueueName": "NAME",
            "DelaySeconds": "5",
            "RedrivePolicy": {"deadLetterTargetArn": "DEAD", "maxReceiveCount": 3},
        },
        {"QueueName": "NAME", "VisibilityTimeout": 60},
        ("get_queue_attributes", {"QueueUrl": "REF", "AttributeNames": ["All"]}),
        "Attributes.[DelaySeconds, VisibilityTimeout, RedrivePolicy]",
        ["5", "30", '{"deadLetterTargetArn": "DEAD", "maxReceiveCount": 3}'],
        ["0", "60", None],
        ("Arn", "QueueName", "QueueUrl"),
    ),
    Case(
        "AWS::SQS::QueuePolicy",
        {"Queues": ["QUEUE"], "PolicyDocument": document("sqs:SendMessage")},
        {"Queues": ["QUEUE"], "PolicyDocument": document("sqs:*")},
        ("get_queue_attributes", {"QueueUrl": "QUEUE", "AttributeNames": ["All"]}),
        "Attributes.Policy",
        json.dumps(document("sqs:SendMessage")),
        json.dumps(document("sqs:*")),
    ),
    Case(
        "AWS::SNS::Topic",
        {"Subscription": [{"Protocol": "sqs", "Endpoint": "DEAD"}]},
        {"Subscription": [{"Protocol": "email", "Endpoint": "me@example.com"}]},
        ("list_subscriptions_by_topic", {"TopicArn": "REF"}),
        "Subscriptions[].Endpoint",
        ["DEAD"],
        ["me@example.com"],
    ),
    Case(
        "AWS::SNS::Topic",
        {"DisplayName": "one"},
        {},
        ("get_topic_attributes", {"TopicArn": "REF"}),
        "Attributes.[DisplayName, TopicArn]",
        ["one", "REF"],
        ["", "REF"],
        ("TopicArn", "TopicName"),
    ),
    Case(
        "AWS::SNS::Subscription",
        {"TopicArn": "TOPIC", "Protocol": "sqs", "Endpoint": "DEAD", "RawMessageDelivery": "true"},
        {"TopicArn": "TOPIC", "Protocol": "sqs", "Endpoint": "DEAD", "FilterPolicy": {"colour": ["red"]}},
        ("get_subscription_attributes", {"SubscriptionArn": "REF"}),
        "Attributes.[RawMessageDelivery, FilterPolicy]",
        ["true", None],
        ["false", '{"colour": ["red"]}'],
        ("Arn",),
    ),
    Case(
        "AWS::SNS::TopicPolicy",
        {"Topics": ["TOPIC"], "PolicyDocument": document("sns:Publish")},
        {"Topics": ["TOPIC"], "PolicyDocument": document("sns:Subscribe")},
        ("get_topic_attributes", {"TopicArn": "TOPIC"}),
        "contains(Attributes.Policy, 'sns:Publish')",
        True,
        False,
        leaves=False,
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": "1",
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 1,
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        },
        {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 2,
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 2.5,
            "AlarmActions": ["TOPIC"],
        },
        ("describe_alarms", {"AlarmNames": ["REF"]}),
        "MetricAlarms[0].[EvaluationPeriods, Threshold, AlarmActions]",
        [1, 1.0, []],
        [2, 2.5, ["TOPIC"]],
        ("Arn",),
    ),
    Case(
        "AWS::EC2::VPC",
        {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": "true"},
        {"CidrBlock": "10.0.0.0/16"},
        ("describe_vpc_attribute", {"VpcId": "REF", "Attribute": "enableDnsHostnames"}),
        "EnableDnsHostnames.Value",
        True,
        False,
        ("VpcId", "CidrBlock", "DefaultSecurityGroup", "DefaultNetworkAcl"),
    ),
    Case(
        "AWS::EC2::Subnet",
        {"CidrBlock": "10.1.1.0/24", "VpcId": "VPC", "MapPublicIpOnLaunch": True},
        {"CidrBlock": "10.1.1.0/24", "VpcId": "VPC"},
        ("describe_subnets", {"SubnetIds": ["REF"]}),
        "Subnets[0].[CidrBlock, MapPublicIpOnLaunch]",
        ["10.1.1.0/24", True],
        ["10.1.1.0/24", False],
        ("SubnetId", "AvailabilityZone", "VpcId"),
    ),
    Case(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "of functions",
            "VpcId": "VPC",
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": "443", "ToPort": 443, "CidrIp": "10.0.0.0/8"}],
        },
        {
            "GroupDescription": "of functions",
            "VpcId": "VPC",
            "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}],
        },
        ("describe_security_groups", {"GroupIds": ["REF"]}),
        "SecurityGroups[0].[IpPermissions[].FromPort, IpPermissionsEgress[].IpProtocol]",
        [[443], ["-1"]],
        [[], ["tcp"]],
        ("GroupId", "VpcId", "Id"),
    ),
    Case(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": "GROUP", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "GROUP"},
        {"GroupId": "GROUP", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "GROUP"},
        ("describe_security_group_rules", {"SecurityGroupRuleIds": ["REF"]}),
        "SecurityGroupRules[].[FromPort, IsEgress]",
        [[22, False]],
        [[22, False]],
        ("Id",),
    ),
    Case(
        "AWS::EC2::SecurityGroupEgress",
        {"GroupId": "GROUP", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"},
        {"GroupId": "GROUP", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"},
        ("describe_security_group_rules", {"SecurityGroupRuleIds": ["REF"]}),
        "SecurityGroupRules[].[FromPort, IsEgress]",
        [[22, True]],
        [[22, True]],
        ("Id",),
    ),
    Case(
        "AWS::Lambda::EventSourceMapping",
        {"FunctionName": "FUNCTION", "EventSourceArn": "DEAD", "BatchSize": "5"},
        {"FunctionName": "FUNCTION", "EventSourceArn": "DEAD", "BatchSize": 7, "Enabled": False},
        ("get_event_source_mapping", {"UUID": "REF"}),
        "[BatchSize, State]",
        [5, "Enabled"],
        [7, "Disabled"],
        ("Id", "EventSourceMappingArn"),
    ),
)


@pytest.fixture
def there(services: Services) -> dict[str, str]:
    """What the cases stand on, by the names that they have for it."""
    sqs, sns, ec2, iam = (services.client(name) for name in ("sqs", "sns", "ec2", "iam"))
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    trust = document("sts:AssumeRole")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    services.client("lambda").create_function(
        FunctionName="work", Role=role, Runtime="python3.13", Handler="a.b", Code={"ZipFile": b""}
    )
    return {
        "NAME": "shop",
        "QUEUE": queue,
        "DEAD": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead",
        "TOPIC": sns.create_topic(Name="news")["TopicArn"],
        "VPC": vpc,
        "GROUP": ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"],
        "FUNCTION": "work",
        "ROLE": role,
    }


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """The value with what is there for the names that stand for it."""
    text = json.dumps(value)
    for name, known in names.items():
        text = text.replace(f'"{name}"', json.dumps(known)).replace(f'\\"{name}\\"', f'\\"{known}\\"')
    return json.loads(text)


def told(services: Services, case: Case, names: Mapping[str, str]) -> Any:
    operation, parameters = case.call
    service = case.service or api_of(case.kind).service
    try:
        return search(case.found, getattr(services.client(service), operation)(**filled(parameters, names)))
    except ClientError:
        return None


def api_of(kind: str) -> Api:
    handler = HANDLERS[kind]
    assert issubclass(handler, ApiHandler)
    return handler.api


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_it_is_made_changed_and_deleted(
    services: Services, there: dict[str, str], tags: dict[str, str], case: Case
) -> None:
    handler = HANDLERS[case.kind](services)
    assert isinstance(handler, ApiHandler)
    before, after = filled(case.before, there), filled(case.after, there)
    physical = handler.create("shop", before, tags)
    names = {**there, "REF": str(physical.ref)}
    assert told(services, case, names) == filled(case.is_before, names)
    assert {*case.attributes, *handler.api.made_id} <= physical.attributes.keys()
    assert tags_of(handler, physical) == (wanted_tags(case.kind, before, tags) if handler.api.tagging else {})
    if handler.api.read is not None:
        assert handler.find({name: physical.attributes[name] for name in handler.api.made_id}) == physical
    assert handler.update(physical, before, after, {"Stage": "test"}) == physical
    assert told(services, case, names) == filled(case.is_after, names)
    assert tags_of(handler, physical) == (
        wanted_tags(case.kind, after, {**tags, "Stage": "test"}) if handler.api.tagging else {}
    )
    for _ in range(2):
        handler.delete(physical, after)
    assert told(services, case, names) in ([], case.leaves)
    if handler.api.read is not None:
        assert handler.find({name: physical.attributes[name] for name in handler.api.made_id}) is None


@pytest.mark.parametrize(
    "kind", [kind for kind, one in HANDLERS.items() if issubclass(one, ApiHandler) and one.api.overwrites]
)
def test_what_is_there_is_not_overwritten(services: Services, there: dict[str, str], kind: str) -> None:
    properties = next(filled(case.before, there) for case in CASES if case.kind == kind)
    handler = HANDLERS[kind](services)
    handler.create("shop", properties, {})
    with pytest.raises(ClientError, match="already exists"):
        handler.create("shop", properties, {})


@pytest.mark.parametrize(("kind", "property_"), [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")])
def test_a_made_up_name_of_the_kind_fifo_ends_as_it_must(services: Services, kind: str, property_: str) -> None:
    handler = HANDLERS[kind](services)
    assert handler.create("shop-Jobs-ABC", {property_: "true"}, {}).name == "shop-Jobs-ABC.fifo"
    with pytest.raises(ClientError, match="already exists"):
        handler.create("shop-Jobs-ABC", {property_: True}, {})


def tags_of(handler: ApiHandler, physical: Physical) -> dict[str, str]:
    tagging = handler.api.tagging
    if tagging is None:
        return {}
    return handler.tags(physical)


def test_each_has_a_case() -> None:
    assert {case.kind for case in CASES} == {kind for kind, one in HANDLERS.items() if issubclass(one, ApiHandler)}


@pytest.mark.parametrize("kind", [kind for kind, one in HANDLERS.items() if issubclass(one, ApiHandler)])
def test_what_expressions_name_is_in_the_schema(kind: str) -> None:
    """A property that is misspelt would be left out in silence."""
    schema, handler = type_schema(kind), HANDLERS[kind]
    assert schema is not None
    assert issubclass(handler, ApiHandler)
    assert set(handler.api.made_id) == set(schema.primary_identifier)
    assert handler.modelled.keys() <= set(schema.properties)
    assert handler.modelled.keys() & schema.read_only == set()
