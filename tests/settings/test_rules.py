"""Every rule takes what AWS or GitHub takes, and refuses the rest by saying what it wants."""

from collections.abc import Callable

import pytest
from aws_cdk.region_info import RegionInfo

from settings import rules
from settings.regions import PARTITION_OF

Rule = Callable[[object], object]


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (rules.github_owner, "DataTalksClub"),
        (rules.github_owner, "a"),
        (rules.github_repo, "dataops.v1_x-y"),
        (rules.github_branch, "main"),
        (rules.github_branch, "release/2026.11"),
        (rules.github_branch, "fix-#12"),
        (rules.role_name, "dataops-github-actions-deploy"),
        (rules.role_name, "a" * 64),
        (rules.stack_name, "dataops-v1"),
        (rules.stack_name, "A" * 128),
        (rules.app_stack_name, "A" * 24),
        (rules.account, "012345678901"),
        (rules.region, "eu-west-1"),
        (rules.region, "us-gov-east-1"),
        (rules.bucket_name, "aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd"),
        (rules.bucket_name, "a.b"),
        (rules.secret_name, "dataops-v1/full-app/github-token"),
        (rules.basic_auth_username, "admin"),
        (rules.environment_name, "prod"),
        (rules.archive_prefix, "execution-exports"),
        (rules.archive_prefix, "a/b.c"),
        (rules.retention_days, 90),
        (rules.directory, "stacks/dataops/placeholders/docs_app"),
    ],
)
def test_accepts(rule: Rule, value: object) -> None:
    assert rule(value) == value


def test_days_given_on_the_command_line_are_text() -> None:
    assert rules.retention_days("365") == 365


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        (rules.github_owner, "", "must be a GitHub account's login, not ''"),
        (rules.github_owner, "*", "must be a GitHub account's login, not '*'"),
        (rules.github_owner, "-x", "must be a GitHub account's login, not '-x'"),
        (rules.github_owner, "a" * 40, "must be a GitHub account's login"),
        (rules.github_repo, "DataTalksClub/dataops", "without its owner"),
        (rules.github_repo, "data?ps", "must be a GitHub repository's name"),
        (rules.github_repo, "..", "must be a GitHub repository's name"),
        (rules.github_branch, "", "must be one branch's name"),
        (rules.github_branch, "*", "without wildcards"),
        (rules.github_branch, "release/?", "without wildcards"),
        (rules.github_branch, "${aws:username}", "without wildcards or `$`"),
        (rules.github_branch, "a..b", "must be one branch's name"),
        (rules.github_branch, "a b", "must be one branch's name"),
        (rules.github_branch, "@", "must be one branch's name"),
        (rules.github_branch, "\ud800", "must be one branch's name"),
        (rules.app_stack_name, "1st", "must be a CloudFormation stack name"),
        (rules.app_stack_name, "A" * 25, "must have at most 24 characters, not 25"),
        (rules.basic_auth_username, "a\u2028b", "without colons or control characters"),
        (rules.environment_name, "a" * 129, "1 to 128"),
        (rules.directory, "a\nb", "must be the path of a directory"),
        (rules.github_branch, "a.lock", "must be one branch's name"),
        (rules.github_branch, "-x", "must be one branch's name"),
        (rules.github_branch, "x/", "must be one branch's name"),
        (rules.github_branch, "refs/heads/main", "leave out 'refs/heads/'"),
        (rules.role_name, "a" * 65, "1 to 64 letters"),
        (rules.role_name, "path/role", "must be an IAM role name"),
        (rules.stack_name, "1st", "must be a CloudFormation stack name: a letter"),
        (rules.stack_name, "dataops_v1", "must be a CloudFormation stack name"),
        (rules.stack_name, "A" * 129, "at most 128"),
        (rules.account, "81768557275", "12 digits"),
        (rules.account, "*", "12 digits"),
        (rules.account, 817685572750, "12 digits, in quotes, not 817685572750"),
        (rules.account, "\uff1817685572750", "12 digits"),
        (rules.region, "eu-west-9", "must be an AWS region, not 'eu-west-9'; did you mean 'eu-west-"),
        (rules.region, "*", "must be an AWS region, not '*'"),
        (rules.region, None, "must be an AWS region, not None"),
        (rules.bucket_name, "ab", "3 to 63"),
        (rules.bucket_name, "My-Bucket", "lower-case"),
        (rules.bucket_name, "a..b", "must be an S3 bucket name"),
        (rules.bucket_name, "xn--bucket", "no reserved prefix"),
        (rules.bucket_name, "bucket--x-s3", "no reserved prefix or suffix"),
        (rules.bucket_name, "192.168.5.4", "not an IP address"),
        (rules.bucket_name, "bucket*", "must be an S3 bucket name"),
        (rules.secret_name, "a b", "must be a secret's name"),
        (rules.secret_name, "*", "must be a secret's name"),
        (rules.basic_auth_username, "a:b", "without colons"),
        (rules.basic_auth_username, "a\nb", "without colons or control characters"),
        (rules.environment_name, "prod/eu", "must be 1 to 128 letters"),
        (rules.archive_prefix, "/exports", "inner `/`"),
        (rules.archive_prefix, "exports/", "inner `/`"),
        (rules.archive_prefix, "exports/*", "must be an S3 key prefix"),
        (rules.retention_days, 89, "90 or more, not 89"),
        (rules.retention_days, "a year", "must be a whole number of days, 90 or more, not 'a year'"),
        (rules.retention_days, True, "must be a whole number of days, 90 or more, not True"),
        (rules.retention_days, 2**31, "must be a whole number of days"),
        (rules.retention_days, 365.5, "must be a whole number of days"),
        (rules.directory, "", "must be the path of a directory"),
    ],
)
def test_refuses(rule: Rule, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refusal:
        rule(value)
    assert message in str(refusal.value)


def test_the_regions_are_those_that_cdk_knows() -> None:
    assert {region.name: region.partition for region in RegionInfo.regions} == PARTITION_OF
