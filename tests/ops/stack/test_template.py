"""The template that GetTemplate gives is read as JSON and as YAML, or refused in one line."""

import json
from typing import Any

import pytest

from leastgrant.template import Environment, TemplateError
from ops.project.placed_template import PlacedTemplate
from ops.stack.template import placed_template


def read(body: object) -> PlacedTemplate:
    return placed_template(body, "it", Environment(), {})


def test_a_template_is_read_as_json_and_as_yaml(role_template: dict[str, Any]) -> None:
    assert read(role_template).tree == role_template
    assert read(json.dumps(role_template)).tree == role_template
    yaml = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      Path: !Sub '/${AWS::Region}/'\n"
    assert read(yaml).resources["Role"]["Properties"] == {"Path": {"Fn::Sub": "/${AWS::Region}/"}}


MACRO = {"Transform": "AWS::Include", "Resources": {"A": {"Type": "AWS::S3::Bucket"}}}
UNTYPED = {"Resources": {"A": {"Fn::Transform": {"Name": "Macro"}}, "B": {"Type": "AWS::S3::Bucket"}}}


@pytest.mark.parametrize("body", ["", "Resources: 1", {"Resources": []}, {"Resources": {"A": {}}}, MACRO, UNTYPED])
def test_what_is_no_template_is_one_line(body: object) -> None:
    with pytest.raises(TemplateError, match=r"^it"):
        read(body)


def test_a_parameter_that_is_not_declared_counts_for_nothing(role_template: dict[str, Any]) -> None:
    assert placed_template(role_template, "it", Environment(), {"Unknown": "x"}).resolved.given == {}
