"""What the names alone tell, without any reviewed rule."""

from dataclasses import replace

import pytest

from leastgrant.knowledge.call import Fires, PossibleCall, Tier
from leastgrant.knowledge.linked_calls import linked_calls, role_properties
from leastgrant.knowledge.schema import Handler, Tagging, TypeSchema, type_schema


def _schema(type_name: str) -> TypeSchema:
    schema = type_schema(type_name)
    assert schema is not None
    return schema


def _calls(schema: TypeSchema, operation: str, action: str) -> list[PossibleCall]:
    return [call for call in linked_calls(schema) if (call.operation, call.action) == (Handler(operation), action)]


NEEDED = {
    "create": Tier.REQUIRED,
    "read": Tier.READ_BACK,
    "update": Tier.ON_CHANGE,
    "delete": Tier.REQUIRED,
}
"""What a call that a handler needs is for a deployment."""


@pytest.mark.parametrize(
    ("type_name", "operation", "action", "triggers"),
    [
        # named after a property of the type
        ("AWS::S3::Bucket", "create", "s3:PutBucketCORS", "CorsConfiguration"),
        ("AWS::S3::Bucket", "update", "s3:PutLifecycleConfiguration", "LifecycleConfiguration"),
        ("AWS::S3::Bucket", "create", "s3:PutMetricsConfiguration", "MetricsConfigurations"),
        ("AWS::DynamoDB::Table", "create", "dynamodb:UpdateTimeToLive", "TimeToLiveSpecification"),
        ("AWS::Lambda::Function", "read", "lambda:GetRuntimeManagementConfig", "RuntimeManagementConfig"),
        ("AWS::KMS::Key", "create", "kms:PutKeyPolicy", "KeyPolicy"),
        ("AWS::ECR::Repository", "create", "ecr:PutLifecyclePolicy", "LifecyclePolicy"),
        # another way to make the type
        ("AWS::DynamoDB::Table", "create", "dynamodb:ImportTable", "ImportSourceSpecification"),
        # an end that an update's rollback, or a deletion, needs
        ("AWS::S3::Bucket", "update", "s3:DeleteBucketWebsite", "WebsiteConfiguration"),
        ("AWS::Events::Rule", "delete", "events:RemoveTargets", "Targets"),
        # other services
        ("AWS::Lambda::Function", "create", "ec2:DescribeSubnets", "VpcConfig"),
        ("AWS::DynamoDB::Table", "create", "kms:Decrypt", "SSESpecification/KMSMasterKeyId"),
        ("AWS::DynamoDB::Table", "create", "kinesis:DescribeStream", "KinesisStreamSpecification"),
        ("AWS::StepFunctions::StateMachine", "create", "s3:GetObject", "DefinitionS3Location"),
        # roles
        ("AWS::Scheduler::Schedule", "create", "iam:PassRole", "Target/RoleArn"),
        ("AWS::Lambda::Function", "update", "iam:PassRole", "Role"),
        # how the type is made, read, changed and ended: always
        ("AWS::Events::Rule", "create", "events:PutRule", ""),
        ("AWS::Events::Rule", "create", "events:DescribeRule", ""),
        ("AWS::CloudWatch::Alarm", "create", "cloudwatch:PutMetricAlarm", ""),
        ("AWS::KMS::Key", "delete", "kms:ScheduleKeyDeletion", ""),
        ("AWS::EC2::EIP", "create", "ec2:AllocateAddress", ""),
        ("AWS::SNS::Subscription", "create", "sns:Subscribe", ""),
        ("AWS::Lambda::Url", "create", "lambda:CreateFunctionUrlConfig", ""),
        ("AWS::ApiGateway::RestApi", "delete", "apigateway:DELETE", ""),
        ("AWS::Batch::JobQueue", "create", "batch:CreateJobQueue", ""),
        # a schema's API name for the IAM action
        ("AWS::S3::Bucket", "update", "s3:PutReplicationConfiguration", "ReplicationConfiguration"),
    ],
)
def test_a_needed_action_is_tied_to_its_property(type_name: str, operation: str, action: str, triggers: str):
    calls = _calls(_schema(type_name), operation, action)
    on_the_thing = [call for call in calls if call.resource == calls[0].resource]  # it may be asked for on others too
    assert {call.tier for call in on_the_thing} == {NEEDED[operation]}
    assert {str(trigger) for call in calls for trigger in call.triggers} == set(triggers.split())


