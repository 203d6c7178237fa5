"""Each path that pathfinding.cloud publishes is found: on every resource, on exact ARNs, with the service listed.

`published_paths.json` has the facts of each: the permissions that it takes, and the service that a role is passed to.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.proof.escalation import EscalationPath, State, paths
from leastgrant.proof.escalation_catalogue import PUBLISHED, WAYS
from leastgrant.role import Role

PATHS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "published_paths.json").read_text("utf-8"))
PASSED = {name: path["passed_to"] for name, path in PATHS.items() if "passed_to" in path}
PLACES = {"Partition": "aws", "Region": "eu-west-1", "Account": "123456789012"}
OWN = "arn:aws:iam::123456789012:role/deploy"


def found(statements: list[dict[str, Any]]) -> dict[str, EscalationPath]:
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, "policy")
    return {path.name: path for path in paths(Role("Deploy", (policy,), arns=(Pattern.parse(OWN),)))}


def allow(action: str, resources: list[str], **condition: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resources, "Condition": condition}


def exact(action: str) -> list[str]:
    """One ARN of each resource type of an action; its own among the roles."""
    known = authorization.action(action)
    assert known is not None
    formats = [arn for kind in known.resource_types for arn in kind.arns]
    return [re.sub(r"\$\{(\w+)\}", lambda m: PLACES.get(m[1], "target1"), arn) for arn in formats] or ["*"]


def grants(name: str, *, exactly: bool = False, service: str | None = None) -> list[dict[str, Any]]:
    condition = {"StringEquals": {"iam:PassedToService": ["config.amazonaws.com", service]}} if service else {}
    return [
        allow(
            action,
            [*exact(action), *([OWN] if action.startswith("iam:") else [])] if exactly else ["*"],
            **(condition if action == "iam:PassRole" else {}),
        )
        for action in PATHS[name]["permissions"]
    ]


def naming(name: str) -> list[str]:
    return [way.name for way in WAYS if name in way.source.published]


def test_the_catalogue_names_each_published_path_and_no_other():
    assert {name for way in WAYS for name in way.source.published} == set(PATHS)
    assert len(PATHS) == 65
    assert all(PUBLISHED in str(way.source) for way in WAYS if way.source.published)


@pytest.mark.parametrize("name", PATHS)
def test_a_way_takes_no_more_than_the_path_that_it_is_named_by(name: str):
    for way in WAYS:
        if name in way.source.published:
            assert {step.action for step in way.steps} <= set(PATHS[name]["permissions"])


@pytest.mark.parametrize("exactly", [False, True], ids=["on everything", "on exact ARNs"])
@pytest.mark.parametrize("name", PATHS)
def test_a_published_path_is_open(name: str, exactly: bool):
    answers = found(grants(name, exactly=exactly))
    assert {answers[way].state for way in naming(name)} == {State.OPEN}


@pytest.mark.parametrize(("name", "service"), PASSED.items())
def test_it_is_open_where_its_service_is_listed_and_closed_where_another_is(name: str, service: str):
    listed = found(grants(name, service=service))
    passing = [way for way in naming(name) if way.startswith("pass-")]
    assert {listed[way].state for way in naming(name)} == {State.OPEN}
    assert listed["pass-to-any"].state is State.CLOSED
    others = found(grants(name, service="sns.amazonaws.com"))
    assert {others[way].state for way in passing} <= {State.CLOSED}


@pytest.mark.parametrize("name", PATHS)
def test_without_an_action_that_its_way_takes_it_is_absent(name: str):
    for way in WAYS:
        if name in way.source.published:
            for step in way.steps:
                rest = [statement for statement in grants(name) if statement["Action"] != step.action]
                assert found(rest or [allow("sqs:SendMessage", ["*"])])[way.name].state is State.ABSENT
