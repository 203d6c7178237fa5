"""`leastgrant chain`: the delivery chain of plain templates, whole and broken, and policies by stack and by account."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leastgrant.cli.progress import Progress
from tests.leastgrant.cli.conftest import Result, Run
from tests.leastgrant.conftest import ACCOUNT, REGION

EXEC, DEPLOY, CI = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("exec", "deploy", "ci"))
SHOP = ["--stack", "orders=orders.yaml", "--stack", "jobs=queue.json", "--account", ACCOUNT, "--region", REGION]
STACKS = [f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/*" for name in ("orders", "jobs")]
CHANGING = [
    f"cloudformation:{name}"
    for name in ("CreateChangeSet", "DescribeChangeSet", "DescribeStacks", "ExecuteChangeSet", "GetTemplateSummary")
]


def trusting(principal: dict[str, str], *statements: dict[str, Any], name: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": document}] if statements else [],
        },
    }


@pytest.fixture
def least(run: Run, tmp_path: Path) -> Path:
    result = run("chain", *SHOP, "--exec-role-arn", EXEC, "--generate", tmp_path / "policies")
    assert result.status == 0, result.out
    assert f"aws iam attach-role-policy --role-name exec --policy-arn arn:aws:iam::{ACCOUNT}:policy/exec-" in result.out
    return tmp_path / "policies"


def states(result: Result) -> dict[str, str]:
    return {link["link"]: link["state"] for link in json.loads(result.out)["links"]}


def written(path: Path, *, passed: str = EXEC, trusted: str = CI, assumed: str = DEPLOY) -> list[object]:
    """The roles of a chain, in a template, and the arguments that name them."""
    passing = {"Action": "iam:PassRole", "Resource": passed}
    passing["Condition"] = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}  # pyright: ignore[reportArgumentType]
    roles = {
        "Exec": trusting({"Service": "cloudformation.amazonaws.com"}, name="exec"),
        "Deploy": trusting({"AWS": trusted}, {"Action": CHANGING, "Resource": STACKS}, passing, name="deploy"),
        "Ci": trusting({"Service": "ec2.amazonaws.com"}, {"Action": "sts:AssumeRole", "Resource": assumed}, name="ci"),
    }
    path.write_text(json.dumps({"Resources": roles}))
    return ["--exec-role", f"{path}#Exec", "--deploy-role", f"{path}#Deploy", "--ci-role", f"{path}#Ci"]


def test_what_is_generated_is_proved_and_without_an_action_it_is_not(run: Run, least: Path, tmp_path: Path):
    given = ["chain", *SHOP, "--exec-role-arn", EXEC, "--exec-policy"]
    result = run(*given, least)
    assert result.status == 0, result.out
    assert "orders, jobs: 2 stacks in 1 environment" in result.out
    (file,) = least.iterdir()
    (tmp_path / "less.json").write_text(file.read_text().replace("sqs:CreateQueue", "sqs:PurgeQueue"))
    less = run(*given, tmp_path / "less.json", "--format", "json")
    assert less.status == 1
    kinds = {cause["kind"] for link in json.loads(less.out)["links"] for cause in link["causes"]}
    assert {"missing", "excess"} <= kinds


@pytest.mark.parametrize(
    ("broken", "link"),
    [
        ({}, None),
        ({"passed": DEPLOY}, "deploy"),
        ({"trusted": f"arn:aws:iam::{ACCOUNT}:role/other"}, "ci"),
        ({"assumed": EXEC}, "ci"),
    ],
)
def test_each_broken_link_is_found_at_the_link(
    run: Run, least: Path, tmp_path: Path, broken: dict[str, str], link: str | None
):
    roles = written(tmp_path / "chain.json", **broken)
    result = run("chain", *SHOP, *roles, "--exec-policy", least, "--format", "json", "--only", "missing")
    found = {one["link"]: len(one["causes"]) for one in json.loads(result.out)["links"]}
    told = states(run("chain", *SHOP, *roles, "--exec-policy", least, "--format", "json"))
    assert set(told) == {"ci", "deploy", "execution"}
    assert told["execution"] == "proved"
    if link is not None:
        assert told[link] == "not proved"
    else:
        assert found == dict.fromkeys(found, 0), result.out
    if "trusted" in broken:
        assert (
            f"{DEPLOY} does not trust {CI}, so the role that runs the tool cannot assume it"
            in run("chain", *SHOP, *roles, "--link", "ci", "--format", "json").out
        )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (SHOP, "--exec-role-arn: is needed, as no template tells the ARN of the execution role"),
        ([*SHOP, "--stack", "orders=queue.json", "--exec-role-arn", EXEC], "--stack orders: is given twice"),
        ([*SHOP, "--exec-role-arn", EXEC, "--parameter", "A=b"], "--parameter A: no template declares it"),
        ([*SHOP, "--exec-role-arn", EXEC, "--link", "deploy"], "--deploy-role: is needed for the links ci and deploy"),
        (
            [*SHOP, "--exec-role-arn", EXEC, "--only-stack", "shop"],
            "--only-stack shop: the app has no such stack; it has",
        ),
        ([*SHOP, "--stack", "orders", "--exec-role-arn", EXEC], "gives no stack a template; write NAME=TEMPLATE"),
        ([*SHOP, "--exec-role-arn", EXEC, "--deploy-role", "policy.json"], "--deploy-role-arn: is needed"),
        ([*SHOP, "--exec-role-arn", EXEC, "--most-policies", "40"], "is no such quota; it is 10 to 25"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(run: Run, arguments: list[str], problem: str):
    result = run("chain", *arguments)
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert problem in result.err


@pytest.fixture(scope="module")
def regions(cdk_apps: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app with stages, both in one account."""
    app = tmp_path_factory.mktemp("regions") / "cdk.out"
    shutil.copytree(cdk_apps["stages"], app)
    for file in app.rglob("*.json"):
        file.write_text(file.read_text().replace("222222222222", "111111111111"))
    return app


