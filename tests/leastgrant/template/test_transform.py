"""Transforms: expanded where they can be, and else said not to be read, with what they need themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from leastgrant.knowledge import Tier
from leastgrant.proof.needs import needs_of
from leastgrant.template import UNKNOWN, Environment, TemplateError, load, parse, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leastgrant.template import ResolvedTemplate

PLACE = Environment("aws", "eu-west-1", "123456789012", "shop")
TRANSFORM = "arn:aws:cloudformation:eu-west-1"


def extended(text: str, **given: str) -> ResolvedTemplate:
    return resolve(parse(f"Transform: AWS::LanguageExtensions\n{text}", "t.yaml"), PLACE, given)


def names(resolved: ResolvedTemplate) -> dict[str, str]:
    return {resource.declared.logical_id: str(resource.names[0]) for resource in resolved}


def unread(resolved: ResolvedTemplate) -> list[tuple[str, str]]:
    return [(one.subject.name, one.what) for one in needs_of(resolved)[1]]


def of_transforms(resolved: ResolvedTemplate) -> set[tuple[str, str]]:
    needs = [need for need in needs_of(resolved)[0] if need.subject.type == "Transform"]
    assert {need.action for need in needs if need.tier is not Tier.REQUIRED} <= {"lambda:InvokeFunction"}
    return {(need.action, need.on) for need in needs if need.tier is Tier.REQUIRED}


QUEUES = """
Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b"}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "jobs-${Name}", KmsMasterKeyId: !Ref Name}}
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"Queuea": "jobs-a", "Queueb": "jobs-b"}),
        ({"Names": "x"}, {"Queuex": "jobs-x"}),
        ({"Names": ""}, {"Queue": "jobs-"}),
    ],
)
def test_a_loop_goes_over_a_parameter(given: Mapping[str, str], found: dict[str, str]):
    resolved = extended(QUEUES, **given)
    assert names(resolved) == found
    assert unread(resolved) == []


@pytest.mark.parametrize(
    "collection",
    [
        "[a, b]",
        "!Split ['+', a+b]",
        "[!Sub 'a', !Select [1, [a, b]]]",
        "!FindInMap [M, !Ref AWS::Region, Names]",
        "!FindInMap [M, us-east-1, Names, {DefaultValue: [a, b]}]",
    ],
)
def test_a_loop_goes_over_what_functions_give(collection: str):
    text = QUEUES.replace("!Ref Names", collection) + "Mappings: {M: {eu-west-1: {Names: [a, b]}}}"
    assert names(extended(text)) == {"Queuea": "jobs-a", "Queueb": "jobs-b"}


def test_loops_nest_and_stand_in_properties_conditions_and_outputs():
    resolved = extended("""
Conditions:
  Fn::ForEach::Conditions: [Name, [a, b], {"Is${Name}": !Equals [!Ref AWS::Region, eu-west-1]}]
Resources:
  Fn::ForEach::Outer:
    - Outer
    - [x, y]
    - Fn::ForEach::Inner:
        - Inner
        - ["1", "2"]
        - "Table${Outer}${Inner}":
            Type: AWS::DynamoDB::Table
            Condition: Isa
            Properties:
              TableName: !Join ["-", [!Ref Outer, !Ref Inner]]
              Fn::ForEach::Properties: [Key, [KeySchema, SSESpecification], {"${Key}": !Ref Outer}]
Outputs:
  Fn::ForEach::Outputs: [Name, [x1, y2], {"Arn${Name}": {Value: !GetAtt "Table${Name}.Arn"}}]
""")
    assert names(resolved) == {"Tablex1": "x-1", "Tablex2": "x-2", "Tabley1": "y-1", "Tabley2": "y-2"}
    assert {str(value) for value in resolved.resource("Tablex1").properties.values()} == {"x-1", "x"}
    assert [str(value)[-4:] for value in resolved.outputs.values()] == ["/x-1", "/y-2"]
    assert all(resource.certain for resource in resolved)


