"""Fleets: what is a stack, whose role is whose, what is found in parts and in processes, and what is broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from leastgrant.account_details import roles_of_account
from leastgrant.fleet import prove as fleet
from leastgrant.fleet.prove import matched, prove_fleet
from leastgrant.fleet.stacks import FleetError, FleetStack, stacks_in, with_roles
from leastgrant.role import Role

ACCOUNT = "123456789012"
SERVICE = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SQS = ["CreateQueue", "DeleteQueue", "GetQueueAttributes", "SetQueueAttributes"]


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def role(name: str, *statements: tuple[list[str], object], trust: object = SERVICE, path: str = "") -> dict[str, Any]:
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": on} for actions, on in statements]
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}
    return {
        "RoleName": name,
        "Arn": arn(path + name),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [policy] if allowed else [],
        "AttachedManagedPolicies": [],
    }


def queues(*names: str) -> list[str]:
    return [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}" for name in names]


def details(folder: Path, *roles: dict[str, Any]) -> Path:
    path = folder / "details.json"
    path.write_text(json.dumps({"RoleDetailList": roles, "Policies": [], "IsTruncated": False}))
    return path


def queue(name: str) -> str:
    return json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def fleet_of(folder: Path, count: int) -> Path:
    for number in range(count):
        write(folder / ACCOUNT / "eu-west-1" / f"s{number}.json", queue(f"s{number}"))
    return folder


# --- what is a stack ----------------------------------------------------------------------------------------------


def test_stacks_are_found_in_every_form(tmp_path: Path):
    here = tmp_path / ACCOUNT / "eu-west-1"
    write(here / "plain.template.json", queue("plain"))
    write(here / "written.yaml", "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n")
    write(here / "got.json", json.dumps({"TemplateBody": json.loads(queue("got"))}))
    write(here / "text.json", json.dumps({"TemplateBody": "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n"}))
    write(
        here / "text2.yml",
        "StagesAvailable: [Original]\nTemplateBody: |\n  Resources:\n    Jobs: {Type: AWS::SQS::Queue}\n",
    )
    write(here / "parameters.json", "[]")
    write(here / "notes.md", "# Resources:")
    write(tmp_path / "app" / "cdk.out" / "A.template.json", queue("a"))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/us-east-1",
        "properties": {"templateFile": "A.template.json", "cloudFormationExecutionRoleArn": arn("exec")},
    }
    write(
        tmp_path / "app" / "cdk.out" / "manifest.json", json.dumps({"version": "55.0.0", "artifacts": {"A": artifact}})
    )
    found = stacks_in(tmp_path)
    names = {"got", "plain", "text", "text2", "written"}
    assert {stack.id for stack in found.stacks} == {
        f"{ACCOUNT}/us-east-1/A",
        *(f"{ACCOUNT}/eu-west-1/{n}" for n in names),
    }
    assert {stack.name for stack in found.stacks if (read := stack.resolved()) and len([*read]) == 1} == {*names, "A"}
    assert {path.name for path in found.other} == {"notes.md", "parameters.json"}
    assert found.broken == []


def test_what_describe_stacks_tells_is_taken(tmp_path: Path):
    write(
        tmp_path / "shop.yaml",
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: {Ref: Name}}}}\n",
    )
    told = {
        "StackName": "shop",
        "StackId": f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/shop/1",
        "RoleARN": arn("deployer"),
        "Tags": [{"Key": "team", "Value": "shop"}],
        "Parameters": [{"ParameterKey": "Name", "ParameterValue": "jobs"}],
    }
    write(tmp_path / "stacks.json", json.dumps({"Stacks": [told, {**told, "StackName": "gone"}]}))
    (stack,) = stacks_in(tmp_path).stacks
    assert (stack.id, stack.role, stack.tags) == (f"{ACCOUNT}/eu-west-1/shop", arn("deployer"), (("team", "shop"),))
    resolved = stack.resolved()
    assert resolved is not None
    assert [str(one) for resource in resolved for one in resource.arns] == queues("jobs")


def test_of_two_stacks_of_one_name_neither_is_taken_for_the_other(tmp_path: Path):
    write(tmp_path / "a" / "shop.json", queue("a"))
    write(tmp_path / "b" / "shop.json", queue("b"))
    found = stacks_in(tmp_path, account=ACCOUNT, region="eu-west-1")
    assert len(found.stacks) == 1
    assert f"is the stack {ACCOUNT}/eu-west-1/shop, and so is" in found.broken[0]


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path):
    fleet_of(tmp_path, 2)
    write(tmp_path / "broken.json", '{"Resources": {')
    write(tmp_path / "half.json", '{"Stacks": {}}')
    (tmp_path / "latin.yaml").write_bytes(b"Resources:\n  \xe9: 1\n")
    write(tmp_path / "app" / "manifest.json", '{"artifacts": 7}')
    found = stacks_in(tmp_path)
    assert len(found.stacks) == 2
    assert len(found.broken) == 4
    assert all("\n" not in problem for problem in found.broken)


def test_a_folder_without_a_stack_is_refused(tmp_path: Path):
    with pytest.raises(FleetError, match="has no stack"):
        stacks_in(tmp_path)
    with pytest.raises(FleetError, match="is no folder"):
        stacks_in(tmp_path / "gone")


# --- which role deploys which stack -------------------------------------------------------------------------------


def stack(name: str, role: str | None = None, account: str | None = ACCOUNT) -> FleetStack:
    return FleetStack(name, account, "eu-west-1", Path(f"{name}.json"), role)


def known(tmp_path: Path, *roles: dict[str, Any]) -> dict[str, Role]:
    return roles_of_account(details(tmp_path, *roles))


def test_a_stack_has_the_role_that_is_told_else_the_one_that_trusts_cloudformation(tmp_path: Path):
    linked = role("linked", path="aws-service-role/cloudformation.amazonaws.com/")
    roles = known(tmp_path, role("one"), role("worker", trust=LAMBDA), linked)
    by_role, without = matched(
        [stack("a"), stack("b", arn("worker")), stack("c", arn("gone")), stack("d", None, None)], roles
    )
    assert {key: [one.name for one in those] for key, those in by_role.items()} == {
        arn("one"): ["a"],
        arn("worker"): ["b"],
    }
    assert without[f"{ACCOUNT}/eu-west-1/c"] == f"{arn('gone')} is in none of the account details"
    assert without["unknown/eu-west-1/d"].startswith("its account is not known")


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ((role("worker", trust=LAMBDA),), "nothing tells its role, and no role of its account trusts CloudFormation"),
        ((role("a"), role("b")), "nothing tells its role, and 2 roles of its account trust CloudFormation"),
    ],
)
def test_what_cannot_be_matched_is_told(roles: tuple[dict[str, Any], ...], reason: str, tmp_path: Path):
    _, without = matched([stack("s")], known(tmp_path, *roles))
    assert without == {f"{ACCOUNT}/eu-west-1/s": reason}


def test_a_map_names_roles_and_nothing_unknown():
    stacks = [stack("a"), stack("b", arn("told")), FleetStack("a", ACCOUNT, "us-east-1", Path("a.json"))]
    given = {f"{ACCOUNT}/us-east-1/a": arn("x"), "b": arn("y")}
    assert [one.role for one in with_roles(stacks, given)] == [None, arn("y"), arn("x")]
    with pytest.raises(FleetError, match="c is the name of none"):
        with_roles(stacks, {"c": arn("x")})
    with pytest.raises(FleetError, match="a is the name of several"):
        with_roles(stacks, {"a": arn("x")})


# --- the proof ----------------------------------------------------------------------------------------------------

EVERY = [f"sqs:{name}" for name in SQS]


def rows(folder: Path, *roles: dict[str, Any], stacks: int = 5, processes: int = 1) -> dict[str, fleet.RoleRow]:
    path = details(folder, *roles)
    found = stacks_in(fleet_of(folder / "stacks", stacks)).stacks
    by_role = {arn("deployer"): found}
    return {row.arn: row for row in prove_fleet([path], by_role, [one["Arn"] for one in roles], processes=processes)}


EXACT = role("deployer", (EVERY, queues(*(f"s{number}" for number in range(5)))))
LACKING = role("deployer", (EVERY, queues(*(f"s{number}" for number in range(4)))))
GREEDY = role("deployer", ([*EVERY, "sqs:PurgeQueue"], queues(*(f"s{number}" for number in range(5)), "other")))
BROAD = role("deployer", (EVERY, queues("*")))
WRITER = role("writer", (["iam:PutRolePolicy"], "*"), trust=LAMBDA)


@pytest.mark.parametrize("together", [1, 2, 100])
@pytest.mark.parametrize("given", [EXACT, LACKING, GREEDY, BROAD], ids=["exact", "lacking", "greedy", "broad"])
def test_the_parts_of_a_role_find_what_the_whole_does(
    given: dict[str, Any], together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def found(folder: Path) -> set[tuple[str, str]]:
        row = rows(folder, given)[arn("deployer")]
        assert (len(row.stacks), row.resources) == (5, 5)
        return {(one.where, one.id) for one in row.findings}

    whole = found(tmp_path / "whole") if (tmp_path / "whole").mkdir() is None else set[tuple[str, str]]()
    monkeypatch.setattr(fleet, "_TOGETHER", together)
    (tmp_path / "parts").mkdir()
    assert found(tmp_path / "parts") == whole
    assert bool(whole) is (given is not EXACT)


def test_a_role_is_proved_or_counted(tmp_path: Path):
    row = rows(tmp_path, GREEDY)[arn("deployer")]
    assert dict(row.counts) == {"excess": 5}
    assert not row.proved
    assert {one.id for one in row.findings} >= {"excess[sqs:PurgeQueue]"}
    lacking = rows(tmp_path, LACKING)[arn("deployer")]
    assert {one.action for one in lacking.findings if one.kind == "missing"} == {
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:GetQueueAttributes",
    }
    assert rows(tmp_path, EXACT)[arn("deployer")].proved


def test_a_role_without_stacks_is_asked_for_its_ways(tmp_path: Path):
    row = rows(tmp_path, EXACT, WRITER)[arn("writer")]
    assert row.stacks == ()
    assert row.counts["escalation"] >= 1
    assert set(row.counts) == {"escalation"}, "what has no stacks has no excess"


def test_processes_find_what_one_finds(tmp_path: Path):
    alone = rows(tmp_path, GREEDY, WRITER)
    assert rows(tmp_path, GREEDY, WRITER, processes=2) == alone


def test_a_broken_template_is_told_and_proves_nothing(tmp_path: Path):
    write(tmp_path / "stacks" / ACCOUNT / "eu-west-1" / "broken.yaml", "Resources:\n  Jobs: {Type: 7}\n")
    row = rows(tmp_path, EXACT)[arn("deployer")]
    assert len(row.stacks) == 5
    assert not row.findings
    assert not row.proved
    (problem,) = row.not_read
    assert problem.startswith(f"{ACCOUNT}/eu-west-1/broken: ")
    assert "broken.yaml:2: Resources.Jobs: Type is 7" in problem


def test_an_export_of_another_stack_of_the_role_is_known(tmp_path: Path):
    here = tmp_path / "stacks" / ACCOUNT / "eu-west-1"
    write(
        here / "a.json",
        json.dumps({**json.loads(queue("s0")), "Outputs": {"Q": {"Value": "s9", "Export": {"Name": "q"}}}}),
    )
    template = queue("s1").replace('"s1"', '{"Fn::ImportValue": "q"}')
    write(here / "b.json", template)
    given = role("deployer", (EVERY, queues(*(f"s{number}" for number in range(5)), "s9")))
    assert rows(tmp_path, given)[arn("deployer")].counts == {}
