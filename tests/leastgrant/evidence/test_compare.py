"""Trails against proofs: each state by a trail that has it, and the rows that go out."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from leastgrant.evidence.compare import Evidence, Predicted, Whose, evidence_of
from leastgrant.evidence.event import event_of_record
from leastgrant.evidence.incident import incidents, without_names
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.knowledge.events import Trace
from leastgrant.proof.needs import Use
from leastgrant.proof.prove import prove
from leastgrant.role import Role, role_of_policy
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve

ACCOUNT = "817685572750"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:shop-jobs"
TEMPLATE: ResolvedTemplate = resolve(
    parse(
        json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-jobs"}}}}),
        "app.json",
    ),
    Environment("aws", "eu-west-1", ACCOUNT, "shop"),
)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Queues", "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": "*"}
    ],
}
USE = Use("deploy", "it deploys", ("cloudformation:CreateChangeSet",), (Pattern.parse("*"),))


def record(source: str, name: str, **members: Any) -> dict[str, Any]:
    user: dict[str, Any] = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/{members.pop('session', 'run')}",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": members.pop("role", ROLE)}},
        "invokedBy": members.pop("by", "cloudformation.amazonaws.com"),
    }
    arns = [{"ARN": arn} for arn in members.pop("arns", ())]
    base = {"eventSource": f"{source}.amazonaws.com", "eventName": name, "eventType": "AwsApiCall"}
    return {**base, "eventTime": "2026-11-28T21:00:00Z", "userIdentity": user, "resources": arns, **members}


def evidence(records: Iterable[dict[str, Any]], policy: Any = POLICY, **whose: Any) -> Evidence:
    role = role_of_policy(policy, "deployer") if policy else Role("no role", ())
    proof = prove(role, [TEMPLATE], uses=[USE])
    whose = {"role": Pattern.literal(ROLE), **whose}
    return evidence_of(map(event_of_record, records), proof, Whose(**whose), with_role=policy is not None)


def test_what_is_predicted_and_let_through_holds():
    found = evidence([record("sqs", "CreateQueue", arns=[QUEUE]), record("cloudformation", "CreateChangeSet", by=None)])
    assert found.holds
    assert (found.events, found.calls, found.explained) == (2, 2, 2)


def test_what_no_need_explains_is_not_predicted():
    found = evidence([record("kms", "DescribeKey")] * 3)
    (seen,) = found.not_predicted
    assert (seen.actions, seen.calls, seen.predicted) == (("kms:DescribeKey",), 3, Predicted.NO)
    assert not found.holds


def test_a_call_of_cloudformation_is_not_explained_by_a_use():
    (seen,) = evidence([record("cloudformation", "CreateChangeSet")]).not_predicted
    assert seen.predicted is Predicted.NO


def test_what_is_needed_on_other_resources_is_told_with_some():
    others = [QUEUE.replace("shop", f"other{number}") for number in range(9)]
    found = evidence([record("sqs", "CreateQueue", arns=[arn]) for arn in (QUEUE, *others)])
    (seen,) = found.not_predicted
    assert (seen.predicted, seen.by[Predicted.YES], seen.by[Predicted.ELSEWHERE]) == (Predicted.ELSEWHERE, 1, 9)
    assert [*seen.elsewhere] == others[:5]


def test_of_several_resources_one_that_is_needed_is_enough():
    assert evidence([record("sqs", "CreateQueue", arns=["arn:aws:kms:::key/1", QUEUE])]).holds


MESSAGE = (
    "User: x is not authorized to perform: {} on resource: {} because no identity-based policy allows the {} action"
)


def refused(action: str, resource: str = QUEUE) -> dict[str, str]:
    return {"errorCode": "AccessDenied", "errorMessage": MESSAGE.format(action, resource, action)}


@pytest.mark.parametrize(
    ("action", "granted", "tiers"),
    [
        ("sqs:CreateQueue", True, (Tier.REQUIRED,)),
        ("sqs:SetQueueAttributes", False, (Tier.ON_CHANGE,)),
        ("sqs:PurgeQueue", False, ()),
    ],
)
def test_what_was_refused_is_told_with_what_is_granted_now(action: str, *, granted: bool, tiers: tuple[Tier, ...]):
    found = evidence([record("sqs", action.partition(":")[2], **refused(action))])
    (one,) = found.refused.values()
    assert (one.action, one.resource, one.granted) == (action, QUEUE, granted)
    assert set(tiers) <= {*one.tiers}
    assert bool(one.tiers) is bool(tiers)
    assert one.because == "no identity-based policy allows it"
    assert not found.holds


def test_the_action_of_a_refusal_is_what_the_message_says():
    (one,) = evidence(
        [record("s3", "CreateBucket", **refused("S3:PutBucketTagging", "arn:aws:s3:::b"))]
    ).refused.values()
    assert one.action == "s3:PutBucketTagging"


def test_a_refusal_without_a_message_is_of_the_operation():
    (one,) = evidence(
        [record("s3", "HeadObject", errorCode="AccessDenied", errorMessage="Access Denied")]
    ).refused.values()
    assert (one.action, one.resource, one.because) == ("s3:GetObject", None, "AccessDenied")


def test_many_refused_resources_are_told_as_one():
    found = evidence(
        [record("sqs", "PurgeQueue", **refused("sqs:PurgeQueue", f"{QUEUE}{number}")) for number in range(100)]
    )
    assert len(found.refused) == 6
    assert sum(one.calls for one in found.refused.values()) == 100


def test_what_cannot_be_mapped_is_counted_and_holds_nothing():
    found = evidence([record("signin", "Mystery"), record("sqs", "Unheard", errorCode="AccessDenied")])
    assert found.unmapped == {("signin.amazonaws.com", "Mystery"): 1, ("sqs.amazonaws.com", "Unheard"): 1}
    assert not found.holds


def test_what_is_no_call_is_told_apart():
    found = evidence([record("sqs", "Told", eventType="AwsServiceEvent")])
    assert (found.no_calls, found.calls, found.holds) == ({"sqs.amazonaws.com Told": 1}, 0, False)


def test_calls_of_others_do_not_count_and_are_named():
    other = ROLE.replace("deployer", "other")
    found = evidence([record("sqs", "PurgeQueue", role=other), record("sqs", "PurgeQueue", role=other, by=None)])
    assert (found.events, found.calls, found.others) == (2, 0, {other: 1})


def test_a_session_narrows_whose_calls_count():
    records = [record("kms", "DescribeKey", session="by-hand"), record("sqs", "CreateQueue", session="run-1")]
    found = evidence(records, sessions=(Pattern.parse("run-*"),))
    assert (found.calls, found.holds) == (1, True)


def test_without_an_arn_all_that_cloudformation_called_counts():
    found = evidence(
        [record("sqs", "CreateQueue", role="arn:aws:iam::1:role/x"), record("kms", "Encrypt", by=None)], role=None
    )
    assert (found.calls, found.holds) == (1, True)


def test_the_path_of_a_role_is_not_asked_of_a_session_that_does_not_tell_it():
    made = record("sqs", "CreateQueue")
    made["userIdentity"]["sessionContext"] = {}
    assert evidence([made], role=Pattern.literal(ROLE.replace("deployer", "teams/deployer"))).calls == 1
    assert evidence([made], role=Pattern.literal(ROLE.replace("deployer", "other"))).calls == 0


def test_what_is_granted_and_needed_and_never_seen_is_told():
    found = evidence([record("sqs", "CreateQueue")])
    (never,) = found.never_seen
    assert (never.action, never.tier, never.trace) == ("sqs:DeleteQueue", Tier.REQUIRED, Trace.EVENT)
    assert [statement.sid for statement in never.statements] == ["Queues"]
    assert found.holds, "it is no fault"


def test_without_a_role_what_is_needed_and_never_seen_is_told():
    actions = {never.action for never in evidence([record("sqs", "CreateQueue")], None).never_seen}
    assert {"sqs:DeleteQueue", "sqs:SetQueueAttributes", "cloudformation:CreateChangeSet"} <= actions
    assert "sqs:CreateQueue" not in actions


def test_a_row_to_send_names_nobody():
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd"
    private = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:our-secret-project"
    records = [
        record("kms", "DescribeKey", arns=[key]),
        record("sqs", "PurgeQueue", **refused("sqs:PurgeQueue", private)),
        record("sqs", "CreateQueue", arns=[private]),
        record("kms", "Encrypt", by=None),  # no call of CloudFormation
    ]
    rows = [one.row() for one in incidents(evidence(records), [TEMPLATE])]
    assert [(row["action"], row["operation"], row["type"], row.get("resource")) for row in rows] == [
        ("kms:DescribeKey", "read", "", "arn:aws:kms:eu-west-1:123456789012:key/*"),
        ("sqs:CreateQueue", "create", "AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:123456789012:*"),
        ("sqs:PurgeQueue", "update", "AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:123456789012:*"),
    ]
    assert rows[1]["properties"] == {"QueueName": "..."}
    text = json.dumps(rows)
    assert ACCOUNT not in text
    assert "secret" not in text
    assert "1234abcd" not in text


@pytest.mark.parametrize(
    ("action", "arn", "shown"),
    [
        ("s3:CreateBucket", "arn:aws:s3:::our-bucket", "arn:aws:s3:::*"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/team/x", "arn:aws:iam::123456789012:role/*"),
        ("none:None", f"arn:aws:none:eu-west-1:{ACCOUNT}:a/b", "arn:aws:none:eu-west-1:123456789012:*"),
        ("iam:PassRole", "role our-role", None),
        ("iam:PassRole", None, None),
    ],
)
def test_an_arn_without_names(action: str, arn: str | None, shown: str | None):
    assert without_names(action, arn) == shown
