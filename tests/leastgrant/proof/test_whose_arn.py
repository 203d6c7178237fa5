"""Whose ARN a call is asked for on: the resource's own, or that of what a property names."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.needs import Need, needs_of
from leastgrant.template import Environment, parse, resolve

Properties: TypeAlias = "dict[str, Any]"
Resources: TypeAlias = "dict[str, tuple[str, Properties]]"
Row: TypeAlias = "tuple[str, Properties, str, set[str]]"

HERE = Environment("aws", "eu-west-1", "123456789012", "app")
TRUSTS_HOSTS = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}
TRUSTS_AGENTS = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock-agentcore.amazonaws.com"}}]}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:eu-west-1:123456789012:{resource}"


def role(name: str) -> str:
    return f"arn:aws:iam::123456789012:role/{name}"


def api(path: str) -> str:
    return f"arn:aws:apigateway:eu-west-1::{path}"


def _needs(resources: Resources) -> tuple[Need, ...]:
    declared = {name: {"Type": type_, "Properties": properties} for name, (type_, properties) in resources.items()}
    return needs_of(resolve(parse(json.dumps({"Resources": declared}), "app.json"), HERE))[0]


def _required_on(needs: tuple[Need, ...], action: str) -> set[str]:
    return {need.on for need in needs if need.subject.name == "Thing" and need.action == action and _is_required(need)}


def _is_required(need: Need) -> bool:
    return need.is_deployed_with


LISTENER = arn("elasticloadbalancing", "listener/net/edge/1a/2b")
CHAIN: Resources = {
    "Balancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "edge", "Type": "network"}),
    "Listener": ("AWS::ElasticLoadBalancingV2::Listener", {"LoadBalancerArn": {"Ref": "Balancer"}}),
}
POOL = arn("cognito-idp", "userpool/eu-west-1_a")
ACL = arn("wafv2", "regional/webacl/a/b")
GRAPH = arn("appsync", "apis/g")

OWN: list[Row] = [
    # the stated name, wherever the reference's variable is that property
    # of what the deletion asks for too, that which the type is named after
    ("AWS::Neptune::DBCluster", {"DBClusterIdentifier": "graph"}, "rds:CreateDBCluster", {arn("rds", "cluster:graph")}),
    (
        "AWS::RDS::DBCluster",
        {"Tags": [{"Key": "a"}]},
        "rds:RemoveTagsFromResource",
        {arn("rds", "cluster:app-thing-*")},
    ),
    ("AWS::KMS::ReplicaKey", {"PrimaryKeyArn": "a"}, "kms:ScheduleKeyDeletion", {arn("kms", "key/*")}),
    # what an action is named after, and a property names
    ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "c"}, "rds:DescribeDBClusters", {arn("rds", "cluster:c")}),
    # another service's action is never asked for on the resource itself
    (
        "AWS::Logs::DeliverySource",
        {"ResourceArn": arn("events", "event-bus/b"), "Name": "s"},
        "events:AllowVendedLogDeliveryForResource",
        {arn("events", "event-bus/b")},
    ),
    (
        "AWS::ServiceDiscovery::Service",
        {"NamespaceId": "n"},
        "servicediscovery:CreateService",
        {arn("servicediscovery", "namespace/n")},
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        {},
        "sagemaker:StopNotebookInstance",
        {arn("sagemaker", "notebook-instance/?hing-*")},
    ),
    ("AWS::Batch::JobQueue", {"JobQueueName": "jq"}, "batch:CreateJobQueue", {arn("batch", "job-queue/jq")}),
    ("AWS::DataBrew::Recipe", {"Name": "r"}, "databrew:UpdateRecipe", {arn("databrew", "recipe/r")}),
    ("AWS::CodePipeline::Pipeline", {"Name": "p"}, "codepipeline:CreatePipeline", {arn("codepipeline", "p")}),
    # another's ARN gives its part of the own ARN, and not the ARN
    (
        "AWS::Connect::Queue",
        {"InstanceArn": arn("connect", "instance/i"), "Name": "q"},
        "connect:DescribeQueue",
        {arn("connect", "instance/i/queue/*")},
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {"ListenerArn": LISTENER},
        "elasticloadbalancing:ModifyRule",
        {arn("elasticloadbalancing", "listener-rule/net/edge/1a/2b/*")},
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {"ListenerArn": LISTENER, "Tags": [{"Key": "a", "Value": "b"}]},
        "elasticloadbalancing:AddTags",
        {arn("elasticloadbalancing", "listener-rule/net/edge/1a/2b/*")},
    ),
    (
        "AWS::ImageBuilder::Image",
        {"ContainerRecipeArn": arn("imagebuilder", "container-recipe/r/1")},
        "imagebuilder:DeleteImage",
        {arn("imagebuilder", "image/*/*/*")},
    ),
    # an enumeration spells the ARN
    (
        "AWS::WAFv2::IPSet",
        {"Name": "s", "Scope": "CLOUDFRONT"},
        "wafv2:CreateIPSet",
        {arn("wafv2", "global/ipset/s/*")},
    ),
    (
        "AWS::NetworkFirewall::RuleGroup",
        {"RuleGroupName": "g", "Type": "STATEFUL"},
        "network-firewall:CreateRuleGroup",
        {arn("network-firewall", "stateful-rulegroup/g")},
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Name": "edge", "Type": "gateway"},
        "elasticloadbalancing:CreateLoadBalancer",
        {arn("elasticloadbalancing", "loadbalancer/gwy/edge/*")},
    ),
    # names that CloudFormation makes up
    ("AWS::StepFunctions::StateMachine", {}, "states:DeleteStateMachine", {arn("states", "stateMachine:Thing-*")}),
]

OTHERS: list[Row] = [
    # a property that holds another's ARN
    (
        "AWS::ACMPCA::Certificate",
        {"CertificateAuthorityArn": arn("acm-pca", "certificate-authority/c")},
        "acm-pca:IssueCertificate",
        {arn("acm-pca", "certificate-authority/c")},
    ),
    (
        "AWS::ImageBuilder::Image",
        {"ImageRecipeArn": arn("imagebuilder", "image-recipe/r/1.0.0")},
        "imagebuilder:GetImageRecipe",
        {arn("imagebuilder", "image-recipe/r/1.0.0")},
    ),
    # several resource types: all that the request names
    (
        "AWS::EC2::Subnet",
        {"VpcId": "vpc-1"},
        "ec2:CreateSubnet",
        {arn("ec2", "subnet/*"), arn("ec2", "vpc/vpc-1")},
    ),
    ("AWS::EC2::SecurityGroup", {}, "ec2:CreateSecurityGroup", {arn("ec2", "security-group/*")}),
    (
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"},
        "ec2:AssociateRouteTable",
        {arn("ec2", "route-table/rtb-1"), arn("ec2", "subnet/subnet-1")},
    ),
    (
        "AWS::EC2::TransitGatewayRoute",
        {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayAttachmentId": "tgw-attach-1"},
        "ec2:CreateTransitGatewayRoute",
        {arn("ec2", "transit-gateway-route-table/tgw-rtb-1"), arn("ec2", "transit-gateway-attachment/tgw-attach-1")},
    ),
    (
        "AWS::Logs::Delivery",
        {"DeliverySourceName": "s", "DeliveryDestinationArn": arn("logs", "delivery-destination:d")},
        "logs:CreateDelivery",
        {arn("logs", "delivery:*"), arn("logs", "delivery-source:s"), arn("logs", "delivery-destination:d")},
    ),
    # the kind of ARN that is given
    (
        "AWS::WAFv2::WebACLAssociation",
        {"ResourceArn": POOL, "WebACLArn": ACL},
        "cognito-idp:AssociateWebACL",
        {POOL, ACL},
    ),
    ("AWS::WAFv2::WebACLAssociation", {"ResourceArn": POOL, "WebACLArn": ACL}, "wafv2:DisassociateWebACL", {POOL}),
    ("AWS::WAFv2::WebACLAssociation", {"ResourceArn": GRAPH, "WebACLArn": ACL}, "wafv2:AssociateWebACL", {ACL}),
    # collections, and tags on a path of their own
    ("AWS::APS::Workspace", {"Alias": "a"}, "aps:CreateWorkspace", {arn("aps", "/workspaces")}),
    ("AWS::ApiGateway::Model", {"RestApiId": "r", "Name": "m"}, "apigateway:POST", {api("/restapis/r/models")}),
    ("AWS::ApiGateway::Model", {"RestApiId": "r", "Name": "m"}, "apigateway:PATCH", {api("/restapis/r/models/m")}),
    ("AWS::ApiGateway::VpcLink", {"Name": "v"}, "apigateway:POST", {api("/vpclinks")}),
    (
        "AWS::ApiGateway::UsagePlan",
        {"Tags": [{"Key": "a", "Value": "b"}]},
        "apigateway:PUT",
        {api("/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fusageplans%2F*")},
    ),
    ("AWS::ApiGatewayV2::Model", {"ApiId": "a", "Name": "m"}, "apigateway:PUT", set()),
    (
        "AWS::CloudFront::OriginAccessControl",
        {},
        "cloudfront:CreateOriginAccessControl",
        {"arn:aws:cloudfront::123456789012:origin-access-control/*"},
    ),
    # roles in lists and in maps of any names
    (
        "AWS::RDS::DBCluster",
        {"AssociatedRoles": [{"FeatureName": "s3Import", "RoleArn": role("loads")}]},
        "iam:PassRole",
        {role("loads")},
    ),
    (
        "AWS::Cognito::IdentityPoolRoleAttachment",
        {"IdentityPoolId": "p", "Roles": {"authenticated": role("in"), "unauthenticated": role("out")}},
        "iam:PassRole",
        {role("in"), role("out")},
    ),
    # a path that IAM does not know of what is not there
    (
        "AWS::IAM::InstanceProfile",
        {"InstanceProfileName": "p", "Path": "/hosts/"},
        "iam:GetInstanceProfile",
        {
            "arn:aws:iam::123456789012:instance-profile/hosts/p",
            "arn:aws:iam::123456789012:instance-profile/p",
        },
    ),
]


@pytest.mark.parametrize(
    ("type_name", "properties", "action", "arns"),
    [*OWN, *OTHERS],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_call_is_asked_for_on(type_name: str, properties: dict[str, Any], action: str, arns: set[str]):
    assert _required_on(_needs({"Thing": (type_name, properties)}), action) == arns


@pytest.mark.parametrize(
    ("type_name", "action", "on"),
    [
        # 27 letters and the random part are seen of secrets, all letters of state machines
        (
            "AWS::SecretsManager::Secret",
            "secretsmanager:CreateSecret",
            arn("secretsmanager", "secret:WebhookSecretOfTheSharedIss*-*-??????"),
        ),
        (
            "AWS::StepFunctions::StateMachine",
            "states:CreateStateMachine",
            arn("states", "stateMachine:WebhookSecretOfTheSharedIssueTracker0A1B2C3D-*"),
        ),
    ],
)
def test_a_made_up_name_is_cut_where_real_ones_are(type_name: str, action: str, on: str):
    needs = _needs({"WebhookSecretOfTheSharedIssueTracker0A1B2C3D": (type_name, {})})
    assert {need.on for need in needs if need.action == action} == {on}


def get(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


HOST = ("AWS::IAM::Role", {"RoleName": "host", "Path": "/hosts/", "AssumeRolePolicyDocument": TRUSTS_HOSTS})
PROFILE = ("AWS::IAM::InstanceProfile", {"Roles": [{"Ref": "Host"}]})

FOLLOWED: list[tuple[Resources, str, set[str]]] = [
    # a listener's rule, down from the load balancer
    (
        {**CHAIN, "Thing": ("AWS::ElasticLoadBalancingV2::ListenerRule", {"ListenerArn": {"Ref": "Listener"}})},
        "elasticloadbalancing:CreateRule",
        {arn("elasticloadbalancing", "listener/net/edge/*/*")},
    ),
    # a queue's URL
    (
        {
            "Queue": ("AWS::SQS::Queue", {"QueueName": "orders"}),
            "Thing": ("AWS::SQS::QueueInlinePolicy", {"Queue": {"Ref": "Queue"}, "PolicyDocument": {}}),
        },
        "sqs:SetQueueAttributes",
        {arn("sqs", "orders")},
    ),
    # through a profile to its role, of which the template has the path
    (
        {
            "Host": HOST,
            "Profile": PROFILE,
            "Thing": ("AWS::AutoScaling::LaunchConfiguration", {"IamInstanceProfile": get("Profile")}),
        },
        "iam:PassRole",
        {role("hosts/host")},
    ),
    (
        {
            "Host": HOST,
            "Thing": ("AWS::IAM::Policy", {"PolicyName": "p", "PolicyDocument": {}, "Roles": [{"Ref": "Host"}]}),
        },
        "iam:PutRolePolicy",
        {role("hosts/host")},
    ),
    # an alias to its key
    (
        {
            "Alias": ("AWS::KMS::Alias", {"AliasName": "alias/a", "TargetKeyId": arn("kms", "key/k")}),
            "Thing": (
                "AWS::DynamoDB::Table",
                {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": {"Ref": "Alias"}}},
            ),
        },
        "kms:CreateGrant",
        {arn("kms", "key/k")},
    ),
    # an alias of no key in the template is of some key
    (
        {"Thing": ("AWS::DynamoDB::Table", {"SSESpecification": {"KMSMasterKeyId": "alias/elsewhere"}})},
        "kms:CreateGrant",
        {arn("kms", "key/*")},
    ),
    # Ref and GetAtt of any type
    (
        {
            "Pca": ("AWS::ACMPCA::CertificateAuthority", {}),
            "Thing": ("AWS::ACMPCA::Certificate", {"CertificateAuthorityArn": get("Pca")}),
        },
        "acm-pca:IssueCertificate",
        {arn("acm-pca", "certificate-authority/*")},
    ),
    (
        {
            "Group": ("AWS::Athena::WorkGroup", {"Name": "reports"}),
            "Thing": ("AWS::Athena::PreparedStatement", {"WorkGroup": {"Ref": "Group"}, "StatementName": "s"}),
        },
        "athena:CreatePreparedStatement",
        {arn("athena", "workgroup/reports")},
    ),
    # what a part of an ARN begins with
    (
        {
            "Queue": ("AWS::SQS::Queue", {}),
            "Thing": (
                "AWS::Glue::Job",
                {"Name": {"Fn::Select": ["5", {"Fn::Split": [":", get("Queue")]}]}, "Role": "r", "Command": {}},
            ),
        },
        "glue:CreateJob",
        {arn("glue", "job/app-Queue-*")},
    ),
]


@pytest.mark.parametrize(("resources", "action", "arns"), FOLLOWED)
def test_what_the_template_says_is_followed(resources: Resources, action: str, arns: set[str]):
    assert _required_on(_needs(resources), action) == arns


def test_a_role_that_a_configuration_names_is_perhaps_passed():
    action = {"Configuration": {"ActionMode": "CREATE_UPDATE", "RoleArn": role("deploys"), "StackName": "s"}}
    needs = _needs({"Thing": ("AWS::CodePipeline::Pipeline", {"Name": "p", "Stages": [{"Actions": [action]}]})})
    passed = {need.on for need in needs if need.action == "iam:PassRole"}
    assert passed == {role("deploys")}


def test_the_service_that_a_role_goes_to_is_the_one_that_it_trusts():
    agent = ("AWS::IAM::Role", {"RoleName": "agent", "AssumeRolePolicyDocument": TRUSTS_AGENTS})
    memory = ("AWS::BedrockAgentCore::Memory", {"Name": "m", "MemoryExecutionRoleArn": get("Agent")})
    needs = _needs({"Agent": agent, "Thing": memory})
    (known,) = {need.known.keys for need in needs if need.action == "iam:PassRole"}
    assert dict(known)["iam:passedtoservice"] == ((Pattern.literal("bedrock-agentcore.amazonaws.com"),),)


def test_the_service_of_a_role_from_elsewhere_is_not_known():
    memory = ("AWS::BedrockAgentCore::Memory", {"Name": "m", "MemoryExecutionRoleArn": role("elsewhere")})
    (known,) = {need.known.keys for need in _needs({"Thing": memory}) if need.action == "iam:PassRole"}
    assert "iam:passedtoservice" not in dict(known)


@pytest.mark.parametrize(("region", "name"), [(None, "orders"), ("eu-west-1", "orders"), ("us-east-1", "*")])
def test_an_output_of_a_stack_that_is_given_is_known(region: str | None, name: str):
    other = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}}},
        "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}},
    }
    exports = resolve(
        parse(json.dumps(other), "other.json"), Environment("aws", "eu-west-1", stack_name="other")
    ).exports
    read = {"StackName": "other", "OutputName": "Name", **({"Region": region} if region else {})}
    reads = {"Thing": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetStackOutput": read}}}}
    resolved = resolve(parse(json.dumps({"Resources": reads}), "app.json"), HERE, exports=exports)
    assert _required_on(needs_of(resolved)[0], "sqs:CreateQueue") == {arn("sqs", name)}


def test_an_optional_resource_of_another_service_is_perhaps_asked_for():
    needs = _needs({"Thing": ("AWS::RDS::DBInstance", {"DBInstanceIdentifier": "d", "DBSubnetGroupName": "g"})})
    made = {(need.on, need.tier) for need in needs if need.action == "rds:CreateDBInstance"}
    assert made == {(arn("rds", "db:d"), Tier.REQUIRED), (arn("rds", "subgrp:g"), Tier.ADVISORY)}
