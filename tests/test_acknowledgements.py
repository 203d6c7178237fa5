"""Every acknowledgement is of one finding that is still there, on the construct it concerns."""

import json
from pathlib import Path
from typing import Any

from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

Acknowledged = set[tuple[str, str]]
"""Construct paths, each with the id of a finding."""


def written(assembly: Path) -> Acknowledged:
    """What the constructs acknowledge."""
    return {
        (construct.removeprefix("/"), finding)
        for path in assembly.glob("*.metadata.json")
        for construct, entries in json.loads(path.read_text()).items()
        for entry in entries
        if entry["type"] == Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        for finding in entry["data"]
    }


def matched(assembly: Path) -> Acknowledged:
    """What of that was of a finding."""
    report: dict[str, Any] = json.loads((assembly / "validation-report.json").read_text())
    return {
        (violation["acknowledgedAt"].removeprefix("/"), violation["acknowledgedId"])
        for plugin in report["pluginReports"]
        for violation in plugin.get("suppressedViolations", [])
    }


def test_none_is_stale(assembly_directory: Path) -> None:
    assert written(assembly_directory)
    assert written(assembly_directory) - matched(assembly_directory) == set()


def test_none_is_on_a_whole_stack(assembly_directory: Path) -> None:
    assert [where for where, _ in written(assembly_directory) if "/" not in where] == []


def test_a_stale_one_is_noticed(tmp_path: Path) -> None:
    app = App(analytics_reporting=False, outdir=str(tmp_path))
    bucket = s3.Bucket(Stack(app, "Stack"), "Bucket", enforce_ssl=True)
    Validations.of(bucket).acknowledge(
        Acknowledgment(id="AwsSolutions::AwsSolutions-S1", reason="it has no access log"),
        Acknowledgment(id="AwsSolutions::AwsSolutions-S10", reason="it was true before enforce_ssl"),
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    assert written(tmp_path) - matched(tmp_path) == {("Stack/Bucket", "AwsSolutions::AwsSolutions-S10")}
