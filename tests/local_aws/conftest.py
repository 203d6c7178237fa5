"""One emulator for the tests that only ask; those that fill it make their own names."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import moto.kms.models
import pytest

from local_aws import Emulator
from local_aws.login import AUDIENCE, ISSUER

# An RSA key takes long to make, moto makes one for every key of KMS, and here none signs.
models: Any = moto.kms.models
models.generate_private_key = cache(models.generate_private_key)

ACCOUNT, REGION = "123456789012", "eu-west-1"
TRUSTED = "repo:me/shop:ref:refs/heads/main"
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["events:DescribeRule", "events:PutRule"],
            "Resource": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/shop-*",
        },
        {"Effect": "Deny", "Action": "events:*", "Resource": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/shop-secret"},
    ],
}


def trust(subject: str) -> dict[str, Any]:
    host = ISSUER.removeprefix("https://")
    return {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{host}:sub": subject, f"{host}:aud": AUDIENCE}},
        },
    }


@pytest.fixture(scope="module")  # moto has one state for a process: another emulator, of another test, clears it
def aws() -> Iterator[Emulator]:
    with Emulator(ACCOUNT, REGION) as emulator:
        iam = emulator.client("iam", emulator.operator)
        iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40])
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)))
        iam.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=json.dumps(POLICY))
        yield emulator
