"""The synthesised app, once for the whole run: starting jsii is the dear part, and nothing here starts it unasked."""

import gc
import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ops.project.assembly import Assembly, read_assembly
from settings import Settings

# The same examples on every run and machine; `--hypothesis-profile=explore` looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("explore")
hypothesis.settings.load_profile("same")

ROOT = Path(__file__).parent.parent


def pytest_collection_finish() -> None:
    """What is loaded by now lives to the end: the collector need not look through it over and over."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """The context of cdk.json."""
    return json.loads((ROOT / "cdk.json").read_text())["context"]


@pytest.fixture(scope="session")
def settings(context: dict[str, Any]) -> Settings:
    return Settings.from_context(context)


@pytest.fixture(scope="session")
def assembly_directory(context: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud assembly of both stacks; synthesis fails on any finding that nobody acknowledged."""
    from aws_cdk import App  # noqa: PLC0415  (starts jsii)

    from app import build, write_reports  # noqa: PLC0415  (the same)

    app = App(context=context, analytics_reporting=False, outdir=str(tmp_path_factory.mktemp("cdk.out")))
    validations = build(app)
    directory = Path(app.synth().directory)
    write_reports(validations, directory)
    return directory


@pytest.fixture(scope="session")
def assembly(assembly_directory: Path) -> Assembly:
    return read_assembly(assembly_directory)


@pytest.fixture(scope="session")
def role_template(assembly: Assembly, settings: Settings) -> dict[str, Any]:
    return _template(assembly, settings.role_stack_name)


@pytest.fixture(scope="session")
def app_template(assembly: Assembly, settings: Settings) -> dict[str, Any]:
    return _template(assembly, settings.app_stack_name)


def _template(assembly: Assembly, name: str) -> dict[str, Any]:
    (stack,) = [stack for stack in assembly.stacks if stack.name == name]
    return dict(stack.template)
