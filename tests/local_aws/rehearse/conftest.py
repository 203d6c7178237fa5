"""The apps that are rehearsed, synthesised once."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def rehearsed_apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.local_aws.rehearse.apps import synthesise  # noqa: PLC0415  (starts jsii)

    return synthesise(tmp_path_factory.mktemp("rehearsed") / "cdk.out")
