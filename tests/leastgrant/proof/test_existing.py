"""A resource that is deployed already is neither created nor, with its creation, rolled back."""

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.proof.existing import ExistingError
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Operation, needs_of
from leastgrant.proof.prove import prove
from leastgrant.role import Role
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve

APP = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties: {TableName: shop-table, KeySchema: [{AttributeName: PK, KeyType: HASH}]}
"""
NOBODY = Role("Deploy", ())


def app(stack: str = "shop") -> ResolvedTemplate:
    return resolve(parse(APP, f"{stack}.yaml"), Environment("aws", "eu-west-1", "123456789012", stack))


def operations(existing: set[str], logical_id: str) -> set[Operation]:
    needs, _ = needs_of(app(), existing=frozenset(existing))
    return {need.operation for need in needs if need.subject.name == logical_id}


def test_what_exists_is_not_created():
    assert Operation.CREATE in operations(set(), "Jobs")
    assert operations({"Jobs"}, "Jobs") == {Operation.READ, Operation.UPDATE, Operation.DELETE}
    assert Operation.CREATE in operations({"Jobs"}, "Table")


def test_no_creation_of_what_exists_and_is_kept_is_rolled_back():
    assert Operation.ROLLBACK in operations(set(), "Table")
    assert operations({"shop/Table"}, "Table") == {Operation.READ, Operation.UPDATE}


def test_a_grant_that_only_the_creation_needs_is_then_excess():
    statement = {
        "Effect": "Allow",
        "Action": "sqs:CreateQueue",
        "Resource": "arn:aws:sqs:eu-west-1:123456789012:shop-Jobs-*",
    }
    role = Role("Deploy", (parse_policy({"Version": "2012-10-17", "Statement": [statement]}, "p"),))
    assert not prove(role, [app()]).of(Kind.EXCESS)
    (finding,) = prove(role, [app()], existing=["Jobs"]).of(Kind.EXCESS)
    assert finding.action == "sqs:CreateQueue"


def test_of_two_stacks_only_the_one_that_is_named_has_it():
    missing = prove(NOBODY, [app("shop"), app("mail")], existing=["shop/Jobs"]).of(Kind.MISSING)
    created = {f.subject.stack for f in missing if f.action == "sqs:CreateQueue" and f.subject is not None}
    assert created == {"mail"}


@pytest.mark.parametrize(
    ("existing", "error"),
    [
        ("Job", "Job: is said to exist, but no template declares it; did you mean Jobs?"),
        ("Jobs", "Jobs: is said to exist, and several templates declare it; write shop/Jobs, or so"),
        ("web/Jobs", "web/Jobs: is said to exist, but no template declares it; did you mean Jobs?"),
    ],
)
def test_a_name_that_is_not_of_one_resource_is_refused(existing: str, error: str):
    with pytest.raises(ExistingError, match=f"^{error.replace('?', '[?]')}$"):
        prove(NOBODY, [app("shop"), app("mail")], existing=[existing])
