from collections.abc import Callable

import pytest

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import HandlerCall, StackPlace, UnknownType, handler_calls, known_calls, type_schema
from leastgrant.knowledge.arn import ArnTemplate, OwnName, PathPart, PropertyValue, name_property

PLACE = StackPlace(Pattern.literal("aws"), Pattern.literal("eu-west-1"), Pattern.literal("1"))
NAME = Pattern.parse("app-Thing-*")


def _values(properties: dict[str, list[str]]) -> Callable[[str], list[Pattern]]:
    def values(path: str) -> list[Pattern]:
        return [Pattern.parse(text) for text in properties.get(path, [])]

    return values


def _texts(template: ArnTemplate, properties: dict[str, list[str]], own_name: Pattern = NAME) -> list[str]:
    return [str(pattern) for pattern in template.patterns(PLACE, own_name, _values(properties))]


def _call(type_name: str, action: str, properties: dict[str, object] | None = None) -> HandlerCall:
    calls = handler_calls(type_name, properties or {})
    assert not isinstance(calls, UnknownType)
    return next(call for call in calls if call.action == action)


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::Events::Rule", "Name"),
        ("AWS::SecretsManager::Secret", "Name"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
        ("AWS::SNS::Topic", "TopicName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::StepFunctions::StateMachine", "StateMachineName"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::RDS::DBInstance", "DBInstanceIdentifier"),
        ("AWS::ECS::Service", "ServiceName"),
        ("AWS::KMS::Key", None),
        ("AWS::EC2::VPC", None),
        ("AWS::Lambda::EventSourceMapping", None),
        ("AWS::ApiGateway::RestApi", None),
    ],
)
def test_the_property_that_names_a_resource(type_name: str, name: str | None):
    schema = type_schema(type_name)
    assert schema is not None
    assert name_property(schema) == name


@pytest.mark.parametrize(
    ("type_name", "action", "arn"),
    [
        ("AWS::Events::Rule", "events:PutRule", "arn:aws:events:eu-west-1:1:rule/app-Thing-*"),
        ("AWS::DynamoDB::Table", "dynamodb:CreateTable", "arn:aws:dynamodb:eu-west-1:1:table/app-Thing-*"),
        ("AWS::DynamoDB::Table", "dynamodb:UpdateTable", "arn:aws:dynamodb:eu-west-1:1:table/app-Thing-*"),
        ("AWS::S3::Bucket", "s3:CreateBucket", "arn:aws:s3:::app-Thing-*"),
        (
            "AWS::SecretsManager::Secret",
            "secretsmanager:CreateSecret",
            "arn:aws:secretsmanager:eu-west-1:1:secret:app-Thing-*-??????",
        ),
        (
            "AWS::Logs::LogGroup",
            "logs:CreateLogGroup",
            "arn:aws:logs:eu-west-1:1:log-group:app-Thing-*:*",
        ),
        ("AWS::Logs::LogGroup", "logs:TagResource", "arn:aws:logs:eu-west-1:1:log-group:app-Thing-*"),
        ("AWS::Logs::LogGroup", "logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:1:log-group:app-Thing-*"),
        ("AWS::IAM::Role", "iam:CreateRole", "arn:aws:iam::1:role/app-Thing-*"),
        ("AWS::Lambda::Function", "lambda:TagResource", "arn:aws:lambda:eu-west-1:1:function:app-Thing-*"),
        ("AWS::SQS::Queue", "sqs:CreateQueue", "arn:aws:sqs:eu-west-1:1:app-Thing-*"),
        ("AWS::RDS::DBSubnetGroup", "rds:AddTagsToResource", "arn:aws:rds:eu-west-1:1:subgrp:app-Thing-*"),
        (
            "AWS::RDS::DBClusterParameterGroup",
            "rds:AddTagsToResource",
            "arn:aws:rds:eu-west-1:1:cluster-pg:app-Thing-*",
        ),
        ("AWS::Redshift::ClusterSubnetGroup", "redshift:CreateTags", "arn:aws:redshift:eu-west-1:1:subnetgroup:*"),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "application-autoscaling:RegisterScalableTarget",
            "arn:aws:application-autoscaling:eu-west-1:1:scalable-target/*",
        ),
        ("AWS::KMS::Key", "kms:CreateKey", "*"),
        ("AWS::KMS::Key", "kms:DescribeKey", "arn:aws:kms:eu-west-1:1:key/*"),
        ("AWS::EC2::VPC", "ec2:CreateVpc", "arn:aws:ec2:eu-west-1:1:vpc/*"),
        ("AWS::EC2::VPC", "ec2:DescribeVpcs", "*"),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "iam:CreateServiceLinkedRole",
            "arn:aws:iam::1:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
        ),
        (  # of one of several services
            "AWS::EKS::Cluster",
            "iam:CreateServiceLinkedRole",
            "arn:aws:iam::1:role/aws-service-role/*/*",
        ),
        (
            "AWS::Scheduler::Schedule",
            "scheduler:CreateSchedule",
            "arn:aws:scheduler:eu-west-1:1:schedule/default/app-Thing-*",
        ),
        ("AWS::ApiGatewayV2::Api", "apigateway:PATCH", "arn:aws:apigateway:eu-west-1::/apis/*"),
        ("AWS::ApiGateway::RestApi", "apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/restapis/*"),
        ("AWS::ApiGateway::RestApi", "apigateway:POST", "arn:aws:apigateway:eu-west-1::/restapis"),
    ],
)
def test_the_arn_of_the_resource_itself(type_name: str, action: str, arn: str):
    assert _texts(_call(type_name, action).resource, {}) == [arn]


