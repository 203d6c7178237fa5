"""What is known of a request: a role narrowed with conditions on it is proved, one that asks for something else not."""

import json
from typing import Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.missing import refusals
from leastgrant.proof.needs import Need, needs_of
from leastgrant.proof.request import NO_TAGS, SOME_TAGS, Tags
from leastgrant.role import Role
from leastgrant.template import Environment, parse, resolve

ACCOUNT = "210987654321"
HERE = Environment("aws", "eu-north-1", ACCOUNT, "till")
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
}
LIMIT = f"arn:aws:iam::{ACCOUNT}:policy/limit"


def needs(stack_tags: Tags | bool = NO_TAGS, **resources: dict[str, Any]) -> tuple[Need, ...]:
    template = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Maybe": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": resources,
    }
    found, _ = needs_of(resolve(parse(json.dumps(template), "till.json"), HERE), stack_tags=stack_tags)
    return found


def refused(found: tuple[Need, ...], *actions: str, **condition: object) -> set[str]:
    """Of the required calls of some actions, those refused to a role that may all, under a condition."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    role = Role("Deploy", (parse_policy({"Version": "2012-10-17", "Statement": [statement]}, "p"),))
    asked = [need for need in found if need.action in actions and need.is_deployed_with]
    assert {need.action for need in asked} == set(actions)
    return {need.action for need, witness in refusals(asked, role.permissions).items() if witness}


def is_allowed(found: tuple[Need, ...], action: str, **condition: object) -> bool:
    return refused(found, action, **condition) == set()


def role(**properties: object) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


OF_ROLES = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)


def test_every_call_on_a_role_has_its_boundary():
    policies = [{"PolicyName": "p", "PolicyDocument": TRUST}]
    bounded = needs(Clerk=role(PermissionsBoundary=LIMIT, Policies=policies, Description="d"))
    assert refused(bounded, *OF_ROLES, ArnEquals={"iam:PermissionsBoundary": LIMIT}) == set()
    assert refused(bounded, *OF_ROLES, ArnEquals={"iam:PermissionsBoundary": f"{LIMIT}s"}) == set(OF_ROLES)


def test_a_role_without_a_boundary_has_none():
    assert refused(needs(Clerk=role()), "iam:CreateRole", ArnEquals={"iam:PermissionsBoundary": LIMIT})
    assert is_allowed(needs(Clerk=role()), "iam:CreateRole", Null={"iam:PermissionsBoundary": "true"})


def test_a_boundary_that_is_not_taken_away_needs_no_call_that_does():
    bounded = needs(Clerk=role(PermissionsBoundary=LIMIT))
    taken = [need for need in bounded if need.action == "iam:DeleteRolePermissionsBoundary"]
    assert {(need.tier, need.otherwise) for need in taken} == {(Tier.ON_CHANGE, True)}


def policy(**properties: object) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": TRUST, **properties}}


def test_a_policy_is_put_on_a_role_of_the_template_that_has_a_boundary():
    ref = {"Ref": "Clerk"}
    bounded = needs(Clerk=role(PermissionsBoundary=LIMIT), Rights=policy(Roles=[ref]))
    free = needs(Clerk=role(), Rights=policy(Roles=[ref]))
    elsewhere = needs(Rights=policy(Roles=["clerk"]))
    asked = {"ArnEquals": {"iam:PermissionsBoundary": LIMIT}}
    assert is_allowed(bounded, "iam:PutRolePolicy", **asked)
    assert not is_allowed(free, "iam:PutRolePolicy", **asked)
    assert not is_allowed(elsewhere, "iam:PutRolePolicy", **asked)


def test_a_boundary_of_the_template_is_known_as_far_as_its_name_is():
    limit = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": TRUST}}
    bounded = needs(Limit=limit, Clerk=role(PermissionsBoundary={"Ref": "Limit"}))
    like = f"arn:aws:iam::{ACCOUNT}:policy/till-*"
    assert is_allowed(bounded, "iam:CreateRole", ArnLike={"iam:PermissionsBoundary": like})
    assert is_allowed(bounded, "iam:CreateRole", StringLike={"iam:PermissionsBoundary": like})
    assert not is_allowed(bounded, "iam:CreateRole", StringLike={"iam:PermissionsBoundary": f"{like}x"})
    assert not is_allowed(bounded, "iam:CreateRole", ArnLike={"iam:PermissionsBoundary": "arn:aws:iam::*:policy/a*"})


def queue(tags: object = None) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {} if tags is None else {"Tags": tags}}


TEAM = [{"Key": "team", "Value": "cash"}]
MAYBE = {"Fn::If": ["Maybe", {"Key": "more", "Value": "x"}, {"Ref": "AWS::NoValue"}]}


def test_the_tags_of_the_template_are_in_the_request_and_on_the_resource():
    tagged = needs(Jobs=queue(TEAM))
    assert is_allowed(tagged, "sqs:CreateQueue", StringEquals={"aws:RequestTag/team": "cash"})
    assert is_allowed(tagged, "sqs:TagQueue", StringEquals={"aws:RequestTag/Team": "cash"})
    assert is_allowed(tagged, "sqs:DeleteQueue", StringEquals={"aws:ResourceTag/team": "cash"})
    for action, condition in (
        ("sqs:CreateQueue", {"aws:RequestTag/team": "bank"}),
        ("sqs:CreateQueue", {"aws:RequestTag/other": "cash"}),
        ("sqs:DeleteQueue", {"aws:RequestTag/team": "cash"}),
        ("sqs:DeleteQueue", {"aws:ResourceTag/team": "bank"}),
        ("sqs:DeleteQueue", {"aws:ResourceTag/other": "cash"}),
    ):
        assert not is_allowed(tagged, action, StringEquals=condition)


def test_a_queue_without_tags_has_none():
    for condition in ({"aws:RequestTag/team": "cash"}, {"aws:ResourceTag/team": "cash"}):
        assert not is_allowed(needs(Jobs=queue()), "sqs:CreateQueue", StringEquals=condition)
    assert is_allowed(needs(Jobs=queue()), "sqs:CreateQueue", Null={"aws:RequestTag/team": "true"})


def test_the_keys_of_tags_may_have_those_of_cloudformation_among_them():
    tagged = needs(Jobs=queue(TEAM))
    every = ["team", "aws:cloudformation:*"]
    assert is_allowed(tagged, "sqs:CreateQueue", **{"ForAllValues:StringLike": {"aws:TagKeys": every}})
    assert is_allowed(tagged, "sqs:CreateQueue", **{"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}})
    assert not is_allowed(tagged, "sqs:CreateQueue", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}})
    assert not is_allowed(tagged, "sqs:CreateQueue", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})


def test_a_call_that_takes_no_tags_has_none():
    tagged = needs(Jobs=queue(TEAM))
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}}
    assert is_allowed(tagged, "sqs:SetQueueAttributes", **only)


def test_cloudformation_tags_what_it_makes():
    named = {"aws:ResourceTag/aws:cloudformation:stack-name": "till"}
    other = {"aws:ResourceTag/aws:cloudformation:stack-name": "shop"}
    assert is_allowed(needs(Count=function()), "lambda:DeleteFunction", StringEquals=named)
    assert not is_allowed(needs(Count=function()), "lambda:DeleteFunction", StringEquals=other)
    assert not is_allowed(needs(Clerk=role()), "iam:DeleteRole", StringEquals=named)  # its schema does not say so


def test_tags_that_depend_on_a_parameter_are_not_known():
    given = [{"Key": "team", "Value": {"Ref": "Stage"}}]
    for tags in (given, [MAYBE], {"Ref": "Stage"}):
        assert not is_allowed(needs(Jobs=queue(tags)), "sqs:DeleteQueue", StringEquals={"aws:ResourceTag/team": "cash"})
    perhaps = needs(Jobs=queue([*TEAM, MAYBE]))
    assert is_allowed(perhaps, "sqs:DeleteQueue", StringEquals={"aws:ResourceTag/team": "cash"})
    assert not is_allowed(perhaps, "sqs:DeleteQueue", Null={"aws:ResourceTag/more": "true"})
    assert not is_allowed(perhaps, "sqs:DeleteQueue", StringEquals={"aws:ResourceTag/more": "x"})


def test_the_tags_of_the_stack_are_on_its_resources():
    of_stack = Tags((("team", Pattern.literal("stack")), ("cost", Pattern.literal("7"))))
    tagged = needs(of_stack, Jobs=queue(TEAM))
    assert is_allowed(tagged, "sqs:CreateQueue", StringEquals={"aws:RequestTag/cost": "7"})
    assert is_allowed(tagged, "sqs:CreateQueue", StringEquals={"aws:RequestTag/team": "cash"})  # the resource's counts
    perhaps = needs(of_stack, Jobs=queue([{"Fn::If": ["Maybe", *TEAM, {"Ref": "AWS::NoValue"}]}]))
    assert not is_allowed(perhaps, "sqs:CreateQueue", StringEquals={"aws:RequestTag/team": "stack"})
    unknown = needs(SOME_TAGS, Jobs=queue(TEAM))
    assert is_allowed(unknown, "sqs:CreateQueue", StringEquals={"aws:RequestTag/team": "cash"})
    assert not is_allowed(unknown, "sqs:CreateQueue", StringEquals={"aws:RequestTag/cost": "7"})


def test_tags_may_be_a_map():
    topic = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Tags": {"team": "cash"}}}
    assert is_allowed(needs(Rate=topic), "ssm:AddTagsToResource", StringEquals={"aws:RequestTag/team": "cash"})
    assert not is_allowed(needs(Rate=topic), "ssm:AddTagsToResource", StringEquals={"aws:RequestTag/team": "bank"})


CODE = {"S3Bucket": "code", "S3Key": "a.zip"}


def function(**properties: object) -> dict[str, Any]:
    clerk = f"arn:aws:iam::{ACCOUNT}:role/clerk"
    return {"Type": "AWS::Lambda::Function", "Properties": {"Code": CODE, "Role": clerk, **properties}}


def test_a_call_on_another_resource_of_the_template_has_its_tags():
    may = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Count"},
            "Principal": "s3.amazonaws.com",
        },
    }
    found = needs(Count=function(Tags=TEAM), May=may)
    assert is_allowed(found, "lambda:AddPermission", StringEquals={"aws:ResourceTag/team": "cash"})
    assert not is_allowed(found, "lambda:AddPermission", StringEquals={"aws:ResourceTag/team": "bank"})
    assert is_allowed(found, "lambda:AddPermission", StringEquals={"lambda:Principal": "s3.amazonaws.com"})
    assert not is_allowed(found, "lambda:AddPermission", StringEquals={"lambda:Principal": "sns.amazonaws.com"})
    assert is_allowed(found, "lambda:AddPermission", Null={"lambda:FunctionUrlAuthType": "true"})


def test_a_role_is_not_passed_by_its_tags():
    found = needs(Clerk=role(Tags=TEAM), Count=function(Role={"Fn::GetAtt": ["Clerk", "Arn"]}))
    assert is_allowed(found, "iam:GetRole", StringEquals={"aws:ResourceTag/team": "cash"})
    assert not is_allowed(found, "iam:PassRole", StringEquals={"aws:ResourceTag/team": "cash"})


def test_a_url_has_its_function_and_who_may_call_it():
    url = {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "Count"}}}
    found = needs(Count=function(), Url=url)
    count = f"arn:aws:lambda:eu-north-1:{ACCOUNT}:function:till-Count-*"
    for action in ("lambda:CreateFunctionUrlConfig", "lambda:GetFunctionUrlConfig"):
        assert is_allowed(found, action, StringEquals={"lambda:FunctionUrlAuthType": "NONE"})
        assert not is_allowed(found, action, StringEquals={"lambda:FunctionUrlAuthType": "AWS_IAM"})
        assert is_allowed(found, action, ArnLike={"lambda:FunctionArn": count})
        assert not is_allowed(found, action, ArnLike={"lambda:FunctionArn": count.replace("till", "shop")})


def test_an_event_source_has_the_arn_of_the_function_that_is_named():
    source = f"arn:aws:sqs:eu-north-1:{ACCOUNT}:jobs"
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": "c", "EventSourceArn": source}}
    arn = f"arn:aws:lambda:eu-north-1:{ACCOUNT}:function:"
    action = "lambda:CreateEventSourceMapping"
    assert is_allowed(needs(Map=mapping), action, ArnEquals={"lambda:FunctionArn": f"{arn}c"})
    assert not is_allowed(needs(Map=mapping), action, ArnEquals={"lambda:FunctionArn": f"{arn}d"})


def test_a_function_has_its_layers():
    layer = f"arn:aws:lambda:eu-north-1:{ACCOUNT}:layer:"
    found = needs(Count=function(Layers=[f"{layer}a:1", f"{layer}b:2"]))
    asked = "ForAllValues:StringLike"
    assert is_allowed(found, "lambda:CreateFunction", **{asked: {"lambda:Layer": [f"{layer}*"]}})
    assert not is_allowed(found, "lambda:CreateFunction", **{asked: {"lambda:Layer": [f"{layer}a:*"]}})


def test_a_secret_is_deleted_at_once():
    secret = {"Type": "AWS::SecretsManager::Secret"}
    key = "secretsmanager:ForceDeleteWithoutRecovery"
    assert is_allowed(needs(Key=secret), "secretsmanager:DeleteSecret", Bool={key: "true"})
    assert not is_allowed(needs(Key=secret), "secretsmanager:DeleteSecret", Bool={key: "false"})


def test_a_nested_stack_has_its_template_and_no_policy():
    url = "https://code.s3.amazonaws.com/child.yaml"
    found = needs(Child={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}})
    action = "cloudformation:CreateStack"
    assert is_allowed(found, action, StringEquals={"cloudformation:TemplateUrl": url})
    assert not is_allowed(found, action, StringEquals={"cloudformation:TemplateUrl": f"{url}x"})
    assert is_allowed(found, action, Null={"cloudformation:StackPolicyUrl": "true"})
    assert not is_allowed(found, action, Null={"cloudformation:StackPolicyUrl": "false"})


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}}, False),
        ({"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}, False),
    ],
)
def test_cloudformation_calls_in_a_forward_access_session(condition: dict[str, object], allowed: bool):
    found = needs(Jobs=queue(), Count=function())
    for action in ("sqs:CreateQueue", "iam:PassRole", "s3:GetObject"):
        assert is_allowed(found, action, **condition) == allowed


def test_who_calls_last_for_another_service_is_not_certain():
    last = {"StringEquals": {"aws:CalledViaLast": "cloudformation.amazonaws.com"}}
    found = needs(Count=function())
    assert is_allowed(found, "lambda:CreateFunction", **last)
    assert not is_allowed(found, "s3:GetObject", **last)


def test_the_buckets_of_the_stack_are_in_its_account():
    mine = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    assert is_allowed(needs(Files={"Type": "AWS::S3::Bucket"}), "s3:CreateBucket", **mine)
    assert is_allowed(
        needs(Count=function(Code={**CODE, "S3Bucket": f"assets-{ACCOUNT}-eu-north-1"})), "s3:GetObject", **mine
    )
    assert not is_allowed(needs(Count=function()), "s3:GetObject", **mine)  # whose bucket that is, nobody says


def test_the_region_of_every_call_is_known():
    read = {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Name", "Region": "eu-west-3"}}
    found = needs(
        Jobs={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": read}},
        Files={"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "{{resolve:ssm:rate}}"}},
    )
    region = {"StringEquals": {"aws:RequestedRegion": "eu-west-3"}}
    assert is_allowed(found, "cloudformation:DescribeStacks", **region)
    assert not is_allowed(found, "ssm:GetParameters", **region)
    assert is_allowed(found, "ssm:GetParameters", StringEquals={"aws:RequestedRegion": "eu-north-1"})


def test_the_service_of_a_resource_uses_its_key():
    key = f"arn:aws:kms:eu-north-1:{ACCOUNT}:key/1"
    bucket = {
        "Type": "AWS::ECR::Repository",
        "Properties": {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": key}},
    }
    found = [need for need in needs(R=bucket) if need.action.startswith("kms:")]
    known = {need.action: dict(need.known.keys).get("kms:viaservice") for need in found}
    assert known["kms:CreateGrant"] == ((Pattern.literal("ecr.eu-north-1.amazonaws.com"),),)
    assert known["kms:DescribeKey"] is None


@pytest.mark.parametrize("value", ["{{resolve:ssm:/a}}", "{{resolve:secretsmanager:a}}"])
def test_dynamic_references_are_read_by_cloudformation(value: str):
    found = needs(Q={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}})
    action = "ssm:GetParameters" if ":ssm:" in value else "secretsmanager:GetSecretValue"
    assert is_allowed(found, action, **{"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}})
    assert is_allowed(found, action, Bool={"aws:ViaAWSService": "true"})
    assert not is_allowed(found, action, Null={"aws:CalledVia": "true"})


def test_the_function_of_a_macro_may_be_invoked():
    template = json.dumps(
        {"Transform": ["AWS::LanguageExtensions", "Mine"], "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    )
    found, _ = needs_of(resolve(parse(template, "till.json"), HERE))
    invoked = [need for need in found if need.action == "lambda:InvokeFunction"]
    assert {(need.on, need.tier, need.subject.name) for need in invoked} == {
        (f"arn:aws:lambda:eu-north-1:{ACCOUNT}:function:*", Tier.ADVISORY, "Mine")
    }
