"""SAM templates are expanded without the network."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from leastgrant.proof.needs import needs_of
from leastgrant.template import Environment, TemplateError, load, parse, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from leastgrant.template import ResolvedTemplate

PLACE = Environment("aws", "eu-west-1", "123456789012", "shop")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object):
        pytest.fail("the network is used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def sam(resources: str, **given: str) -> ResolvedTemplate:
    return resolve(parse(f"Transform: AWS::Serverless-2016-10-31\n{resources}", "t.yaml"), PLACE, given)


FUNCTION = """
Parameters: {Stage: {Type: String, Default: dev}}
Globals: {Function: {Runtime: python3.13, Handler: app.main, CodeUri: ./src}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub work-${Stage}
      Policies: [AWSLambdaBasicExecutionRole, DynamoDBReadPolicy: {TableName: !Ref Jobs}]
      Events: {Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}
  Jobs: {Type: AWS::Serverless::SimpleTable}
"""


def test_a_function_becomes_what_it_is_made_of():
    resolved = sam(FUNCTION, Stage="prod")
    types = {resource.declared.logical_id: resource.declared.type for resource in resolved}
    assert types == {
        "Work": "AWS::Lambda::Function",
        "WorkRole": "AWS::IAM::Role",
        "WorkNightly": "AWS::Events::Rule",
        "WorkNightlyPermission": "AWS::Lambda::Permission",
        "Jobs": "AWS::DynamoDB::Table",
    }
    assert [str(name) for name in resolved.resource("Work").names] == ["work-prod"]
    needs, unknown = needs_of(resolved)
    assert unknown == ()
    assert (
        "cloudformation:CreateChangeSet",
        "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31",
    ) in {(need.action, need.on) for need in needs}
    assert {need.on for need in needs if need.action == "s3:GetObject"} == {"arn:aws:s3:::*/*"}  # not packaged


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn")])
def test_the_region_decides(region: str, partition: str):
    resolved = resolve(
        parse(f"Transform: AWS::Serverless-2016-10-31\n{FUNCTION}", "t"),
        Environment(None, region, "123456789012", "shop"),
    )
    arns = resolved.resource("WorkRole").properties["ManagedPolicyArns"]
    assert isinstance(arns, tuple)
    assert [str(arn).partition(":iam::")[0] for arn in arns] == [f"arn:{partition}"]


def test_loops_are_written_out_first():
    resolved = resolve(
        parse(
            """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Tables: [Name, [Jobs, Users], {"${Name}": {Type: AWS::Serverless::SimpleTable}}]
""",
            "t.yaml",
        ),
        PLACE,
    )
    assert {resource.declared.type for resource in resolved} == {"AWS::DynamoDB::Table"}


def test_an_application_of_the_repository_is_a_stack_that_is_not_read():
    location = "{ApplicationId: 'arn:aws:serverlessrepo:us-east-1:1:applications/a', SemanticVersion: 1.0.0}"
    resolved = sam(f"Resources: {{App: {{Type: AWS::Serverless::Application, Properties: {{Location: {location}}}}}}}")
    assert [one.what for one in needs_of(resolved)[1]] == [
        "AWS::Serverless::Application App",
        "AWS::CloudFormation::Stack App",
    ]


def test_a_local_application_is_read(tmp_path: Path):
    (tmp_path / "child.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\n{FUNCTION}")
    (tmp_path / "app.yaml").write_text("""
Transform: AWS::Serverless-2016-10-31
Resources: {App: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml, Parameters: {Stage: test}}}}
""")
    _, child = resolve(load(tmp_path / "app.yaml"), PLACE).stacks
    assert [str(name) for name in child.resource("Work").names] == ["work-test"]


def test_what_sam_refuses_is_one_line():
    with pytest.raises(TemplateError) as refused:
        sam(
            "Resources: {Work: {Type: AWS::Serverless::Function, Properties: {Handler: h, CodeUri: s3://b/k, Oops: 1}}}"
        )
    assert str(refused.value).startswith("t.yaml: SAM refuses it: Resource with id [Work] is invalid.")
    assert "\n" not in str(refused.value)


def test_without_the_translator_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "samtranslator.translator.translator", None)
    with pytest.raises(TemplateError) as refused:
        sam(FUNCTION)
    assert str(refused.value).endswith("is missing; pip install 'leastgrant[sam]'")
