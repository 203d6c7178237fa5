"""What a template's resources need, and the corners where a need could be overlooked."""

import json
from typing import Any

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier, data_version
from leastgrant.proof.needs import Need, Operation, Use, needs_of
from leastgrant.template import Environment, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "app")
PARAMETER = {"Type": "String"}
MAYBE = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
TRUST: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}


def needs(resource: dict[str, Any], *, stack_tags: bool = False) -> tuple[Need, ...]:
    template = {
        "Parameters": {"Stage": PARAMETER},
        "Conditions": {"Maybe": MAYBE},
        "Resources": {"Thing": resource},
    }
    found, unmodelled = needs_of(resolve(parse(json.dumps(template), "app.json"), HERE), stack_tags=stack_tags)
    assert not unmodelled
    return found


def arns(found: tuple[Need, ...], action: str) -> set[str]:
    return {str(need.resource) for need in found if need.action == action}


def maybe(value: object) -> dict[str, Any]:
    return {"Fn::If": ["Maybe", value, {"Ref": "AWS::NoValue"}]}


def test_a_need_says_what_it_is_for_and_how_it_is_known():
    (need,) = [n for n in needs({"Type": "AWS::Events::Rule"}) if n.action == "events:PutRule" and "creat" in n.doing]
    assert need.doing == "creating `Thing`"
    assert str(need.resource) == "arn:aws:events:eu-west-1:123456789012:rule/app-Thing-*"
    assert need.is_deployed_with
    assert (need.subject.stack, need.subject.type, need.subject.template) == ("app", "AWS::Events::Rule", "app.json")
    assert need.reason
    assert need.source


@pytest.mark.parametrize(
    ("policy", "replace", "expected"),
    [
        (None, None, {Operation.DELETE}),
        ("Retain", None, {Operation.DELETE}),  # an update that replaces it deletes the old one
        ("RetainExceptOnCreate", None, {Operation.DELETE, Operation.ROLLBACK}),
        ("Delete", "Retain", {Operation.DELETE}),
        ("RetainExceptOnCreate", "Retain", {Operation.ROLLBACK}),
        ("Retain", "Retain", set[Operation]()),
        ("Snapshot", "Snapshot", {Operation.DELETE}),
    ],
)
def test_what_is_retained_is_not_deleted(policy: str | None, replace: str | None, expected: set[Operation]):
    policies = {"DeletionPolicy": policy, "UpdateReplacePolicy": replace}
    resource = {"Type": "AWS::SQS::Queue", **{key: value for key, value in policies.items() if value}}
    assert {need.operation for need in needs(resource) if need.action == "sqs:DeleteQueue"} == expected


@pytest.mark.parametrize(
    ("policy", "replace", "expected"),
    [
        (None, None, {(Operation.DELETE, Tier.REQUIRED)}),
        ("Retain", None, {(Operation.DELETE, Tier.ON_CHANGE)}),
        ("RetainExceptOnCreate", None, {(Operation.DELETE, Tier.ON_CHANGE), (Operation.ROLLBACK, Tier.REQUIRED)}),
        ("Retain", "Retain", set[tuple[Operation, Tier]]()),
    ],
)
def test_what_is_kept_is_deleted_when_it_is_replaced(
    policy: str | None, replace: str | None, expected: set[tuple[Operation, Tier]]
):
    policies = {"DeletionPolicy": policy, "UpdateReplacePolicy": replace}
    resource = {"Type": "AWS::SNS::Topic", **{key: value for key, value in policies.items() if value}}
    deleting = [need for need in needs(resource) if need.action == "sns:DeleteTopic"]
    assert {(need.operation, need.tier) for need in deleting} == expected
    assert all(need.replaced == (need.tier is Tier.ON_CHANGE) for need in deleting)


CLUSTER = "arn:aws:rds:eu-west-1:123456789012:cluster:app-thing-*"
SNAPSHOTS = "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:*"


