"""The synthesised app, once for the whole run: starting jsii is the dear part, and nothing here starts it unasked."""

import atexit
import gc
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import botocore.loaders
import hypothesis
import pytest

from ops.project.assembly import Assembly, read_assembly
from settings import LiveRecord, Settings

if TYPE_CHECKING:
    from stacks.deploy_role.grants.statement import StackGrant

# The same examples on every run and machine; `make test-slow` has more of them, and `explore` looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, max_examples=25, deadline=None)
hypothesis.settings.register_profile("more", derandomize=True, max_examples=400, deadline=None)
hypothesis.settings.register_profile("explore", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("same")

# Only what a test registers validates its app: CDK's own engine takes a second to make.
os.environ["CDK_VALIDATION"] = "false"

# Each boto3 session would read the models of the services anew.
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)

# To take apart what a worker has in its memory takes seconds. It has reported all, and what else is to be done at the
# end was registered later, and comes first.
if "PYTEST_XDIST_WORKER" in os.environ:
    atexit.register(os._exit, 0)

ROOT = Path(__file__).parent.parent
DEPLOYED_TYPES = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
"""The types of what both stacks have deployed, which a type that is yet to come does not join by being synthesised."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Group the tests by what is dear to have twice: jsii and the app in one process, and what a file sets up."""
    for item in items:
        if isinstance(item, pytest.Function):
            is_on_jsii = _ON_JSII.intersection(item.fixturenames) or _imports_cdk(item.module)
            item.add_marker(pytest.mark.xdist_group("jsii" if is_on_jsii else item.path.stem))


_ON_JSII = frozenset({"assembly_directory", "cdk_apps", "rehearsed_apps", "rich_cdk_apps"})


@cache
def _imports_cdk(module: ModuleType) -> bool:
    origins = (getattr(value, "__module__", getattr(value, "__name__", "")) for value in vars(module).values())
    return any(origin.partition(".")[0] in {"aws_cdk", "constructs"} for origin in origins if isinstance(origin, str))


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What is loaded by now lives to the end: the collector need not look through it over and over."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000, 50, 50)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Let what is left unclosed be noticed now, by one collection: pytest makes five, for other Pythons."""
    gc.collect()
    gc.freeze()


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
    write_reports(app, validations, directory)
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


@pytest.fixture(scope="session")
def granted(context: dict[str, Any], settings: Settings) -> "tuple[StackGrant, ...]":
    """What the deploy role is granted, statement by statement."""
    from aws_cdk import App  # noqa: PLC0415  (starts jsii)

    from stacks.deploy_role.stack import DeployRoleStack  # noqa: PLC0415  (the same)

    record = LiveRecord.from_file(ROOT / settings.live_record)
    return DeployRoleStack(App(context=context, analytics_reporting=False), settings, record).granted


def _template(assembly: Assembly, name: str) -> dict[str, Any]:
    (stack,) = [stack for stack in assembly.stacks if stack.name == name]
    return dict(stack.template)
