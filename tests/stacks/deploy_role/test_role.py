"""The role as synthesised: what it must not allow, what it must, and who may assume it.

Each property is a function from a template to what is wrong with it, so that it can be seen to fail on a bad one.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from leastgrant.knowledge import authorization
from settings import LiveRecord
from tests.conftest import ROOT
from tests.json_values import as_list

ROLE = "GitHubActionsDeployRole"
BUCKET = "aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd"
WITHHELD = {
    "cloudformation:DeleteStack",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:UpdateAssumeRolePolicy",
}
"""What makes a role more, or takes the stack away."""
WITHHELD_FROM_LIVE = {
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:UpdateContinuousBackups",
    "lambda:CreateFunction",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:UpdateSecret",
}
"""What makes another function, or destroys or exposes data: what is live needs none of it."""
LIVE = LiveRecord.from_file(ROOT / "live/resources.json").resources
LIVE_NAMES = (
    *(name or f"dataops-v1-{logical_id}-1A2B3C" for logical_id, name in LIVE.items()),
    "dataops-v1/work-engine/portal-secret-1A2B3C",
)
OWN = re.compile(
    r"""arn:aws:(
      iam::817685572750:role/dataops-v1-(DocsFullApp|WorkEngine)FunctionRole-
    | lambda:eu-west-1:817685572750:function:dataops-v1-(DocsFullApp|WorkEngine)Function-
    | s3:::dataops-v1-
    | (?!(iam|lambda|s3):)[a-z0-9-]+:eu-west-1:817685572750:([A-Za-z-]+[:/])?dataops-v1[-/]
    )""",
    re.VERBOSE,
)
EVENTBRIDGE = {
    "events:DeleteRule": "a rolled-back creation leaves the rule behind",
    "events:DescribeRule": "creating a schedule fails, as it did in production: CloudFormation reads a rule first",
    "events:ListTagsForResource": "a rule's tags cannot be read",
    "events:ListTargetsByRule": "a rule cannot be deleted with its targets",
    "events:PutRule": "creating a schedule fails",
    "events:PutTargets": "a schedule calls nothing",
    "events:RemoveTargets": "a rule cannot be deleted with its targets",
    "events:TagResource": "creating a schedule fails: CloudFormation tags what it makes",
    "events:UntagResource": "a tag cannot be taken away again",
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::817685572750:oidc-provider/token.actions.githubusercontent.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:DataTalksClub/dataops:ref:refs/heads/main",
                }
            },
        }
    ],
}


def statements(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (policy,) = template["Resources"][ROLE]["Properties"]["Policies"]
    by_id = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}
    assert len(by_id) == len(policy["PolicyDocument"]["Statement"]), "a statement id is there twice"
    return by_id


def grants_too_much(template: dict[str, Any]) -> Iterator[str]:
    for sid, statement in statements(template).items():
        actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
        if {"NotAction", "NotResource"} & statement.keys():
            yield f"{sid}: grants all but what it names"
        for action in actions:
            if "*" in action or "?" in action:
                yield f"{sid}: {action} is a wildcard"
            if action in WITHHELD or (action in WITHHELD_FROM_LIVE and any(map(is_of_live, resources))):
                yield f"{sid}: {action} is an operator's"
        for resource in () if is_tied(statement) else resources:
            if resource == "*" and not all(map(lists_what_has_no_arn, actions)):
                yield f"{sid}: {sorted(actions)} on every resource"
            elif resource != "*" and not OWN.match(resource) and not resource.startswith(f"arn:aws:s3:::{BUCKET}"):
                yield f"{sid}: {resource} is outside the stack's namespace"


def is_tied(statement: dict[str, Any]) -> bool:
    """Whether a condition holds for what is the stack's alone, so that what it is on need not be named after it."""
    conditions = statement.get("Condition", {})
    tag = conditions.get("StringEquals", {}).get("aws:ResourceTag/aws:cloudformation:stack-name", [])
    functions = as_list(conditions.get("ArnLike", {}).get("lambda:FunctionArn", []))
    return as_list(tag) == ["dataops-v1"] or (bool(functions) and all(map(OWN.match, functions)))


def lists_what_has_no_arn(name: str) -> bool:
    action = authorization.action(name)
    return action is not None and not action.resource_types and action.reads


def is_of_live(resource: str) -> bool:
    name = re.sub(r"^(function:|role/|rule/|secret:|table/)", "", resource.split(":", 5)[-1])
    return any(fnmatchcase(live.lower(), name.lower()) for live in LIVE_NAMES)


def grants_too_little(template: dict[str, Any]) -> Iterator[str]:
    rules = statements(template).get("EventBridgeDataOpsRules", {"Action": [], "Resource": []})
    for action in EVENTBRIDGE.keys() - set(as_list(rules["Action"])):
        yield f"EventBridgeDataOpsRules: {action} is missing: {EVENTBRIDGE[action]}"


