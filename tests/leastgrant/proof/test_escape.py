"""No grant reaches outside the namespaces, and `*` is for actions without resource types."""

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.escape import escapes, escapes_of_buckets
from leastgrant.proof.excess import granted
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Need, Operation, Subject, Tier

TABLES = "arn:aws:dynamodb:eu-west-1:123456789012:table/"
NAMESPACES = [Pattern.parse(f"{TABLES}app-*"), Pattern.parse("arn:aws:s3:::app-*")]
READ = "dynamodb:GetItem"
NO_TYPE = "secretsmanager:GetRandomPassword"


def messages(action: str, resource: str, key: str = "Resource") -> list[str]:
    statement = {"Effect": "Allow", "Action": action, key: resource}
    policy = parse_policy({"Version": "2012-10-17", "Statement": statement}, "p")
    return [finding.message for finding in escapes(granted(policy.statements, []), NAMESPACES)]


@pytest.mark.parametrize(
    ("action", "resource"), [(READ, f"{TABLES}app-*"), (READ, f"{TABLES}app-jobs"), (NO_TYPE, "*")]
)
def test_what_stays_inside_is_contained(action: str, resource: str):
    assert messages(action, resource) == []


@pytest.mark.parametrize(
    ("action", "resource", "message"),
    [
        (READ, f"{TABLES}*", f"it reaches outside the declared namespaces, for example {TABLES}"),
        (READ, f"{TABLES}ap?-*", f"it reaches outside the declared namespaces, for example {TABLES}apx-"),
        (READ, "*", "it reaches outside the declared namespaces, for example arn:aws:x:::x"),
        ("*", "*", "it reaches outside the declared namespaces, for example arn:aws:x:::x"),
        (NO_TYPE, "arn:aws:s3:::app-*", "that allows nothing, as the action has no resource type"),
    ],
)
def test_what_reaches_outside_is_said_with_an_example(action: str, resource: str, message: str):
    assert messages(action, resource) == [f"p.Statement[0] grants {action} on {resource}: {message}"]


def test_what_a_grant_leaves_out_is_no_example():
    (message,) = messages(READ, "arn:aws:x:::x", key="NotResource")
    assert message.endswith("for example arn:aws:z:::z")


@pytest.mark.parametrize(("resource", "expected"), [("arn:aws:s3:::app-*", 0), ("arn:aws:s3:::other", 1), ("*", 0)])
def test_a_need_may_know_of_a_resource_that_the_reference_lacks(resource: str, expected: int):
    subject = Subject("D", "s", "T")
    known = Pattern.parse(resource)
    need = Need(NO_TYPE, known, Operation.CREATE, Tier.REQUIRED, subject, None, "seen in its refusals", "an issue")
    statement = {"Effect": "Allow", "Action": NO_TYPE, "Resource": resource}
    policy = parse_policy({"Version": "2012-10-17", "Statement": statement}, "p")
    assert len(list(escapes(granted(policy.statements, [need]), NAMESPACES))) == expected


@pytest.mark.parametrize(("tier", "expected"), [(Tier.REQUIRED, 0), (Tier.ADVISORY, 1)])
def test_what_is_required_elsewhere_is_inside_where_no_namespace_is_declared(tier: Tier, expected: int):
    edge = "arn:aws:lambda:us-east-1:123456789012:function:edge"
    need = Need(
        "lambda:GetFunction", Pattern.parse(edge), Operation.CREATE, tier, Subject("D", "s", "T"), None, "why", "source"
    )
    statement = {"Effect": "Allow", "Action": need.action, "Resource": edge}
    policy = parse_policy({"Version": "2012-10-17", "Statement": statement}, "p")
    grants = tuple(granted(policy.statements, [need]))
    here = [Pattern.parse("arn:aws:*:eu-west-1:123456789012:*")]
    assert len(list(escapes(grants, [], here))) == expected
    assert len(list(escapes(grants, here))) == 1, "declared namespaces are what counts"


@pytest.mark.parametrize(
    ("operator", "key", "account", "expected"),
    [
        ("StringEquals", "aws:ResourceAccount", "123456789012", 0),
        ("StringEquals", "s3:ResourceAccount", "123456789012", 0),
        ("StringLike", "aws:ResourceAccount", "1234*", 1),
        ("StringEquals", "aws:PrincipalAccount", "123456789012", 1),
    ],
)
def test_where_no_account_is_known_a_statement_tells_of_which_its_buckets_are(
    operator: str, key: str, account: str, expected: int
):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}
    condition = {"Condition": {operator: {key: account}}}
    policy = parse_policy({"Version": "2012-10-17", "Statement": statement | condition}, "p")
    assert len(list(escapes_of_buckets(granted(policy.statements, []), ()))) == expected


def test_each_grant_that_reaches_outside_is_found_whatever_stands_before_it():
    inside, outside, star = f"{TABLES}app-*", f"{TABLES}*", "arn:aws:s3:::app-*"
    statements = [
        {"Effect": "Allow", "Action": NO_TYPE, "Resource": "*"},
        {"Effect": "Allow", "Action": READ, "Resource": inside},
        {"Effect": "Allow", "Action": NO_TYPE, "Resource": star},
        {"Effect": "Allow", "Action": READ, "Resource": outside},
    ]
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, "p")
    needed = Need(
        NO_TYPE, Pattern.literal("*"), Operation.CREATE, Tier.REQUIRED, Subject("D", "s", "T"), None, "why", "source"
    )
    found = list(escapes(granted(policy.statements, [needed]), NAMESPACES))
    assert [(one.kind, one.action, one.resource, one.fix, one.statement) for one in found] == [
        (Kind.ESCAPE, NO_TYPE, star, "grant it on *, or take it out", policy.statements[2]),
        (Kind.ESCAPE, READ, outside, "narrow the resource to the namespace", policy.statements[3]),
    ]


@pytest.mark.parametrize(("accounts", "these"), [({"1", "2"}, "1 or 2"), ((), "the account")])
def test_each_grant_on_buckets_of_whoever_is_found(accounts: set[str], these: str):
    own = {"Condition": {"StringEquals": {"aws:ResourceAccount": ["1", "2"]}}}
    statements = [
        {"Effect": "Allow", "Action": READ, "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*", **own},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a*/*"},
    ]
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, "p")
    (found,) = escapes_of_buckets(granted(policy.statements, []), accounts)
    assert (found.kind, found.action, found.resource) == (Kind.ESCAPE, "s3:GetObject", "arn:aws:s3:::a*/*")
    assert found.message == (
        "p.Statement[2] grants s3:GetObject on arn:aws:s3:::a*/*: it reaches outside the account, for example "
        "arn:aws:s3:::a/ of another, as S3's ARNs name none"
    )
    assert found.fix == f"name the buckets, or require aws:ResourceAccount to equal {these}"
    assert found.statement == policy.statements[2]