@pytest.mark.parametrize(
    ("type_name", "action", "properties", "values", "arns"),
    [
        (
            "AWS::Lambda::Function",
            "iam:PassRole",
            {"Role": "r"},
            {"Role": ["arn:aws:iam::1:role/app-Role-*"]},
            ["arn:aws:iam::1:role/app-Role-*"],
        ),
        (  # what begins like an ARN and is none stands for a name, as no request could be made on it
            "AWS::Lambda::Function",
            "iam:PassRole",
            {"Role": "r"},
            {"Role": ["arn:app:role"]},
            ["arn:aws:iam::1:role/arn:app:role"],
        ),
        (
            "AWS::Lambda::Function",
            "lambda:GetLayerVersion",
            {"Layers": ["l"]},
            {"Layers": ["arn:aws:lambda:eu-west-1:2:layer:a:1", "arn:aws:lambda:eu-west-1:2:layer:b:*"]},
            ["arn:aws:lambda:eu-west-1:2:layer:a:1", "arn:aws:lambda:eu-west-1:2:layer:b:*"],
        ),
        (
            "AWS::Lambda::Function",
            "s3:GetObject",
            {"Code": {"S3Bucket": "b", "S3Key": "k"}},
            {"Code/S3Bucket": ["artefacts"], "Code/S3Key": ["app/*"]},
            ["arn:aws:s3:::artefacts/app/*"],
        ),
        (
            "AWS::Lambda::Permission",
            "lambda:AddPermission",
            {"FunctionName": "f"},
            {"FunctionName": ["app-fn"]},
            ["arn:aws:lambda:eu-west-1:1:function:app-fn"],
        ),
        (
            "AWS::Lambda::Url",
            "lambda:CreateFunctionUrlConfig",
            {"TargetFunctionArn": "f"},
            {"TargetFunctionArn": ["arn:aws:lambda:eu-west-1:1:function:app-fn"]},
            ["arn:aws:lambda:eu-west-1:1:function:app-fn"],
        ),
        (
            "AWS::DynamoDB::Table",
            "kms:CreateGrant",
            {"SSESpecification": {"KMSMasterKeyId": "k"}},
            {"SSESpecification/KMSMasterKeyId": ["abc"]},
            ["arn:aws:kms:eu-west-1:1:key/abc"],
        ),
        (
            "AWS::IAM::Policy",
            "iam:PutRolePolicy",
            {"Roles": ["r"]},
            {"Roles": ["a", "b"]},
            ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"],
        ),
        (
            "AWS::IAM::Role",
            "iam:CreateRole",
            {"Path": "/team/"},
            {"Path": ["/team/"]},
            ["arn:aws:iam::1:role/team/app-Thing-*"],
        ),
        (
            "AWS::Events::Rule",
            "events:PutRule",
            {"EventBusName": "b"},
            {"EventBusName": ["orders"]},
            ["arn:aws:events:eu-west-1:1:rule/orders/app-Thing-*"],
        ),
        (
            "AWS::ApiGatewayV2::Route",
            "apigateway:POST",
            {"ApiId": "a"},
            {"ApiId": ["abc"]},
            ["arn:aws:apigateway:eu-west-1::/apis/abc/routes"],
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "iam:CreateServiceLinkedRole",
            {"ServiceNamespace": "n"},
            {"ServiceNamespace": ["kafka"]},
            ["arn:aws:iam::1:role/aws-service-role/kafka.application-autoscaling.amazonaws.com/*"],
        ),
        (  # its own group, in short, and not the one that traffic goes to
            "AWS::EC2::SecurityGroupEgress",
            "ec2:RevokeSecurityGroupEgress",
            {"GroupId": "g", "DestinationSecurityGroupId": "d"},
            {"GroupId": ["sg-1"], "DestinationSecurityGroupId": ["sg-2"]},
            ["arn:aws:ec2:eu-west-1:1:security-group/sg-1"],
        ),
        (  # security groups of a VPC, which name no VPC
            "AWS::DocDBElastic::Cluster",
            "ec2:DescribeVpcAttribute",
            {"VpcSecurityGroupIds": ["g"]},
            {"VpcSecurityGroupIds": ["sg-1"]},
            ["arn:aws:ec2:eu-west-1:1:vpc/*"],
        ),
        (
            "AWS::S3::StorageLens",
            "s3:GetStorageLensConfiguration",
            {"StorageLensConfiguration": {"Id": "lens"}},
            {"StorageLensConfiguration/Id": ["lens"]},
            ["arn:aws:s3:eu-west-1:1:storage-lens/app-Thing-*"],
        ),
    ],
)
def test_the_arn_that_properties_name(
    type_name: str, action: str, properties: dict[str, object], values: dict[str, list[str]], arns: list[str]
):
    assert _texts(_call(type_name, action, properties).resource, values) == arns