@pytest.mark.parametrize(
    ("type_name", "operation", "action"),
    [
        ("AWS::S3::Bucket", "create", "s3:PutObjectAcl"),
        ("AWS::DynamoDB::Table", "create", "dynamodb:Query"),
        ("AWS::DynamoDB::Table", "update", "dynamodb:CreateTable"),
        ("AWS::DynamoDB::Table", "create", "logs:PutLogEvents"),
        ("AWS::DynamoDB::Table", "create", "iam:CreateServiceLinkedRole"),
        ("AWS::ApiGateway::RestApi", "create", "iam:PassRole"),
        ("AWS::AutoScaling::AutoScalingGroup", "create", "ec2:Get*"),
    ],
)
def test_what_cannot_be_linked_is_advisory_and_says_why(type_name: str, operation: str, action: str):
    (call,) = _calls(_schema(type_name), operation, action)
    assert call.tier is Tier.ADVISORY
    assert call.triggers == ()
    assert call.reason


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("read", "iam:PassRole"),  # nothing is passed by reading
        ("delete", "iam:PassRole"),
        ("create", "events:UntagResource"),
    ],
)
def test_what_a_handler_cannot_need_is_left_out(operation: str, action: str):
    rule = _schema("AWS::Events::Rule")
    listing = replace(rule, handlers={Handler(operation): (action, "events:DescribeRule")})
    assert _calls(listing, operation, "events:DescribeRule")
    assert not _calls(listing, operation, action)


def test_list_handlers_play_no_part():
    assert "events:ListRules" in _schema("AWS::Events::Rule").handlers[Handler.LIST]
    assert all(call.operation is not Handler.LIST for call in linked_calls(_schema("AWS::Events::Rule")))


def test_what_iam_does_not_have_is_left_out():
    group = _schema("AWS::Logs::LogGroup")
    assert "s3:REST.PUT.OBJECT" in group.handlers[Handler.CREATE]
    assert not _calls(group, "create", "s3:REST.PUT.OBJECT")


@pytest.mark.parametrize(
    ("tagging", "operation", "action", "expected"),
    [
        # tag property set, or tags on the stack
        (Tagging(taggable=True, property="Tags"), "create", "TagResource", (Tier.REQUIRED, "Tags", True)),
        (Tagging(taggable=True, property="Tags"), "update", "UntagResource", (Tier.ON_CHANGE, "Tags", True)),
        (
            Tagging(taggable=True, property="Tags"),
            "read",
            "ListTagsForResource",
            (Tier.READ_BACK, "Tags", True),
        ),
        # system tags: with the template's or the stack's always, alone on a change
        (
            Tagging(taggable=True, system_tags=True, property="Tags"),
            "create",
            "TagResource",
            (Tier.REQUIRED, "Tags", True),
        ),
        (
            Tagging(taggable=True, system_tags=True, property="Tags"),
            "update",
            "TagResource",
            (Tier.ON_CHANGE, "", False),
        ),
        (
            Tagging(taggable=True, system_tags=True, property="Tags"),
            "read",
            "ListTagsForResource",
            (Tier.READ_BACK, "", False),
        ),
        # not taggable
        (Tagging(), "create", "TagResource", (Tier.ADVISORY, "", False)),
        (Tagging(), "read", "ListTagsForResource", (Tier.READ_BACK, "", False)),
    ],
)
def test_tagging_follows_the_schema(tagging: Tagging, operation: str, action: str, expected: tuple[Tier, str, bool]):
    name = f"events:{action}"
    schema = replace(_schema("AWS::Events::Rule"), tagging=tagging, handlers={Handler(operation): (name,)})
    call, *_ = _calls(schema, operation, name)
    assert (call.tier, " ".join(map(str, call.triggers)), call.stack_tags) == expected


