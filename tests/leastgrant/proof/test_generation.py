"""The least policy: whatever the needs are, it grants the required ones, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.excess import broad, excess, granted
from leastgrant.proof.generation import (
    LARGEST_INLINE,
    LARGEST_MANAGED,
    PolicyTooLarge,
    inline_policy,
    least_statements,
    managed_policies,
    policy_size,
)
from leastgrant.proof.link import MOST_MANAGED
from leastgrant.proof.missing import refusals
from leastgrant.proof.needs import Need, Operation, Subject

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:"
ROLE = "arn:aws:iam::123456789012:role/"


def need(action: str, resource: str, *contexts: dict[str, tuple[str, ...]], **about: Any) -> Need:
    known: dict[str, Any] = {"operation": Operation.CREATE, "tier": Tier.REQUIRED, "trigger": None}
    subject = Subject("Jobs", "app", about.pop("type", "AWS::SQS::Queue"))
    pattern = Pattern.parse(resource)
    return Need(
        action, pattern, subject=subject, reason="", source="", contexts=contexts or ({},), **{**known, **about}
    )


def to(*services: str) -> dict[str, tuple[str, ...]]:
    return {"iam:passedtoservice": services}


CALLS = [
    *(
        (action, QUEUE + name)
        for action in ("sqs:CreateQueue", "sqs:DeleteQueue")
        for name in ("*", "a", "a*", "b-*", "b?")
    ),
    ("kms:ListAliases", "${*}"),
    ("iam:GetRole", f"{ROLE}a-*"),
]
SERVICES = ["lambda.amazonaws.com", "states.amazonaws.com"]


@st.composite
def calls(draw: st.DrawFn) -> Need:
    if draw(st.booleans()):
        return need(*draw(st.sampled_from(CALLS)))
    services = sorted(draw(st.sets(st.sampled_from(SERVICES))))
    return need("iam:PassRole", ROLE + draw(st.sampled_from(["a-*", "a-b-*", "b"])), *map(to, services))


NEEDS = st.lists(calls(), min_size=1, max_size=12)


@given(NEEDS)
def test_all_is_granted_and_nothing_else(needs: list[Need]):
    policy = parse_policy(inline_policy(least_statements(needs)), "least")
    assert not [witness for witness in refusals(needs, Permissions([policy])).values() if witness]
    grants = tuple(granted(policy.statements, needs))
    assert not list(excess(grants))
    assert not list(broad(grants, ()))


@given(NEEDS)
def test_the_order_of_the_needs_does_not_matter(needs: list[Need]):
    assert least_statements(needs) == least_statements(reversed(needs))


@given(NEEDS)
def test_no_two_statements_have_the_same_id(needs: list[Need]):
    ids = [statement.sid for statement in least_statements(needs)]
    assert len(set(ids)) == len(ids)
    assert all(sid.isalnum() for sid in ids)


def test_actions_that_share_their_resources_are_one_statement():
    needs = [need(f"sqs:{name}", QUEUE + queue) for name in ("DeleteQueue", "CreateQueue") for queue in ("b", "a")]
    (statement,) = least_statements(needs)
    assert statement.document == {
        "Sid": "CreateSQSQueues",
        "Effect": "Allow",
        "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"],
        "Resource": [f"{QUEUE}a", f"{QUEUE}b"],
    }


def test_an_advisory_need_is_not_granted():
    needs = [need("sqs:CreateQueue", QUEUE + "a"), need("sqs:TagQueue", QUEUE + "a", tier=Tier.ADVISORY)]
    assert [statement.actions for statement in least_statements(needs)] == [("sqs:CreateQueue",)]


def test_a_resource_that_another_includes_is_left_out():
    needs = [need("sqs:CreateQueue", QUEUE + name) for name in ("a-b-*", "a-*", "c", "a-b")]
    (statement,) = least_statements(needs)
    assert statement.resources == (f"{QUEUE}a-*", f"{QUEUE}c")


def test_an_unconditional_need_includes_a_conditional_one_and_not_the_reverse():
    free, bound = need("iam:PassRole", f"{ROLE}a"), need("iam:PassRole", f"{ROLE}a", to("lambda.amazonaws.com"))
    (statement,) = least_statements([bound, free])
    assert statement.conditions == ()
    (wide,) = least_statements([need("iam:PassRole", f"{ROLE}*", to("lambda.amazonaws.com")), bound])
    assert wide.conditions == (("StringEquals", "iam:PassedToService", ("lambda.amazonaws.com",)),)
    both = least_statements([need("iam:PassRole", f"{ROLE}*", to("states.amazonaws.com")), bound])
    assert {statement.resources for statement in both} == {(f"{ROLE}a",), (f"{ROLE}*",)}


def test_every_context_that_a_call_may_have_is_granted():
    (statement,) = least_statements([need("iam:PassRole", f"{ROLE}a", to("a.amazonaws.com"), to("b.amazonaws.com"))])
    assert statement.conditions == (("StringEquals", "iam:PassedToService", ("a.amazonaws.com", "b.amazonaws.com")),)


def test_arns_are_compared_as_arns_and_a_key_that_may_be_absent_is_no_condition():
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    attached = {"iam:policyarn": (policy,), "iam:permissionsboundary": ()}
    (statement,) = least_statements([need("iam:AttachRolePolicy", f"{ROLE}a", attached, type="AWS::IAM::Role")])
    assert statement.document["Condition"] == {"ArnEquals": {"iam:PolicyARN": [policy]}}
    (statement,) = least_statements([need("iam:AttachRolePolicy", f"{ROLE}a", {"iam:policyarn": ("arn:aws",)})])
    assert statement.document["Condition"] == {"StringEquals": {"iam:PolicyARN": ["arn:aws"]}}


def test_a_value_that_looks_like_a_policy_variable_is_none():
    wanted = need("iam:PassRole", f"{ROLE}a", to("${aws:username}"))
    policy = parse_policy(inline_policy(least_statements([wanted])), "least")
    assert refusals([wanted], Permissions([policy])) == {wanted: None}


def test_managed_policies_hold_what_one_statement_cannot():
    needs = [need("sqs:CreateQueue", f"{QUEUE}{n:03}-{'x' * 60}") for n in range(150)]
    statements = least_statements(needs)
    with pytest.raises(PolicyTooLarge, match="10240 at most"):
        inline_policy(statements)
    policies = managed_policies(statements)
    assert all(policy_size(policy) <= LARGEST_MANAGED for policy in policies)
    parsed = [parse_policy(policy, "p") for policy in policies]
    assert not any(refusals(needs, Permissions(parsed)).values())


def test_what_no_managed_policy_can_hold_is_refused():
    with pytest.raises(PolicyTooLarge, match="sqs:CreateQueue on one resource takes more than 6144 characters"):
        managed_policies(least_statements([need("sqs:CreateQueue", QUEUE + "x" * 6144)]))


def _of_size(size: int, name: str) -> Need:
    """A need whose statement is a policy of this size."""
    (statement,) = least_statements([need("sqs:CreateQueue", QUEUE + name)])
    return need("sqs:CreateQueue", QUEUE + name + "x" * (size - policy_size(inline_policy([statement]))))


def test_the_quotas_are_the_last_that_is_allowed():
    inline = [_of_size(LARGEST_INLINE + more, "a") for more in (0, 1)]
    assert policy_size(inline_policy(least_statements(inline[:1]))) == LARGEST_INLINE
    with pytest.raises(PolicyTooLarge, match=f"has {LARGEST_INLINE + 1} characters"):
        inline_policy(least_statements(inline[1:]))
    managed = [_of_size(LARGEST_MANAGED + more, "a") for more in (0, 1)]
    assert [policy_size(one) for one in managed_policies(least_statements(managed[:1]))] == [LARGEST_MANAGED]
    with pytest.raises(PolicyTooLarge, match="on one resource takes more than"):
        managed_policies(least_statements(managed[1:]))


def test_a_role_has_no_more_managed_policies_than_the_quota():
    needs = [_of_size(LARGEST_MANAGED - 9, f"{n:02}") for n in range(MOST_MANAGED + 1)]
    statements = [least_statements([one])[0] for one in needs]
    assert len(managed_policies(statements[:MOST_MANAGED])) == MOST_MANAGED
    with pytest.raises(PolicyTooLarge, match=f"takes {MOST_MANAGED + 1} managed policies"):
        managed_policies(statements)


def test_white_space_does_not_count():
    policy = inline_policy(least_statements([need("sqs:CreateQueue", f"{QUEUE}a")]))
    assert policy_size(policy) == len(json.dumps(policy).replace(" ", ""))


TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/"


@pytest.mark.parametrize(
    ("needs", "sid"),
    [
        ([need("sqs:CreateQueue", QUEUE + "a")], "CreateSQSQueues"),
        ([need("sqs:DeleteQueue", QUEUE + "a", operation=Operation.DELETE)], "DeleteSQSQueues"),
        (
            [need("sqs:CreateQueue", QUEUE + "a"), need("sqs:DeleteQueue", QUEUE + "a", operation=Operation.DELETE)],
            "ManageSQSQueues",
        ),
        ([need("sqs:GetQueueAttributes", QUEUE + "a")], "ReadSQSQueues"),
        ([need("sqs:TagQueue", QUEUE + "a", operation=Operation.UPDATE, trigger="Tags")], "TagSQSQueuesWithTags"),
        ([need("kms:DescribeKey", f"{ROLE}a", trigger="KmsMasterKeyId")], "ReadKmsForSQSQueuesWithKmsMasterKeyId"),
        ([need("iam:PassRole", f"{ROLE}a", type="AWS::Lambda::Function")], "PassRolesForLambdaFunctions"),
        ([need("dynamodb:CreateTable", f"{TABLE}a", type="AWS::DynamoDB::Table")], "CreateDynamoDBTables"),
        ([need("logs:PutRetentionPolicy", "*", type="AWS::Logs::LogGroup")], "CreateLogsLogGroups"),
        (
            [need("ssm:GetParameters", "*", type="AWS::SSM::Parameter::Value<String>")],
            "ReadSsmForSSMParameterValueStrings",
        ),
        (
            [need("kms:Decrypt", f"{ROLE}a"), need("kms:Decrypt", f"{ROLE}a", type="AWS::SNS::Topic")],
            "CreateKmsForSeveral",
        ),
        (
            [need("acm-pca:IssueCertificate", "*", type="Custom::Certificate", operation=Operation.UPDATE)],
            "UpdateAcmPcaForCertificates",
        ),
    ],
)
def test_an_id_says_what_a_statement_is_for(needs: list[Need], sid: str):
    assert [statement.sid for statement in least_statements(needs)] == [sid]


def test_the_id_of_a_use_is_its_name():
    wanted = need("s3:PutObject", "arn:aws:s3:::b/*", type="use", operation=Operation.USE)
    named = replace(wanted, subject=replace(wanted.subject, name="cdk deploy: upload"))
    assert [statement.sid for statement in least_statements([named])] == ["CdkDeployUpload"]


RESOURCES = st.sampled_from(
    [
        ("AWS::SQS::Queue", "sqs:CreateQueue", f"{QUEUE}shop-"),
        ("AWS::DynamoDB::Table", "dynamodb:CreateTable", f"{TABLE}shop-"),
        ("AWS::SNS::Topic", "sns:CreateTopic", "arn:aws:sns:eu-west-1:123456789012:shop-"),
        ("AWS::IAM::Role", "iam:CreateRole", f"{ROLE}shop-"),
    ]
)


@given(st.lists(st.tuples(RESOURCES, st.integers(0, 9)), min_size=1, max_size=8), RESOURCES)
def test_one_more_resource_changes_the_statements_of_its_type_alone(
    resources: list[tuple[tuple[str, str, str], int]], more: tuple[str, str, str]
):
    def written(*many: tuple[tuple[str, str, str], int]) -> dict[str, Any]:
        needs = [need(action, f"{arn}{number}", type=name) for (name, action, arn), number in many]
        return {statement.sid: statement.document for statement in least_statements(needs)}

    before, after = written(*resources), written(*resources, (more, 10))
    changed = {sid for sid in before.keys() | after.keys() if before.get(sid) != after.get(sid)}
    assert len(changed) == 1
    assert before.keys() <= after.keys()


def test_one_more_resource_leaves_the_other_parts_of_a_long_list_as_they_are():
    needs = [need("sqs:CreateQueue", f"{QUEUE}{letter}{n:02}-{'x' * 50}") for letter in "abcd" for n in range(40)]
    more = need("sqs:CreateQueue", f"{QUEUE}b99")

    def written(many: list[Need]) -> dict[str, Any]:
        documents: list[Any] = managed_policies(least_statements(many))
        return {statement["Sid"]: statement for policy in documents for statement in policy["Statement"]}

    before, after = written(needs), written([*needs, more])
    assert set(before) == {f"CreateSQSQueues{letter}" for letter in "ABCD"}
    assert {sid for sid in after if after[sid] != before.get(sid)} == {"CreateSQSQueuesB"}


def test_a_policy_holds_whole_services_as_far_as_they_fit():
    names = ["dynamodb:CreateTable", "sns:CreateTopic", "sqs:CreateQueue"]
    needs = [need(name, f"{QUEUE}{n}-{'x' * 90}", type=f"AWS::X::{name[:3]}{n}") for name in names for n in range(12)]
    policies: list[Any] = managed_policies(least_statements(needs))
    services = [{one["Action"][0].partition(":")[0] for one in policy["Statement"]} for policy in policies]
    assert len(policies) > 1
    assert sum(len(some) for some in services) == len(names), "no service is in two policies"


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("a" * 64 + ".zip", "*.zip"),
        ("shop/" + "0" * 64 + ".json", "shop/*.json"),
        ("shop/" + "f" * 32, "shop/*"),
        ("f" * 32 + ".template", "*.template"),
        ("code.zip", "code.zip"),
        ("a" * 63 + ".zip", "a" * 63 + ".zip"),
        ("a" * 64 + "/code.zip", "a" * 64 + "/code.zip"),
    ],
)
def test_what_is_named_after_its_content_is_granted_whatever_that_is(key: str, pattern: str):
    wanted = need("s3:GetObject", f"arn:aws:s3:::assets/{key}", type="AWS::Lambda::Function")
    (statement,) = least_statements([wanted])
    assert statement.resources == (f"arn:aws:s3:::assets/{pattern}",)
    grants = tuple(granted(parse_policy(inline_policy([statement]), "least").statements, [wanted]))
    assert not list(broad(grants, ()))


def test_another_folder_of_the_assets_is_too_broad():
    wanted = need("s3:GetObject", f"arn:aws:s3:::assets/shop/{'a' * 64}.zip")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": wanted.action, "Resource": "arn:aws:s3:::assets/*.zip"}],
    }
    (finding,) = broad(tuple(granted(parse_policy(policy, "p").statements, [wanted])), ())
    assert finding.fix == "narrow it to arn:aws:s3:::assets/shop/*.zip"
