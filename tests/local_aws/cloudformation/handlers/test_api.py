"""Handlers that are data: each made, changed and deleted, as the service itself tells."""

import io
import json
import re
import zipfile
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


def allowing(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}


ALLOW_READ, ALLOW_WRITE = allowing("s3:GetObject"), allowing("s3:PutObject")
STATES = '{"StartAt": "${What}", "States": {"${What}": {"Type": "Succeed"}}}'


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
    Case(
        "AWS::IAM::Policy",
        {"PolicyName": "one", "PolicyDocument": ALLOW_READ, "Roles": ["RUNNER"]},
        {"PolicyName": "one", "PolicyDocument": ALLOW_WRITE, "Roles": ["RUNNER"]},
        ("get_role_policy", {"RoleName": "RUNNER", "PolicyName": "one"}),
        "PolicyDocument.Statement.Action",
        "s3:GetObject",
        "s3:PutObject",
        ("Id",),
    ),
    Case(
        "AWS::IAM::InstanceProfile",
        {"Roles": ["RUNNER"], "Path": "/own/"},
        {"Roles": [], "Path": "/own/"},
        ("get_instance_profile", {"InstanceProfileName": "REF"}),
        "InstanceProfile.[Path, Roles[].RoleName]",
        ["/own/", ["RUNNER"]],
        ["/own/", []],
        ("Arn",),
    ),
    Case(
        "AWS::Logs::LogGroup",
        {"LogGroupName": "NAME", "RetentionInDays": "7"},
        {"LogGroupName": "NAME"},
        ("describe_log_groups", {"logGroupNamePrefix": "REF"}),
        "logGroups[].[logGroupName, retentionInDays]",
        [["NAME", 7]],
        [["NAME", None]],
        ("Arn",),
    ),
    Case(
        "AWS::SSM::Parameter",
        {"Type": "String", "Value": "one", "Description": "first"},
        {"Type": "String", "Value": "two"},
        ("describe_parameters", {"ParameterFilters": [{"Key": "Name", "Values": ["REF"]}]}),
        "Parameters[].[Type, Description, Version]",
        [["String", "first", 1]],
        [["String", None, 2]],
        ("Type", "Value"),
    ),
    Case(
        "AWS::KMS::Key",
        {"Description": "one", "EnableKeyRotation": "true", "KeyPolicy": document("kms:*")},
        {"Enabled": False, "KeyPolicy": document("kms:*")},
        ("describe_key", {"KeyId": "REF"}),
        "KeyMetadata.[Description, KeyState]",
        ["one", "Enabled"],
        ["", "Disabled"],
        ("Arn", "KeyId"),
        leaves=["", "PendingDeletion"],
    ),
    Case(
        "AWS::KMS::Alias",
        {"AliasName": "alias/own", "TargetKeyId": "KEY"},
        {"AliasName": "alias/own", "TargetKeyId": "OTHERKEY"},
        ("describe_key", {"KeyId": "alias/own"}),
        "KeyMetadata.KeyId",
        "KEY",
        "OTHERKEY",
    ),
    Case(
        "AWS::S3::BucketPolicy",
        {"Bucket": "BUCKET", "PolicyDocument": document("s3:GetObject", "arn:aws:s3:::shelf/*")},
        {"Bucket": "BUCKET", "PolicyDocument": document("s3:PutObject", "arn:aws:s3:::shelf/*")},
        ("get_bucket_policy", {"Bucket": "REF"}),
        "contains(Policy, 's3:GetObject')",
        True,
        False,
    ),
    Case(
        "AWS::Lambda::Version",
        {"FunctionName": "FUNCTION", "Description": "one"},
        {"FunctionName": "FUNCTION", "Description": "one"},
        ("get_function_configuration", {"FunctionName": "work", "Qualifier": "1"}),
        "[Version, FunctionArn]",
        ["1", "REF"],
        ["1", "REF"],
        ("Version", "FunctionArn"),
    ),
    Case(
        "AWS::Lambda::Alias",
        {"FunctionName": "FUNCTION", "FunctionVersion": "$LATEST", "Name": "live", "Description": "one"},
        {"FunctionName": "FUNCTION", "FunctionVersion": "$LATEST", "Name": "live", "Description": "two"},
        ("get_alias", {"FunctionName": "work", "Name": "live"}),
        "[AliasArn, Description]",
        ["REF", "one"],
        ["REF", "two"],
    ),
    Case(
        "AWS::Lambda::LayerVersion",
        {"Content": {"S3Bucket": "BUCKET", "S3Key": "code.zip"}, "CompatibleRuntimes": ["python3.13"]},
        {"Content": {"S3Bucket": "BUCKET", "S3Key": "code.zip"}, "CompatibleRuntimes": ["python3.13"]},
        ("list_layer_versions", {"LayerName": "shop"}),
        "LayerVersions[].[LayerVersionArn, CompatibleRuntimes]",
        [["REF", ["python3.13"]]],
        [["REF", ["python3.13"]]],
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        {"DefinitionString": STATES, "DefinitionSubstitutions": {"What": "one"}, "RoleArn": "ROLE"},
        {"Definition": {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}, "RoleArn": "ROLE"},
        ("describe_state_machine", {"stateMachineArn": "REF"}),
        "definition",
        STATES.replace("${What}", "one"),
        json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
        ("Arn", "Name"),
    ),
    Case(
        "AWS::ECR::Repository",
        {
            "ImageTagMutability": "IMMUTABLE",
            "ImageScanningConfiguration": {"ScanOnPush": "true"},
            "RepositoryPolicyText": document("ecr:GetDownloadUrlForLayer"),
        },
        {},
        ("describe_repositories", {"repositoryNames": ["REF"]}),
        "repositories[0].[imageTagMutability, imageScanningConfiguration.scanOnPush]",
        ["IMMUTABLE", True],
        ["MUTABLE", False],
        ("Arn", "RepositoryUri"),
    ),
    Case(
        "AWS::EC2::RouteTable",
        {"VpcId": "VPC"},
        {"VpcId": "VPC"},
        ("describe_route_tables", {"RouteTableIds": ["REF"]}),
        "RouteTables[].VpcId",
        ["VPC"],
        ["VPC"],
    ),
    Case(
        "AWS::EC2::Route",
        {"RouteTableId": "TABLE", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "GATEWAY"},
        {"RouteTableId": "TABLE", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "GATEWAY"},
        ("describe_route_tables", {"RouteTableIds": ["TABLE"]}),
        "RouteTables[].Routes[?DestinationCidrBlock=='0.0.0.0/0'][].GatewayId",
        ["GATEWAY"],
        ["GATEWAY"],
    ),
    Case(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": "TABLE", "SubnetId": "SUBNET"},
        {"RouteTableId": "TABLE", "SubnetId": "SUBNET"},
        ("describe_route_tables", {"RouteTableIds": ["TABLE"]}),
        "RouteTables[].Associations[].SubnetId",
        ["SUBNET"],
        ["SUBNET"],
    ),
    Case(
        "AWS::EC2::InternetGateway",
        {},
        {},
        ("describe_internet_gateways", {"InternetGatewayIds": ["REF"]}),
        "InternetGateways[].InternetGatewayId",
        ["REF"],
        ["REF"],
    ),
    Case(
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": "OTHERVPC", "InternetGatewayId": "GATEWAY"},
        {"VpcId": "OTHERVPC", "InternetGatewayId": "GATEWAY"},
        ("describe_internet_gateways", {"InternetGatewayIds": ["GATEWAY"]}),
        "InternetGateways[].Attachments[].VpcId",
        ["OTHERVPC"],
        ["OTHERVPC"],
    ),
    Case(
        "AWS::EC2::EIP",
        {"Domain": "vpc"},
        {"Domain": "vpc"},
        ("describe_addresses", {"PublicIps": ["REF"]}),
        "Addresses[].Domain",
        ["vpc"],
        ["vpc"],
    ),
    Case(
        "AWS::EC2::NatGateway",
        {"SubnetId": "SUBNET", "ConnectivityType": "private"},
        {"SubnetId": "SUBNET", "ConnectivityType": "private"},
        ("describe_nat_gateways", {"NatGatewayIds": ["REF"]}),
        "NatGateways[?State!='deleted'].SubnetId",
        ["SUBNET"],
        ["SUBNET"],
    ),
)