@pytest.mark.parametrize(
    ("type_name", "operation", "action", "among"),
    [
        ("AWS::Batch::ComputeEnvironment", "delete", "batch:UpdateComputeEnvironment", 3),  # disabled first
        ("AWS::ServiceDiscovery::HttpNamespace", "create", "servicediscovery:GetOperation", 3),  # waited for
        ("AWS::BedrockAgentCore::Runtime", "delete", "bedrock-agentcore:DeleteAgentRuntimeEndpoint", 5),
    ],
)
def test_what_a_short_list_names_beside_the_main_call_comes_with_it(
    type_name: str, operation: str, action: str, among: int
):
    (call,) = _calls(_schema(type_name), operation, action)
    assert call.tier is Tier.REQUIRED
    assert call.reason == f"one of the {among} calls of the service that the schema lists"


@pytest.mark.parametrize(
    ("type_name", "operation", "action"),
    [
        ("AWS::EC2::VPC", "create", "ec2:DescribeVpcAttribute"),
        ("AWS::EC2::Volume", "update", "ec2:DescribeVolumeAttribute"),
        ("AWS::Grafana::Workspace", "delete", "grafana:DescribeWorkspaceConfiguration"),
        ("AWS::GlobalAccelerator::Accelerator", "create", "globalaccelerator:DescribeAcceleratorAttributes"),
    ],
)
def test_what_is_read_beside_the_thing_itself_is_advisory(type_name: str, operation: str, action: str):
    (call,) = _calls(_schema(type_name), operation, action)
    assert (call.tier, call.triggers) == (Tier.ADVISORY, ())


@pytest.mark.parametrize(
    ("type_name", "operation", "action"),
    [
        ("AWS::EC2::VPC", "create", "ec2:DescribeVpcs"),
        ("AWS::Config::ConformancePack", "update", "config:DescribeConformancePackStatus"),
        ("AWS::ObservabilityAdmin::TelemetryRule", "create", "observabilityadmin:GetTelemetryEvaluationStatus"),
        ("AWS::SQS::Queue", "create", "sqs:GetQueueAttributes"),
    ],
)
def test_what_tells_that_the_thing_is_there_or_in_what_state_is_needed(type_name: str, operation: str, action: str):
    (call,) = _calls(_schema(type_name), operation, action)
    assert call.tier is NEEDED[operation]


@pytest.mark.parametrize(
    ("type_name", "operation", "tier"),
    [
        ("AWS::CloudWatch::Alarm", "create", Tier.ADVISORY),
        ("AWS::CloudWatch::Alarm", "update", Tier.ON_CHANGE),
        ("AWS::RDS::DBSubnetGroup", "create", Tier.REQUIRED),
    ],
)
def test_new_tags_are_read_back_where_the_handlers_cannot_do_without(type_name: str, operation: str, tier: Tier):
    service = _schema(type_name).iam_prefix
    (call,) = _calls(_schema(type_name), operation, f"{service}:ListTagsForResource")
    assert call.tier is tier


@pytest.mark.parametrize(
    ("type_name", "operation", "action", "tier"),
    [
        ("AWS::CleanRooms::Membership", "create", "cleanrooms:ListMemberships", Tier.ADVISORY),
        ("AWS::CleanRooms::Membership", "create", "cleanrooms:GetMembership", Tier.REQUIRED),
        ("AWS::GuardDuty::ThreatIntelSet", "delete", "guardduty:ListThreatIntelSets", Tier.ADVISORY),
        # of something else: it may be why the thing cannot go
        ("AWS::Bedrock::KnowledgeBase", "delete", "bedrock:ListDataSources", Tier.REQUIRED),
    ],
)
def test_what_lists_all_of_a_type_is_not_needed_beside_what_gets_one(
    type_name: str, operation: str, action: str, tier: Tier
):
    assert {call.tier for call in _calls(_schema(type_name), operation, action)} == {tier}


