"""One recording for all tests: the CDK CLI and `ops` are really run."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local_aws import Emulator
from ops.project.deployment import Deployment
from rehearsal.assemblies import NOTHING_IS_LIVE, synthesised
from rehearsal.pipeline_calls import PipelineCall
from rehearsal.recording import record
from rehearsal.stage import Stage
from settings import Settings


@pytest.fixture(scope="session")
def stage(settings: Settings) -> Iterator[Stage]:
    with Emulator(settings.account, settings.region) as aws, TemporaryDirectory() as name:
        directory = Path(name)
        yield Stage(aws, settings, synthesised(directory, *NOTHING_IS_LIVE), directory, lambda _: None)


@pytest.fixture(scope="session")
def recording(stage: Stage) -> tuple[PipelineCall, ...]:
    return record(stage)


@pytest.fixture
def deployment(stage: Stage) -> Deployment:
    return Deployment(stage.settings, stage.variants.original)
