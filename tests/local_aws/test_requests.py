"""What IAM is asked for each call: the action and the resource, and nothing is guessed."""

from typing import Any

import pytest

from leastgrant.knowledge import authorization
from local_aws.requests import Requests
from local_aws.wire import ApiCall
from tests.local_aws.conftest import ACCOUNT, REGION

PLACE = f"{REGION}:{ACCOUNT}"
TABLE = f"arn:aws:dynamodb:{PLACE}:table/t"
RULE = f"arn:aws:events:{PLACE}:rule"
FUNCTION = f"arn:aws:lambda:{PLACE}:function:f"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
STACK = f"arn:aws:cloudformation:{PLACE}:stack/s/1"
SECRET = f"arn:aws:secretsmanager:{PLACE}:secret:s-AbCdEf"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/p"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"

REQUESTS = Requests(
    ACCOUNT,
    secret_arn=lambda name, _: SECRET if name == "s" else name,
    stack_arn=lambda name, _: STACK if name in ("s", "change-set") else f"stack of {name}",
    role_arn={"there": f"{ROLE}/path/there"}.get,
)


def asked(service: str, operation: str, params: dict[str, Any]) -> list[tuple[str, str]] | None:
    found = REQUESTS.of(ApiCall(service, operation, params, REGION, "AKIA", None))
    return None if found is None else [(request.action, request.resource) for request in found]


