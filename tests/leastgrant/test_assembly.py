"""What a cloud assembly says of its stacks, and how one that cannot be used is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastgrant.assembly import FileAsset, ImageAsset, Place, SourceLine, read_assembly
from leastgrant.errors import InputError
from tests.leastgrant.conftest import ACCOUNT, BETA, PROD, REGION

ROLE = "arn:aws:iam::{0}:role/cdk-hnb659fds-{2}-role-{0}-{1}"
Apps = dict[str, Path]


def test_a_stack_is_read_with_its_roles_and_assets(cdk_apps: Apps):
    (stack,) = read_assembly(cdk_apps["one"]).stacks
    assert (stack.name, stack.place, stack.tags) == ("Shop", Place(ACCOUNT, REGION), (("team", "shop"),))
    deploy, publishing, executing, looking = (
        ROLE.format(ACCOUNT, REGION, name) for name in ("deploy", "file-publishing", "cfn-exec", "lookup")
    )
    assert (stack.deploy_role, stack.execution_role, stack.lookup_role) == (deploy, executing, looking)
    assert {(asset.bucket, asset.role) for asset in stack.files} == {
        (f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", publishing)
    }
    assert stack.qualifier == "hnb659fds"


def test_the_stacks_of_stages_are_read_with_what_is_nested_in_them(cdk_apps: Apps):
    assembly = read_assembly(cdk_apps["stages"])
    assert assembly.places == (Place(*BETA), Place(*PROD))
    assert [(stack.name, stack.display_name) for stack in assembly.stacks] == [
        ("Beta-Shop", "Beta/Shop"),
        ("Prod-Shop", "Prod/Shop"),
    ]
    assert [len(template.stacks) for _, template in assembly.resolved()] == [2, 2]


def test_an_environment_that_is_not_stated_is_filled_in(cdk_apps: Apps):
    (stack,) = read_assembly(cdk_apps["agnostic"], account=ACCOUNT, region="cn-north-1").stacks
    arn = f"arn:aws-cn:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-cn-north-1"
    assert stack.execution_role == arn
    assert {asset.bucket for asset in stack.files} == {f"cdk-hnb659fds-assets-{ACCOUNT}-cn-north-1"}


def test_lookups_and_qualifiers_are_read(cdk_apps: Apps):
    assert [one.provider for one in read_assembly(cdk_apps["lookup"]).lookups] == ["ssm"]
    assert read_assembly(cdk_apps["qualified"]).stacks[0].qualifier == "team"


STACK: dict[str, Any] = {
    "type": "aws:cloudformation:stack",
    "environment": f"aws://{ACCOUNT}/{REGION}",
    "properties": {"templateFile": "Shop.template.json"},
    "dependencies": ["Shop.assets"],
}
QUEUE = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}


def write(folder: Path, artifacts: Any, **files: Any) -> Path:
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(json.dumps(content))
    return folder


PUBLISHER = f"arn:aws:iam::{ACCOUNT}:role/publisher"


def test_images_and_external_roles_are_read(tmp_path: Path):
    """As a synthesizer without roles writes them, and an app of any language."""
    image = {"repositoryName": "repo-${AWS::Region}", "imageTag": "v1"}
    assets = {
        "files": {"a": {"destinations": {"x": {"bucketName": "b", "objectKey": "k.json", "assumeRoleArn": PUBLISHER}}}},
        "dockerImages": {"i": {"destinations": {"x": image}}},
    }
    artifacts = {"Shop": STACK, "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}}
    (stack,) = read_assembly(write(tmp_path, artifacts, assets_json=assets)).stacks
    assert stack.files == (FileAsset("b", "k.json", PUBLISHER),)
    assert stack.images == (ImageAsset(f"repo-{REGION}", "v1", None),)
    assert (stack.deploy_role, stack.qualifier) == (None, None)


def test_a_stack_comes_after_those_it_depends_on(tmp_path: Path):
    artifacts = {"B": {**STACK, "dependencies": ["A"]}, "A": {**STACK, "dependencies": ["B", "C"]}, "C": STACK}
    names = [stack.name for stack in read_assembly(write(tmp_path, artifacts)).stacks]
    assert names.index("C") < names.index("A") < names.index("B")


def test_a_stack_without_resources_is_not_deployed(tmp_path: Path):
    artifacts = {"Shop": STACK, "None": {**STACK, "properties": {"templateFile": "None.template.json"}}}
    write(tmp_path, artifacts, Shop_template_json=QUEUE, None_template_json={"Parameters": {}})
    assert [stack.name for stack, _ in read_assembly(tmp_path).resolved()] == ["Shop"]


def with_role(arn: str) -> dict[str, Any]:
    return {**STACK, "properties": {**STACK["properties"], "assumeRoleArn": arn}}


def nested(name: str) -> dict[str, Any]:
    return {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}


@pytest.mark.parametrize(
    ("artifacts", "problem"),
    [
        ({}, "has no stacks, so there is nothing to prove"),
        ([], "artifacts: must be an object, and is a list; synthesise the app anew"),
        ({"Shop": {}}, "artifacts.Shop: type is missing"),
        ({"Shop": {**STACK, "properties": {}}}, "artifacts.Shop.properties: templateFile is missing"),
        ({"Shop": {**STACK, "environment": "here"}}, "'here' is no environment; CDK writes aws://ACCOUNT/REGION"),
        ({"Shop": {**STACK, "environment": "aws://12/eu-west-1"}}, "account '12' has not the form of one"),
        (
            {"Shop": {**STACK, "environment": "aws://unknown-account/eu-west-1"}},
            "Shop: the app states no account",
        ),
        ({"Shop": {**STACK, "dependencies": "A"}}, "artifacts.Shop.dependencies: must be a list, and is 'A'"),
        ({"1Shop": STACK}, "artifacts.1Shop.properties.stackName: stack_name '1Shop' has not the form of one"),
        ({"Shop": with_role("deployer")}, "assumeRoleArn: 'deployer' is no role's ARN; it looks like arn:aws:iam::"),
        ({"Shop": with_role("arn:aws:iam::1:role/*")}, "assumeRoleArn: 'arn:aws:iam::1:role/*' is no role's ARN"),
        ({"Stage": nested("none")}, "none has no manifest.json; synthesise the app anew"),
        ({"Stage": nested(".")}, "is named twice; synthesise the app anew"),
        ({"Stage": nested("a\0b")}, "has no manifest.json"),
    ],
)
def test_an_assembly_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, artifacts: Any, problem: str):
    write(tmp_path, artifacts)
    with pytest.raises(InputError) as refused:
        read_assembly(tmp_path)
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_assembly_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"is no folder; give what `cdk synth` writes"):
        read_assembly(tmp_path / "none")
    with pytest.raises(InputError, match=r"has no manifest.json; give what `cdk synth` writes"):
        read_assembly(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest.json:1: not valid JSON"):
        read_assembly(tmp_path)


TRACED = {
    "/Shop/Jobs/Resource": [
        {"type": "aws:cdk:logicalId", "data": "Jobs"},
        {
            "type": "aws:cdk:creationStack",
            "data": [
                "...new Queue2 in aws-cdk-lib...",
                "new Shop (/app/lib/shop.ts:6:5)",
                "<anonymous> (/app/bin.ts:9:1)",
            ],
        },
    ],
    "/Shop/Old": [
        {
            "type": "aws:cdk:logicalId",
            "data": "Old",
            "trace": ["new Bucket (/app/node_modules/aws-cdk-lib/a.js:1:2)", "    at file:///app/old.js:12:3"],
        }
    ],
    "/Shop/Unknown": [
        {"type": "aws:cdk:logicalId", "data": "Unknown"},
        {
            "type": "aws:cdk:creationStack",
            "data": ["...jsii runtime...", "(no user code in 10 frames)"],
        },
    ],
}


@pytest.mark.parametrize("beside", [True, False])
def test_where_constructs_are_made_is_read_from_their_traces(tmp_path: Path, *, beside: bool):
    """As aws-cdk-lib 2.275 writes it, in a file of its own, and as older versions do, in the manifest."""
    told = {"additionalMetadataFile": "Shop.metadata.json"} if beside else {"metadata": TRACED}
    files = {"Shop_metadata.json": TRACED} if beside else {}
    (stack,) = read_assembly(write(tmp_path, {"Shop": {**STACK, "dependencies": [], **told}}, **files)).stacks
    assert stack.source_lines() == {
        **dict.fromkeys(("Shop/Jobs/Resource", "Jobs"), SourceLine("/app/lib/shop.ts", 6)),
        **dict.fromkeys(("Shop/Old", "Old"), SourceLine("/app/old.js", 12)),
    }
