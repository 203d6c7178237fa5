"""AWS's managed policies are what the copy in moto says, and nothing older."""

from __future__ import annotations

from leastgrant.iam.evaluate import Outcome, Permissions, Request, evaluate
from leastgrant.iam.generate_managed import lines
from leastgrant.iam.managed import DATA_FILE, managed_policy


def test_the_data_is_what_the_generator_writes():
    assert DATA_FILE.read_text(encoding="utf-8").splitlines() == list(lines())


def test_every_document_is_a_policy():
    for line in DATA_FILE.read_text(encoding="utf-8").splitlines():
        name = line.partition('"name":"')[2].partition('"')[0]
        known = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        assert known is not None
        assert known.parsed().statements
        assert known.version.startswith("v")
        assert known.updated <= "2026-11-29"


def test_what_it_allows_is_allowed():
    known = managed_policy("arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    assert known is not None
    permissions = Permissions((known.parsed(),), None)
    queue = "arn:aws:sqs:eu-west-1:123456789012:jobs"
    assert evaluate(Request("sqs:CreateQueue", queue), permissions).outcome is Outcome.ALLOWED
    assert evaluate(Request("s3:CreateBucket", "arn:aws:s3:::jobs"), permissions).outcome is not Outcome.ALLOWED


def test_another_account_has_no_policy_of_that_name():
    assert managed_policy("arn:aws:iam::123456789012:policy/AdministratorAccess") is None
