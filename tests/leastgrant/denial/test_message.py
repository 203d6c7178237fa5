"""What AWS has said when it denied a call.

`messages.json` holds messages that were found in public, the accounts and some names made up: what the services say, as
CloudFormation's handlers, the SDKs and the tools wrap it; S3 says least, and IAM calls its resources by kind and name.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from leastgrant.denial import Denial, FailedResource, PolicyType, denial_in, denials_in

MESSAGES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "messages.json").read_text(encoding="utf-8"))
TELLING = [told for told in MESSAGES if told["action"] or {"service", "encoded"} & told.keys()]


def expected(told: dict[str, Any]) -> Denial:
    logical_id, type_name = told.get("failed", (None, None))
    return Denial(
        principal=told["principal"],
        action=told["action"],
        resource=told["resource"],
        policy=PolicyType(told["policy"]) if told["policy"] else None,
        explicit=told["explicit"],
        encoded=told.get("encoded"),
        policy_arn=told.get("policy_arn"),
        service=told.get("service"),
        failed=FailedResource(logical_id, type_name),
    )


@pytest.mark.parametrize("told", MESSAGES, ids=[str(one["action"]) for one in MESSAGES])
def test_a_denial_is_read(told: dict[str, Any]) -> None:
    assert denial_in(told["message"]) == expected(told)


@pytest.mark.parametrize("told", TELLING, ids=[str(one["action"]) for one in TELLING])
def test_it_is_found_in_what_is_pasted(told: dict[str, Any]) -> None:
    assert denials_in(told["message"]) == (expected(told),)


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
        "API: ec2:RunInstances The security group 'sg-1' does not exist",
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