@pytest.mark.parametrize(
    ("per", "files"),
    [
        ("app", ["111111111111-eu-west-1.template.json", "111111111111-us-east-1.template.json"]),
        ("stack", ["111111111111-eu-west-1.template.json", "111111111111-us-east-1.template.json"]),
        ("account", ["111111111111.template.json"]),
    ],
)
def test_policies_per_app_stack_and_account_are_proved(
    run: Run, regions: Path, tmp_path: Path, per: str, files: list[str]
):
    folder = tmp_path / per
    written = run("cdk", regions, "--generate", folder, "--per", per)
    assert written.status == 0, written.out
    assert sorted(file.name for file in folder.iterdir()) == files
    assert written.out.count("cdk bootstrap aws://") == 2
    asked = ["cdk", regions, "--exec-policy", folder, "--link", "execution"]
    assert run(*asked, "--per", per).status == 0
    if per == "account":
        broad = json.loads(run(*asked, "--format", "json").out)["links"][0]["causes"]
        assert broad, "held against one environment alone, it is too much"
    names = json.loads((folder / files[0]).read_text())["Resources"]["Policy1"]["Properties"]["ManagedPolicyName"]
    assert ("Beta-Shop" in names) == (per == "stack")


def test_a_folder_of_another_per_is_not_mixed_with(run: Run, regions: Path, tmp_path: Path):
    assert run("cdk", regions, "--generate", tmp_path / "policies").status == 0
    result = run("cdk", regions, "--generate", tmp_path / "policies", "--per", "account")
    assert (result.status, result.out) == (2, "")
    assert "has policies that were written per environment" in result.err


def test_another_type_changes_no_statement_of_the_others(run: Run, cdk_apps: dict[str, Path], tmp_path: Path):
    def statements(app: Path, name: str) -> dict[str, object]:
        assert run("cdk", app, "--generate", tmp_path / name).status == 0
        (file,) = (tmp_path / name).iterdir()
        policies = json.loads(file.read_text())["Resources"].values()
        return {one["Sid"]: one for p in policies for one in p["Properties"]["PolicyDocument"]["Statement"]}

    app = tmp_path / "app"
    shutil.copytree(cdk_apps["one"], app)
    before = statements(app, "before")
    template = json.loads((app / "Shop.template.json").read_text())
    template["Resources"]["News"] = {"Type": "AWS::SNS::Topic"}
    (app / "Shop.template.json").write_text(json.dumps(template))
    after = statements(app, "after")
    assert {sid: after.get(sid) for sid in before} == before
    assert {sid for sid in after if sid not in before} == {sid for sid in after if "SNS" in sid}


def test_it_tells_of_every_stack_that_is_proved(run: Run, least: Path, monkeypatch: pytest.MonkeyPatch):
    told: list[tuple[object, ...]] = []

    class Recorded(Progress):
        def __init__(self, what: str, total: int | None, unit: str = "") -> None:
            super().__init__(what, total, unit)
            told.append((what, total, unit))

        def advance(self, by: int = 1) -> None:
            told.append((by,))

    monkeypatch.setattr("leastgrant.cli.commands.chain_report.Progress", Recorded)
    assert run("chain", *SHOP, "--exec-role-arn", EXEC, "--exec-policy", least).status == 0
    assert told == [("Proving", 2, "stacks"), (2,)]
