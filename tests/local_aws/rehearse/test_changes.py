"""A change that a deployment's permissions are enough for, and copies of an assembly that the CLI takes for its own."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.rehearse.changes import FAILING, changed, failing
from local_aws.rehearse.variants import edited, read_template, without_images

FUNCTION: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}, "Role": "r"}}
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
TAGGED: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "team", "Value": "shop"}]}}
METADATA: dict[str, Any] = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}}


@pytest.mark.parametrize(
    ("resources", "what", "where"),
    [
        ({"A": ROLE, "B": FUNCTION}, "the description of B", ("Resources", "B", "Properties", "Description")),
        ({"A": TAGGED}, "a tag of A", ("Resources", "A", "Properties", "Tags")),
        ({"A": ROLE, "M": METADATA}, "M, which is CDK's metadata", ("Resources", "M", "Properties", "Analytics")),
        ({"A": ROLE}, "an output", ("Outputs",)),
        ({"A": {"Type": "Custom::Thing"}}, "an output", ("Outputs",)),
    ],
)
def test_one_thing_is_changed_that_calls_nothing_new(
    resources: dict[str, Any], what: str, where: tuple[str, ...]
) -> None:
    """A role's description would take iam:UpdateRole, which no policy for this template has."""
    template: dict[str, Any] = copy.deepcopy({"Resources": resources})
    before = json.dumps(template)
    said, after = changed(template)
    assert (said, json.dumps(template)) == (what, before)
    assert after != template
    for tree in (after, template):  # all else is the same
        _forget(tree, where)
    assert after == template


def _forget(tree: Any, where: tuple[str, ...]) -> None:
    for key in where[:-1]:
        tree = tree[key]
    tree.pop(where[-1], None)


def test_what_is_to_fail_comes_last() -> None:
    template = failing({"Resources": {"A": ROLE, "B": {**FUNCTION, "Condition": "Never"}}})
    assert template["Resources"][FAILING]["DependsOn"] == ["A"]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    text = json.dumps({"Resources": {"A": ROLE}})
    name = hashlib.sha256(text.encode()).hexdigest()
    (folder / "Shop.template.json").write_text(text)
    files = {name: {"source": {"path": "Shop.template.json"}, "destinations": {"d": {"objectKey": f"{name}.json"}}}}
    images = {"1": {"source": {"directory": "asset.1"}, "destinations": {}}}
    (folder / "Shop.assets.json").write_text(json.dumps({"files": files, "dockerImages": images}))
    (folder / "manifest.json").write_text(json.dumps({"url": f"s3://bucket/{name}.json"}))
    return folder


def test_an_edited_template_is_published_under_its_own_hash(assembly: Path, tmp_path: Path) -> None:
    made = edited(assembly, tmp_path / "copy", {assembly / "Shop.template.json": {"Resources": {}}})
    text = (made / "Shop.template.json").read_text()
    name = hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text) == {"Resources": {}}
    assert json.loads((made / "manifest.json").read_text())["url"] == f"s3://bucket/{name}.json"
    assert [*json.loads((made / "Shop.assets.json").read_text())["files"]] == [name]
    assert read_template(assembly / "Shop.template.json") == {"Resources": {"A": ROLE}}


def test_images_are_left_out_of_a_copy(assembly: Path, tmp_path: Path) -> None:
    made = without_images(assembly, tmp_path / "copy")
    assert json.loads((made / "Shop.assets.json").read_text())["dockerImages"] == {}
    assert json.loads((assembly / "Shop.assets.json").read_text())["dockerImages"]
