"""moto in this process, anew for each test, and what handlers are given of it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.config import default_user_config

from local_aws.cloudformation.handler import Services

ACCOUNT = "123456789012"
REGION = "eu-west-1"
TAGS = {"Stage": "prod", "aws:cloudformation:stack-name": "DataOps"}
"""What CloudFormation adds: a tag of the stack and one of its own."""


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """boto3's clients, made once: reading the services' models is the dear part."""
    return {}


@cache
def _session() -> boto3.Session:
    return boto3.Session("of-no", "account", region_name=REGION)


@pytest.fixture
def services(clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    # an emulator of another test turns AWS's managed policies on, and each reset of moto would make them all
    monkeypatch.setitem(default_user_config, "iam", {"load_aws_managed_policies": False})
    with mock_aws():
        yield Services(
            ACCOUNT, REGION, _session(), lambda name: f"http://localhost/lambda-url/{name}/", _clients=clients
        )


@pytest.fixture
def tags() -> dict[str, str]:
    return dict(TAGS)
