"""A file of uses is read strictly."""

import json
from pathlib import Path

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.missing import refusals
from leastgrant.proof.uses import load_uses, parse_uses, uses_file
from leastgrant.role import Role
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
        ([{**USE, "tier": "optional"}], "[0].tier: must be required or advisory, and is 'optional'"),
        ([{**USE, "source": 7}], "[0].source: must be text, and is 7"),
    ],
)
def test_anything_else_is_refused(content: object, problem: str, tmp_path: Path):
    path = tmp_path / "uses.json"
    path.write_text(json.dumps(content))
    with pytest.raises(TemplateError) as error:
        load_uses(path)
    assert str(error.value).startswith(str(path))
    assert problem in str(error.value)


CHANGE = {
    "name": "deploy",
    "reason": "it deploys",
    "actions": ["cloudformation:CreateChangeSet", "cloudformation:DescribeStacks"],
    "resources": ["arn:aws:cloudformation:eu-west-1:123456789012:stack/till/*"],
    "context": {
        "cloudformation:ChangeSetName": "till-*",
        "cloudformation:RoleArn": [],
        "aws:ViaAWSService": False,
        "aws:TagKeys": ["team", "cost"],
    },
}


def test_a_use_says_what_its_requests_hold(tmp_path: Path):
    path = tmp_path / "uses.json"
    path.write_text(json.dumps([CHANGE]))
    (use,) = load_uses(path)
    assert parse_uses(uses_file([use]), "again") == (use,)

    def allowed(**condition: object) -> set[str]:
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
        policy = parse_policy({"Version": "2012-10-17", "Statement": [statement]}, "p")
        refused = refusals(use.needs(), Role("Deploy", (policy,)).permissions)
        return {need.action.partition(":")[2] for need, witness in refused.items() if witness is None}

    both = {"CreateChangeSet", "DescribeStacks"}
    assert allowed(StringLike={"cloudformation:ChangeSetName": "till-*"}) == {"CreateChangeSet"}
    assert allowed(StringLike={"cloudformation:ChangeSetName": "till-a*"}) == set()
    assert allowed(Null={"cloudformation:RoleArn": "true"}) == {"CreateChangeSet"}
    assert allowed(Bool={"aws:ViaAWSService": "false"}) == both
    assert allowed(Bool={"aws:ViaAWSService": "true"}) == set()
    assert allowed(**{"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}) == both
    assert allowed(**{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}) == set()
    assert allowed(StringEquals={"aws:RequestedRegion": "eu-west-1"}) == both
    assert allowed(StringEquals={"aws:RequestedRegion": "eu-west-2"}) == set()


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("x", "[0].context: must be a map of condition keys, and is 'x'"),
        ({"s3:prefix": "a"}, "[0].context.s3:prefix: no action of the use takes the condition key 's3:prefix'"),
        ({"ViaAWSService": True}, "no action of the use takes the condition key 'ViaAWSService'; name one that does"),
        ({"aws:TagKeys": {"a": 1}}, "[0].context.aws:TagKeys: must be text, a number or a boolean, and is a map"),
        ({"aws:TagKeys": [None]}, "[0].context.aws:TagKeys[0]: must be text, a number or a boolean, and is None"),
        ({"aws:TagKeys": "a", "aws:tagkeys": "b"}, "'aws:tagkeys' is 'aws:TagKeys', in whatever case; give it once"),
    ],
)
def test_a_context_that_no_request_can_have_is_refused(context: object, problem: str, tmp_path: Path):
    path = tmp_path / "uses.json"
    path.write_text(json.dumps([{**CHANGE, "context": context}]))
    with pytest.raises(TemplateError) as error:
        load_uses(path)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_tags_are_refused(tmp_path: Path):
    path = tmp_path / "uses.yaml"
    path.write_text("- !!python/name:os.system ''\n")
    with pytest.raises(TemplateError, match="unknown tag"):
        load_uses(path)


def test_who_declares_a_service_role_passes_it():
    def passed(**declared: object) -> list[tuple[str, object]]:
        (use,) = parse_uses(json.dumps([{**USE, **declared}]), "uses")
        return [(need.on, need.contexts) for need in use.needs() if need.action == "iam:PassRole"]

    arn = "arn:aws:iam::123456789012:role/exec"
    stack = {"actions": ["cloudformation:CreateStack"], "resources": ["arn:aws:cloudformation:*:*:stack/s/*"]}
    assert passed(**stack, context={"cloudformation:RoleArn": arn}) == [
        (arn, ({"iam:passedtoservice": ("cloudformation.amazonaws.com",)},))
    ]
    assert passed(**stack) == []
