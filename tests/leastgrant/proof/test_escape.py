"""No grant reaches outside the namespaces, and `*` is for actions without resource types."""

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.escape import escapes
from leastgrant.proof.excess import granted
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