ON_TABLE = (
    "DeleteItem DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive GetItem PutItem Query Scan"
    " UpdateContinuousBackups UpdateItem UpdateTable UpdateTimeToLive"
)
ON_RULE = "DeleteRule DescribeRule DisableRule EnableRule PutRule"
ON_FUNCTION = (
    "AddPermission CreateFunctionUrlConfig DeleteFunction DeleteFunctionUrlConfig GetFunction GetFunctionUrlConfig"
    " GetPolicy RemovePermission UpdateFunctionCode UpdateFunctionUrlConfig"
)
ON_ROLE = "DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies TagRole"
ON_SECRET = "DeleteSecret DescribeSecret GetSecretValue PutSecretValue TagResource UpdateSecret"  # noqa: S105  (operations)
ON_STACK = (
    "ContinueUpdateRollback CreateChangeSet DeleteStack DescribeStackEvents DescribeStacks GetTemplate ListChangeSets"
    " ListStackResources"
)
CASES: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    *(("dynamodb", name, {"TableName": "t"}, [(f"dynamodb:{name}", TABLE)]) for name in ON_TABLE.split()),
    ("dynamodb", "GetItem", {"TableName": TABLE}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}/index/i")]),
    ("dynamodb", "TagResource", {"ResourceArn": TABLE, "Tags": [{}]}, [("dynamodb:TagResource", TABLE)]),
    ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
    ("sts", "AssumeRole", {"RoleArn": f"{ROLE}/r"}, [("sts:AssumeRole", f"{ROLE}/r")]),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": f"{ROLE}/r", "Tags": [{"Key": "a", "Value": "b"}]},
        [("sts:AssumeRole", f"{ROLE}/r"), ("sts:TagSession", f"{ROLE}/r")],
    ),
    ("ssm", "GetParameter", {"Name": "/a/b"}, [("ssm:GetParameter", f"arn:aws:ssm:{PLACE}:parameter/a/b")]),
    ("ssm", "GetParameter", {"Name": "a"}, [("ssm:GetParameter", f"arn:aws:ssm:{PLACE}:parameter/a")]),
    (
        "cloudformation",
        "CreateChangeSet",
        {"StackName": "s", "RoleARN": f"{ROLE}/exec"},
        [("cloudformation:CreateChangeSet", STACK), ("iam:PassRole", f"{ROLE}/exec")],
    ),
    (
        "dynamodb",
        "CreateTable",
        {"TableName": "t", "Tags": [{}]},
        [("dynamodb:CreateTable", TABLE), ("dynamodb:TagResource", TABLE)],
    ),
    *(("events", name, {"Name": "r"}, [(f"events:{name}", f"{RULE}/r")]) for name in ON_RULE.split()),
    ("events", "PutTargets", {"Rule": "r"}, [("events:PutTargets", f"{RULE}/r")]),
    ("events", "DescribeRule", {"Name": "r", "EventBusName": "default"}, [("events:DescribeRule", f"{RULE}/r")]),
    ("events", "DescribeRule", {"Name": "r", "EventBusName": "b"}, [("events:DescribeRule", f"{RULE}/b/r")]),
    ("events", "TagResource", {"ResourceARN": f"{RULE}/r"}, [("events:TagResource", f"{RULE}/r")]),
    ("events", "ListRules", {}, [("events:ListRules", "*")]),
    *(("lambda", name, {"FunctionName": "f"}, [(f"lambda:{name}", FUNCTION)]) for name in ON_FUNCTION.split()),
    ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION)]),
    ("lambda", "Invoke", {"FunctionName": FUNCTION}, [("lambda:InvokeFunction", FUNCTION)]),
    ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "1"}, [("lambda:InvokeFunction", f"{FUNCTION}:1")]),
    ("lambda", "TagResource", {"Resource": FUNCTION, "Tags": {"a": "b"}}, [("lambda:TagResource", FUNCTION)]),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": f"{ROLE}/r", "Tags": {"a": "b"}},
        [("lambda:CreateFunction", FUNCTION), ("lambda:TagResource", FUNCTION), ("iam:PassRole", f"{ROLE}/r")],
    ),
    *(("iam", name, {"RoleName": "r"}, [(f"iam:{name}", f"{ROLE}/r")]) for name in ON_ROLE.split()),
    ("iam", "GetRole", {"RoleName": "there"}, [("iam:GetRole", f"{ROLE}/path/there")]),
    ("iam", "CreateRole", {"RoleName": "r", "Path": "/p/"}, [("iam:CreateRole", f"{ROLE}/p/r")]),
    ("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": POLICY}, [("iam:AttachRolePolicy", f"{ROLE}/r")]),
    ("iam", "GetPolicyVersion", {"PolicyArn": POLICY}, [("iam:GetPolicyVersion", POLICY)]),
    (
        "iam",
        "GetOpenIDConnectProvider",
        {"OpenIDConnectProviderArn": PROVIDER},
        [("iam:GetOpenIDConnectProvider", PROVIDER)],
    ),
    (
        "iam",
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{ROLE}/r"},
        [("iam:SimulatePrincipalPolicy", f"{ROLE}/r")],
    ),
    ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "HeadBucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "GetBucketLocation", {"Bucket": "b"}, [("s3:GetBucketLocation", "arn:aws:s3:::b")]),
    ("s3", "GetBucketEncryption", {"Bucket": "b"}, [("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")]),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
    (
        "s3",
        "GetObject",
        {"Bucket": "b", "Key": "k", "VersionId": "1"},
        [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
    ),
    ("s3", "PutObject", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
    ("s3", "AbortMultipartUpload", {"Bucket": "b", "Key": "k"}, [("s3:AbortMultipartUpload", "arn:aws:s3:::b/k")]),
    ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
    *(("secretsmanager", name, {"SecretId": "s"}, [(f"secretsmanager:{name}", SECRET)]) for name in ON_SECRET.split()),
    ("secretsmanager", "CreateSecret", {"Name": "s"}, [("secretsmanager:CreateSecret", SECRET)]),
    ("secretsmanager", "GetRandomPassword", {}, [("secretsmanager:GetRandomPassword", "*")]),
    *(("cloudformation", name, {"StackName": "s"}, [(f"cloudformation:{name}", STACK)]) for name in ON_STACK.split()),
    (
        "cloudformation",
        "ExecuteChangeSet",
        {"ChangeSetName": "change-set"},
        [("cloudformation:ExecuteChangeSet", STACK)],
    ),
    ("cloudformation", "DescribeStacks", {}, [("cloudformation:DescribeStacks", "stack of *")]),
    ("sts", "GetCallerIdentity", {}, []),
]


@pytest.mark.parametrize(("service", "operation", "params", "wanted"), CASES)
def test_what_is_asked(service: str, operation: str, params: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    assert asked(service, operation, params) == wanted


def test_every_action_is_one_that_iam_has() -> None:
    assert [action for case in CASES for action, _ in case[3] if authorization.action(action) is None] == []


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}}),
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT"}),
        ("dynamodb", "TransactWriteItems", {"TransactItems": []}),
        ("events", "PutEvents", {"Entries": []}),
        ("events", "DescribeEventBus", {"Name": "b"}),
        ("lambda", "GetLayerVersion", {"LayerName": "l"}),
        ("lambda", "GetEventSourceMapping", {"UUID": "u"}),
        ("iam", "AttachUserPolicy", {"UserName": "u", "PolicyArn": POLICY}),
        ("iam", "CreateUser", {"UserName": "u"}),
        ("s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "c"}),
        ("s3", "DeleteObjects", {"Bucket": "b", "Delete": {}}),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "public-read"}),
        ("s3", "GetObjectTagging", {"Bucket": "b", "Key": "k", "VersionId": "1"}),
        ("secretsmanager", "BatchGetSecretValue", {"SecretIdList": ["s"]}),
        ("sqs", "SendMessage", {"QueueUrl": "q"}),
        ("nothing", "Frobnicate", {}),
    ],
)
def test_what_is_not_known_is_not_guessed(service: str, operation: str, params: dict[str, Any]) -> None:
    assert asked(service, operation, params) is None


def test_what_is_known_of_every_request() -> None:
    def context(resource: str) -> Any:
        params = {"FunctionName": resource, "Role": f"{ROLE}/r"}
        found = REQUESTS.of(ApiCall("lambda", "CreateFunction", params, REGION, "AKIA", None))
        assert found is not None
        return found[0].context

    assert context("f") == {
        "aws:principalaccount": (ACCOUNT,),
        "aws:requestedregion": (REGION,),
        "aws:resourceaccount": (ACCOUNT,),
        "aws:securetransport": ("true",),
        "iam:passedtoservice": ("lambda.amazonaws.com",),
    }
    other = "arn:aws:lambda:eu-west-1:999999999999:function:f"
    assert context(other)["aws:resourceaccount"] == ("999999999999",)
