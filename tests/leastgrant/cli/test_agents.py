"""`leastgrant mcp`, asked by the SDK's own client over stdio."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

EXAMPLES = ROOT / "docs" / "examples"
DEPLOYED = {
    "stacks": [{"template": "app.yaml", "name": "shop"}],
    "account": "123456789012",
    "region": "eu-west-1",
}
REFUSAL = (
    "User: arn:aws:sts::123456789012:assumed-role/deployer/run is not authorized to perform: events:DescribeRule on "
    "resource: arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-1A2B because no identity-based policy allows "
    "the events:DescribeRule action"
)
NESTED = json.dumps(
    {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "../outside.json"}}}}
)
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "needs": ("needs", {"deployed": DEPLOYED}),
    "check": ("check", {"role": ["role.yaml#Deployer"], "deployed": DEPLOYED}),
    "check what is generated": ("check", {"role": ["least.json"], "deployed": DEPLOYED}),
    "explain": ("explain", {"subject": "events:DescribeRule", "role": ["role.yaml"], "deployed": DEPLOYED}),
    "explain a finding": ("explain", {"subject": "missing"}),
    "generate": ("generate", {"deployed": DEPLOYED}),
    "generate managed": ("generate", {"deployed": DEPLOYED | {"tools": ["cdk"]}, "managed": True}),
    "cdk": ("cdk", {"assembly": "cdk.out", "links": ["execution"]}),
    "denied": ("denied", {"message": REFUSAL, "role": ["role.yaml"], "deployed": DEPLOYED}),
    "nested outside": ("needs", {"deployed": DEPLOYED | {"stacks": [{"template": "nested.json", "name": "shop"}]}}),
    "up": ("check", {"role": ["../outside.json"], "deployed": DEPLOYED}),
    "absolute": ("check", {"role": ["/etc/passwd"], "deployed": DEPLOYED}),
    "link": ("check", {"role": ["link.json"], "deployed": DEPLOYED}),
    "link to a folder": ("cdk", {"assembly": "folder/cdk.out"}),
    "gone": ("check", {"role": ["gone.json"], "deployed": DEPLOYED}),
    "option": ("check", {"role": ["--output=x"], "deployed": DEPLOYED}),
    "account": ("needs", {"deployed": DEPLOYED | {"account": "12"}}),
    "one word": ("denied", {"message": "-"}),
    "no stacks": ("needs", {"deployed": DEPLOYED | {"stacks": []}}),
    "no role": ("check", {"role": [], "deployed": DEPLOYED}),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each call's answer: its content if it is an error, else what is structured; and the tools."""
    outer = tmp_path_factory.mktemp("outer")
    root = outer / "root"
    (root / "cdk.out").mkdir(parents=True)
    for name in ("app.yaml", "role.yaml"):
        shutil.copy(EXAMPLES / name, root)
    shutil.copy(EXAMPLES / "app.yaml", outer / "outside.json")
    (root / "nested.json").write_text(NESTED)
    (root / "link.json").symlink_to(outer / "outside.json")
    (root / "folder").symlink_to(root, target_is_directory=True)
    (root / "cdk.out" / "A.template.json").write_text(json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {
            "templateFile": "A.template.json",
            "cloudFormationExecutionRoleArn": "arn:aws:iam::123456789012:role/exec",
        },
    }
    manifest = {"version": "55.0.0", "artifacts": {"A": artifact}}
    (root / "cdk.out" / "manifest.json").write_text(json.dumps(manifest))
    before = {*root.rglob("*")}
    found = asyncio.run(_ask(root))
    found["written"] = {path.name for path in {*root.rglob("*")} - before}
    return found


