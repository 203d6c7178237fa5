"""Single requests are decided as another simulator decides them, `@cloud-copilot/iam-simulate`.

Where the two differ, the guide judges; each such difference is a test here, so that it is known when it goes. It is
not asked about values that no request has, such as an address that is none, nor about keys that it leaves out because
the action has no such key.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Permissions, Request, context_of, evaluate
from tests.conftest import ROOT
from tests.leastgrant.iam.decision_world import ACTION, RESOURCES, Pair, pairs
from tests.leastgrant.iam.policy_model import listed, variables_of

SIMULATOR = ROOT / "tests" / "agreement" / "simulate.mjs"
_EXAMPLES = 6_000
_VALUES = {
    "aws:username": ["a", "b", "ab", "A"],
    "aws:PrincipalTag/t": ["a", "b", "ba"],
    "aws:SourceArn": ["arn:aws:sns:r:1:t", "arn:aws:sns:r:1:t:s", "arn:aws:sqs:r:2:t"],
    "aws:SourceIp": ["10.0.0.1", "10.128.0.1", "11.0.0.0", "::1"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z", "2026-01-03T00:00:00Z"],
    "aws:SecureTransport": ["true", "false"],
}
_TAGS = st.lists(st.sampled_from(["a", "b", "ab", "B"]), min_size=1, max_size=2, unique=True)
_contexts = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) for key, values in _VALUES.items()} | {"aws:TagKeys": _TAGS}
)


def simulated(requests: list[dict[str, Any]]) -> list[bool]:
    """Whether the other simulator allows each request."""
    given_in = json.dumps(requests)
    answer = subprocess.run(  # noqa: S603
        ["node", SIMULATOR],  # noqa: S607
        input=given_in,
        capture_output=True,
        text=True,
        check=True,
    )
    results: list[dict[str, str]] = json.loads(answer.stdout)
    assert len(results) == len(requests)
    assert not [one for one in results if "error" in one]
    return [one["result"] == "Allowed" for one in results]


def request(
    policy: list[dict[str, Any]], boundary: list[dict[str, Any]] | None = None, **others: Any
) -> dict[str, Any]:
    documents = [part and {"Version": "2012-10-17", "Statement": part} for part in (policy, boundary)]
    asked = {"action": ACTION, "resource": "arn:aws:s3:::a/k", "context": dict[str, Any](), **others}
    return {"policy": documents[0], "boundary": documents[1]} | asked


def granted(asked: dict[str, Any]) -> bool:
    policy, boundary = (asked[name] and parse_policy(asked[name], name) for name in ("policy", "boundary"))
    one = Request(asked["action"], asked["resource"], context_of(asked["context"]))
    return evaluate(one, Permissions([policy], boundary)).allowed


def is_judged(asked: dict[str, Any]) -> bool:
    """Whether a difference that is told below may concern the request."""
    known = {key.lower() for key in asked["context"]}
    statements = [s for name in ("policy", "boundary") if asked[name] for s in asked[name]["Statement"]]
    texts = (text for s in statements for text in listed(s.get("NotResource", [])))
    on_tags = (operator for s in statements for operator, keys in s["Condition"].items() if "aws:TagKeys" in keys)
    return any(":" not in operator and operator != "Null" for operator in on_tags) or any(
        key.lower() not in known for text in texts for key in variables_of(text)
    )


def test_generated_requests_are_decided_alike() -> None:
    requests: list[dict[str, Any]] = []

    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.generate],
    )
    @given(pairs(keys=[*_VALUES, "aws:TagKeys"]), _contexts, st.sampled_from(RESOURCES[1:]))
    def collect(pair: Pair, context: dict[str, Any], resource: str) -> None:
        _, new, boundary = pair
        requests.append(request(new, boundary, resource=f"{resource}/k", context=context))

    collect()
    asked = [one for one in requests if not is_judged(one)]
    assert len(asked) > _EXAMPLES / 2
    different = [one for one, theirs in zip(asked, simulated(asked), strict=True) if granted(one) != theirs]
    assert different == []


NOT_RESOURCE = {"Effect": "Allow", "Action": ACTION, "NotResource": "arn:aws:s3:::${aws:username}*"}
TAGGED = {"Effect": "Allow", "Action": ACTION, "Resource": "*", "Condition": {"StringEquals": {"aws:TagKeys": "a"}}}
OWN = {"Effect": "Allow", "Action": ACTION, "Resource": "arn:aws:s3:::${aws:username}a*"}


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        # "... used as part of the Resource or NotResource element ..., the resource that includes a policy variable
        # with no value will not match any resource" ("IAM policy elements: Variables and tags"): so it is no exception
        (request([NOT_RESOURCE]), True),
        # a tag may have an empty value ("Rules for tagging in IAM and AWS STS"), and that is a value, not an absence
        (request([OWN], context={"aws:username": ""}), True),
        # "Multivalued context keys require a condition set operator", and what comes of it without one is not said: one
        # value is compared as that of any key, and of several values nothing is held to be decided
        (request([TAGGED], context={"aws:TagKeys": ["a"]}), True),
    ],
    ids=["a variable without a value in NotResource", "a variable with an empty value", "no set operator"],
)
def test_where_the_two_differ_and_the_guide_judges(asked: dict[str, Any], *, ours: bool) -> None:
    assert granted(asked) is ours
    assert simulated([asked]) == [not ours]