def conditions_are_weak(template: dict[str, Any]) -> Iterator[str]:
    bounded = {"iam:PermissionsBoundary": "arn:aws:iam::817685572750:policy/dataops-github-actions-deploy-functions"}
    basic = {"iam:PolicyARN": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]}
    own_account = {"StringEquals": {"aws:ResourceAccount": "817685572750"}}
    no_layer = {"Null": {"lambda:Layer": "true"}}
    expected: dict[str, dict[str, Any]] = {
        "iam:PassRole": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        "iam:AttachRolePolicy": {"ArnEquals": {**bounded, **basic}},
        "iam:DetachRolePolicy": {"ArnEquals": {**bounded, **basic}},
        "iam:DeleteRolePolicy": {"ArnEquals": bounded},
        "iam:PutRolePolicy": {"ArnEquals": bounded},
        "lambda:AddPermission": {
            "StringEquals": {"lambda:Principal": ["events.amazonaws.com"]},
            "Null": {"lambda:FunctionUrlAuthType": "true"},
        },
        "lambda:UpdateFunctionConfiguration": no_layer,
        "s3:GetObject": own_account,
        "s3:PutObject": own_account,
        "cloudformation:CreateChangeSet": {
            "StringLike": {"cloudformation:ChangeSetName": "deploy-*"},
            "Null": {"cloudformation:RoleArn": "true", "cloudformation:ImportResourceTypes": "true"},
        },
    }
    for sid, statement in statements(template).items():
        for action in set(as_list(statement["Action"])) & expected.keys():
            if statement.get("Condition") != expected[action]:
                yield f"{sid}: {action} must have the condition {json.dumps(expected[action])}"


def trusts_others(template: dict[str, Any]) -> Iterator[str]:
    document = template["Resources"][ROLE]["Properties"]["AssumeRolePolicyDocument"]
    if len(document["Statement"]) != 1:
        yield f"the trust has {len(document['Statement'])} statements: any of them lets its subjects in"
    if document != TRUST:
        yield f"the trust is not exactly that of the branch main: {json.dumps(document)}"


PROPERTIES = (grants_too_much, grants_too_little, conditions_are_weak, trusts_others)


def faults(template: dict[str, Any]) -> list[str]:
    return [fault for has in PROPERTIES for fault in has(template)]


def test_the_role_is_least_privilege_and_trusts_one_branch(role_template: dict[str, Any]) -> None:
    assert faults(role_template) == []


def test_the_role_takes_over_the_live_one(role_template: dict[str, Any]) -> None:
    template = Template.from_json(role_template)
    template.resource_count_is("AWS::IAM::Role", 1)
    template.resource_properties_count_is("AWS::IAM::Policy", Match.any_value(), 0)
    template.has_resource(
        "AWS::IAM::Role",
        {
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "RoleName": "dataops-github-actions-deploy",
                "MaxSessionDuration": 3600,
                "Policies": [{"PolicyName": "dataops-v1-deploy", "PolicyDocument": Match.any_value()}],
            },
        },
    )
    template.has_output("GitHubActionsDeployRoleArn", {"Value": {"Fn::GetAtt": [ROLE, "Arn"]}})


def test_the_statements_keep_their_live_ids(role_template: dict[str, Any]) -> None:
    record = Path(__file__).parents[3] / "live" / "dataops-v1-github-actions.json"
    role = json.loads(record.read_text())["Resources"][ROLE]["Properties"]
    live = {s["Sid"]: s for s in role["Policies"]["dataops-v1-deploy"]["PolicyDocument"]["Statement"]}
    split_from_live = {
        "ArtifactBucket",
        "ArtifactUpload",
        "CloudFormationCreateDataOpsChangeSet",
        "IamAttachDataOpsFunctionRolePolicy",
        "IamPassDataOpsFunctionRole",
        "IamTagDataOpsFunctionRole",
        "IamDataOpsFunctionRolePolicy",
        "LambdaConfigureDataOpsFunction",
        "LambdaDataOpsFunctionUrl",
        "LambdaLetInvokeDataOpsFunction",
        "LambdaInvokeDataOpsFunction",
    }
    unused = {"CloudFormationRead", "LogsDataOpsFunction", "SecretsManagerGeneratePortalSecret"}
    of_live_services = {
        sid for sid, statement in statements(role_template).items() if services(statement) <= services(*live.values())
    }
    expected = live.keys() - unused | split_from_live
    for_what_is_new = {
        sid
        for sid in of_live_services - expected
        for statement in [statements(role_template)[sid]]
        if is_tied(statement) or not any(map(is_of_live, as_list(statement["Resource"])))
    }
    assert of_live_services - for_what_is_new == expected


def services(*statements: dict[str, Any]) -> set[str]:
    return {action.partition(":")[0] for statement in statements for action in as_list(statement["Action"])}


Mutation = Callable[[dict[str, Any]], object]