@pytest.mark.parametrize(
    ("type_name", "action"),
    [
        ("AWS::Glue::Registry", "glue:TagResource"),
        ("AWS::Athena::WorkGroup", "athena:TagResource"),
        ("AWS::Kinesis::Stream", "kinesis:AddTagsToStream"),
    ],
)
def test_tags_of_cloudformation_alone_may_be_refused_in_a_creation(type_name: str, action: str):
    """And on a change they are needed, as are the template's and the stack's always."""
    schema = replace(_schema(type_name), tagging=Tagging(taggable=True, system_tags=True, property="Tags"))
    created = {(call.tier, bool(call.triggers)) for call in _calls(schema, "create", action)}
    assert created == {(Tier.REQUIRED, True), (Tier.ADVISORY, False)}
    assert {call.tier for call in _calls(schema, "update", action)} <= {Tier.ON_CHANGE}


def test_a_long_list_says_nothing_of_what_comes_along():
    schema = _schema("AWS::Batch::ComputeEnvironment")
    more = tuple(f"batch:Describe{what}" for what in ("Jobs", "JobQueues", "JobDefinitions", "SchedulingPolicies"))
    longer = replace(schema, handlers={Handler.DELETE: (*schema.handlers[Handler.DELETE], *more)})
    (call,) = _calls(longer, "delete", "batch:UpdateComputeEnvironment")
    assert call.tier is Tier.ADVISORY


def test_a_list_with_a_pattern_says_nothing_of_what_comes_along():
    schema = _schema("AWS::Batch::ComputeEnvironment")
    longer = replace(schema, handlers={Handler.DELETE: (*schema.handlers[Handler.DELETE], "batch:List*")})
    (call,) = _calls(longer, "delete", "batch:UpdateComputeEnvironment")
    assert call.tier is Tier.ADVISORY


def test_a_list_that_creation_and_deletion_share_says_nothing_of_what_comes_along():
    schema = _schema("AWS::Batch::ComputeEnvironment")
    listed = schema.handlers[Handler.DELETE]
    copied = replace(schema, handlers={Handler.CREATE: listed, Handler.DELETE: listed})
    (call,) = _calls(copied, "delete", "batch:UpdateComputeEnvironment")
    assert call.tier is Tier.ADVISORY


def test_what_does_the_opposite_does_not_come_along():
    (call,) = _calls(_schema("AWS::Proton::EnvironmentTemplate"), "create", "proton:DeleteEnvironmentTemplate")
    assert call.tier is Tier.ADVISORY


def test_another_way_to_create_a_type_needs_its_property():
    lists = _schema("AWS::Route53Resolver::FirewallDomainList")
    (call,) = _calls(lists, "create", "route53resolver:ImportFirewallDomains")
    assert call.tier is Tier.ADVISORY
    (call,) = _calls(lists, "create", "route53resolver:CreateFirewallDomainList")
    assert call.tier is Tier.REQUIRED


@pytest.mark.parametrize(
    ("type_name", "action"),
    [
        ("AWS::IoTEvents::Input", "iotevents:CreateInput"),  # the reference has no such service any more
        ("AWS::LakeFormation::Tag", "lakeformation:CreateLFTag"),  # the type is a kind of tag
        ("AWS::Cognito::IdentityPoolPrincipalTag", "cognito-identity:SetPrincipalTagAttributeMap"),
        ("AWS::SecurityHub::SecurityControl", "securityhub:UpdateSecurityControl"),  # what is nearest
    ],
)
def test_something_creates_a_type(type_name: str, action: str):
    assert {call.tier for call in _calls(_schema(type_name), "create", action)} == {Tier.REQUIRED}


def test_a_service_makes_its_network_interfaces_itself():
    calls = _calls(_schema("AWS::BedrockAgentCore::Runtime"), "create", "ec2:CreateNetworkInterface")
    assert {call.tier for call in calls} == {Tier.ADVISORY}
    assert {call.tier for call in _calls(_schema("AWS::EC2::NetworkInterface"), "create", calls[0].action)} == {
        Tier.REQUIRED
    }


def test_a_service_linked_role_that_no_handler_lists_may_be_made():
    scaled = _schema("AWS::ApplicationAutoScaling::ScalableTarget")
    without = replace(scaled, handlers={Handler.CREATE: ("application-autoscaling:RegisterScalableTarget",)})
    (call,) = _calls(without, "create", "iam:CreateServiceLinkedRole")
    assert call.tier is Tier.ADVISORY
    assert not _calls(_schema("AWS::SNS::Topic"), "create", "iam:CreateServiceLinkedRole")


