"""Calls that public roles lack, though they are known to deploy their app: none is missing.

The roles are those of aws-samples/sample-autonomous-cloud-coding-agents, NHSDigital's electronic prescription service
and marsupialmouse/bitsandbobs, and the one of this project; the templates here say what matters of theirs.
"""

import json
from typing import Any

import pytest

from leastgrant.knowledge import Tier
from leastgrant.proof.needs import Need, needs_of
from leastgrant.template import Environment, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "app")
TAGS = [{"Key": "k", "Value": "v"}]
KEY: dict[str, Any] = {"KeyPolicy": {}, "EnableKeyRotation": True, "Description": "d", "Tags": TAGS}
BUCKET: dict[str, Any] = {
    "BucketEncryption": {},
    "LifecycleConfiguration": {"Rules": []},
    "OwnershipControls": {"Rules": []},
    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
    "VersioningConfiguration": {"Status": "Enabled"},
    "Tags": TAGS,
}
RUNTIME = {"NetworkConfiguration": {"NetworkModeConfig": {"SecurityGroups": ["sg-1"], "Subnets": ["subnet-1"]}}}


def needs(kind: str, properties: dict[str, Any], action: str) -> list[Need]:
    text = json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})
    found = [need for need in needs_of(resolve(parse(text, "app.json"), HERE))[0] if need.action == action]
    assert found, f"nothing says that {action} may be called"
    return found


@pytest.mark.parametrize(
    ("kind", "properties", "action", "tier"),
    [
        # no more than an update in place
        ("AWS::EC2::Route", {"RouteTableId": "r"}, "ec2:ReplaceRoute", Tier.ON_CHANGE),
        ("AWS::IAM::Role", {"Description": "d"}, "iam:UpdateRoleDescription", Tier.ON_CHANGE),
        ("AWS::KMS::Key", KEY, "kms:UpdateKeyDescription", Tier.ON_CHANGE),
        ("AWS::Lambda::EventInvokeConfig", {}, "lambda:UpdateFunctionEventInvokeConfig", Tier.ON_CHANGE),
        ("AWS::ECR::Repository", {"ImageTagMutability": "MUTABLE"}, "ecr:PutImageTagMutability", Tier.ON_CHANGE),
        ("AWS::ECS::Cluster", {"CapacityProviders": ["F"]}, "ecs:PutClusterCapacityProviders", Tier.ON_CHANGE),
        ("AWS::CloudFront::KeyValueStore", {"Name": "k"}, "cloudfront:UpdateKeyValueStore", Tier.ON_CHANGE),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "u"}, "cloudformation:RollbackStack", Tier.ON_CHANGE),
        # read back alone
        ("AWS::Lambda::EventSourceMapping", {"Tags": TAGS}, "lambda:ListTags", Tier.READ_BACK),
        ("AWS::S3::Bucket", BUCKET, "s3:GetEncryptionConfiguration", Tier.READ_BACK),
        ("AWS::S3::Bucket", BUCKET, "s3:GetLifecycleConfiguration", Tier.READ_BACK),
        ("AWS::S3::Bucket", BUCKET, "s3:GetBucketOwnershipControls", Tier.READ_BACK),
        ("AWS::S3::Bucket", BUCKET, "s3:GetBucketVersioning", Tier.READ_BACK),
        ("AWS::S3::Bucket", BUCKET, "s3:GetBucketTagging", Tier.READ_BACK),
        # listed, and done without
        ("AWS::BedrockAgentCore::Runtime", RUNTIME, "ec2:CreateNetworkInterface", Tier.ADVISORY),
        ("AWS::CloudFront::Distribution", {}, "cloudfront:GetDistributionConfig", Tier.ADVISORY),
        ("AWS::S3::BucketPolicy", {"Bucket": "b"}, "s3:GetBucketPolicy", Tier.ADVISORY),
    ],
)
def test_what_a_role_that_deploys_lacks_is_not_required(kind: str, properties: dict[str, Any], action: str, tier: Tier):
    tiers = {need.tier for need in needs(kind, properties, action)}
    assert Tier.REQUIRED not in tiers
    assert tier in tiers


@pytest.mark.parametrize(
    ("kind", "properties", "action"),
    [
        ("AWS::KMS::Key", KEY, "kms:DisableKeyRotation"),
        ("AWS::EC2::VPC", {"InstanceTenancy": "default"}, "ec2:ModifyVpcTenancy"),
        ("AWS::Cognito::UserPool", {"MfaConfiguration": "OFF"}, "cognito-idp:SetUserPoolMfaConfig"),
        ("AWS::IAM::Role", {"PermissionsBoundary": "b"}, "iam:DeleteRolePermissionsBoundary"),
        # none of those that were seen
        ("AWS::CloudTrail::Trail", {"IsLogging": True}, "cloudtrail:StopLogging"),
        ("AWS::AutoScaling::AutoScalingGroup", {"MetricsCollection": ["all"]}, "autoscaling:DisableMetricsCollection"),
        ("AWS::SecurityHub::Hub", {"EnableDefaultStandards": True}, "securityhub:DisableSecurityHub"),
    ],
)
def test_what_undoes_what_the_template_keeps_is_never_demanded(kind: str, properties: dict[str, Any], action: str):
    changing = [need for need in needs(kind, properties, action) if need.operation.value == "update"]
    assert not any(need.is_deployed_with for need in changing)
