"""What AWS has said when it denied a call.

`denials.json` holds messages that were found in public, the accounts and some names made up: what the services say, as
CloudFormation's handlers and the SDKs wrap it; S3 says least, and IAM calls its resources by kind and name.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.stack.denial import Denial, PolicyType, denial_in

DENIALS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "denials.json").read_text())


@pytest.mark.parametrize("told", DENIALS, ids=[str(one["action"]) for one in DENIALS])
def test_a_denial_is_read(told: dict[str, Any]) -> None:
    assert denial_in(told["message"]) == Denial(
        principal=told["principal"],
        action=told["action"],
        resource=told["resource"],
        policy=PolicyType(told["policy"]) if told["policy"] else None,
        explicit=told["explicit"],
        encoded=None,
    )


ENCODED = "rHU-pVHMSckD0OAc5l3r9-gKN1XZjZ2X9J3w0fZ31licaTpAVwlD9ix3fLSABy3XTEkRZRz0cNrXAz1L9EuYD42cSrVIrEBEd_PLpYkwc"


@pytest.mark.parametrize(
    "message",
    [
        "API: ec2:RunInstances You are not authorized to perform this operation.",
        "User: x is not authorized to perform: ec2:RunInstances on resource: y with an explicit deny in an RCP.",
    ],
)
def test_an_encoded_reason_is_kept_whole(message: str) -> None:
    found = denial_in(f"{message} Encoded authorization failure message: {ENCODED}")
    assert found is not None
    assert (found.action, found.encoded) == ("ec2:RunInstances", ENCODED)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Resource creation cancelled",
        "dataops-v1-intake already exists in stack arn:aws:cloudformation:eu-west-1:123456789012:stack/other/1",
        "Properties validation failed for resource Table with message: #/BillingMode: failed validation",
        'Resource handler returned message: "Rate exceeded (Service: Lambda, Status Code: 429, Request ID: 1)"',
    ],
)
def test_another_failure_is_no_denial(message: str) -> None:
    assert denial_in(message) is None


@pytest.mark.parametrize(
    ("explicit", "policy", "fixed"),
    [
        (False, None, True),
        (False, PolicyType.IDENTITY, True),
        (True, PolicyType.IDENTITY, False),
        (True, None, False),
        (False, PolicyType.BOUNDARY, False),
        (False, PolicyType.SERVICE_CONTROL, False),
        (False, PolicyType.RESOURCE, False),
        (False, PolicyType.SESSION, False),
    ],
)
def test_a_grant_fixes_what_no_policy_of_the_role_allows(
    explicit: bool, policy: PolicyType | None, fixed: bool
) -> None:
    assert Denial(None, "s3:GetObject", None, policy, explicit, None).by_grant is fixed
