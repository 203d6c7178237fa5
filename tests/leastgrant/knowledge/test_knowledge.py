"""The public questions, and the stack `dataops-v1` as a witness of what is really called.

The role `dataops-github-actions-deploy` deployed every resource of that stack but its two EventBridge rules,
for want of `events:DescribeRule`. What it was granted therefore bounds what is required: nothing that it was
not granted can be.
"""

import pytest

from leastgrant.knowledge import ROLLBACK, Handler, HandlerCall, Tier, UnknownType, data_version, handler_calls

GRANTED = {
    "AWS::DynamoDB::Table": """
        dynamodb:CreateTable dynamodb:DeleteTable dynamodb:DescribeContinuousBackups dynamodb:DescribeTable
        dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource
        dynamodb:UpdateContinuousBackups dynamodb:UpdateTable dynamodb:UpdateTimeToLive""",
    "AWS::S3::Bucket": """
        s3:CreateBucket s3:DeleteBucket s3:GetBucketLocation s3:GetBucketPublicAccessBlock s3:GetBucketTagging
        s3:GetBucketVersioning s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:ListBucket
        s3:PutBucketPublicAccessBlock s3:PutBucketTagging s3:PutBucketVersioning s3:PutEncryptionConfiguration
        s3:PutLifecycleConfiguration""",
    "AWS::SecretsManager::Secret": """
        secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:DescribeSecret
        secretsmanager:GetRandomPassword secretsmanager:GetSecretValue secretsmanager:ListSecretVersionIds
        secretsmanager:PutSecretValue secretsmanager:TagResource secretsmanager:UntagResource
        secretsmanager:UpdateSecret""",
    "AWS::Lambda::Function": """
        iam:PassRole lambda:CreateFunction lambda:DeleteFunction lambda:GetFunction
        lambda:GetFunctionConfiguration lambda:ListTags lambda:TagResource lambda:UntagResource
        lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration s3:GetObject""",
    "AWS::Lambda::Url": """
        lambda:CreateFunctionUrlConfig lambda:DeleteFunctionUrlConfig lambda:GetFunctionUrlConfig
        lambda:UpdateFunctionUrlConfig""",
    "AWS::Lambda::Permission": "lambda:AddPermission lambda:RemovePermission",
    "AWS::IAM::Role": """
        iam:AttachRolePolicy iam:CreateRole iam:DeleteRole iam:DeleteRolePolicy iam:DetachRolePolicy
        iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRoleTags iam:PutRolePolicy
        iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy""",
}
TAGS = [{"Key": "App", "Value": "DataOpsV1"}]
DEPLOYED: list[tuple[str, dict[str, object]]] = [
    (
        "AWS::DynamoDB::Table",
        {
            "TableName": "dataops-v1-tasks",
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"SSEEnabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{"IndexName": "GSI-Date", "Projection": {"ProjectionType": "ALL"}}],
            "Tags": TAGS,
        },
    ),
    (
        "AWS::S3::Bucket",
        {
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Prefix": "execution-exports/"}]},
            "Tags": TAGS,
        },
    ),
    (
        "AWS::SecretsManager::Secret",
        {
            "Name": "dataops-v1/work-engine/portal-secret",
            "GenerateSecretString": {"PasswordLength": 48, "ExcludePunctuation": True},
            "Tags": TAGS,
        },
    ),
    (
        "AWS::Lambda::Function",
        {
            "Code": {"S3Bucket": "artefacts", "S3Key": "dataops-v1/code.zip"},
            "Handler": "dist/handler.handler",
            "MemorySize": 1024,
            "Role": {"Fn::GetAtt": ["WorkEngineFunctionRole", "Arn"]},
            "Runtime": "nodejs24.x",
            "Timeout": 30,
            "Environment": {"Variables": {"DATAOPS_TASKS_TABLE": {"Ref": "DataOpsTasksTable"}}},
            "Tags": TAGS,
            "Architectures": ["x86_64"],
        },
    ),
    (
        "AWS::Lambda::Url",
        {
            "TargetFunctionArn": {"Ref": "DocsFullAppFunction"},
            "AuthType": "NONE",
            "Cors": {"AllowOrigins": ["*"]},
        },
    ),
    (
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunctionUrl",
            "FunctionName": {"Ref": "DocsFullAppFunction"},
            "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        },
    ),
    (
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
            "Policies": [{"PolicyName": "Policy0", "PolicyDocument": {"Statement": {}}}],
            "Tags": TAGS,
        },
    ),
]
RULE: dict[str, object] = {
    "Description": "Run DataOps recurring task and automatic template generation once per day.",
    "ScheduleExpression": "cron(0 8 * * ? *)",
    "State": "ENABLED",
    "Targets": [{"Arn": {"Fn::GetAtt": ["WorkEngineFunction", "Arn"]}, "Id": "Target"}],
}


def _calls(type_name: str, properties: dict[str, object]) -> tuple[HandlerCall, ...]:
    calls = handler_calls(type_name, properties)
    assert not isinstance(calls, UnknownType)
    return calls


def _actions(calls: tuple[HandlerCall, ...], tier: Tier) -> set[str]:
    return {call.action for call in calls if call.tier is tier}


