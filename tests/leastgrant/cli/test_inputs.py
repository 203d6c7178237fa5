"""What is given in several files is read as one: roles, nested stacks, exports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.leastgrant.cli.conftest import Run


@pytest.fixture
def parts(run: Run, queue: list[str], tmp_path: Path) -> list[dict[str, Any]]:
    """The least policy for the queue, an action a document."""
    path = tmp_path / "least.json"
    assert run("generate", *queue, "--output", path).status == 0
    (statement,) = json.loads(path.read_text())["Statement"]
    return [
        {"Version": "2012-10-17", "Statement": [{**statement, "Action": [action]}]} for action in statement["Action"]
    ]


def written(folder: Path, parts: list[dict[str, Any]]) -> list[Path]:
    folder.mkdir()
    files = [folder / f"{number}.json" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        file.write_text(json.dumps(part))
    return files


def test_several_policies_are_one_role(run: Run, queue: list[str], parts: list[dict[str, Any]], tmp_path: Path):
    files = written(tmp_path / "policies", parts)
    given = [argument for file in files for argument in ("--role", file)]
    assert run("check", *given, *queue).status == 0
    assert run("check", *given[2:], *queue).status == 1


def test_a_folder_of_policies_is_one_role(run: Run, queue: list[str], parts: list[dict[str, Any]], tmp_path: Path):
    files = written(tmp_path / "policies", parts)
    assert run("check", "--role", tmp_path / "policies", *queue).status == 0
    files[0].unlink()
    assert run("check", "--role", tmp_path / "policies", *queue).status == 1


def test_a_list_of_policies_is_one_role(run: Run, queue: list[str], tmp_path: Path):
    managed = tmp_path / "managed.json"
    assert run("generate", "--managed", *queue, "--output", managed).status == 0
    assert run("check", "--role", managed, *queue).status == 0
    managed.write_text("[]")
    assert run("check", "--role", managed, *queue).status == 2


def test_a_policy_beside_the_roles_template_is_added_to_it(
    run: Run, queue: list[str], parts: list[dict[str, Any]], tmp_path: Path
):
    role = ["--role", "roles.yaml#Deploy", "--parameter", "AppStack=orders"]
    (extra,) = written(
        tmp_path / "policies",
        [{**parts[0], "Statement": [{**parts[0]["Statement"][0], "Action": "sns:Publish", "Resource": "*"}]}],
    )
    assert "sns:Publish" not in run("check", *role, *queue).out
    assert "excess[sns:Publish]" in run("check", *role, "--role", extra, *queue).out


def test_an_empty_folder_is_no_role(run: Run, queue: list[str], tmp_path: Path):
    result = run("check", "--role", tmp_path, *queue)
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert "has no policies; give a folder of .json or .yaml files" in result.err


NESTING = {
    "Resources": {
        "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3.amazonaws.com/b/c"}}
    }
}


def test_a_nested_stack_is_proved_with_the_template_that_is_given(run: Run, place: list[str], tmp_path: Path):
    app = tmp_path / "app.json"
    app.write_text(json.dumps(NESTING))
    needs = ["needs", "--app", app, "--stack-name", "orders", *place]
    assert "a nested stack whose template was not read" in run(*needs).out
    read = run(*needs, "--nested", "Inner=queue.json").out
    assert "not known" not in read
    assert "sqs:CreateQueue" in read


def test_without_its_template_nothing_is_proved_of_a_nested_stack(run: Run, place: list[str], tmp_path: Path):
    app, least = tmp_path / "app.json", tmp_path / "least.json"
    app.write_text(json.dumps(NESTING))
    deployed = ["--app", app, "--stack-name", "orders", *place]
    assert run("generate", *deployed, "--output", least).status == 1
    unread = "unknown[AWS::CloudFormation::Stack Inner]"
    check = ["check", "--role", least, *deployed, "--format", "json"]
    result = run(*check)
    assert result.status == 1
    assert [finding["id"] for finding in json.loads(result.out)["unknown"]] == [unread]
    acknowledged = json.loads(run(*check, "--acknowledge", f"{unread}=deployed elsewhere").out)
    assert (acknowledged["unknown"], len(acknowledged["acknowledged"])) == ([], 1)


@pytest.mark.parametrize("given", [["--export", "provider=arn:aws:iam::123456789012:oidc-provider/gitlab.com"], []])
def test_an_export_is_known_that_is_given_or_of_a_template_that_is(
    run: Run, place: list[str], tmp_path: Path, given: list[str]
):
    provider = {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://gitlab.com"}}
    exported = {"Outputs": {"Arn": {"Value": {"Ref": "Oidc"}, "Export": {"Name": "provider"}}}}
    (tmp_path / "oidc.json").write_text(json.dumps({"Resources": {"Oidc": provider}, **exported}))
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": {"Fn::ImportValue": "provider"}},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}
    (tmp_path / "role.json").write_text(json.dumps({"Resources": {"Deploy": role}}))
    app = ["--app", "queue.json" if given else tmp_path / "oidc.json", "--stack-name", "orders"]
    result = run("check", "--role", tmp_path / "role.json", *app, *place, *given)
    assert "trust[sts:AssumeRoleWithWebIdentity arn:aws:iam::123456789012:oidc-provider/gitlab.com]" in result.out
    if given:
        assert run("check", "--role", tmp_path / "role.json", *app, *place).status == 2


def test_roles_of_which_one_has_an_unknown_policy_are_not_compared(run: Run, tmp_path: Path):
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            }
        },
    }
    (tmp_path / "a.json").write_text(json.dumps({"Resources": {"Deploy": role}}))
    role["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::123456789012:policy/own"]  # pyright: ignore[reportArgumentType, reportIndexIssue]
    (tmp_path / "b.json").write_text(json.dumps({"Resources": {"Deploy": role}}))
    same = run("new-access", "--baseline", tmp_path / "b.json", "--candidate", tmp_path / "b.json")
    other = run("new-access", "--baseline", tmp_path / "a.json", "--candidate", tmp_path / "b.json")
    assert (same.status, other.status) == (0, 2)
    assert "Deploy: has the policy arn:aws:iam::123456789012:policy/own, whose document is not known" in other.err


def test_what_exists_is_not_created(run: Run, place: list[str], tmp_path: Path):
    app = tmp_path / "app.yaml"
    app.write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}")
    arguments = ["needs", "--app", app, "--stack-name", "shop", *place]
    assert "sqs:CreateQueue" in run(*arguments).out
    assert "sqs:CreateQueue" not in run(*arguments, "--existing", "Jobs").out
    refused = run(*arguments, "--existing", "Job")
    assert (refused.status, refused.err) == (
        2,
        "Job: is said to exist, but no template declares it; did you mean Jobs?\n",
    )
