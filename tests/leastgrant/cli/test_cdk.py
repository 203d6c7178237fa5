"""`leastgrant cdk`: each link of a delivery chain, whole and broken, on apps with the default synthesizer."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leastgrant.assembly import read_assembly
from leastgrant.knowledge import bootstrap, generate_bootstrap
from leastgrant.proof.chain import executions
from leastgrant.proof.missing import is_demanded
from leastgrant.report.chain import chain_schema
from tests.conftest import ROOT
from tests.leastgrant.bootstrap import write_bootstrap
from tests.leastgrant.cli.conftest import Result, Run
from tests.leastgrant.conftest import ACCOUNT, BETA, REGION
from tests.leastgrant.report.test_json import violations

Apps = dict[str, Path]
EXECUTION = ["--link", "execution"]
SUPPORT = [part for link in ("deploy", "files", "images", "lookup") for part in ("--link", link)]
HERE = f"{ACCOUNT}/{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{{}}-role-{ACCOUNT}-{REGION}"
DEPLOY, FILES, LOOKUP, EXEC = (ROLE.format(name) for name in ("deploy", "file-publishing", "lookup", "cfn-exec"))
NEEDED_OF_CI = [DEPLOY, FILES]


def states(result: Result) -> dict[str, str]:
    """The state of each link that is used, of the only environment that has it."""
    return {link["link"]: link["state"] for link in links(result) if link["state"] != "not used"}


def links(result: Result) -> list[dict[str, Any]]:
    return json.loads(result.out)["links"]


def found(result: Result, link: str) -> dict[str, list[str]]:
    """The messages of the causes of a link, by kind."""
    causes = [cause for one in links(result) if one["link"] == link for cause in one["causes"]]
    return {
        kind: [c["message"] for c in causes if c["kind"] == kind] for kind in dict.fromkeys(c["kind"] for c in causes)
    }


def policy(path: Path, *statements: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}))
    return path


def ci_role(path: Path, assumed: list[str], *more: dict[str, Any]) -> Path:
    return policy(path, {"Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": assumed}, *more)


@pytest.fixture
def generated(run: Run, tmp_path: Path) -> Callable[[Path], Path]:
    """The least policies of an app."""

    def generate(app: Path) -> Path:
        result = run("cdk", app, "--generate", tmp_path / "policies")
        assert result.status == 0, result.out
        return tmp_path / "policies"

    return generate


def test_a_whole_chain_is_proved(run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path):
    boot, ci = write_bootstrap(tmp_path / "bootstrap.json"), ci_role(tmp_path / "ci.json", NEEDED_OF_CI)
    arguments = ["--bootstrap", boot, "--exec-policy", generated(cdk_apps["one"]), "--ci-role", ci]
    arn = ["--ci-role-arn", f"arn:aws:iam::{ACCOUNT}:role/ci"]
    result = run("cdk", cdk_apps["one"], *arguments, *arn)
    assert result.status == 0, result.out
    assert result.out.startswith("Proved: every link grants what is called with it, and nothing else.")


def test_each_environment_has_links_of_its_own(run: Run, cdk_apps: Apps, generated: Callable[[Path], Path]):
    result = run("cdk", cdk_apps["stages"], "--exec-policy", generated(cdk_apps["stages"]), *EXECUTION)
    assert result.status == 0, result.out
    assert [line.split() for line in result.out.splitlines()[3:6]] == [
        ["environment", "execution"],
        ["111111111111/eu-west-1", "proved"],
        ["222222222222/us-east-1", "proved"],
    ]


def test_what_is_generated_says_how_to_put_it_to_use(run: Run, cdk_apps: Apps, tmp_path: Path):
    result = run("cdk", cdk_apps["qualified"], "--generate", tmp_path)
    file = tmp_path / f"{ACCOUNT}-{REGION}-team.template.json"
    _, deploying, bootstrapping, *_ = result.out.splitlines()
    assert deploying == (
        "aws cloudformation deploy --region eu-west-1 --stack-name cdk-team-cfn-exec "
        f"--capabilities CAPABILITY_NAMED_IAM --template-file {file}"
    )
    assert bootstrapping == (
        f"cdk bootstrap aws://{HERE} --qualifier team --cloudformation-execution-policies "
        f"arn:aws:iam::{ACCOUNT}:policy/cdk-team-cfn-exec-eu-west-1-1"
    )
    resources = json.loads(file.read_text())["Resources"]
    assert resources["Policy1"]["Properties"]["ManagedPolicyName"] == "cdk-team-cfn-exec-eu-west-1-1"


def test_without_one_action_that_a_deployment_calls_it_is_not_proved(
    run: Run, cdk_apps: Apps, generated: Callable[[Path], Path]
):
    (file,) = generated(cdk_apps["one"]).iterdir()
    (execution,) = executions(read_assembly(cdk_apps["one"]))
    called = {need.action for need in execution.needs() if is_demanded(need, on_change=True)}
    assert {"sqs:CreateQueue", "sqs:SetQueueAttributes", "iam:CreateRole", "ssm:GetParameters"} <= called
    path = file.parent.with_name("less.json")
    for left_out in sorted(called):
        less = json.loads(file.read_text())
        document = less["Resources"]["Policy1"]["Properties"]["PolicyDocument"]
        for statement in document["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != left_out]
        document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
        path.write_text(json.dumps(less))
        result = run("cdk", cdk_apps["one"], "--exec-policy", path, *EXECUTION, "--format", "json")
        assert set(found(result, "execution")) == {"missing"}, left_out
        assert any(left_out in message for message in found(result, "execution")["missing"])


def test_with_room_an_app_can_get_more_of_what_it_has(run: Run, cdk_apps: Apps, tmp_path: Path):
    app, room = tmp_path / "app", ["--room", "types"]
    shutil.copytree(cdk_apps["one"], app)
    given = ["--exec-policy", tmp_path / "policies", *EXECUTION]
    assert run("cdk", app, "--generate", tmp_path / "policies", *room).status == 0
    assert run("cdk", app, *given, *room).status == 0
    narrow = found(run("cdk", app, *given, "--format", "json"), "execution")
    assert list(narrow) == ["broad"], "without room it is too much"
    template = json.loads((app / "Shop.template.json").read_text())
    template["Resources"]["More"] = {"Type": "AWS::SQS::Queue"}
    (app / "Shop.template.json").write_text(json.dumps(template))
    assert run("cdk", app, *given, *room).status == 0
    template["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic"}
    (app / "Shop.template.json").write_text(json.dumps(template))
    assert list(found(run("cdk", app, *given, *room, "--format", "json"), "execution")) == ["missing"]


def test_with_room_the_templates_of_nested_stacks_are_read(run: Run, cdk_apps: Apps, tmp_path: Path):
    room = ["--room", "types"]
    assert run("cdk", cdk_apps["stages"], "--generate", tmp_path, *room).out.count("# not proved") == 0
    result = run("cdk", cdk_apps["stages"], "--exec-policy", tmp_path, *EXECUTION, *room)
    assert result.status == 0, result.out


def test_with_room_what_is_not_the_stacks_is_still_too_much(run: Run, cdk_apps: Apps, tmp_path: Path):
    wide = policy(tmp_path / "wide.json", {"Action": "sqs:DeleteQueue", "Resource": "*"})
    asked = ["--exec-policy", wide, *EXECUTION, "--room", "types", "--format", "json"]
    assert set(found(run("cdk", cdk_apps["one"], *asked), "execution")) == {"missing", "escape", "broad"}


def test_the_administrator_is_told_in_one_sentence_with_the_command(run: Run, cdk_apps: Apps, tmp_path: Path):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    result = run("cdk", cdk_apps["one"], "--bootstrap", boot, *EXECUTION, "--format", "json")
    (link,) = links(result)
    (cause,) = link["causes"]
    assert link["administrator"] is True
    assert cause["message"].startswith(f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION} may do everything in account")
    assert cause["fix"] == f"run `leastgrant cdk {cdk_apps['one']} --generate DIR`, and the commands that it prints"


def test_what_is_alike_in_several_environments_is_one_cause(run: Run, cdk_apps: Apps, tmp_path: Path):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    text = " ".join(run("cdk", cdk_apps["stages"], "--bootstrap", boot, *EXECUTION).out.split())
    assert "2 links not proved; 1 cause of 2 findings" in text
    assert "111111111111/eu-west-1, 222222222222/us-east-1 execution: cdk-hnb659fds-cfn-exec-role" in text


def test_a_role_that_is_not_given_is_not_known(run: Run, cdk_apps: Apps):
    result = run("cdk", cdk_apps["one"], "--format", "json")
    assert result.status == 1
    assert states(result) == dict.fromkeys(("ci", "deploy", "files", "execution"), "unknown")


def test_policies_of_other_environments_leave_it_unknown(
    run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path
):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    of_others = ["--exec-policy", generated(cdk_apps["stages"])]
    result = run("cdk", cdk_apps["one"], "--bootstrap", boot, *of_others, *EXECUTION, "--format", "json")
    assert states(result) == {"execution": "unknown"}


@pytest.mark.parametrize(
    ("link", "without", "message"),
    [
        ("deploy", "cloudformation:CreateChangeSet", "cloudformation:CreateChangeSet"),
        ("deploy", "iam:PassRole", f"may not iam:PassRole on {EXEC}"),
        ("deploy", "ssm:GetParameters", "may not ssm:GetParameters on"),
        ("files", "s3:PutObject*", "s3:PutObject"),
    ],
)
def test_a_broken_link_of_the_bootstrap_is_found_at_the_link(
    *, run: Run, cdk_apps: Apps, tmp_path: Path, link: str, without: str, message: str
):
    whole = write_bootstrap(tmp_path / "whole.json")
    broken = write_bootstrap(tmp_path / "broken.json", without=without)
    asked = ["--link", "deploy", "--link", "files", "--format", "json"]
    assert run("cdk", cdk_apps["one"], "--bootstrap", whole, *asked).status == 0
    result = run("cdk", cdk_apps["one"], "--bootstrap", broken, *asked)
    assert states(result)[link] == "not proved"
    (cause,) = found(result, link)["missing"]
    assert message in cause


def test_more_than_aws_cdk_ships_is_held_against_a_role(run: Run, cdk_apps: Apps, tmp_path: Path):
    extra = {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}
    boot = write_bootstrap(tmp_path / "more.json", role="DeploymentActionRole", extra=extra)
    result = run("cdk", cdk_apps["one"], "--bootstrap", boot, "--link", "deploy", "--format", "json")
    assert found(result, "deploy")["excess"] == ["default.Statement[8] grants iam:CreateUser: nothing calls it"]


def test_each_execution_role_is_passed_by_the_deploy_role(run: Run, cdk_apps: Apps, tmp_path: Path):
    app = tmp_path / "app"
    shutil.copytree(cdk_apps["stages"], app)
    other = EXEC.replace("hnb659fds-cfn-exec", "other").replace(ACCOUNT, BETA[0])
    (manifest,) = app.glob("assembly-Beta/manifest.json")
    content = json.loads(manifest.read_text())
    (stack,) = [one for one in content["artifacts"].values() if one["type"] == "aws:cloudformation:stack"]
    second = json.loads(json.dumps(stack))
    second["properties"] |= {"cloudFormationExecutionRoleArn": other, "stackName": "Second"}
    content["artifacts"]["Second"] = second
    manifest.write_text(json.dumps(content))
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    result = run("cdk", app, "--bootstrap", boot, "--link", "deploy", "--format", "json")
    (message,) = found(result, "deploy")["missing"]
    assert f"may not iam:PassRole on {other}" in message


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "cloudformation.amazonaws.com"])
def test_cloudformation_must_be_trusted_by_the_execution_role(
    run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path, service: str
):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    boot.write_text(boot.read_text().replace("cloudformation.amazonaws.com", service))
    given = ["--bootstrap", boot, "--exec-policy", generated(cdk_apps["one"])]
    result = run("cdk", cdk_apps["one"], *given, *EXECUTION, "--format", "json")
    told = found(result, "execution").get("trust", [])
    assert [message.partition(" may not assume ")[0] for message in told] == (
        [] if service.startswith("cloudformation") else ["CloudFormation"]
    )


def test_a_passed_role_of_another_is_too_much(run: Run, cdk_apps: Apps, tmp_path: Path):
    extra = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    boot = write_bootstrap(tmp_path / "more.json", role="DeploymentActionRole", extra=extra)
    result = run("cdk", cdk_apps["one"], "--bootstrap", boot, "--link", "deploy", "--format", "json")
    assert "broad" in found(result, "deploy")


@pytest.mark.parametrize(
    ("assumed", "more", "kind", "message"),
    [
        ([DEPLOY], (), "missing", f"may not sts:AssumeRole on {FILES}"),
        ([*NEEDED_OF_CI, EXEC], (), "excess", f"sts:TagSession on {EXEC}"),
        (["*"], (), "broad", "grants more than is called"),
        (NEEDED_OF_CI, ({"Action": "s3:DeleteBucket", "Resource": "*"},), "excess", "s3:DeleteBucket"),
    ],
)
def test_the_ci_role_assumes_what_the_assembly_names_and_nothing_else(
    *,
    run: Run,
    cdk_apps: Apps,
    tmp_path: Path,
    assumed: list[str],
    more: tuple[dict[str, Any], ...],
    kind: str,
    message: str,
):
    role = ci_role(tmp_path / "ci.json", assumed, *more)
    result = run("cdk", cdk_apps["one"], "--ci-role", role, "--link", "ci", "--format", "json")
    assert result.status == 1
    assert any(message in cause for cause in found(result, "ci")[kind]), found(result, "ci")


@pytest.mark.parametrize(("trusted", "status"), [("", 1), ("999999999999", 0)])
def test_a_role_must_trust_the_account_of_the_ci_role(
    run: Run, cdk_apps: Apps, tmp_path: Path, trusted: str, status: int
):
    boot, role = write_bootstrap(tmp_path / "bootstrap.json"), ci_role(tmp_path / "ci.json", NEEDED_OF_CI)
    ci = ["--ci-role", role, "--ci-role-arn", "arn:aws:iam::999999999999:role/ci"]
    trusting = ["--bootstrap", boot, "--parameter", f"TrustedAccounts={trusted}"]
    result = run("cdk", cdk_apps["one"], *ci, *trusting, "--link", "ci", "--link", "deploy", "--format", "json")
    assert result.status == status, result.out
    if status:
        assert (
            f"{DEPLOY} does not trust arn:aws:iam::999999999999:role/ci, so cdk cannot assume it"
            in found(result, "ci")["trust"]
        )


def test_another_account_that_is_trusted_is_told(run: Run, cdk_apps: Apps, tmp_path: Path):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    trusting = ["--bootstrap", boot, "--parameter", "TrustedAccounts=999999999999"]
    result = run("cdk", cdk_apps["one"], *trusting, "--link", "deploy", "--format", "json")
    (message,) = found(result, "deploy")["trust"]
    assert "999999999999" in message


def test_the_lookup_role_reads_what_the_app_asks_for(run: Run, cdk_apps: Apps, tmp_path: Path):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    asked = ["--link", "lookup", "--format", "json"]
    assert run("cdk", cdk_apps["lookup"], "--bootstrap", boot, *asked).status == 0
    assert states(run("cdk", cdk_apps["one"], "--bootstrap", boot, *asked)) == {}, "it looks nothing up"
    template = json.loads(boot.read_text())
    template["Resources"]["LookupRole"]["Properties"]["ManagedPolicyArns"] = []
    boot.write_text(json.dumps(template))
    result = run("cdk", cdk_apps["lookup"], "--bootstrap", boot, *asked)
    (message,) = found(result, "lookup")["missing"]
    assert f"may not ssm:GetParameter on arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/queue" in message


ANY = {"Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("option", "statement", "layer"),
    [
        ("--scp", {"Effect": "Deny", "Action": "sqs:CreateQueue", "Resource": "*"}, "the service control policy"),
        ("--scp", {"Action": "iam:*", "Resource": "*"}, "the service control policy"),
        (
            "--rcp",
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
            "the resource control policy",
        ),
        (
            "--boundary",
            {"Effect": "Allow", "NotAction": "sqs:CreateQueue", "Resource": "*"},
            "the permissions boundary",
        ),
    ],
)
def test_the_layer_that_refuses_is_named(
    *,
    run: Run,
    cdk_apps: Apps,
    generated: Callable[[Path], Path],
    tmp_path: Path,
    option: str,
    statement: dict[str, Any],
    layer: str,
):
    wall = policy(tmp_path / "wall.json", statement)
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    arguments = ["--bootstrap", boot, "--exec-policy", generated(cdk_apps["one"]), *EXECUTION, "--format", "json"]
    assert run("cdk", cdk_apps["one"], *arguments).status == 0
    result = run("cdk", cdk_apps["one"], *arguments, option, wall)
    assert result.status == 1
    layers = {f["layer"] for one in links(result) for cause in one["causes"] for f in cause["findings"]}
    assert {one.partition(f" {wall}")[0] for one in layers} == {layer}


def test_a_level_that_allows_all_lets_all_through(
    run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path
):
    levels = [
        "--scp",
        policy(tmp_path / "full.json", ANY),
        "--rcp",
        policy(tmp_path / "rcp.json", {**ANY, "Principal": "*"}),
    ]
    result = run("cdk", cdk_apps["one"], "--exec-policy", generated(cdk_apps["one"]), *levels, *EXECUTION)
    assert result.status == 0, result.out


PRINCIPAL = {"ArnNotLike": {"aws:PrincipalARN": "arn:*:iam::*:role/AWSControlTowerExecution"}}
OF_CONTROL_TOWER = {
    "Effect": "Deny",
    "Action": ["iam:DeleteRole", "sqs:DeleteQueue", "s3:PutObject"],
    "Resource": ["arn:aws:iam::*:role/aws-controltower-*", "arn:aws:sqs:*:*:aws-controltower-*"],
    "Condition": PRINCIPAL,
}


def of_regions(*regions: str) -> dict[str, Any]:
    """As Control Tower denies what is outside of the governed regions."""
    outside = {"StringNotEquals": {"aws:RequestedRegion": regions}, **PRINCIPAL}
    return {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": outside}


OF_OTHERS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*", "sqs:*"],
    "Resource": "*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}


@pytest.mark.parametrize(
    ("option", "statement", "more", "status"),
    [
        ("--scp", OF_CONTROL_TOWER, (), 0),
        ("--scp", {**OF_CONTROL_TOWER, "Resource": "*"}, (), 1),
        ("--scp", of_regions(REGION), (), 0),
        ("--scp", of_regions("us-east-1"), (), 1),
        ("--rcp", OF_OTHERS, ("--organization", "o-a1b2c3d4e5"), 0),
        ("--rcp", OF_OTHERS, ("--organization", "o-0000000000"), 1),
        ("--rcp", OF_OTHERS, (), 1),
    ],
)
def test_control_policies_as_organisations_have_them_are_decided(
    *,
    run: Run,
    cdk_apps: Apps,
    generated: Callable[[Path], Path],
    tmp_path: Path,
    option: str,
    statement: dict[str, Any],
    more: tuple[str, ...],
    status: int,
):
    wall, boot = policy(tmp_path / "wall.json", statement), write_bootstrap(tmp_path / "bootstrap.json")
    arguments = ["--bootstrap", boot, "--exec-policy", generated(cdk_apps["one"]), *SUPPORT, *EXECUTION]
    result = run("cdk", cdk_apps["one"], *arguments, option, wall, *more)
    assert result.status == status, result.out


def test_a_role_that_can_strip_its_boundary_can_become_administrator(run: Run, cdk_apps: Apps, tmp_path: Path):
    """The form of aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws issue 927."""
    wide = policy(tmp_path / "wide.json", {"Action": ["iam:*", "sqs:*", "ssm:GetParameters"], "Resource": "*"})
    boundary = policy(tmp_path / "boundary.json", {"Action": ["iam:*", "sqs:*", "ssm:*"], "Resource": "*"})
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    given = ["--bootstrap", boot, "--exec-policy", wide, "--boundary", boundary]
    result = run("cdk", cdk_apps["one"], *given, *EXECUTION, "--format", "json", "--only", "escalation")
    ids = {f["id"] for one in links(result) for cause in one["causes"] for f in cause["findings"]}
    assert any("DeleteRolePermissionsBoundary" in one or "PutRolePermissionsBoundary" in one for one in ids), ids


def test_the_roles_of_an_account_are_read(run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path):
    folder = generated(cdk_apps["one"])
    (file,) = folder.iterdir()
    document = json.loads(file.read_text())["Resources"]["Policy1"]["Properties"]["PolicyDocument"]
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/least"
    details = {
        "RoleDetailList": [
            {
                "RoleName": EXEC.rpartition("/")[2],
                "Arn": EXEC,
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "RolePolicyList": [],
                "AttachedManagedPolicies": [{"PolicyName": "least", "PolicyArn": arn}],
            }
        ],
        "Policies": [
            {
                "PolicyName": "least",
                "Arn": arn,
                "PolicyVersionList": [{"Document": document, "IsDefaultVersion": True, "VersionId": "v1"}],
            }
        ],
    }
    path = tmp_path / "details.json"
    path.write_text(json.dumps(details))
    assert run("cdk", cdk_apps["one"], "--account-details", path, *EXECUTION).status == 0
    details["Policies"] = []
    path.write_text(json.dumps(details))
    result = run("cdk", cdk_apps["one"], "--account-details", path, *EXECUTION, "--format", "json")
    assert any(arn in message for message in found(result, "execution")["unknown"])


def test_causes_are_counted_and_filtered(run: Run, cdk_apps: Apps, tmp_path: Path):
    nothing = policy(tmp_path / "nothing.json", {"Action": ["sqs:DeleteQueue", "sqs:PurgeQueue"], "Resource": "*"})
    asked = ["--exec-policy", nothing, *EXECUTION]
    everything = json.loads(run("cdk", cdk_apps["one"], *asked, "--format", "json").out)
    causes = everything["links"][0]["causes"]
    kinds = [cause["kind"] for cause in causes]
    assert kinds.index("missing") < kinds.index("excess")
    operations = [cause["operation"] for cause in causes if cause["kind"] == "missing"]
    assert operations == sorted(operations, key=["create", "read", "update", "delete", "rollback"].index)
    number = sum(len(cause["findings"]) for cause in causes)
    assert len(causes) < number
    text = run("cdk", cdk_apps["one"], *asked).out
    assert f"{len(causes)} causes of {number} findings" in text.replace("\n", " ")
    deleting = json.loads(run("cdk", cdk_apps["one"], *asked, "--operation", "delete", "--format", "json").out)
    shown = [f for cause in deleting["links"][0]["causes"] for f in cause["findings"]]
    assert shown
    assert {f["operation"] for f in shown} == {"delete"}
    only = json.loads(run("cdk", cdk_apps["one"], *asked, "--only", "excess", "--format", "json").out)
    assert {cause["kind"] for cause in only["links"][0]["causes"]} == {"excess"}


def test_a_service_that_nothing_calls_is_one_cause_and_another_if_it_leads_to_more(
    run: Run, cdk_apps: Apps, tmp_path: Path
):
    (tmp_path / "generated").mkdir()
    assert run("cdk", cdk_apps["one"], "--generate", tmp_path / "generated").status == 0
    (file,) = (tmp_path / "generated").iterdir()
    content = json.loads(file.read_text())
    more = {"Effect": "Allow", "Action": "bedrock-agentcore:*", "Resource": "*"}
    content["Resources"]["Policy1"]["Properties"]["PolicyDocument"]["Statement"].append(more)
    file.write_text(json.dumps(content))
    asked = ["--exec-policy", tmp_path / "generated", *EXECUTION]
    (link,) = links(run("cdk", cdk_apps["one"], *asked, "--format", "json"))
    way, cause = link["causes"]
    assert (way["kind"], cause["kind"]) == ("escalation", "excess")
    assert len(cause["findings"]) > 100
    assert {each for finding in cause["findings"] for each in finding["also"]}, "some reach too far as well"
    text = run("cdk", cdk_apps["one"], *asked, "--all").out
    number = len(cause["findings"])
    assert f"2 causes of {number + len(way['findings'])} findings" in " ".join(text.split())
    assert text.count("  excess[") == number
    (escape,) = links(run("cdk", cdk_apps["one"], *asked, "--only", "escape", "--format", "json"))[0]["causes"]
    assert escape["kind"] == "escape"


def test_a_finding_is_acknowledged_by_its_id(run: Run, cdk_apps: Apps, tmp_path: Path):
    role = ci_role(tmp_path / "ci.json", NEEDED_OF_CI, {"Action": "s3:DeleteBucket", "Resource": "*"})
    asked = ["cdk", cdk_apps["one"], "--ci-role", role, "--link", "ci"]
    assert "excess[s3:DeleteBucket]" in run(*asked, "--all").out.split()
    result = run(*asked, "--acknowledge", "excess[s3:DeleteBucket]=it empties the account at night")
    assert result.status == 0
    assert "it empties the account at night" in " ".join(result.out.split())
    stale = run(*asked, "--acknowledge", "excess[s3:GetObject]=it reads")
    assert stale.status == 2
    assert "excess[s3:GetObject] is acknowledged, but there is no such finding" in stale.err


def test_code_scanning_points_at_the_line_that_makes_the_construct(
    run: Run, cdk_apps: Apps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    app = tmp_path / "cdk.out"
    shutil.copytree(cdk_apps["one"], app)
    nothing = policy(tmp_path / "nothing.json", {"Action": "sqs:PurgeQueue", "Resource": "*"})
    asked = ["cdk", app, "--exec-policy", nothing, *EXECUTION, "--format", "sarif"]

    def places() -> set[tuple[str, int]]:
        found = [one["locations"][0]["physicalLocation"] for one in json.loads(run(*asked).out)["runs"][0]["results"]]
        return {(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in found}

    assert {uri.rpartition("/")[2] for uri, _ in places()} == {"nothing.json"}, "jsii traces nothing of Python"
    (metadata,) = app.glob("*.metadata.json")
    content = json.loads(metadata.read_text())
    made = f"new Shop ({tmp_path}/lib/shop.ts:6:5)"
    (of_queue,) = [entries for path, entries in content.items() if path.startswith("/Shop/Jobs/")]
    of_queue.append({"type": "aws:cdk:creationStack", "data": [made]})
    metadata.write_text(json.dumps(content))
    assert ("lib/shop.ts", 6) in {(uri.removeprefix(f"{tmp_path.as_uri()}/"), line) for uri, line in places()}
    monkeypatch.chdir(tmp_path)
    assert ("lib/shop.ts", 6) in places()
    assert not any("cdk.out" in uri for uri, _ in places())


def test_what_is_looked_up_elsewhere_and_by_the_caller_is_asked_of_its_role(run: Run, cdk_apps: Apps, tmp_path: Path):
    app = tmp_path / "cdk.out"
    shutil.copytree(cdk_apps["lookup"], app)
    manifest = app / "manifest.json"
    content = json.loads(manifest.read_text())
    (asked,) = content["missing"]
    asked["props"] |= {"account": BETA[0], "lookupRoleArn": f"arn:${{AWS::Partition}}:iam::{BETA[0]}:role/look"}
    manifest.write_text(json.dumps(content))
    found = links(run("cdk", app, "--link", "lookup", "--format", "json"))
    told = [(one["environment"], one["role"], one["state"]) for one in found if one["state"] != "not used"]
    assert told == [(f"{BETA[0]}/{REGION}", f"arn:aws:iam::{BETA[0]}:role/look", "unknown")]
    needed = [*NEEDED_OF_CI, f"arn:aws:iam::{BETA[0]}:role/look"]
    ci = ["--link", "ci", "--format", "json", "--ci-role"]
    assert run("cdk", app, *ci, ci_role(tmp_path / "ci.json", needed)).status == 0
    assert states(run("cdk", app, *ci, ci_role(tmp_path / "ci.json", NEEDED_OF_CI))) == {"ci": "not proved"}
    del asked["props"]["lookupRoleArn"]
    manifest.write_text(json.dumps(content))
    reading = {"Action": "ssm:GetParameter", "Resource": f"arn:aws:ssm:{REGION}:{BETA[0]}:parameter/shop/queue"}
    assert run("cdk", app, *ci, ci_role(tmp_path / "ci.json", NEEDED_OF_CI, reading)).status == 0
    assert states(run("cdk", app, *ci, ci_role(tmp_path / "ci.json", NEEDED_OF_CI))) == {"ci": "not proved"}


CHAIN: dict[str, Any] = json.loads(chain_schema())


def test_the_json_is_as_its_schema_says(run: Run, cdk_apps: Apps, tmp_path: Path):
    asked = ["cdk", cdk_apps["stages"], "--bootstrap", write_bootstrap(tmp_path / "bootstrap.json"), "--format", "json"]
    nothing = policy(tmp_path / "nothing.json", {"Action": ["sqs:DeleteQueue", "sqs:PurgeQueue"], "Resource": "*"})
    meant = ["--exec-policy", nothing, "--acknowledge", "excess[sqs:PurgeQueue]=we empty it by hand"]
    for more in ([], meant):
        report = json.loads(run(*asked, *more).out)
        assert violations(report, CHAIN) == []
        assert violations({**report, "links": [{**report["links"][0], "state": "perhaps"}]}, CHAIN)


@pytest.mark.parametrize("form", ["text", "markdown", "sarif", "json"])
def test_every_form_tells_what_is_wrong(run: Run, cdk_apps: Apps, tmp_path: Path, form: str):
    boot = write_bootstrap(tmp_path / "bootstrap.json")
    result = run("cdk", cdk_apps["one"], "--bootstrap", boot, *EXECUTION, "--format", form)
    assert result.status == 1
    assert "may do everything" in " ".join(result.out.split())
    if form == "sarif":
        (location,) = json.loads(result.out)["runs"][0]["results"][0]["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"].endswith("/bootstrap.json")
    if form == "text":
        assert max(map(len, result.out.splitlines())) <= 100
    if form == "markdown":
        assert f"| {HERE} | not proved (1) |" in result.out


def test_an_environment_that_is_not_stated_is_given(run: Run, cdk_apps: Apps):
    given = ["--account", ACCOUNT, "--region", REGION]
    result = run("cdk", cdk_apps["agnostic"], *given, "--format", "json")
    assert json.loads(result.out)["environments"] == [{"account": ACCOUNT, "region": REGION}]
    assert {link["role"] for link in links(result) if link["link"] == "deploy"} == {DEPLOY}


def test_what_is_generated_does_not_change_with_an_asset(run: Run, cdk_apps: Apps, tmp_path: Path):
    app = tmp_path / "app"
    shutil.copytree(cdk_apps["stages"], app)
    run("cdk", app, "--generate", tmp_path / "before")
    for file in app.rglob("*.json"):
        file.write_text(re.sub("[0-9a-f]{64}", lambda found: found[0][::-1], file.read_text()))
    run("cdk", app, "--generate", tmp_path / "after")
    before, after = ([file.read_text() for file in sorted((tmp_path / name).iterdir())] for name in ("before", "after"))
    assert len(before) == len(("Beta", "Prod"))
    assert before == after


def test_a_nested_stack_is_refused_for_its_name_and_for_the_role_that_is_passed_on(
    run: Run, cdk_apps: Apps, generated: Callable[[Path], Path], tmp_path: Path
):
    """The form of aws-samples/sample-autonomous-cloud-coding-agents issue 865."""
    account, region = BETA
    file = generated(cdk_apps["stages"]) / f"{account}-{region}.template.json"
    resources = json.loads(file.read_text())["Resources"].values()
    statements = [one for r in resources for one in r["Properties"]["PolicyDocument"]["Statement"]]
    kept = [one for one in statements if "iam:PassRole" not in one["Action"]]
    assert len(kept) < len(statements)
    for statement in kept:
        if any(action.startswith("cloudformation:") for action in statement["Action"]):
            statement["Resource"] = f"arn:aws:cloudformation:{region}:{account}:stack/Beta-Shop/*"
    given = ["--exec-policy", f"{account}={policy(tmp_path / 'own.json', *kept)}"]
    result = run("cdk", cdk_apps["stages"], *given, *EXECUTION, "--format", "json", "--only", "missing")
    (beta, _) = links(result)
    denied = {(f["action"], f["resource"]) for cause in beta["causes"] for f in cause["findings"]}
    role = f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{region}"
    assert ("iam:PassRole", role) in denied
    created = next(resource for action, resource in denied if action == "cloudformation:CreateStack")
    assert created.startswith(f"arn:aws:cloudformation:{region}:{account}:stack/Beta-Shop-InnerNestedStack")


RICH = ("api", "site", "service", "pipeline")


@pytest.mark.slow
@pytest.mark.parametrize("name", RICH)
def test_what_is_generated_for_an_app_as_people_write_them_is_proved(
    run: Run, rich_cdk_apps: Apps, generated: Callable[[Path], Path], name: str
):
    app = rich_cdk_apps[name]
    result = run("cdk", app, "--exec-policy", generated(app), *EXECUTION)
    assert result.status == 0, result.out


@pytest.mark.slow
@pytest.mark.parametrize("name", RICH)
def test_every_link_but_the_last_holds_with_the_bootstrap_of_aws_cdk(
    run: Run, rich_cdk_apps: Apps, generated: Callable[[Path], Path], name: str
):
    app = rich_cdk_apps[name]
    whole = [*AWS_CDK, "--exec-policy", generated(app), *SUPPORT, *EXECUTION]
    result = run("cdk", app, *whole, "--format", "json")
    assert result.status == 0, result.out
    assert states(result)["files"] == "proved"
    assert ("images" in states(result)) == (name == "service")
    assert ("lookup" in states(result)) == (name in {"site", "service"}), "zones are looked up"
    by_default = run("cdk", app, *AWS_CDK, *SUPPORT, *EXECUTION, "--format", "json")
    assert {link for link, state in states(by_default).items() if state != "proved"} == {"execution"}
    assert list(found(by_default, "execution")) == ["excess"]


AWS_CDK = ["--bootstrap", ROOT / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"]


@pytest.mark.slow
def test_the_recorded_bootstrap_is_that_of_the_installed_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    recorded = json.loads(bootstrap.DATA_FILE.read_text())
    monkeypatch.setattr(generate_bootstrap, "DATA_FILE", tmp_path / "bootstrap.json")
    assert generate_bootstrap.main([str(ROOT / "node_modules/aws-cdk")]) == 0
    installed = json.loads((tmp_path / "bootstrap.json").read_text())
    assert installed["roles"] == recorded["roles"], "`make knowledge` writes it anew"
    assert installed["source"].partition(", ")[2] == recorded["source"].partition(", ")[2]


def test_what_is_no_cli_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert generate_bootstrap.main([]) == 2
    assert "takes the folder of an installed CLI" in capsys.readouterr().err
    assert generate_bootstrap.main([str(tmp_path)]) == 2
    assert "package.json: cannot be read" in capsys.readouterr().err
