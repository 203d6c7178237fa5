"""CDK apps with the default synthesizer, synthesised once for the whole run."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aws_cdk import App

ACCOUNT, REGION = "123456789012", "eu-west-1"
BETA, PROD = ("111111111111", "eu-west-1"), ("222222222222", "us-east-1")

Build = Callable[["App"], None]


def synthesised(folder: Path, build: Build) -> Path:
    from aws_cdk import App  # noqa: PLC0415  (starts jsii)

    app = App(analytics_reporting=False, outdir=str(folder))
    build(app)
    app.synth()
    return folder


@pytest.fixture(scope="session")
def cdk_apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Apps of few constructs: one stack, stages, an environment that is not stated, lookups, tags, a qualifier."""
    from aws_cdk import DefaultStackSynthesizer, Environment, NestedStack, Stack, Stage  # noqa: PLC0415  (starts jsii)
    from aws_cdk import aws_iam as iam  # noqa: PLC0415
    from aws_cdk import aws_sqs as sqs  # noqa: PLC0415
    from aws_cdk import aws_ssm as ssm  # noqa: PLC0415

    env = Environment(account=ACCOUNT, region=REGION)
    service: Any = iam.ServicePrincipal("lambda.amazonaws.com")

    def one(app: "App") -> None:
        shop = Stack(app, "Shop", env=env, tags={"team": "shop"})
        queue = sqs.Queue(shop, "Jobs")
        queue.grant_consume_messages(iam.Role(shop, "Worker", assumed_by=service))

    def stages(app: "App") -> None:
        for name, (account, region) in {"Beta": BETA, "Prod": PROD}.items():
            stage = Stage(app, name, env=Environment(account=account, region=region))
            shop = Stack(stage, "Shop")
            sqs.Queue(shop, "Jobs")
            sqs.Queue(NestedStack(shop, "Inner"), "More")

    def agnostic(app: "App") -> None:
        sqs.Queue(Stack(app, "Shop"), "Jobs")

    def lookup(app: "App") -> None:
        shop = Stack(app, "Shop", env=env)
        sqs.Queue(shop, "Jobs", queue_name=ssm.StringParameter.value_from_lookup(shop, "/shop/queue"))

    def qualified(app: "App") -> None:
        of_team: Any = DefaultStackSynthesizer(qualifier="team")
        sqs.Queue(Stack(app, "Shop", env=env, synthesizer=of_team), "Jobs")

    folder = tmp_path_factory.mktemp("apps")
    builds: dict[str, Build] = {
        "one": one,
        "stages": stages,
        "agnostic": agnostic,
        "lookup": lookup,
        "qualified": qualified,
    }
    return {name: synthesised(folder / name, build) for name, build in builds.items()}


@pytest.fixture(scope="session")
def rich_cdk_apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Apps as people write them, of L2 constructs: custom resources, networks, services, a pipeline."""
    from tests.leastgrant.rich_apps import builds  # noqa: PLC0415  (starts jsii)

    folder = tmp_path_factory.mktemp("rich")
    code = folder / "code"
    code.mkdir()
    (code / "index.py").write_text("def handler(event, context):\n    return event\n")
    return {name: synthesised(folder / name, build) for name, build in builds(code).items()}
