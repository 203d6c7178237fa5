"""CloudFormation, played by botocore's stubber: requests and responses are held to the service's own model."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

import boto3
from botocore.stub import Stubber

from ops.aws.account import Account
from settings import Settings


@cache  # making a client reads the service's model, which takes a tenth of a second
def _client() -> Any:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")  # noqa: S106
    return cast("Any", session).client("cloudformation")


class _Session:
    def client(self, service: str, config: object) -> Any:
        assert service == "cloudformation", "no other service is asked"
        del config
        return _client()


@contextmanager
def stubbed(settings: Settings) -> Generator[tuple[Account, Stubber]]:
    """An account in which each call must have been foretold, and each that was foretold must be made."""
    with Stubber(_client()) as stubber:
        yield Account(settings, cast("boto3.Session", _Session())), stubber
        stubber.assert_no_pending_responses()
