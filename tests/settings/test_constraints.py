"""Every rule takes what AWS or GitHub takes, and refuses the rest by saying what it wants."""

from collections.abc import Callable

import pytest
from aws_cdk.region_info import RegionInfo

from leastgrant.template import PARTITION_OF
from settings import constraints

Rule = Callable[[object], object]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (constraints.github_owner, "DataTalksClub"),
        (constraints.github_owner, "a"),
        (constraints.github_repo, "dataops.v1_x-y"),
        (constraints.github_branch, "main"),
        (constraints.github_branch, "release/2026.11"),
        (constraints.github_branch, "fix-#12"),
        (constraints.role_name, "dataops-github-actions-deploy"),
        (constraints.role_name, "a" * 64),
        (constraints.stack_name, "dataops-v1"),
        (constraints.stack_name, "A" * 128),
        (constraints.app_stack_name, "A" * 24),
        (constraints.account, "012345678901"),
        (constraints.region, "eu-west-1"),
        (constraints.region, "us-gov-east-1"),
        (constraints.bucket_name, "aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd"),
        (constraints.bucket_name, "a.b"),
        (constraints.secret_name, "dataops-v1/full-app/github-token"),
        (constraints.basic_auth_username, "admin"),
        (constraints.environment_name, "prod"),
        (constraints.archive_prefix, "execution-exports"),
        (constraints.archive_prefix, "a/b.c"),
        (constraints.retention_days, 90),
        (constraints.directory, "stacks/dataops/placeholders/docs_app"),
    ],
)
def test_accepts(rule: Rule, value: object) -> None:
    assert rule(value) == value


def test_days_given_on_the_command_line_are_text() -> None:
    assert constraints.retention_days("365") == 365


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        (constraints.github_owner, "", "must be a GitHub account's login, not ''"),
        (constraints.github_owner, "*", "must be a GitHub account's login, not '*'"),
        (constraints.github_owner, "-x", "must be a GitHub account's login, not '-x'"),
        (constraints.github_owner, "a" * 40, "must be a GitHub account's login"),
        (constraints.github_repo, "DataTalksClub/dataops", "without its owner"),
        (constraints.github_repo, "data?ps", "must be a GitHub repository's name"),
        (constraints.github_repo, "..", "must be a GitHub repository's name"),
        (constraints.github_branch, "", "must be one branch's name"),
        (constraints.github_branch, "*", "without wildcards"),
        (constraints.github_branch, "release/?", "without wildcards"),
        (constraints.github_branch, "${aws:username}", "without wildcards or `$`"),
        (constraints.github_branch, "a..b", "must be one branch's name"),
        (constraints.github_branch, "a b", "must be one branch's name"),
        (constraints.github_branch, "@", "must be one branch's name"),
        (constraints.github_branch, "\ud800", "must be one branch's name"),
        (constraints.app_stack_name, "1st", "must be a CloudFormation stack name"),
        (constraints.app_stack_name, "A" * 25, "must have at most 24 characters, not 25"),
        (constraints.basic_auth_username, "a\u2028b", "without colons or control characters"),
        (constraints.environment_name, "a" * 129, "1 to 128"),
        (constraints.directory, "a\nb", "must be the path of a directory"),
        (constraints.github_branch, "a.lock", "must be one branch's name"),
        (constraints.github_branch, "-x", "must be one branch's name"),
        (constraints.github_branch, "x/", "must be one branch's name"),
        (constraints.github_branch, "refs/heads/main", "leave out 'refs/heads/'"),
        (constraints.role_name, "a" * 65, "1 to 64 letters"),
        (constraints.role_name, "path/role", "must be an IAM role name"),
        (constraints.stack_name, "1st", "must be a CloudFormation stack name: a letter"),
        (constraints.stack_name, "dataops_v1", "must be a CloudFormation stack name"),
        (constraints.stack_name, "A" * 129, "at most 128"),
        (constraints.account, "81768557275", "12 digits"),
        (constraints.account, "*", "12 digits"),
        (constraints.account, 817685572750, "12 digits, in quotes, not 817685572750"),
        (constraints.account, "\uff1817685572750", "12 digits"),
        (constraints.region, "eu-west-9", "must be an AWS region, not 'eu-west-9'; did you mean 'eu-west-"),
        (constraints.region, "*", "must be an AWS region, not '*'"),
        (constraints.region, None, "must be an AWS region, not None"),
        (constraints.bucket_name, "ab", "3 to 63"),
        (constraints.bucket_name, "My-Bucket", "lower-case"),
        (constraints.bucket_name, "a..b", "must be an S3 bucket name"),
        (constraints.bucket_name, "xn--bucket", "no reserved prefix"),
        (constraints.bucket_name, "bucket--x-s3", "no reserved prefix or suffix"),
        (constraints.bucket_name, "192.168.5.4", "not an IP address"),
        (constraints.bucket_name, "bucket*", "must be an S3 bucket name"),
        (constraints.secret_name, "a b", "must be a secret's name"),
        (constraints.secret_name, "*", "must be a secret's name"),
        (constraints.basic_auth_username, "a:b", "without colons"),
        (constraints.basic_auth_username, "a\nb", "without colons or control characters"),
        (constraints.environment_name, "prod/eu", "must be 1 to 128 letters"),
        (constraints.archive_prefix, "/exports", "inner `/`"),
        (constraints.archive_prefix, "exports/", "inner `/`"),
        (constraints.archive_prefix, "exports/*", "must be an S3 key prefix"),
        (constraints.retention_days, 89, "90 or more, not 89"),
        (constraints.retention_days, "a year", "must be a whole number of days, 90 or more, not 'a year'"),
        (constraints.retention_days, True, "must be a whole number of days, 90 or more, not True"),
        (constraints.retention_days, 2**31, "must be a whole number of days"),
        (constraints.retention_days, 365.5, "must be a whole number of days"),
        (constraints.directory, "", "must be the path of a directory"),
    ],
)
def test_refuses(rule: Rule, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refusal:
        rule(value)
    assert message in str(refusal.value)


def test_every_region_of_cdk_is_a_setting() -> None:
    assert {(region.name, region.partition) for region in RegionInfo.regions} <= PARTITION_OF.items()