def test_tagging_that_no_handler_lists_is_added():
    tagging = Tagging(taggable=True, property="Tags", permissions=frozenset({"events:TagResource"}))
    handlers = {Handler.CREATE: ("events:PutRule",)}
    schema = replace(_schema("AWS::Events::Rule"), tagging=tagging, handlers=handlers)
    (call,) = _calls(schema, "create", "events:TagResource")
    assert call.tier is Tier.REQUIRED


def test_a_role_that_no_handler_passes_may_be_passed_all_the_same():
    (call,) = _calls(_schema("AWS::FIS::TargetAccountConfiguration"), "create", "iam:PassRole")
    assert (call.tier, [str(trigger) for trigger in call.triggers]) == (Tier.ADVISORY, ["RoleArn"])


def test_roles_are_found_at_any_depth():
    assert role_properties(_schema("AWS::Events::Rule")) == ("RoleArn", "Targets/RoleArn")
    assert role_properties(_schema("AWS::DynamoDB::Table")) == ()


DEPLOYED_MOST = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::EFS::FileSystem",
    "AWS::EKS::Cluster",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
]


@pytest.mark.parametrize("type_name", DEPLOYED_MOST)
def test_what_creates_and_deletes_a_type_is_always_required(type_name: str):
    always = {
        call.operation
        for call in linked_calls(_schema(type_name))
        if call.tier is NEEDED[call.operation.value] and not call.triggers and not call.stack_tags
    }
    assert {Handler.CREATE, Handler.READ, Handler.DELETE} <= always


def test_a_handler_may_read_at_its_end_what_is_not_set():
    cluster = _schema("AWS::DSQL::Cluster")
    (call,) = _calls(cluster, "create", "dsql:GetClusterPolicy")
    assert call.triggers
    made = call.made_by(dict.fromkeys(call.triggers, Fires.NO), stack_tags=False)
    assert made is not None
    assert (made.tier, made.otherwise) == (Tier.ADVISORY, True)
    unread = replace(cluster, handlers={Handler.CREATE: cluster.handlers[Handler.CREATE]})
    (call,) = _calls(unread, "create", "dsql:GetClusterPolicy")
    assert call.made_by(dict.fromkeys(call.triggers, Fires.NO), stack_tags=False) is None


@pytest.mark.parametrize(
    ("type_name", "operation", "action", "tier"),
    [
        # what no property for a subnet or a zone brings in, of EC2's many things
        ("AWS::Redshift::ClusterSubnetGroup", "create", "ec2:AllocateAddress", Tier.ADVISORY),
        ("AWS::RefactorSpaces::Service", "create", "ec2:CreateRoute", Tier.ADVISORY),
        ("AWS::CloudHSM::Cluster", "create", "ec2:CreateSecurityGroup", Tier.REQUIRED),  # made in the VPC
        # made by another type: a property that begins with its name holds none
        ("AWS::SecurityLake::Subscriber", "create", "securitylake:CreateDataLake", Tier.ADVISORY),
        ("AWS::SageMaker::Domain", "delete", "sagemaker:DeleteApp", Tier.ADVISORY),
        ("AWS::BedrockAgentCore::Gateway", "create", "bedrock-agentcore:CreateWorkloadIdentity", Tier.REQUIRED),
        # read beside the type itself, or in place of it
        ("AWS::SageMaker::UserProfile", "create", "sagemaker:DescribeImageVersion", Tier.ADVISORY),
        ("AWS::EC2::Route", "create", "ec2:DescribeRouteTables", Tier.REQUIRED),
        ("AWS::IAM::User", "delete", "iam:DeleteUserPolicy", Tier.REQUIRED),  # its own, though there is a type for it
    ],
)
def test_what_is_of_another_thing(type_name: str, operation: str, action: str, tier: Tier):
    assert {call.tier for call in _calls(_schema(type_name), operation, action)} == {tier}
