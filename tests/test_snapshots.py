"""Both templates, whole, and what the role is used for besides: `make snapshots` writes them anew.

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
from tests.json_values import is_array, is_object


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


def test_leaves_out_what_changes_by_itself() -> None:
    upload = {"S3Key": f"dataops-v1/{'0a' * 32}.zip", "S3Bucket": "bucket"}
    assert without_uploads([upload]) == [{"S3Key": "dataops-v1/HASH.zip", "S3Bucket": "bucket"}]
