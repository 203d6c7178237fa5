"""`leastgrant diff`: who gains and loses what between two assemblies, and what their deployment newly calls."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leastgrant.proof.access_changes import AccessChange, Sign
from leastgrant.report.access_changes import LARGEST_COMMENT, access_changes_markdown, access_changes_schema
from tests.leastgrant.cli.conftest import Run
from tests.leastgrant.report.test_json import violations

Resources = dict[str, Any]
Edit = Callable[[Resources], None]


@pytest.fixture
def changed(cdk_apps: dict[str, Path], tmp_path: Path) -> Callable[[Edit], Path]:
    """A copy of the app with one stack, changed."""

    def change(edit: Edit) -> Path:
        app = tmp_path / "cdk.out"
        shutil.copytree(cdk_apps["one"], app)
        path = app / "Shop.template.json"
        template = json.loads(path.read_text())
        edit(template["Resources"])
        path.write_text(json.dumps(template))
        return app

    return change


def of_type(resources: Resources, kind: str) -> Any:
    (one,) = [resource for resource in resources.values() if resource["Type"] == kind]
    return one["Properties"]


def widen(resources: Resources) -> None:
    of_type(resources, "AWS::IAM::Policy")["PolicyDocument"]["Statement"][0]["Action"].append("sqs:PurgeQueue")


def trust_another(resources: Resources) -> None:
    (statement,) = of_type(resources, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Service": ["lambda.amazonaws.com", "events.amazonaws.com"]}


def open_queue(resources: Resources) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    resources["Open"] = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": ["jobs"], "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    }


def add_topic(resources: Resources) -> None:
    resources["News"] = {"Type": "AWS::SNS::Topic"}


def report_of(run: Run, old: Path, new: Path) -> tuple[int, dict[str, Any]]:
    result = run("diff", old, new, "--format", "json")
    return result.status, json.loads(result.out)


def test_the_same_app_changes_nothing(run: Run, cdk_apps: dict[str, Path]):
    for app in (cdk_apps["one"], cdk_apps["stages"]):
        result = run("diff", app, app)
        assert (result.status, result.out) == (0, f"Nobody gains or loses access, compared with {app}.\n")


@pytest.mark.parametrize(
    ("edit", "who", "what"),
    [
        (widen, "Worker", "sqs:PurgeQueue"),
        (trust_another, "Service events.amazonaws.com", "sts:AssumeRole"),
        (open_queue, "others", "AWS::SQS::QueuePolicy"),
    ],
)
def test_what_is_gained_is_told_and_ends_with_one(
    *, run: Run, cdk_apps: dict[str, Path], changed: Callable[[Edit], Path], edit: Edit, who: str, what: str
):
    status, report = report_of(run, cdk_apps["one"], changed(edit))
    (change,) = report["changes"]
    assert (status, report["widens"], change["change"]) == (1, True, "gained")
    assert change["who"].startswith(who)
    assert change["what"] == what


def test_what_is_lost_alone_ends_with_zero(run: Run, cdk_apps: dict[str, Path], changed: Callable[[Edit], Path]):
    status, report = report_of(run, changed(widen), cdk_apps["one"])
    (change,) = report["changes"]
    assert (status, report["widens"], change["change"], change["what"]) == (0, False, "lost", "sqs:PurgeQueue")
    assert change["for"].startswith("reaches Jobs")


def test_what_the_deployment_newly_calls_is_told_and_is_no_access(
    run: Run, cdk_apps: dict[str, Path], changed: Callable[[Edit], Path]
):
    status, report = report_of(run, cdk_apps["one"], changed(add_topic))
    assert (status, report["changes"]) == (0, [])
    newly = {action for need in report["needs"] for action in need["actions"]}
    assert {"sns:CreateTopic", "sns:DeleteTopic"} <= newly
    assert {(need["who"], need["change"], need["for"]) for need in report["needs"]} == {
        ("cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1", "gained", "Shop/News (AWS::SNS::Topic)")
    }
    text = run("diff", report["compared"], cdk_apps["one"]).out
    assert "What the execution roles must newly be able to do, or no longer" in text
    assert "  - sns:CreateTopic" in text


def test_another_execution_role_is_told(run: Run, cdk_apps: dict[str, Path], tmp_path: Path):
    app = tmp_path / "cdk.out"
    shutil.copytree(cdk_apps["one"], app)
    manifest = app / "manifest.json"
    manifest.write_text(manifest.read_text().replace("cfn-exec-role", "other-role"))
    status, report = report_of(run, cdk_apps["one"], app)
    (change,) = report["changes"]
    assert (status, change["who"], change["what"]) == (1, "Shop", "is deployed with another execution role")


def move(resources: Resources) -> None:
    """Put all that the app has into another construct: every logical id is another."""
    ids = {name: f"Inner{name}" for name, one in resources.items() if one["Type"] != "AWS::CDK::Metadata"}
    text = json.dumps(resources)
    for old, new in ids.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    resources.clear()
    resources |= json.loads(text)


def move_and_widen(resources: Resources) -> None:
    move(resources)
    widen(resources)
    of_type(resources, "AWS::IAM::Role")["RoleName"] = "worker"


def name(resources: Resources) -> None:
    of_type(resources, "AWS::IAM::Role")["RoleName"] = "worker"


def test_what_has_moved_is_compared_with_what_it_was(
    run: Run, cdk_apps: dict[str, Path], changed: Callable[[Edit], Path]
):
    status, report = report_of(run, cdk_apps["one"], changed(move))
    assert (status, report["changes"]) == (0, [])
    assert {one["type"] for one in report["moved"]} >= {"AWS::SQS::Queue", "AWS::IAM::Role", "AWS::IAM::Policy"}
    newly = {need["on"] for need in report["needs"] if need["change"] == "gained"}
    assert any("Shop-InnerWorker" in on for on in newly), "the role has another name"
    text = run("diff", cdk_apps["one"], report["compared"]).out
    assert "Compared with what they were by other logical ids: 3" in text
    comment = run("diff", cdk_apps["one"], report["compared"], "--format", "markdown").out
    assert "Compared with what they were by other logical ids: 3 resources." in comment


def test_a_named_role_that_has_moved_and_gains_is_told_for_what_it_gains(
    run: Run, changed: Callable[[Edit], Path], tmp_path: Path
):
    old = tmp_path / "old"
    shutil.move(changed(name), old)
    status, report = report_of(run, old, changed(move_and_widen))
    gained = [change for change in report["changes"] if change["change"] == "gained"]
    assert status == 1
    assert [change["what"] for change in gained] == ["sqs:PurgeQueue"]


def test_the_json_is_as_its_schema_says(run: Run, cdk_apps: dict[str, Path], changed: Callable[[Edit], Path]):
    schema = json.loads(access_changes_schema())
    _, report = report_of(run, cdk_apps["one"], changed(move_and_widen))
    assert report["changes"]
    assert report["needs"]
    assert report["moved"]
    assert violations(report, schema) == []
    assert violations({**report, "more": 1}, schema)


def test_what_is_no_assembly_is_refused(run: Run, cdk_apps: dict[str, Path], tmp_path: Path):
    for arguments in ((tmp_path, cdk_apps["one"]), (cdk_apps["one"], tmp_path / "none"), (cdk_apps["one"],)):
        result = run("diff", *arguments)
        assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)


def test_a_comment_of_any_number_of_changes_fits_and_says_what_is_left_out():
    many = [
        AccessChange(f"Role{number}", sign, "s3:GetObject", "arn:aws:s3:::a/*", "x" * 900)
        for number in range(200)
        for sign in (Sign.LOST, Sign.GAINED)
    ]
    text = access_changes_markdown(many, "main", many)
    assert len(text) <= LARGEST_COMMENT
    shown, needed = (part.count("\n| + |") + part.count("\n| - |") for part in text.split("<details>"))
    assert "Compared with main: 200 gains, 200 losses." in text
    assert f"**{400 - shown} other changes** did not fit" in text
    assert f"**{400 - needed} other changes** did not fit" in text
    assert shown > 50
    assert needed > 5
    assert text.index("| + |") < text.index("| - |"), "what is gained comes first"
