"""A file of uses is read strictly."""

import json
from pathlib import Path

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.uses import load_uses
from leastgrant.template import TemplateError

USE = {"name": "seed", "reason": "fills it", "actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::orders/*"]}


def test_uses_are_read_from_yaml_and_json(tmp_path: Path):
    yaml, json_ = tmp_path / "uses.yaml", tmp_path / "uses.json"
    yaml.write_text(
        "- name: seed\n  reason: fills it\n  actions: ['s3:PutObject']\n  resources: ['arn:aws:s3:::orders/*']\n"
    )
    json_.write_text(json.dumps([USE]))
    (use,) = load_uses(yaml)
    assert load_uses(json_) == (use,)
    assert (use.name, use.reason, use.actions) == ("seed", "fills it", ("s3:PutObject",))
    assert use.resources == (Pattern.parse("arn:aws:s3:::orders/*"),)


def test_an_action_may_be_a_pattern_of_known_ones(tmp_path: Path):
    path = tmp_path / "uses.json"
    path.write_text(json.dumps([{**USE, "actions": ["s3:PutObjectTag*"]}]))
    (use,) = load_uses(path)
    assert {need.action for need in use.needs()} == {"s3:PutObjectTagging"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "must be a list, and is a map"),
        ([], "is an empty list; name at least one"),
        (["seed"], "[0]: must be a map, and is 'seed'; each use has name, reason, actions, resources"),
        ([{**USE, "action": "x"}], "[0]: unknown key 'action'; each use has"),
        ([{"name": "seed"}], "[0]: reason is missing; each use has"),
        ([{**USE, "name": ""}], "[0].name: must be text, and is ''"),
        ([{**USE, "reason": None}], "[0].reason: must be text, and is None"),
        ([USE, USE], "[1].name: 'seed' is taken; give each use a name of its own"),
        ([{**USE, "actions": "s3:PutObject"}], "[0].actions: must be a list, and is 's3:PutObject'"),
        ([{**USE, "actions": []}], "[0].actions: is an empty list; name at least one"),
        ([{**USE, "actions": [7]}], "[0].actions[0]: must be text, and is 7"),
        ([{**USE, "actions": ["s3:PutObjct"]}], "IAM has no action 's3:PutObjct'; did you mean s3:PutObject?"),
        ([{**USE, "actions": ["*"]}], "[0].actions[0]: IAM has no action '*'; write service:Name"),
        ([{**USE, "actions": ["s3:Frobnicate*"]}], "IAM has no action 's3:Frobnicate*'"),
        ([{**USE, "resources": ["orders"]}], "[0].resources[0]: 'orders' is not an ARN; write * or arn:"),
        ([{**USE, "resources": ["arn:s3:::orders/*"]}], "[0].resources[0]: 'arn:s3:::orders/*' matches no ARN; write"),
        ([{**USE, "resources": [{"Ref": "Bucket"}]}], "[0].resources[0]: must be text, and is a map"),
    ],
)
def test_anything_else_is_refused(content: object, problem: str, tmp_path: Path):
    path = tmp_path / "uses.json"
    path.write_text(json.dumps(content))
    with pytest.raises(TemplateError) as error:
        load_uses(path)
    assert str(error.value).startswith(str(path))
    assert problem in str(error.value)


def test_tags_are_refused(tmp_path: Path):
    path = tmp_path / "uses.yaml"
    path.write_text("- !!python/name:os.system ''\n")
    with pytest.raises(TemplateError, match="unknown tag"):
        load_uses(path)
