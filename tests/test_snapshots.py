"""Both templates, whole, what the role is used for besides, and its tables in docs/: `make snapshots` writes them anew.

For review; and `make permissions-diff` compares with those of another commit.

What changes with a machine, a library or the code of a function is left out: the names of uploaded objects.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from leastgrant import Environment, parse, resolve, role_of_template
from leastgrant.iam import Pattern
from leastgrant.proof.escalation import State
from leastgrant.proof.reach import Reach, reach
from ops.project.deployment import USES
from settings import LiveRecord, Settings
from stacks.deploy_role.grants.statement import StackGrant, resources_of
from stacks.deploy_role.proof import belonging
from stacks.deploy_role.stack import ROLE_ID
from stacks.namespace import StackNamespace
from tests.conftest import ROOT
from tests.json_values import is_array, is_object
from tests.stacks.deploy_role.tables import with_tables

DOCUMENT = ROOT / "docs" / "deploy-role.md"


@pytest.fixture
def template_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def without_uploads(value: Any) -> Any:
    if is_object(value):
        return {key: without_uploads(item) for key, item in value.items()}
    if is_array(value):
        return [without_uploads(item) for item in value]
    return re.sub(r"[0-9a-f]{64}", "HASH", value) if isinstance(value, str) else value


def test_deploy_role(role_template: dict[str, Any], template_snapshot: SnapshotAssertion) -> None:
    assert without_uploads(role_template) == template_snapshot


def test_app(app_template: dict[str, Any], template_snapshot: SnapshotAssertion) -> None:
    assert without_uploads(app_template) == template_snapshot


def test_uses(assembly_directory: Path, template_snapshot: SnapshotAssertion) -> None:
    assert json.loads((assembly_directory / USES).read_text()) == template_snapshot


@pytest.fixture
def reached(
    settings: Settings,
    role_template: dict[str, Any],
    app_template: dict[str, Any],
    granted: tuple[StackGrant, ...],
) -> Reach:
    def place(stack: str) -> Environment:
        return Environment(settings.partition, settings.region, settings.account, stack, (settings.artifact_bucket,))

    role = resolve(parse(json.dumps(role_template), "role.json"), place(settings.role_stack_name))
    app = resolve(parse(json.dumps(app_template), "app.json"), place(settings.app_stack_name))
    record = LiveRecord.from_file(ROOT / settings.live_record)
    belongs = belonging(StackNamespace.of_app(settings, record), settings)
    namespaces = [Pattern.parse(resource.arn) for resource in resources_of(granted)]
    return reach(role_of_template(role, ROLE_ID), [app], namespaces, belongs)


def test_the_document_shows_every_grant_and_what_it_reaches(
    granted: tuple[StackGrant, ...], reached: Reach, pytestconfig: pytest.Config
) -> None:
    shown = with_tables(DOCUMENT.read_text(), granted, reached)
    if pytestconfig.getoption("--snapshot-update"):
        DOCUMENT.write_text(shown)
    assert DOCUMENT.read_text() == shown, "make snapshots writes the tables of docs/deploy-role.md anew"


def test_a_grant_that_the_document_does_not_show_is_noticed(granted: tuple[StackGrant, ...], reached: Reach) -> None:
    shown = with_tables(DOCUMENT.read_text(), granted, reached)
    assert with_tables(shown, granted[:-1], reached) != shown


def test_a_reach_that_the_document_does_not_show_is_noticed(granted: tuple[StackGrant, ...], reached: Reach) -> None:
    shown = with_tables(DOCUMENT.read_text(), granted, reached)
    assert with_tables(shown, granted, replace(reached, data=reached.data[:-1])) != shown
    assert with_tables(shown, granted, replace(reached, ways=reached.ways[1:])) != shown


def test_no_way_to_more_permissions_is_open(reached: Reach) -> None:
    assert [way.name for way in reached.ways if way.state in {State.OPEN, State.UNDECIDED}] == []


def test_leaves_out_what_changes_by_itself() -> None:
    upload = {"S3Key": f"dataops-v1/{'0a' * 32}.zip", "S3Bucket": "bucket"}
    assert without_uploads([upload]) == [{"S3Key": "dataops-v1/HASH.zip", "S3Bucket": "bucket"}]
