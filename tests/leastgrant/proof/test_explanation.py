"""What explains a grant: needs by their breadth, a schema's reads of what is not set, actions in no reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier, authorization
from leastgrant.knowledge.schema import is_listed
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.generation import inline_policy, least_statements
from leastgrant.proof.needs import needs_of
from leastgrant.proof.prove import prove
from leastgrant.proof.uses import parse_uses
from leastgrant.role import role_of_policy
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve

ACCOUNT = "123456789012"
HERE = Environment("aws", "eu-west-1", ACCOUNT, "shop")
ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
KEYS = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/"
SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"
PARAMETERS = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/"
OBJECTS = "arn:aws:s3:::*/*"


def app(kind: str, **properties: object) -> ResolvedTemplate:
    resource = {"Type": kind, "Properties": properties}
    return resolve(parse(json.dumps({"Resources": {"Thing": resource}}), "app.json"), HERE)


def findings(
    deployed: ResolvedTemplate, action: str, resource: str, *namespaces: str, **condition: object
) -> list[Finding]:
    """What is found of one grant, beside those that the app needs."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    role = role_of_policy({"Version": "2012-10-17", "Statement": [statement]}, "role")
    proof = prove(role, [deployed], namespaces=[*map(Pattern.parse, namespaces)])
    return [f for f in proof.findings if f.statement and f.kind is not Kind.ESCALATION]


def kinds(*args: Any, **condition: object) -> set[Kind]:
    return {finding.kind for finding in findings(*args, **condition)}


@pytest.mark.parametrize(
    ("kind", "action", "resource"),
    [
        ("AWS::Bedrock::PromptVersion", "kms:Decrypt", f"{KEYS}*"),
        ("AWS::ECR::PullThroughCacheRule", "secretsmanager:GetSecretValue", f"{SECRETS}*-??????"),
        ("AWS::DMS::ReplicationConfig", "iam:PutRolePolicy", f"{ROLES}*"),
        ("AWS::AppConfig::Extension", "iam:PassRole", f"{ROLES}*"),
        ("AWS::SSMQuickSetup::ConfigurationManager", "ssm:GetParametersByPath", f"{PARAMETERS}*"),
        ("AWS::DirectConnect::PrivateVirtualInterface", "sts:AssumeRole", f"{ROLES}*"),
        ("AWS::DMS::ReplicationConfig", "iam:AttachRolePolicy", f"{ROLES}s*"),
    ],
)
def test_what_may_be_called_on_all_of_an_account_explains_no_breadth(kind: str, action: str, resource: str):
    deployed = app(kind)
    (finding,) = (f for f in findings(deployed, action, resource) if f.kind is Kind.BROAD)
    assert finding.message.endswith("where it may be called, but nothing needs it")
    # not within a namespace that names nothing either
    assert Kind.BROAD in kinds(deployed, action, resource, "*")
    assert Kind.BROAD in kinds(deployed, action, resource, resource)


@pytest.mark.parametrize(
    ("kind", "action", "resource", "namespace"),
    [
        ("AWS::Bedrock::PromptVersion", "kms:Decrypt", f"{KEYS}0f1e2d3c", f"{KEYS}*"),
        ("AWS::DMS::ReplicationConfig", "iam:PutRolePolicy", f"{ROLES}shop-*", f"{ROLES}shop-*"),
        ("AWS::AppConfig::Extension", "iam:PassRole", f"{ROLES}authorizer", f"{ROLES}*"),
        ("AWS::ECR::PullThroughCacheRule", "secretsmanager:GetSecretValue", f"{SECRETS}ecr-pull-*", f"{SECRETS}*"),
    ],
)
def test_a_name_is_no_breadth(kind: str, action: str, resource: str, namespace: str):
    assert kinds(app(kind), action, resource, namespace) == set()


def test_what_is_not_sensitive_may_have_a_namespace_that_names_nothing():
    deployed = app("AWS::DMS::Endpoint", EndpointType="source", EngineName="mysql")
    clusters = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:*"
    assert kinds(deployed, "rds:DescribeDBClusters", clusters) == {Kind.BROAD}
    assert kinds(deployed, "rds:DescribeDBClusters", clusters, f"arn:aws:rds:eu-west-1:{ACCOUNT}:*") == set()


def test_a_resource_without_a_name_can_be_named_no_closer():
    vpcs = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/*"
    deployed = app("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
    unsure = {need.action for need in needs_of(deployed)[0] if not need.is_sure}
    assert "ec2:DeleteTags" in unsure
    role = role_of_policy(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["ec2:DeleteTags", "ec2:DeleteVpc"], "Resource": vpcs},
        },
        "role",
    )
    assert prove(role, [deployed]).of(Kind.BROAD) == ()


def test_a_required_need_explains_all_of_its_breadth():
    deployed = app("AWS::IAM::RolePolicy", PolicyName="p")  # of which role is not known
    assert kinds(deployed, "iam:PutRolePolicy", f"{ROLES}*") == set()


@pytest.mark.parametrize(
    ("resource", "condition", "expected"),
    [
        (OBJECTS, {}, 1),
        ("arn:aws:s3:::oth*/*", {}, 1),
        (OBJECTS, {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}, 0),
        (OBJECTS, {"StringEquals": {"s3:ResourceAccount": [ACCOUNT]}}, 0),
        (OBJECTS, {"StringEquals": {"aws:ResourceAccount": [ACCOUNT, "111111111111"]}}, 1),
        (OBJECTS, {"StringEqualsIfExists": {"aws:ResourceAccount": ACCOUNT}}, 1),
        (OBJECTS, {"StringNotEquals": {"aws:ResourceAccount": "111111111111"}}, 1),
        (OBJECTS, {"StringLike": {"aws:ResourceAccount": "1234*"}}, 1),
    ],
)
def test_buckets_are_of_the_account_only_if_that_is_required(resource: str, condition: dict[str, Any], expected: int):
    deployed = app("AWS::Amplify::Branch", AppId="a", BranchName="main")
    found = findings(deployed, "s3:GetObject", resource, **condition)
    assert sum(finding.kind is Kind.ESCAPE for finding in found) == expected