class World(dict[str, str]):
    """What the cases stand on, by the names that they have for it; each is made when it is asked for."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def __missing__(self, name: str) -> str:
        self[name] = getattr(self, f"_{name.lower()}")()
        return self[name]

    def client(self, service: str) -> Any:
        return self.services.client(service)

    def _name(self) -> str:
        return "shop"

    def _queue(self) -> str:
        return self.client("sqs").create_queue(QueueName="dead")["QueueUrl"]

    def _dead(self) -> str:
        assert self["QUEUE"]
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"

    def _topic(self) -> str:
        return self.client("sns").create_topic(Name="news")["TopicArn"]

    def _vpc(self) -> str:
        return self.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    def _othervpc(self) -> str:
        return self.client("ec2").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]

    def _group(self) -> str:
        made = self.client("ec2").create_security_group(GroupName="web", Description="web", VpcId=self["VPC"])
        return made["GroupId"]

    def _subnet(self) -> str:
        made = self.client("ec2").create_subnet(VpcId=self["VPC"], CidrBlock="10.1.9.0/24")
        return made["Subnet"]["SubnetId"]

    def _table(self) -> str:
        return self.client("ec2").create_route_table(VpcId=self["VPC"])["RouteTable"]["RouteTableId"]

    def _gateway(self) -> str:
        return self.client("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    def _role(self) -> str:
        trust = json.dumps(document("sts:AssumeRole"))
        return self.client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def _runner(self) -> str:
        return self["ROLE"].rpartition("/")[2]

    def _function(self) -> str:
        code = {"ZipFile": b""}
        self.client("lambda").create_function(
            FunctionName="work", Role=self["ROLE"], Runtime="python3.13", Handler="a.b", Code=code
        )
        return "work"

    def _key(self) -> str:
        return self.client("kms").create_key()["KeyMetadata"]["KeyId"]

    def _otherkey(self) -> str:
        return self.client("kms").create_key()["KeyMetadata"]["KeyId"]

    def _bucket(self) -> str:
        s3 = self.client("s3")
        s3.create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": REGION})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.py", "")
        s3.put_object(Bucket="shelf", Key="code.zip", Body=packed.getvalue())
        return "shelf"


@pytest.fixture
def there(services: Services) -> World:
    return World(services)


_NAMES = re.compile(r'\\?"([A-Z]{3,})\\?"')


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """The value with what is there for the names that stand for it."""
    text = json.dumps(value)
    for name in set(_NAMES.findall(text)) - _WORDS:
        text = text.replace(f'"{name}"', json.dumps(names[name])).replace(f'\\"{name}\\"', f'\\"{names[name]}\\"')
    return json.loads(text)


_WORDS = {"IMMUTABLE", "MUTABLE", "UUID"}


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
def test_it_is_made_changed_and_deleted(services: Services, there: World, tags: dict[str, str], case: Case) -> None:
    handler = HANDLERS[case.kind](services)
    assert isinstance(handler, ApiHandler)
    before, after = filled(case.before, there), filled(case.after, there)
    physical = handler.create("shop", before, tags)
    there["REF"] = str(physical.ref)
    names = there
    assert told(services, case, names) == filled(case.is_before, names)
    assert {*case.attributes, *handler.api.made_id} <= physical.attributes.keys()
    assert tags_of(handler, physical) == (wanted_tags(case.kind, before, tags) if handler.api.tagging else {})
    if handler.api.read is not None:
        assert handler.find({name: physical.attributes[name] for name in handler.api.made_id}) == physical
    updated = handler.update(physical, before, after, {"Stage": "test"})
    assert (updated.name, updated.ref, updated.arn) == (physical.name, physical.ref, physical.arn)
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
def test_what_is_there_is_not_overwritten(services: Services, there: World, kind: str) -> None:
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
