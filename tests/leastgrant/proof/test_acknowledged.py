"""Findings that somebody acknowledged count no longer, and an acknowledgement of nothing is refused."""

import pytest

from leastgrant.proof.finding import Acknowledged
from leastgrant.proof.prove import Proof
from tests.leastgrant.report.proofs import make_proof


@pytest.fixture
def proof() -> Proof:
    """A role that may do two things more than are needed."""
    spare = {"Effect": "Allow", "Action": ["sqs:PurgeQueue", "sqs:SendMessage"], "Resource": "arn:aws:sqs:*:*:app-*"}
    return make_proof({"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}, [spare])


def test_what_is_acknowledged_is_no_finding_and_keeps_its_reason(proof: Proof):
    purge, send = proof.findings
    one = proof.acknowledging({purge.id: "by hand"})
    assert (one.findings, one.acknowledged, one.proved) == ((send,), (Acknowledged(purge, "by hand"),), False)
    both = one.acknowledging({send.id: "too"})
    assert (both.findings, both.proved) == ((), True)
    assert both.acknowledged == (Acknowledged(purge, "by hand"), Acknowledged(send, "too"))


def test_what_matches_no_finding_is_refused_by_name(proof: Proof):
    with pytest.raises(ValueError, match=r"^excess\[sqs:TagQueue\] is acknowledged, but there is no such finding"):
        proof.acknowledging({"excess[sqs:TagQueue]": "by hand"})


def test_what_was_acknowledged_before_is_not_acknowledged_again(proof: Proof):
    reasons = {proof.findings[0].id: "by hand"}
    with pytest.raises(ValueError, match="there is no such finding"):
        proof.acknowledging(reasons).acknowledging(reasons)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_an_acknowledgement_says_why(proof: Proof, reason: str):
    with pytest.raises(ValueError, match=r"sqs:\w+.* is acknowledged without a reason"):
        proof.acknowledging({proof.findings[0].id: reason})