@pytest.mark.parametrize(("type_name", "properties"), DEPLOYED)
def test_nothing_is_required_that_the_deploy_did_without(type_name: str, properties: dict[str, object]):
    needed = {call.action for call in _calls(type_name, properties) if _is_needed(call)}
    assert needed - set(GRANTED[type_name].split()) == set()


def _is_needed(call: HandlerCall) -> bool:
    return call.tier in (Tier.REQUIRED, Tier.ON_CHANGE) and not call.otherwise


def test_the_other_calls_of_the_deployed_stack_are_few_and_known():
    others = {
        (type_name, call.action, call.tier)
        for type_name, properties in DEPLOYED
        for call in _calls(type_name, properties)
        if call.action not in GRANTED[type_name].split() and not call.otherwise
    }
    assert others == {
        ("AWS::IAM::Role", "iam:ListRolePolicies", Tier.ADVISORY),
        ("AWS::IAM::Role", "iam:ListRolePolicies", Tier.READ_BACK),
        ("AWS::Lambda::Permission", "lambda:GetPolicy", Tier.READ_BACK),
    }


@pytest.mark.parametrize(
    ("type_name", "needless"),
    [
        ("AWS::DynamoDB::Table", {"dynamodb:UpdateTimeToLive"}),
        ("AWS::S3::Bucket", {"s3:GetBucketLocation"}),
        (
            "AWS::SecretsManager::Secret",
            {"secretsmanager:ListSecretVersionIds", "secretsmanager:PutSecretValue"},
        ),
        ("AWS::Lambda::Function", set[str]()),
        ("AWS::Lambda::Url", set[str]()),
        ("AWS::Lambda::Permission", set[str]()),
        ("AWS::IAM::Role", set[str]()),
    ],
)
def test_what_was_granted_is_explained_by_a_call_but_for_this(type_name: str, needless: set[str]):
    explained = {call.action for call in _calls(type_name, dict(DEPLOYED)[type_name])}
    assert set(GRANTED[type_name].split()) - explained == needless


def test_the_rules_need_what_the_role_did_not_have():
    needed = {
        (call.operation, call.action)
        for call in _calls("AWS::Events::Rule", RULE)
        if call.tier is not Tier.ADVISORY and not call.otherwise
    }
    create, read, update, delete = Handler.CREATE, Handler.READ, Handler.UPDATE, Handler.DELETE
    assert needed == {
        (create, "events:DescribeRule"),
        (create, "events:PutRule"),
        (create, "events:PutTargets"),
        (read, "events:DescribeRule"),
        (read, "events:ListTagsForResource"),
        (read, "events:ListTargetsByRule"),
        (update, "events:DescribeRule"),
        (update, "events:PutRule"),
        (update, "events:PutTargets"),
        (update, "events:RemoveTargets"),
        (update, "events:TagResource"),
        (delete, "events:DeleteRule"),
        (delete, "events:DescribeRule"),
        (delete, "events:RemoveTargets"),
    }


def test_tags_on_the_stack_are_tags_on_the_resource():
    plain = handler_calls("AWS::DynamoDB::Table", {})
    tagged = handler_calls("AWS::DynamoDB::Table", {}, stack_tags=True)
    assert not isinstance(plain, UnknownType)
    assert not isinstance(tagged, UnknownType)
    needed = [{call.action for call in calls if _is_needed(call)} for calls in (plain, tagged)]
    assert needed[1] - needed[0] == {
        "dynamodb:ListTagsOfResource",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
    }


def test_every_call_says_why_and_where_from():
    for type_name, properties in [*DEPLOYED, ("AWS::Events::Rule", RULE)]:
        for call in _calls(type_name, properties):
            assert call.reason
            assert call.source


UNLISTED = f"is not among the {data_version().types} types of {data_version()}"


@pytest.mark.parametrize(
    ("type_name", "reason"),
    [
        ("AWS::Events::Rul", UNLISTED),
        ("My::Own::Type", UNLISTED),
        ("AWS::S3::Bucket::MODULE", UNLISTED),
        ("", UNLISTED),
        ("AWS::AppMesh::Mesh", f"has no handlers in its provider schema in {data_version().sources[0]}"),
    ],
)
def test_an_unknown_type_is_said_to_be_unknown(type_name: str, reason: str):
    assert handler_calls(type_name, {}) == UnknownType(type_name, reason)


def test_any_custom_type_is_a_custom_resource():
    token: dict[str, object] = {"ServiceToken": "arn:aws:lambda:eu-west-1:1:function:f"}
    assert _calls("Custom::Seeder", token) == _calls("AWS::CloudFormation::CustomResource", token)
    assert _actions(_calls("Custom::Seeder", token), Tier.REQUIRED) == {"lambda:InvokeFunction"}


@pytest.mark.parametrize("type_name", ["AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"])
def test_some_types_call_nothing(type_name: str):
    assert _calls(type_name, {}) == ()


def test_a_creation_is_undone_by_deleting_and_an_update_by_updating():
    assert ROLLBACK == {Handler.CREATE: Handler.DELETE, Handler.UPDATE: Handler.UPDATE}
