"""Two proofs that all formats are tried on: one with findings of many kinds, one of names meant to do harm."""

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Use
from leastgrant.proof.prove import Proof
from tests.leastgrant.report.proofs import EVIL, make_proof


@pytest.fixture(scope="session")
def proof() -> Proof:
    return make_proof(
        {
            "Cron": {
                "Type": "AWS::Events::Rule",
                "Metadata": {"aws:cdk:path": "app/Cron/Resource"},
                "Properties": {"ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
            },
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Odd": {"Type": "Nobody::Knows::This"},
        },
        [
            {
                "Sid": "Rules",
                "Effect": "Allow",
                "Action": "events:PutRule",
                "Resource": "arn:aws:events:*:*:rule/app-*",
            },
            {"Sid": "Queues", "Effect": "Allow", "Action": "sqs:*Queue*", "Resource": "arn:aws:sqs:*:*:app-*"},
            {"Effect": "Allow", "Action": ["iam:GetUser", "s3:PutObject"], "Resource": "arn:aws:s3:::other/*"},
            {"Sid": "Never", "Effect": "Deny", "Action": "kms:*", "Resource": "*"},
        ],
        Use("upload", "the templates go there", ("s3:PutObject",), (Pattern.parse("arn:aws:s3:::other/*"),)),
    )


@pytest.fixture(scope="session")
def hostile() -> Proof:
    rule = {"Type": "AWS::Events::Rule", "Metadata": {"aws:cdk:path": EVIL}, "Properties": {"Name": EVIL}}
    return make_proof(
        {EVIL: rule, "Odd": {"Type": f"Custom{EVIL}"}},
        [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{EVIL}"}],
        Use(EVIL, EVIL, ("s3:GetObject",), (Pattern.literal(f"arn:aws:s3:::{EVIL}"),)),
    )


@pytest.fixture(scope="session")
def with_paths() -> Proof:
    """A role that may change itself, with the ways to more permissions that it has and has not."""
    statement = {"Effect": "Allow", "Action": ["iam:PutRolePolicy", "lambda:CreateFunction"], "Resource": "*"}
    return make_proof({"Queue": {"Type": "AWS::SQS::Queue"}}, [statement])


@pytest.fixture(scope="session")
def acknowledged(proof: Proof) -> Proof:
    """The first with every finding acknowledged: the excess for one reason, the others for another."""
    reasons = {f.id: "we *purge* by hand" if f.kind is Kind.EXCESS else "it is so" for f in proof.findings}
    return proof.acknowledging(reasons)
