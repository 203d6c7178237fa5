"""Names that provider schemas use for an API operation where IAM has another name for the permission."""

from __future__ import annotations

import re

from leastgrant.knowledge import authorization

IAM_NAMES = {
    # "Required permissions for Amazon S3 API operations", Amazon S3 User Guide
    "s3:DeleteBucketAnalyticsConfiguration": "s3:PutAnalyticsConfiguration",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketInventoryConfiguration": "s3:PutInventoryConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketMetricsConfiguration": "s3:PutMetricsConfiguration",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:DoesObjectExist": "s3:GetObject",
    "s3:GetObjectMetadata": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    # "Actions, resources, and condition keys" of AWS Lambda, AWS STS, Amazon EC2 and AWS Step Functions
    "ec2:DescribeSecurityGroup": "ec2:DescribeSecurityGroups",
    "emr:AddJobFlowSteps": "elasticmapreduce:AddJobFlowSteps",
    "iam:AssumeRole": "sts:AssumeRole",
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:TagResource20170331v2": "lambda:TagResource",
    "lambda:UntagResource20170331v2": "lambda:UntagResource",
    "stepfunctions:DescribeStateMachine": "states:DescribeStateMachine",
}
_BY_API_NAME = {api_name.lower(): iam_name for api_name, iam_name in IAM_NAMES.items()}


def iam_action(listed: str) -> str | None:
    """Return the IAM action, in IAM's spelling, behind an action that a provider schema lists.

    A pattern is returned as it is, and so is an action that the service authorization reference does not list: there
    are such, as `apigateway:TagResource`. None: it is not even written like an action.
    """
    if "*" in listed:
        return listed
    found = authorization.action(listed) or authorization.action(_BY_API_NAME.get(listed.lower(), ""))
    return str(found) if found else listed if _ACTION.fullmatch(listed) else None


_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
