"""Valid inputs of each kind, of which the fuzzing makes others: small, and each with much in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastgrant.documents.source import Json

ACCOUNT = "123456789012"
HOST = "token.actions.githubusercontent.com"
PLACE = ("--account", ACCOUNT, "--region", "eu-west-1")

_TRUST: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{HOST}:sub": ["repo:acme/shop:ref:refs/heads/main", "repo:acme/*:environment:prod"]},
            },
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*", "${aws:username}"]}},
        },
    ],
}

_POLICY: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Queues",
            "Effect": "Allow",
            "Action": ["sqs:*", "events:Put*"],
            "Resource": [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:shop-*", "arn:aws:events:*:*:rule/${aws:PrincipalTag/team}"],
            "Condition": {
                "StringEquals": {"aws:ResourceTag/app": "shop", "aws:RequestedRegion": ["eu-west-1", "us-east-1"]},
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                "Null": {"aws:TagKeys": "false"},
            },
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::{ACCOUNT}:role/shop-*",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
        {"Effect": "Deny", "NotAction": "s3:Get*", "NotResource": ["arn:aws:s3:::shop-*", "arn:aws:s3:::?/*"]},
        {
            "Effect": "Allow",
            "Action": ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/*"},
                "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
                "ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]},
                "NumericLessThanEqualsIfExists": {"s3:max-keys": "10"},
                "Bool": {"aws:SecureTransport": "true"},
            },
        },
    ],
}

_APP: Json = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Transform": "AWS::LanguageExtensions",
    "Parameters": {"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}},
    "Mappings": {"M": {"dev": {"Days": 1}, "prod": {"Days": 30}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "Not": {"Fn::Not": [{"Fn::Or": [{"Condition": "IsProd"}, {"Fn::Equals": ["a", "b"]}]}]},
    },
    "Resources": {
        "Jobs": {
            "Type": "AWS::SQS::Queue",
            "DeletionPolicy": "Retain",
            "Properties": {
                "QueueName": {"Fn::Sub": ["${AWS::StackName}-${X}", {"X": {"Fn::Select": [0, ["a", "b"]]}}]},
                "Tags": [{"Key": "app", "Value": {"Fn::If": ["IsProd", "shop", {"Ref": "AWS::NoValue"}]}}],
            },
        },
        "Fn::ForEach::Each": [
            "Name",
            ["A", "B"],
            {"Topic${Name}": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "t-${Name}"}}}},
        ],
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": _TRUST, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/x"]},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Condition": "IsProd",
            "DependsOn": ["Jobs"],
            "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"S3Bucket": {"Fn::ImportValue": "bucket"}, "S3Key": "{{resolve:ssm:/key:1}}"},
                "MemorySize": {"Fn::FindInMap": ["M", {"Ref": "Stage"}, "Days"]},
            },
        },
    },
    "Outputs": {"Url": {"Value": {"Fn::GetAtt": "Jobs.Arn"}, "Export": {"Name": "x"}}},
}

_NESTED: Json = {
    "Resources": {
        "Child": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "https://s3.amazonaws.com/b/child.yaml", "Parameters": {"P": "v"}},
        },
        "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
                "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "alias/x"},
            },
        },
        "Alias": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "a.b", "Type": "A", "HostedZoneId": "Z"}},
    },
}

_SERVERLESS: Json = {
    "Transform": ["AWS::Serverless-2016-10-31", "Macro"],
    "Globals": {"Function": {"Runtime": "python3.13", "Handler": "a.b"}},
    "Resources": {
        "F": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "InlineCode": "x",
                "Policies": [{"SQSPollerPolicy": {"QueueName": "q"}}],
                "Events": {"E": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}},
            },
        }
    },
}

TEMPLATES: tuple[Json, ...] = (_APP, _NESTED, _SERVERLESS)
POLICIES: tuple[Json, ...] = (_POLICY,)
TRUSTS: tuple[Json, ...] = (_TRUST,)
USES: Json = [
    {
        "name": "upload",
        "reason": "the pipeline uploads",
        "actions": ["s3:PutObject", "s3:Get*"],
        "resources": ["arn:aws:s3:::b/*", "*"],
        "context": {"aws:SourceVpc": "vpc-1", "aws:TagKeys": ["a", "b"]},
    }
]
STEPS: Json = {"deploy.yml": {"deploy": ["make deploy"]}}
WORKFLOW: Json = {
    "on": {"push": {"branches": ["main", "!x/**"], "tags": ["v*"]}, "workflow_dispatch": {"inputs": {"x": {}}}},
    "permissions": {"contents": "read", "id-token": "write"},
    "env": {"ROLE": f"arn:aws:iam::{ACCOUNT}:role/deployer"},
    "concurrency": {"group": "deploy", "cancel-in-progress": False},
    "jobs": {
        "deploy": {
            "if": "${{ github.ref == 'refs/heads/main' && !inputs.skip || contains(github.actor, 'a') }}",
            "runs-on": "ubuntu-24.04",
            "strategy": {"matrix": {"a": [1, 2], "include": [{"a": 3, "b": "prod"}], "exclude": [{"a": 1}]}},
            "environment": {"name": "${{ matrix.b || 'dev' }}"},
            "steps": [
                {"uses": "actions/checkout@v5"},
                {
                    "uses": "aws-actions/configure-aws-credentials@v6",
                    "with": {"role-to-assume": "${{ env.ROLE }}", "aws-region": "eu-west-1"},
                },
                {"run": "make deploy", "env": {"X": "${{ fromJSON('[1]')[0] }}"}},
            ],
        },
        "other": {"needs": ["deploy"], "uses": "./.github/workflows/none.yml", "with": {"x": 1}},
    },
}