def test_a_bucket_that_is_needed_or_declared_is_inside():
    deployed = app("AWS::S3::Bucket", BucketName="shop-data")
    assert kinds(deployed, "s3:CreateBucket", "arn:aws:s3:::shop-data") == set()
    assert kinds(deployed, "s3:CreateBucket", "arn:aws:s3:::shop-*") == {Kind.ESCAPE, Kind.BROAD}
    assert kinds(deployed, "s3:CreateBucket", "arn:aws:s3:::shop-*", "arn:aws:s3:::shop-*") == set()


@pytest.mark.parametrize(
    ("kind", "action", "tier"),
    [
        ("AWS::ApiGatewayV2::VpcLink", "apigateway:TagResource", Tier.REQUIRED),
        ("AWS::Connect::TestCase", "connect:CreateTestCase", Tier.REQUIRED),
        ("AWS::CloudFront::Distribution", "cloudfront:CreateDistributionWithTags", Tier.ADVISORY),
    ],
)
def test_an_action_that_no_reference_lists_is_a_need(kind: str, action: str, tier: Tier):
    assert authorization.action(action) is None
    deployed = app(kind)
    assert tier in {need.tier for need in needs_of(deployed)[0] if need.action == action}
    assert Kind.EXCESS not in kinds(deployed, action, "*")
    assert kinds(deployed, action.upper(), "*") == set()


def test_a_wildcard_may_stand_for_such_an_action():
    assert kinds(app("AWS::Connect::TestCase"), "connect:*TestCase", "*") == set()


def test_such_an_action_of_another_type_is_excess_and_known():
    (finding,) = findings(
        app("AWS::SQS::Queue"), "apigateway:TagResource", f"arn:aws:apigateway:eu-west-1:{ACCOUNT}:/x"
    )
    assert finding.message.endswith("nothing calls it")
    (finding,) = findings(
        app("AWS::SQS::Queue"), "apigateway:LabelResource", f"arn:aws:apigateway:eu-west-1:{ACCOUNT}:/x"
    )
    assert finding.message.endswith("IAM knows no such action")
    assert is_listed("APIGATEWAY:tagresource")
    assert not is_listed("apigateway:TagResourc")


def test_a_use_may_name_such_an_action():
    uses = '[{"name": "tags", "reason": "r", "actions": ["apigateway:TagResource"], "resources": ["*"]}]'
    assert parse_uses(uses, "uses.json")[0].actions == ("apigateway:TagResource",)


@pytest.mark.parametrize(
    ("kind", "properties", "action", "resource"),
    [
        ("AWS::SQS::Queue", {"QueueName": "jobs"}, "sqs:ListQueueTags", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"),
        ("AWS::S3::Bucket", {"BucketName": "shop-data"}, "s3:GetBucketCORS", "arn:aws:s3:::shop-data"),
        ("AWS::S3::Bucket", {"BucketName": "shop-data"}, "s3:GetBucketWebsite", "arn:aws:s3:::shop-data"),
    ],
)
def test_a_schemas_read_of_what_is_not_set_explains_a_grant_and_asks_for_none(
    kind: str, properties: dict[str, Any], action: str, resource: str
):
    deployed = app(kind, **properties)
    found = {(need.tier, need.otherwise) for need in needs_of(deployed)[0] if need.action == action}
    assert (Tier.READ_BACK, True) in found
    assert all(otherwise for _, otherwise in found)
    assert kinds(deployed, action, resource) == set()
    assert Kind.BROAD in kinds(deployed, action, f"{resource}*")
    assert kinds(app("AWS::SNS::Topic"), action, resource) >= {Kind.EXCESS}


def test_a_write_of_what_is_not_set_explains_nothing():
    deployed = app("AWS::S3::Bucket", BucketName="shop-data")
    assert Kind.EXCESS in kinds(deployed, "s3:PutBucketCORS", "arn:aws:s3:::shop-data")


@pytest.mark.parametrize(
    "kind",
    ["AWS::ElastiCache::ReplicationGroup", "AWS::S3::Bucket", "AWS::EC2::VPC", "AWS::Connect::TestCase"],
)
def test_what_is_generated_is_proved(kind: str):
    deployed = app(kind)
    policy: Any = inline_policy(least_statements(needs_of(deployed)[0]))
    proof = prove(role_of_policy(policy, "role"), [deployed])
    assert {finding.kind for finding in proof.findings} <= {Kind.ESCALATION}
