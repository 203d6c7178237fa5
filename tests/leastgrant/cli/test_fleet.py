"""`leastgrant fleet`: its formats, statuses, and what it refuses."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

EXAMPLES = ROOT / "docs" / "examples"
DETAILS = ("--account-details", EXAMPLES / "account.json")


def test_the_formats_tell_the_same(run: Run):
    text, markdown, report = (
        run("fleet", EXAMPLES / "fleet", *DETAILS, "--format", name) for name in ("text", "markdown", "json")
    )
    assert (text.status, markdown.status, report.status) == (1, 1, 1)
    told = json.loads(report.out)
    assert [one["arn"].rpartition("/")[2] for one in told["roles"]] == ["shop-deploy", "report"]
    assert {*told["roles"][0]["counts"]} >= {"excess", "broad"}
    for shown in (text.out, markdown.out):
        assert "shop-deploy" in shown
        assert "report" in shown


def test_two_roles_that_trust_cloudformation_leave_a_stack_unmatched(run: Run, tmp_path: Path):
    account = json.loads((EXAMPLES / "account.json").read_text())
    account["RoleDetailList"].append(
        account["RoleDetailList"][0] | {"RoleName": "b", "Arn": "arn:aws:iam::123456789012:role/b"}
    )
    (tmp_path / "account.json").write_text(json.dumps(account))
    result = run("fleet", EXAMPLES / "fleet", "--account-details", tmp_path / "account.json", "--format", "json")
    assert result.status == 1
    assert "2 roles of its account trust" in json.loads(result.out)["without_role"]["123456789012/eu-west-1/orders"]
    (tmp_path / "map.yaml").write_text("orders: arn:aws:iam::123456789012:role/b\n")
    mapped = run(
        "fleet",
        EXAMPLES / "fleet",
        "--account-details",
        tmp_path / "account.json",
        "--map",
        tmp_path / "map.yaml",
        "--format",
        "json",
    )
    assert json.loads(mapped.out)["without_role"] == {}


def test_a_broken_file_among_others_ends_with_2_and_the_report(run: Run, tmp_path: Path):
    folder = tmp_path / "fleet"
    shutil.copytree(EXAMPLES / "fleet", folder)
    (folder / "broken.json").write_text('{"Resources": {')
    result = run("fleet", folder, *DETAILS, "--jobs", "1")
    assert result.status == 2
    assert result.err.count("\n") == 1
    assert "1 could not be read" in result.err
    assert "broken.json:1:" in result.out  # the line may be broken behind it
    assert "shop-deploy" in result.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "the following arguments are required: DIR, --account-details"),
        (["gone", "--account-details", "account.json"], "gone: is no folder"),
        (["empty", "--account-details", "account.json"], "empty: has no stack"),
        (["fleet", "--account-details", "gone.json"], "gone.json: cannot be read"),
        (["fleet", "--account-details", "map.yaml"], "map.yaml: has no RoleDetailList"),
        (["fleet", "--account-details", "account.json", "--account-details", "account.json"], "keep one of them"),
        (["fleet", "--account-details", "account.json", "--map", "map.yaml"], "--map: gone is the name of none"),
        (["fleet", "--account-details", "account.json", "--map", "list.yaml"], "--map list.yaml: is no object"),
        (["fleet", "--account-details", "account.json", "--map", "bad.yaml"], "shop: 'deployer' is no role's ARN"),
        (
            ["fleet", "--account-details", "account.json", "--jobs", "0"],
            "argument --jobs: '0' is no number of processes",
        ),
        (["fleet", "--account-details", "account.json", "--account", "12"], "argument --account: "),
    ],
)
def test_what_cannot_be_used_is_one_line(arguments: list[str], problem: str, run: Run, tmp_path: Path):
    shutil.copytree(EXAMPLES / "fleet", tmp_path / "fleet")
    shutil.copy(EXAMPLES / "account.json", tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "map.yaml").write_text("gone: arn:aws:iam::123456789012:role/x\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "bad.yaml").write_text("shop: deployer\n")
    os.chdir(tmp_path)  # which the fixture `run` undoes
    result = run("fleet", *arguments)
    assert (result.status, result.out) == (2, "")
    assert problem in result.err
    assert result.err.count("\n") == 1
