"""Both templates, whole, what the role is used for besides, and its tables in docs/: `make snapshots` writes them anew.

For review; and `make permissions-diff` compares with those of another commit.

What changes with a machine, a library or the code of a function is left out: the names of uploaded objects.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from ops.project.deployment import USES
from stacks.deploy_role.grants.statement import StackGrant
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


def test_the_document_shows_every_grant(granted: tuple[StackGrant, ...], pytestconfig: pytest.Config) -> None:
    shown = with_tables(DOCUMENT.read_text(), granted)
    if pytestconfig.getoption("--snapshot-update"):
        DOCUMENT.write_text(shown)
    assert DOCUMENT.read_text() == shown, "make snapshots writes the tables of docs/deploy-role.md anew"


def test_a_grant_that_the_document_does_not_show_is_noticed(granted: tuple[StackGrant, ...]) -> None:
    shown = with_tables(DOCUMENT.read_text(), granted)
    assert with_tables(shown, granted[:-1]) != shown


def test_leaves_out_what_changes_by_itself() -> None:
    upload = {"S3Key": f"dataops-v1/{'0a' * 32}.zip", "S3Bucket": "bucket"}
    assert without_uploads([upload]) == [{"S3Key": "dataops-v1/HASH.zip", "S3Bucket": "bucket"}]
