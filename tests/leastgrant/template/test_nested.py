"""Nested stacks: their templates are found, and resolved with what their parents give them, to any depth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant.knowledge import Tier
from leastgrant.proof.needs import needs_of
from leastgrant.template import Environment, TemplateError, load, resolve
from leastgrant.template.naming import StackAndId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leastgrant.template import ResolvedTemplate

STACK = "AWS::CloudFormation::Stack"
QUEUE: dict[str, Any] = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}


def nesting(url: object = "child.json", logical_id: str = "Inner", **properties: object) -> dict[str, Any]:
    return {"Resources": {logical_id: {"Type": STACK, "Properties": {"TemplateURL": url, **properties}}}}


def written(folder: Path, **templates: Any) -> Path:
    for name, template in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(template))
    return folder


def resolved(folder: Path, *, stack: str = "shop", nested: Mapping[str, Path] | None = None) -> ResolvedTemplate:
    return resolve(load(folder / "parent.json"), Environment("aws", "eu-west-1", "123456789012", stack), nested=nested)


def names(stack: ResolvedTemplate) -> list[str]:
    return [str(name) for resource in stack for name in resource.names]


def test_a_local_url_names_the_template(tmp_path: Path):
    stacks = resolved(written(tmp_path, parent=nesting("./child.json"), child=QUEUE)).stacks
    assert [names(stack) for stack in stacks] == [["shop-Inner-*"], ["shop-Inner-*-Jobs-*"]]


def test_the_assembly_says_where_the_template_is(tmp_path: Path):
    parent = nesting("https://s3.eu-west-1.amazonaws.com/assets/0a.json")
    parent["Resources"]["Inner"]["Metadata"] = {"aws:asset:path": "child.json", "aws:asset:property": "TemplateURL"}
    assert len(resolved(written(tmp_path, parent=parent, child=QUEUE)).stacks) == 2


@pytest.mark.parametrize(("key", "found"), [("0a.json", 2), ("0b.json", 1)])
def test_an_asset_manifest_says_what_is_uploaded_under_the_url(tmp_path: Path, key: str, found: int):
    url = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets-${AWS::AccountId}/0a.json"}
    asset = {"source": {"path": "child.json"}, "destinations": {"here": {"objectKey": key}}}
    written(tmp_path, parent=nesting(url), child=QUEUE, **{"App.assets": {"files": {"0a": asset}}})
    assert len(resolved(tmp_path).stacks) == found


@pytest.mark.parametrize("key", ["Inner", "shop/Inner"])
def test_a_template_that_is_given_counts_first(tmp_path: Path, key: str):
    written(tmp_path, parent=nesting(), child=QUEUE, other={"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    _, inner = resolved(tmp_path, nested={key: tmp_path / "other.json"}).stacks
    assert names(inner) == ["shop-Inner-*-Topic-*"]


def test_a_stack_of_another_parent_is_not_meant(tmp_path: Path):
    written(tmp_path, parent=nesting("https://s3.amazonaws.com/b/child.json"), child=QUEUE)
    assert len(resolved(tmp_path, nested={"till/Inner": tmp_path / "child.json"}).stacks) == 1


def test_what_is_not_read_is_said_of_each_stack(tmp_path: Path):
    written(tmp_path, parent=nesting(), child=nesting("https://s3.amazonaws.com/b/deep.json", "Deep"))
    unread = [one for stack in resolved(tmp_path).stacks for one in needs_of(stack)[1]]
    assert [(one.subject.stack, one.subject.name, one.what) for one in unread] == [
        ("shop-Inner-*", "Deep", f"{STACK} Deep")
    ]


def test_parameters_come_from_the_parent(tmp_path: Path):
    child = {
        "Parameters": {
            "Name": {"Type": "String"},
            "Fixed": {"Type": "String", "Default": "d"},
            "Azs": {"Type": "CommaDelimitedList"},
        },
        "Resources": {
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}-${Fixed}"}}},
            "Second": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Select": [1, {"Ref": "Azs"}]}}},
        },
    }
    parent = nesting(Parameters={"Name": {"Fn::Sub": "${AWS::StackName}-jobs"}, "Azs": "a,b"})
    _, inner = resolved(written(tmp_path, parent=parent, child=child)).stacks
    assert names(inner) == ["shop-jobs-d", "b"]


def test_outputs_go_to_the_parent_and_to_its_other_stacks(tmp_path: Path):
    child = {**QUEUE, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}}}}
    sibling = {
        "Parameters": {"Arn": {"Type": "String"}},
        "Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Arn"}}}},
    }
    parent = nesting()
    parent["Resources"]["After"] = {
        "Type": STACK,
        "Properties": {"TemplateURL": "sibling.json", "Parameters": {"Arn": {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}}},
    }
    after = resolved(written(tmp_path, parent=parent, child=child, sibling=sibling)).nested["After"]
    assert names(after) == ["arn:aws:sqs:eu-west-1:123456789012:shop-Inner-*-Jobs-*"]


def test_nests_to_any_depth(tmp_path: Path):
    depth = 12
    levels = {f"level{number}": nesting(f"level{number + 1}.json", f"N{number}") for number in range(1, depth)}
    written(tmp_path, parent=nesting("level1.json", "N0"), **levels, **{f"level{depth}": QUEUE})
    *_, last = resolved(tmp_path).stacks
    assert len(last.template.resources) == 1
    assert names(last)[0].startswith("shop-N0")


@pytest.mark.parametrize("template", [nesting("parent.json"), nesting("child.json", "Again")])
def test_a_stack_in_itself_is_refused(tmp_path: Path, template: dict[str, Any]):
    root = resolved(written(tmp_path, parent=nesting(), child=template))
    with pytest.raises(TemplateError, match="is one that it is nested in"):
        assert root.stacks


def test_stacks_that_multiply_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leastgrant.template.resolution._MOST_NESTED", 250)

    def tenfold(url: str) -> dict[str, Any]:
        return {"Resources": {f"N{n}": {"Type": STACK, "Properties": {"TemplateURL": url}} for n in range(10)}}

    levels = {f"level{number}": tenfold(f"level{number + 1}.json") for number in range(1, 5)}
    written(tmp_path, parent=tenfold("level1.json"), **levels, level5=QUEUE)
    with pytest.raises(TemplateError, match="more than 250 stacks"):
        assert resolved(tmp_path).stacks


def test_a_parameter_that_the_child_lacks_is_refused(tmp_path: Path):
    root = resolved(written(tmp_path, parent=nesting(Parameters={"Nmae": "x"}), child=QUEUE))
    with pytest.raises(TemplateError, match=r"declares no parameter 'Nmae'"):
        assert root.stacks


def test_a_value_that_the_child_does_not_allow_is_refused(tmp_path: Path):
    child = {"Parameters": {"Stage": {"Type": "String", "AllowedValues": ["dev"]}}, **QUEUE}
    root = resolved(written(tmp_path, parent=nesting(Parameters={"Stage": "prod"}), child=child))
    with pytest.raises(TemplateError, match="AllowedValues are: dev"):
        assert root.stacks


def test_a_nested_stacks_name_is_cut_at_100():
    """As one of 99 characters, of which 12 are random, was seen to be."""
    logical_id = "AgentRegistryStackNestedStackAgentRegistryStackNestedStackResource8A2B3C4D"
    made = StackAndId(100).name("acme-agents-dev", logical_id)
    assert made.matches(f"acme-agents-dev-{logical_id[:70]}-16VAX8Y6Y64W")
    assert not made.matches(f"acme-agents-dev-{logical_id[:60]}-16VAX8Y6Y64W")


@pytest.mark.parametrize(
    ("stack", "logical_id", "name"),
    [
        ("shop", "Inner", "shop-Inner-*-Role-*"),
        # 30 letters, Inner, 13 random ones and two hyphens do not surely fit beside Role, of which 45 are kept
        ("s" * 30, "Inner", f"{'s' * 30}-Inner*-Role-*"),
        ("s" * 24, "Inner", f"{'s' * 24}-Inner-*-Role-*"),
    ],
)
def test_names_in_a_nested_stack_begin_with_its_name(stack: str, logical_id: str, name: str):
    within = StackAndId(100).name(stack, logical_id)
    assert str(StackAndId(64).name(within, "Role")) == name


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://s3.amazonaws.com/b/child.yaml", "b/child.yaml"),
        ("https://s3-eu-west-1.amazonaws.com/b/a/child.yaml", "b/a/child.yaml"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com/b/child.yaml", "b/child.yaml"),
        ("https://b.s3.amazonaws.com/child.yaml?versionId=7", "b/child.yaml"),
        ("https://my.b.s3.eu-west-1.amazonaws.com/child.yaml", "my.b/child.yaml"),
        ("s3://b/child.yaml", "b/child.yaml"),
        ("https://example.org/child.yaml", "*/*"),
        ({"Fn::Sub": "https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/a/child.yaml"}, "*/a/child.yaml"),
        ({"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/b-${AWS::AccountId}/x"}, "b-123456789012/x"),
        ({"Fn::Sub": "https://s3.amazonaws.com/${Bucket}/child.yaml"}, "*/child.yaml"),
        ({"Ref": "Bucket"}, "*/*"),
        ("./child.yaml", "*/*.template"),
    ],
)
def test_the_url_names_the_object_that_is_read(tmp_path: Path, url: object, read: str):
    written(tmp_path, parent={"Parameters": {"Bucket": {"Type": "String"}}, **nesting(url)})
    called, _ = needs_of(resolved(tmp_path))
    found = {need.on for need in called if need.action == "s3:GetObject" and need.tier is Tier.REQUIRED}
    assert found == {f"arn:aws:s3:::{read}"}