@pytest.mark.parametrize(
    ("kind", "action", "properties", "policies", "expected"),
    [
        # the default of a database is a snapshot, of one that is in a cluster it is not
        ("AWS::RDS::DBCluster", "rds:CreateDBClusterSnapshot", {}, {}, Tier.REQUIRED),
        ("AWS::RDS::DBInstance", "rds:CreateDBSnapshot", {}, {}, Tier.REQUIRED),
        ("AWS::RDS::DBInstance", "rds:CreateDBSnapshot", {"DBClusterIdentifier": "c"}, {}, None),
        ("AWS::RDS::DBCluster", "rds:CreateDBClusterSnapshot", {}, {"DeletionPolicy": "Delete"}, Tier.ON_CHANGE),
        (
            "AWS::RDS::DBCluster",
            "rds:CreateDBClusterSnapshot",
            {},
            {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"},
            None,
        ),
        # of anything else it is stated
        ("AWS::EC2::Volume", "ec2:CreateSnapshot", {}, {}, None),
        ("AWS::EC2::Volume", "ec2:CreateSnapshot", {}, {"DeletionPolicy": "Snapshot"}, Tier.REQUIRED),
        ("AWS::ElastiCache::ReplicationGroup", "elasticache:CreateSnapshot", {}, {"DeletionPolicy": "Retain"}, None),
        ("AWS::Neptune::DBCluster", "rds:CreateDBClusterSnapshot", {}, {"DeletionPolicy": "Snapshot"}, Tier.REQUIRED),
    ],
)
def test_a_snapshot_is_taken_by_policy(
    kind: str, action: str, properties: dict[str, object], policies: dict[str, str], expected: Tier | None
):
    found = needs({"Type": kind, "Properties": properties, **policies})
    assert {(need.operation, need.tier) for need in found if need.action == action} == (
        {(Operation.DELETE, expected)} if expected else set()
    )


def test_the_last_snapshot_is_named_and_tagged_too():
    deleting = [need for need in needs({"Type": "AWS::RDS::DBCluster"}) if need.operation is Operation.DELETE]
    on = {need.on for need in deleting if need.action == "rds:CreateDBClusterSnapshot"}
    assert on == {CLUSTER, SNAPSHOTS}
    assert {need.on for need in deleting if need.action == "rds:AddTagsToResource"} == {SNAPSHOTS}


def test_what_the_template_keeps_is_no_change():
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": TRUST, "EnableKeyRotation": True}}
    found = {need.action: need for need in needs(key) if need.operation is Operation.UPDATE}
    assert found["kms:DisableKeyRotation"].tier is found["kms:EnableKeyRotation"].tier is Tier.ON_CHANGE
    assert found["kms:EnableKeyRotation"].is_deployed_with
    assert not found["kms:DisableKeyRotation"].is_deployed_with


def test_what_goes_is_a_change_that_the_template_does_not_ask_for():
    (need,) = [
        need
        for need in needs({"Type": "AWS::Logs::LogGroup"})
        if need.action == "logs:DeleteRetentionPolicy" and need.operation is Operation.UPDATE
    ]
    assert (need.tier, need.otherwise, need.is_deployed_with) == (Tier.ON_CHANGE, True, False)
    assert need.reason == "called when RetentionInDays goes that was set before"


def test_a_path_that_may_be_left_out_leaves_two_arns():
    role = {"Type": "AWS::IAM::Role", "Properties": {"Path": maybe("/team/"), "AssumeRolePolicyDocument": TRUST}}
    assert arns(needs(role), "iam:CreateRole") == {
        "arn:aws:iam::123456789012:role/team/app-Thing-*",
        "arn:aws:iam::123456789012:role/app-Thing-*",
    }


def test_an_event_bus_that_may_be_left_out_leaves_two_arns():
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": maybe("orders")}}
    assert arns(needs(rule), "events:DescribeRule") == {
        "arn:aws:events:eu-west-1:123456789012:rule/orders/app-Thing-*",
        "arn:aws:events:eu-west-1:123456789012:rule/app-Thing-*",
    }


def test_a_role_that_may_be_left_out_is_passed_or_is_not():
    arn = "arn:aws:iam::123456789012:role/deliver"
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Id": "a", "Arn": "*", "RoleArn": maybe(arn)}]}}
    assert arns(needs(rule), "iam:PassRole") == {arn}


def test_properties_that_depend_on_a_condition_as_a_whole():
    named = {"QueueName": "a", "KmsMasterKeyId": "alias/a"}
    found = needs({"Type": "AWS::SQS::Queue", "Properties": maybe(named)})
    queue = "arn:aws:sqs:eu-west-1:123456789012:"
    assert arns(found, "sqs:CreateQueue") == {f"{queue}a", f"{queue}app-Thing-*"}


def test_a_boundary_that_may_be_left_out_leaves_two_requests():
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"PermissionsBoundary": maybe(boundary), "AssumeRolePolicyDocument": TRUST},
    }
    sent = [need.contexts for need in needs(role) if need.action == "iam:CreateRole"]
    assert sent == [({"iam:permissionsboundary": (boundary,)},), ({"iam:permissionsboundary": ()},)]