def test_an_ampersand_leaves_letters_and_digits():
    resolved = extended("""
Resources:
  Fn::ForEach::Queues:
    - Cidr
    - ["10.0.0.0/16"]
    - "Queue&{Cidr}": {Type: "AWS::SQS::Queue", Properties: {QueueName: "q-${Cidr}"}}
""")
    assert names(resolved) == {"Queue1000016": "q-10.0.0.0/16"}


def test_names_and_policies_that_functions_write_are_decided():
    resolved = extended(
        """
Parameters: {Keep: {Type: String}, Which: {Type: String}}
Resources:
  JobsQueue: {Type: AWS::SQS::Queue, DeletionPolicy: !Ref Keep, UpdateReplacePolicy: !Sub "${Keep}"}
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: {Fn::GetAtt: [!Sub "${Which}Queue", QueueName]}
      DisplayName: {Ref: {Fn::Sub: "${Which}Queue"}}
""",
        Keep="Retain",
        Which="Jobs",
    )
    assert names(resolved)["Topic"] == "shop-JobsQueue-*"
    assert not any(need.action == "sqs:DeleteQueue" for need in needs_of(resolved)[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{a: [1, true, !Ref AWS::Region], b: 'say \"x\"'}", '{"a":[1,true,"eu-west-1"],"b":"say \\"x\\""}'),
        ("[!Ref P]", '["*"]'),
        ("{a: !GetAZs ''}", '{"a":*}'),
    ],
)
def test_json_text_is_written_as_far_as_it_is_known(value: str, text: str):
    resolved = extended(
        f"Parameters: {{P: {{Type: String}}}}\nResources: {{R: {{Type: T, Properties: {{P: !ToJsonString {value}}}}}}}"
    )
    assert str(resolved.resource("R").properties["P"]) == text


@pytest.mark.parametrize("collection", ["!Ref Names", "!Split [',', !Ref Name]", "!GetAZs ''", "[a, !Ref Name]"])
def test_a_loop_over_what_is_not_known_is_not_read(collection: str):
    text = f"""
Parameters: {{Names: {{Type: CommaDelimitedList}}, Name: {{Type: String}}}}
Resources:
  Fn::ForEach::Queues: [N, {collection}, {{"Queue${{N}}": {{Type: AWS::SQS::Queue}}}}]
  Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !GetAtt Queuea.Arn}}}}
"""
    resolved = extended(text)
    assert unread(resolved) == [("Fn::ForEach::Queues", "Fn::ForEach::Queues")]
    assert list(names(resolved)) == ["Topic"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Resources: {'Fn::ForEach::L': [N, [a]]}", "must be the list [identifier, collection, map of what"),
        ("Resources: {'Fn::ForEach::L': [N, [a], x]}", "must be the list [identifier, collection, map of what"),
        ("Resources: {'Fn::ForEach::L': [N, [a, b], {Q: {Type: T}}]}", "makes 'Q' twice; vary the key"),
        ("Resources: {Qa: {Type: T}, 'Fn::ForEach::L': [N, [a], {'Q${N}': {Type: T}}]}", "makes 'Qa' twice"),
    ],
)
def test_a_loop_that_cannot_be_is_refused(text: str, problem: str):
    with pytest.raises(TemplateError) as refused:
        extended(text)
    assert problem in str(refused.value)


def test_loops_that_multiply_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leastgrant.template.transform._MOST_NODES", 50_000)
    fragment: dict[str, Any] = {"Q${A}${B}${C}${D}": {"Type": "AWS::SQS::Queue"}}
    for name in "ABCD":
        fragment = {f"Fn::ForEach::{name}": [name, [f"{name}{number}" for number in range(40)], fragment]}
    text = json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": fragment})
    with pytest.raises(TemplateError, match="makes more than 50,000 values"):
        parse(text, "t.json")


