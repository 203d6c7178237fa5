"""A resource has the template's tags, the stack's and, where AWS sets them, CloudFormation's own."""

from local_aws.cloudformation.handlers.tags import TagChange, wanted_tags

OF_STACK = {"Owner": "stack", "aws:cloudformation:stack-name": "DataOps"}


def test_the_templates_tags_win_over_the_stacks() -> None:
    properties = {"Tags": [{"Key": "Owner", "Value": "template"}]}
    assert wanted_tags("AWS::S3::Bucket", properties, OF_STACK) == {
        "Owner": "template",
        "aws:cloudformation:stack-name": "DataOps",
    }


def test_types_without_system_tags_get_none() -> None:
    assert wanted_tags("AWS::IAM::Role", {}, OF_STACK) == {"Owner": "stack"}


def test_a_change_removes_what_is_not_wanted_but_a_services_own() -> None:
    there = {"gone": "1", "same": "2", "other": "3", "aws:secretsmanager:owningService": "rds"}
    assert TagChange.between(there, {"same": "2", "other": "4", "new": "5"}) == (["gone"], {"other": "4", "new": "5"})
