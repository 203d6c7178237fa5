"""A changed line of code is another asset, and changes no policy that `generate` writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, DefaultStackSynthesizer, Environment, NestedStack, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from leastgrant.cli import main


def synthesised(directory: Path, code: str) -> Path:
    """An app of a function with this code, and of a nested stack with a queue that is called after it."""
    source = directory / "code"
    source.mkdir(parents=True)
    (source / "index.py").write_text(code)
    app = App(analytics_reporting=False, outdir=str(directory / "out"))
    env = Environment(account="123456789012", region="eu-west-1")
    stack = Stack(app, "Shop", stack_name="shop", env=env, synthesizer=DefaultStackSynthesizer())
    lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,  # pyright: ignore[reportArgumentType]
        handler="index.handler",
        code=lambda_.Code.from_asset(str(source)),
    )
    inner = NestedStack(stack, "Inner")
    sqs.Queue(inner, "Jobs", visibility_timeout=None, queue_name=f"shop-{len(code)}")
    app.synth()
    return directory / "out" / "Shop.template.json"


def arguments(template: Path) -> list[str]:
    place = ["--stack-name", "shop", "--account", "123456789012", "--region", "eu-west-1"]
    return ["--app", str(template), *place, "--tool", "cdk"]


def test_a_changed_line_of_code_changes_no_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts: list[str] = []
    policies: list[dict[str, Any]] = []
    for name, code in (("before", "handler = print\n"), ("after", "handler = repr \n")):
        template = synthesised(tmp_path / name, code)
        texts.append(template.read_text())
        assert main(["generate", *arguments(template)]) == 0
        policies.append(json.loads(capsys.readouterr().out))
    assert texts[0] != texts[1]
    assert policies[0] == policies[1]
    statements: list[dict[str, list[str]]] = policies[0]["Statement"]
    read = {arn for one in statements if "s3:GetObject" in one["Action"] for arn in one["Resource"]}
    bucket = "arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-west-1"
    assert sorted(read) == [f"{bucket}/*.json", f"{bucket}/*.zip"]

    (tmp_path / "policy.json").write_text(json.dumps(policies[0]))
    role = ["--role", str(tmp_path / "policy.json"), "--format", "json"]
    main(["check", *role, *arguments(tmp_path / "after" / "out" / "Shop.template.json")])
    report = json.loads(capsys.readouterr().out)
    assert report["needs"]
    assert [report[kind] for kind in ("missing", "excess", "broad", "escape", "unknown", "undecided")] == [[]] * 6