@pytest.mark.parametrize(
    ("bus", "part"),
    [
        ([], ""),
        (["default"], ""),
        (["orders"], "orders/"),
        (["arn:aws:events:eu-west-1:1:event-bus/orders"], "orders/"),
        (["arn:aws:events:eu-west-1:1:event-bus/default"], ""),
        (["orders-*"], "orders-*/"),
        (["*"], "*"),
    ],
)
def test_a_part_of_a_path_is_left_out_where_it_is_implied(bus: list[str], part: str):
    template = ArnTemplate("rule/${Bus}${Name}", (("Bus", PathPart("Bus", implied="default")),))
    assert _texts(template, {"Bus": bus}) == [f"rule/{part}*".replace("**", "*")]


def test_a_parameters_arn_has_one_slash():
    put = _call("AWS::SSM::Parameter", "ssm:PutParameter").resource
    with_slash, without = Pattern.literal("/app/key"), Pattern.literal("app/key")
    assert _texts(put, {}, with_slash) == _texts(put, {}, without) == ["arn:aws:ssm:eu-west-1:1:parameter/app/key"]


def test_a_placeholder_without_a_fill_or_a_value_is_any_text():
    template = ArnTemplate("a/${One}/${Two}/${Three}", (("Two", PropertyValue("P")), ("Three", OwnName("N"))))
    assert template.placeholders == ("One", "Two", "Three")
    assert _texts(template, {}, ANY) == ["a/*/*/*"]
    assert _texts(template, {"P": ["p", "q"]}) == ["a/*/p/app-Thing-*", "a/*/q/app-Thing-*"]


def test_a_stack_whose_place_is_not_known_gives_wildcards():
    template = ArnTemplate("arn:${Partition}:x:${Region}:${Account}:y")
    (pattern,) = template.patterns(StackPlace(ANY, ANY, ANY), NAME, _values({}))
    assert str(pattern) == "arn:*:x:*:*:y"


@pytest.mark.parametrize(
    ("type_name", "action", "on"),
    [
        ("AWS::MediaConnect::RouterOutput", "ec2:CreateTags", ["*"]),  # of a hundred kinds no name suggests one
        ("AWS::ODB::OdbNetwork", "ec2:CreateTags", ["*"]),
        (
            "AWS::NetworkManager::VpcAttachment",
            "networkmanager:GetVpcAttachment",
            ["arn:aws:networkmanager::1:attachment/*"],
        ),
    ],
)
def test_what_a_call_is_made_on_is_never_the_first_of_many_kinds(type_name: str, action: str, on: list[str]):
    known = known_calls(type_name)
    assert not isinstance(known, UnknownType)
    assert [_texts(call.resource, {}) for call in known if call.action == action][:1] == [on]
