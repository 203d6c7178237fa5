"""What is about to be deployed, for all tests of `ops`."""

from pathlib import Path

import pytest

from ops.project.deployment import Deployment
from settings import Settings


@pytest.fixture(scope="session")
def deployment(settings: Settings, assembly_directory: Path) -> Deployment:
    return Deployment(settings, assembly_directory)
