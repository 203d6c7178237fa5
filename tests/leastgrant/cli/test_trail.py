"""`leastgrant trail`: its formats, statuses, and what it refuses."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def shop(place: list[str]) -> list[str]:
    return [
        *("--role", str(EXAMPLES / "role.yaml")),
        *("--app", str(EXAMPLES / "app.yaml"), "--stack-name", "shop"),
        *place,
    ]


def test_the_formats_tell_the_same(run: Run, shop: list[str]):
    text, markdown, report = (
        run("trail", EXAMPLES / "trail.json", *shop, "--format", name) for name in ("text", "markdown", "json")
    )
    assert (text.status, markdown.status, report.status) == (1, 1, 1)
    told = json.loads(report.out)
    assert told["version"] == 1
    assert not told["holds"]
    assert [one["action"] for one in told["refused"]] == ["events:DescribeRule"]
    not_predicted = [one["actions"][0] for one in told["seen"] if one["predicted"]["no"]]
    assert not_predicted == [f"cloudformation:{name}ChangeSet" for name in ("Create", "Describe", "Execute")]
    assert [one["action"] for one in told["never_seen"]][:2] == ["events:DeleteRule", "events:RemoveTargets"]
    for action in (*not_predicted, "events:DescribeRule", "events:RemoveTargets"):
        assert action in text.out
        assert f"`{action}`" in markdown.out


def test_a_tool_that_is_declared_is_predicted(run: Run, shop: list[str]):
    told = json.loads(run("trail", EXAMPLES / "trail.json", *shop, "--tool", "aws-cli", "--format", "json").out)
    assert [one for one in told["seen"] if one["predicted"]["no"]] == []


def test_what_holds_ends_with_0(run: Run, shop: list[str], tmp_path: Path):
    records = json.loads((EXAMPLES / "trail.json").read_text())["Records"]
    path = tmp_path / "trail.json"
    path.write_text(json.dumps([one for one in records if one["eventName"] == "CreateQueue"]))
    assert run("trail", path, *shop).status == 0


def test_a_trail_without_a_call_of_the_role_shows_nothing(run: Run, shop: list[str]):
    result = run("trail", EXAMPLES / "trail.json", *shop, "--role-arn", "arn:aws:iam::123456789012:role/else")
    assert result.status == 1
    assert "No call counts" in result.out
    assert "for others, which do not count: arn:aws:iam::123456789012:role/deployer (7)" in " ".join(result.out.split())


def test_without_a_role_whoever_calls_cloudformation_counts(run: Run, shop: list[str]):
    result = run("trail", EXAMPLES / "trail.json", *shop[2:])
    assert "8 calls with the permissions of whoever let CloudFormation make them" in " ".join(result.out.split())
    assert "Needed, never seen" in result.out


def test_a_role_by_its_arn_needs_no_policies(run: Run, shop: list[str]):
    arn = "arn:aws:iam::123456789012:role/deployer"
    told = json.loads(run("trail", EXAMPLES / "trail.json", *shop[2:], "--role-arn", arn, "--format", "json").out)
    assert (told["role"], told["calls"], told["refused"][0]["granted"]) == (arn, 10, None)


def assembly(folder: Path, *roles: str | None) -> Path:
    artifacts: dict[str, object] = {}
    for number, role in enumerate(roles):
        template = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"jobs{number}"}}}}
        (folder / f"s{number}.template.json").write_text(json.dumps(template))
        artifacts[f"s{number}"] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/eu-west-1",
            "properties": {
                "templateFile": f"s{number}.template.json",
                "tags": {"team": "shop"},
                **({"cloudFormationExecutionRoleArn": role} if role else {}),
            },
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    return folder


def test_the_stacks_of_a_cdk_app_are_those_of_the_role(run: Run, tmp_path: Path):
    arn = "arn:aws:iam::123456789012:role/deployer"
    folder = assembly(tmp_path, arn, "arn:aws:iam::123456789012:role/other")
    arguments = ("trail", EXAMPLES / "trail.json", "--cdk-out", folder, "--role-arn")
    told = json.loads(run(*arguments, arn, "--format", "json").out)
    assert {one["actions"][0] for one in told["seen"] if one["predicted"]["yes"]} >= {"sqs:CreateQueue"}
    assert any(one["action"] == "sqs:TagQueue" for one in told["never_seen"]), "the stack's tags"
    unnamed = json.loads(run(*arguments, arn.replace("deployer", "none"), "--format", "json").out)
    assert unnamed["actions"]["needed"] == told["actions"]["needed"], "of both stacks"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["trail", "trail.json"], "--app: is needed, or --cdk-out"),
        (["trail", "trail.json", "--app", "app.yaml", "--stack-name", "s"], "--account: is needed with --app"),
        (["trail", "gone.json", "--app", "app.yaml", "--stack-name", "s"], "gone.json: there is no such file"),
        (["trail"], "the following arguments are required: TRAIL"),
        (["trail", "app.yaml"], "app.yaml: is neither JSON nor the result"),
        (["trail", "trail.json", "--role-arn", "x", "--cdk-out", "."], "argument --role-arn: "),
        (["trail", "trail.json", "--cdk-out", "."], ".: has no manifest.json"),
        (["trail", "trail.json", "--format", "sarif"], "argument --format: invalid choice"),
        (["trail", "empty.json"], "empty.json: has no events, so it shows nothing"),
    ],
)
def test_what_cannot_be_used_is_one_line(arguments: list[str], problem: str, run: Run, shop: list[str], tmp_path: Path):
    for name in ("app.yaml", "trail.json"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text())
    (tmp_path / "empty.json").write_text('{"Records": []}')
    os.chdir(tmp_path)  # which the fixture `run` undoes
    reads = arguments[1:] in (["app.yaml"], ["empty.json"])
    result = run(*arguments, *(shop if reads else ()))
    assert (result.status, result.out) == (2, "")
    assert problem in result.err
    assert result.err.count("\n") == 1
