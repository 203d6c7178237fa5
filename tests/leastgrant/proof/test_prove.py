"""The whole proof: each kind of finding, found in one role; and the same role proved when it is fixed."""

import json
from collections import Counter
from typing import Any

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Use
from leastgrant.proof.prove import Proof, prove
from leastgrant.role import role_of_policy
from leastgrant.template import Environment, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "app")
QUEUES = "arn:aws:sqs:eu-west-1:123456789012:app-"
QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "app-jobs"}}
ACTIONS = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SetQueueAttributes"]
SEND = Use("smoke", "sends a message", ("sqs:SendMessage",), (Pattern.parse(f"{QUEUES}jobs"),))


def proof(*statements: tuple[list[str], str], namespace: str | None = None, **more: dict[str, Any]) -> Proof:
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements]
    role = role_of_policy({"Version": "2012-10-17", "Statement": allowed}, "role")
    deployed = resolve(parse(json.dumps({"Resources": {"Jobs": QUEUE, **more}}), "app.json"), HERE)
    return prove(role, [deployed], uses=[SEND], namespaces=[Pattern.parse(namespace)] if namespace else [])


def kinds(of: Proof) -> Counter[Kind]:
    return Counter(finding.kind for finding in of.findings)


def test_a_role_that_grants_what_is_needed_and_nothing_else_is_proved():
    found = proof(([*ACTIONS, "sqs:SendMessage"], f"{QUEUES}jobs"))
    assert found.proved, [finding.message for finding in found.findings]
    assert {need.action for need in found.needs} >= {*ACTIONS, "sqs:SendMessage"}


def test_what_a_use_needs_is_missing_too():
    (finding,) = proof((ACTIONS, f"{QUEUES}jobs")).findings
    assert finding.message == f"using the role for `smoke` will fail: role may not sqs:SendMessage on {QUEUES}jobs"


def test_each_kind_is_found():
    found = proof(
        ([*ACTIONS[1:], "sqs:SendMessage"], f"{QUEUES}*"),
        (["sqs:PurgeQueue"], f"{QUEUES}jobs"),
        (["sqs:DeleteQueue"], "*"),
        Strange={"Type": "AWS::No::Such"},
    )
    assert set(kinds(found)) == {Kind.MISSING, Kind.EXCESS, Kind.BROAD, Kind.ESCAPE, Kind.UNKNOWN}
    (unknown,) = found.of(Kind.UNKNOWN)
    assert unknown.message.startswith("`Strange` (AWS::No::Such): is not among the")
    (escape,) = found.of(Kind.ESCAPE)
    assert escape.action == "sqs:DeleteQueue"


def test_a_declared_namespace_is_none_too_broad_and_the_only_place():
    actions = [*ACTIONS, "sqs:SendMessage"]
    assert set(kinds(proof((actions, f"{QUEUES}*")))) == {Kind.BROAD}
    assert proof((actions, f"{QUEUES}*"), namespace=f"{QUEUES}*").proved
    assert set(kinds(proof((actions, f"{QUEUES}jobs"), namespace=f"{QUEUES}other-*"))) == {Kind.ESCAPE}


def test_without_namespaces_the_account_and_the_region_are_the_place():
    elsewhere = QUEUES.replace("eu-west-1", "us-east-1")
    found = proof(([*ACTIONS, "sqs:SendMessage"], f"{QUEUES}jobs"), (["sqs:SendMessage"], f"{elsewhere}jobs"))
    assert kinds(found) == {Kind.EXCESS: 1, Kind.ESCAPE: 1}