MACRO = "{Name: Mine, Parameters: {A: b}}"
S3 = '{Name: "AWS::Include", Parameters: {Location: "s3://parts/queue.yaml"}}'
QUEUE = "Q: {Type: AWS::SQS::Queue}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"Transform: %s\nResources: {{{QUEUE}}}", "Transform"),
        (f"Transform: [%s]\nResources: {{{QUEUE}}}", "Transform"),
        (f"Fn::Transform: %s\nResources: {{{QUEUE}}}", "Fn::Transform"),
        (f"Fn::Transform: [%s]\nResources: {{{QUEUE}}}", "Fn::Transform"),
        (f"Resources: {{Fn::Transform: %s, {QUEUE}}}", "Fn::Transform"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Fn::Transform: %s}}", "Q"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Fn::Transform: %s}}}", "Q"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: {Fn::Transform: %s}}}}", "Q"),
        (f"Resources: {{{QUEUE}}}\nOutputs: {{Fn::Transform: %s}}", "Outputs"),
        (f"Resources: {{{QUEUE}}}\nMappings: {{Fn::Transform: %s}}", "Mappings"),
    ],
)
@pytest.mark.parametrize(
    ("transform", "what", "needed"),
    [
        (MACRO, "Mine", {("cloudformation:CreateChangeSet", f"{TRANSFORM}:123456789012:transform/Mine")}),
        (
            S3,
            "AWS::Include",
            {
                ("cloudformation:CreateChangeSet", f"{TRANSFORM}:aws:transform/Include"),
                ("s3:GetObject", "arn:aws:s3:::parts/queue.yaml"),
            },
        ),
    ],
)
def test_what_cannot_be_expanded_is_not_read(
    text: str, place: str, transform: str, what: str, needed: set[tuple[str, str]]
):
    resolved = resolve(parse(text % transform, "t.yaml"), PLACE)
    assert unread(resolved) == [(place, what)]
    assert of_transforms(resolved) == needed
    assert list(names(resolved)) == ["Q"]


def test_what_is_not_read_may_declare_more():
    text = """
Transform: Mine
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: Mine, DependsOn: Other, Properties: {QueueName: !Sub "${Name}-${Other.Id}"}}
  Mine: {Properties: {A: b}}
"""
    resolved = resolve(parse(text, "t.yaml"), PLACE)
    assert not resolved.resource("Q").certain
    assert unread(resolved) == [("Transform", "Mine"), ("Mine", "Mine")]


def test_a_value_that_a_macro_writes_is_not_known():
    text = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Transform {Name: Mine}}}}"
    assert resolve(parse(text, "t.yaml"), PLACE).resource("Q").properties["QueueName"] is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}",
        "Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./part.yaml}}",
    ],
)
def test_a_local_file_is_included(tmp_path: Path, text: str):
    (tmp_path / "part.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: part}}}")
    (tmp_path / "app.yaml").write_text(f"{text}\nResources: {{T: {{Type: AWS::SNS::Topic}}}}")
    resolved = resolve(load(tmp_path / "app.yaml"), PLACE)
    assert names(resolved)["Q"] == "part"
    assert unread(resolved) == []
    assert ("s3:GetObject", "arn:aws:s3:::*/*.template") in of_transforms(resolved)


def test_a_local_file_is_included_within_a_resource(tmp_path: Path):
    (tmp_path / "part.yaml").write_text(yaml.safe_dump({"QueueName": "part"}))
    include = {"Name": "AWS::Include", "Parameters": {"Location": "part.yaml"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": include, "DelaySeconds": 1}}
    (tmp_path / "app.json").write_text(json.dumps({"Resources": {"Q": queue}}))
    assert names(resolve(load(tmp_path / "app.json"), PLACE)) == {"Q": "part"}


def test_a_module_is_a_type_of_which_nothing_is_known():
    text = (
        "Resources: {M: {Type: My::Own::Thing::MODULE}, T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref M.Q}}}"
    )
    assert unread(resolve(parse(text, "t.yaml"), PLACE)) == [("M", "")]