def test_a_star_in_a_name_is_a_letter():
    role = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": ["a*b"], "AssumeRolePolicyDocument": TRUST}}
    (context,) = {need.contexts[0]["iam:policyarn"] for need in needs(role) if need.action == "iam:AttachRolePolicy"}
    assert context == ("a*b",)
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "a*b"}}
    assert arns(needs(secret), "secretsmanager:CreateSecret") == {
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a${*}b-??????"
    }


def test_tags_of_the_stack_are_put_on_its_resources():
    table = {"Type": "AWS::DynamoDB::Table"}
    tagging = [need for need in needs(table, stack_tags=True) if need.tags and need.is_deployed_with]
    assert {need.action for need in tagging} == {"dynamodb:TagResource", "dynamodb:UntagResource"}
    assert not [need for need in needs(table) if need.tags and need.is_deployed_with]


@pytest.mark.parametrize(
    ("resource", "action", "region"),
    [
        ({"Type": "AWS::SQS::Queue"}, "sqs:CreateQueue", "eu-west-1"),
        ({"Type": "AWS::S3::Bucket"}, "s3:CreateBucket", "eu-west-1"),  # its ARN names no region
        ({"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}, "ec2:DescribeVpcs", "eu-west-1"),
        ({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}, "iam:CreateRole", None),
        ({"Type": "AWS::CloudFront::OriginAccessControl"}, "cloudfront:CreateOriginAccessControl", None),
        (
            {"Type": "Custom::Thing", "Properties": {"ServiceToken": "arn:aws:sns:us-east-1:123456789012:things"}},
            "sns:Publish",
            "us-east-1",
        ),
    ],
)
def test_a_call_is_sent_to_a_region_unless_the_service_has_one_endpoint(
    resource: dict[str, Any], action: str, region: str | None
):
    known = [dict(need.known.keys) for need in needs(resource) if need.action == action]
    assert {keys.get("aws:requestedregion") for keys in known} == {region and ((Pattern.literal(region),),)}


def test_the_accounts_of_role_and_resource_are_known():
    found = {n.known for n in needs({"Type": "AWS::SQS::Queue"}) if n.action == "sqs:CreateQueue"}
    account = ((Pattern.literal("123456789012"),),)
    for known in found:
        keys = dict(known.keys)
        assert keys["aws:securetransport"] == ((Pattern.literal("true"),),)
        assert keys["aws:resourceaccount"] == keys["aws:principalaccount"] == account


def test_a_use_is_a_need_of_each_action_on_each_resource():
    use = Use("seed", "fills tables", ("dynamodb:*Item", "s3:ListAllMyBuckets", "no:Such*"), (Pattern.parse("arn:a"),))
    found = {need.action: need for need in use.needs()}
    assert {"dynamodb:GetItem", "dynamodb:BatchWriteItem", "no:Such*"} <= set(found)
    assert found["dynamodb:GetItem"].resource == Pattern.parse("arn:a")
    assert found["s3:ListAllMyBuckets"].resource == Pattern.literal("*")  # has no resource type
    assert found["dynamodb:GetItem"].doing == "using the role for `seed`"


def test_an_unknown_type_is_said_to_be_unknown():
    template = {"Resources": {"Thing": {"Type": "AWS::Nothing::Here"}}}
    found, (unmodelled,) = needs_of(resolve(parse(json.dumps(template), "app.json"), HERE))
    assert not found
    assert unmodelled.subject.name == "Thing"
    assert unmodelled.reason == f"is not among the {data_version().types} types of {data_version()}"


@pytest.mark.parametrize(
    ("default", "given", "arn"),
    [
        ("/cdk-bootstrap/hnb659fds/version", None, "parameter/cdk-bootstrap/hnb659fds/version"),
        ("version", None, "parameter/version"),
        ("version", "/other", "parameter/other"),
        (None, None, "parameter/*"),
    ],
)
def test_a_parameter_of_parameter_store_is_read(default: str | None, given: str | None, arn: str):
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", **({"Default": default} if default else {})}
    template = {"Parameters": {"Version": parameter}, "Resources": {"Thing": {"Type": "AWS::SQS::Queue"}}}
    parsed = parse(json.dumps(template), "app.json")
    found, _ = needs_of(resolve(parsed, HERE, {"Version": given} if given else {}))
    reading = [need for need in found if need.action == "ssm:GetParameters"]
    assert {str(need.resource) for need in reading} == {f"arn:aws:ssm:eu-west-1:123456789012:{arn}"}
    assert [need.doing for need in reading] == ["creating `Version`", "updating `Version`"]