def _documented() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the calls that docs/agents.md shows, each with the answer that it shows."""
    text = (ROOT / "docs" / "agents.md").read_text()
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    return [*zip(blocks[::2], blocks[1::2], strict=True)]


async def _ask(root: Path) -> dict[str, Any]:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "leastgrant", "mcp", "--root", str(root)],
        cwd=str(ROOT),
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
    )
    found: dict[str, Any] = {}
    async with Client(parameters) as client:
        found["tools"] = {tool.name: tool for tool in (await client.list_tools()).tools}
        written = await client.call_tool("generate", {"deployed": DEPLOYED})
        assert written.structured_content is not None
        (root / "least.json").write_text(json.dumps(written.structured_content["policies"][0]))
        found["documented"] = [
            (shown, (await client.call_tool(call["tool"], call["arguments"])).structured_content)
            for call, shown in _documented()
        ]
        for name, (tool, arguments) in CALLS.items():
            result = await client.call_tool(tool, arguments)
            text = getattr(result.content[0], "text", "")
            found[name] = text if result.is_error else result.structured_content
    return found


def test_the_tools_are_read_only_and_typed(answers: dict[str, Any]):
    assert {*answers["tools"]} == {"needs", "check", "explain", "generate", "cdk", "denied"}
    for tool in answers["tools"].values():
        assert tool.annotations.read_only_hint
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema["type"] == "object"


def test_the_document_shows_what_is_answered(answers: dict[str, Any]):
    assert len(answers["documented"]) == 4
    for shown, answered in answers["documented"]:
        assert answered == shown


def test_nothing_is_written_but_by_the_agent(answers: dict[str, Any]):
    assert answers["written"] == {"least.json"}


def test_a_role_is_written_and_proved(answers: dict[str, Any]):
    assert {need["action"] for need in answers["needs"]["needs"]} >= {"events:DescribeRule", "sqs:CreateQueue"}
    assert not answers["check"]["proved"]
    assert {one["kind"] for one in answers["check"]["findings"]} >= {"missing", "excess"}
    assert answers["generate"]["proved"]
    assert answers["check what is generated"]["proved"]
    sids = [one["Sid"] for policy in answers["generate managed"]["policies"] for one in policy["Statement"]]
    assert "CdkDeploy" in sids


def test_what_is_asked_is_explained(answers: dict[str, Any]):
    assert "it is how the type is created" in answers["explain"]["text"]
    assert "Not granted by Deployer" in answers["explain"]["text"]
    assert answers["explain a finding"]["text"].startswith("missing: ")


def test_a_denial_gives_the_statement(answers: dict[str, Any]):
    (denial,) = answers["denied"]["denials"]
    assert (denial["action"], denial["need"]["logical_id"]) == ("events:DescribeRule", "Nightly")
    assert denial["statement"]["Action"] == ["events:DescribeRule"]


def test_an_app_is_proved_link_by_link(answers: dict[str, Any]):
    (link,) = answers["cdk"]["links"]
    assert (link["link"], link["state"]) == ("execution", "unknown")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("up", "../outside.json: has .. in it"),
        ("absolute", "/etc/passwd: is outside of"),
        ("link", "link.json: goes through the symbolic link link.json"),
        ("link to a folder", "folder/cdk.out: goes through the symbolic link folder"),
        ("gone", "gone.json: cannot be read"),
        ("option", "--output=x: cannot be read"),
        ("account", "argument --account: account '12'"),
        ("one word", "message: is one word"),
        ("no role", "role: is empty"),
    ],
)
def test_what_cannot_be_used_is_an_error_of_one_line(name: str, problem: str, answers: dict[str, Any]):
    assert isinstance(answers[name], str)
    assert problem in answers[name]
    assert "\n" not in answers[name]


def test_arguments_of_another_form_are_an_error(answers: dict[str, Any]):
    assert "stacks" in answers["no stacks"]


def test_what_a_template_names_outside_is_not_read(answers: dict[str, Any]):
    told = answers["nested outside"]
    text = told if isinstance(told, str) else json.dumps(told)
    assert "outside of the folder that may be read" in text
    assert "Nightly" not in text


def test_a_root_that_is_none_is_one_line(run: Run, tmp_path: Path):
    result = run("mcp", "--root", tmp_path / "gone")
    assert (result.status, result.out) == (2, "")
    assert "is no folder" in result.err
    assert result.err.count("\n") == 1