def change(sid: str, **members: Any) -> Mutation:
    return lambda template: statements(template)[sid].update(members)


def change_trust(mutate: Callable[[dict[str, Any]], object]) -> Mutation:
    return lambda template: mutate(template["Resources"][ROLE]["Properties"]["AssumeRolePolicyDocument"])


SUB = "token.actions.githubusercontent.com:sub"
MUTANTS: dict[str, tuple[Mutation, str]] = {
    "a wildcard action": (change("EventBridgeDataOpsRules", Action="events:*"), "events:* is a wildcard"),
    "a wildcard within an action": (
        change("LambdaDataOpsFunction", Action=["lambda:Get*"]),
        "lambda:Get* is a wildcard",
    ),
    "every resource": (
        change("EventBridgeDataOpsRules", Resource="*"),
        "EventBridgeDataOpsRules: ['events:DeleteRule', ",
    ),
    "every account": (
        change("EventBridgeDataOpsRules", Resource="arn:aws:events:eu-west-1:*:rule/dataops-v1-*"),
        "rule/dataops-v1-* is outside the stack's namespace",
    ),
    "every region": (
        change("EventBridgeDataOpsRules", Resource="arn:aws:events:*:817685572750:rule/dataops-v1-*"),
        "rule/dataops-v1-* is outside the stack's namespace",
    ),
    "every rule": (
        change("EventBridgeDataOpsRules", Resource="arn:aws:events:eu-west-1:817685572750:rule/*"),
        "rule/* is outside the stack's namespace",
    ),
    "a shorter prefix": (change("DataOpsExportArchiveBucket", Resource="arn:aws:s3:::dataops-*"), "is outside"),
    "all but": (change("SecretsManagerDataOpsPortalSecret", NotAction="iam:*"), "grants all but what it names"),
    "no events:DescribeRule": (
        change("EventBridgeDataOpsRules", Action=sorted(EVENTBRIDGE.keys() - {"events:DescribeRule"})),
        "events:DescribeRule is missing: creating a schedule fails, as it did in production",
    ),
    "no EventBridge statement": (
        lambda template: template["Resources"][ROLE]["Properties"]["Policies"][0]["PolicyDocument"].update(
            Statement=[s for sid, s in statements(template).items() if sid != "EventBridgeDataOpsRules"]
        ),
        "events:PutRule is missing",
    ),
    "passing to any service": (change("IamPassDataOpsFunctionRole", Condition={}), "iam:PassRole must have"),
    "attaching any policy": (
        change("IamAttachDataOpsFunctionRolePolicy", Condition={"ArnLike": {"iam:PolicyARN": "*"}}),
        "iam:AttachRolePolicy must have",
    ),
    "writing policies without the boundary": (
        change("IamDataOpsFunctionRolePolicy", Condition={}),
        "iam:PutRolePolicy must have the condition",
    ),
    "making roles": (change("IamDataOpsFunctionRole", Action=["iam:CreateRole"]), "iam:CreateRole is an operator's"),
    "a function with a layer": (
        change("LambdaConfigureDataOpsFunction", Condition={}),
        "lambda:UpdateFunctionConfiguration must have the condition",
    ),
    "letting anyone invoke": (
        change("LambdaLetInvokeDataOpsFunction", Condition={"StringEquals": {"lambda:Principal": ["*"]}}),
        "lambda:AddPermission must have the condition",
    ),
    "taking in what is not the stack's": (
        change("CloudFormationCreateDataOpsChangeSet", Condition={}),
        "cloudformation:CreateChangeSet must have the condition",
    ),
    "deleting a table": (
        change("DynamoDbDataOpsExecutionTables", Action=["dynamodb:DeleteTable"]),
        "dynamodb:DeleteTable is an operator's",
    ),
    "a second trust statement": (
        change_trust(lambda trust: trust["Statement"].append(trust["Statement"][0])),
        "the trust has 2 statements",
    ),
    "StringLike": (
        change_trust(
            lambda trust: trust["Statement"][0].update(Condition={"StringLike": {SUB: "repo:DataTalksClub/dataops:*"}})
        ),
        "the trust is not exactly that of the branch main",
    ),
    "no audience": (
        change_trust(lambda trust: trust["Statement"][0]["Condition"]["StringEquals"].pop(SUB.replace("sub", "aud"))),
        "the trust is not exactly that of the branch main",
    ),
    "another branch": (
        change_trust(
            lambda trust: trust["Statement"][0]["Condition"]["StringEquals"].update(
                {SUB: "repo:DataTalksClub/dataops:ref:refs/heads/dev"}
            )
        ),
        "the trust is not exactly that of the branch main",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wider_or_narrower_role_is_caught(role_template: dict[str, Any], name: str) -> None:
    mutate, message = MUTANTS[name]
    mutant = copy.deepcopy(role_template)
    mutate(mutant)
    assert any(message in fault for fault in faults(mutant)), faults(mutant)
