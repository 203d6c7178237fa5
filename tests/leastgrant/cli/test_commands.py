"""`needs`, `generate`, `explain` and `new-access`."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import leastgrant
from leastgrant.cli import explanation
from leastgrant.knowledge.schema import type_names
from leastgrant.proof.generation import LARGEST_INLINE, LARGEST_MANAGED, policy_size
from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import SAMPLES, Result, Run

KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"


def test_needs_tell_operation_tier_action_resource_reason_and_source(run: Run, orders: list[str]):
    result = run("needs", *orders)
    assert result.status == 0
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    heading = lines.index("Nightly (AWS::Events::Rule) in orders")
    rule = "arn:aws:events:eu-west-1:123456789012:rule/orders-Nightly-*"
    assert lines[heading + 1].startswith("it is how the type is created [AWS::Events::Rule provider schema, cfn-lint")
    assert f"create required events:DescribeRule {rule}" in lines[heading:]
    assert lines[-1].endswith("advisory")


def test_needs_as_json_are_versioned_and_tell_of_unknown_types(run: Run, place: list[str], tmp_path: Path):
    path = tmp_path / "app.yaml"
    path.write_text("Resources: {Mine: {Type: 'My::Own::Type'}, Jobs: {Type: 'AWS::SQS::Queue'}}")
    arguments = ["--app", path, "--stack-name", "s", *place]
    report = json.loads(run("needs", *arguments, "--format", "json").out)
    assert report["version"] == 2
    assert {need["logical_id"] for need in report["needs"]} == {"Jobs"}
    (unknown,) = report["unknown"]
    assert (unknown["logical_id"], unknown["type"]) == ("Mine", "My::Own::Type")
    assert "Mine (My::Own::Type) in s: not known, it is not among the " in run("needs", *arguments).out


def test_conditions_of_the_template_count(run: Run, orders: list[str]):
    def actions(*parameters: str) -> set[str]:
        given = [word for parameter in parameters for word in ("--parameter", parameter)]
        return {need["action"] for need in json.loads(run("needs", *orders, *given, "--format", "json").out)["needs"]}

    assert "logs:CreateLogGroup" not in actions("Stage=dev")
    assert "logs:AssociateKmsKey" not in actions("Stage=dev", f"KeyArn={KEY}")
    prod = actions("Stage=prod", f"KeyArn={KEY}") - actions("Stage=prod")
    assert "logs:AssociateKmsKey" in prod


@pytest.mark.parametrize("parameters", [[], ["--parameter", "Stage=prod"], ["--uses", "uses.yaml"], ["--stack-tags"]])
def test_a_generated_policy_has_what_is_needed_and_nothing_else(
    parameters: list[str], run: Run, orders: list[str], tmp_path: Path
):
    policy = tmp_path / "policy.json"
    assert run("generate", *orders, *parameters, "--output", policy).status == 0
    report = json.loads(run("check", "--role", policy, *orders, *parameters, "--format", "json").out)
    assert report["needs"]
    assert [report[kind] for kind in ("missing", "excess", "broad", "escape", "unknown")] == [[]] * 5


def test_a_generated_policy_keeps_what_a_role_is_passed_to(run: Run, orders: list[str]):
    statements: list[dict[str, Any]] = json.loads(run("generate", *orders).out)["Statement"]
    (passing,) = (statement for statement in statements if "iam:PassRole" in statement["Action"])
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}}
    assert passing["Sid"] == "PassRolesForLambdaFunctions"


@pytest.mark.parametrize("tool", [("cdk",), ("cdk", "cdk diff", "cdk rollback"), ("aws-cli",), ("sam",)])
def test_what_deploys_can_be_let_to(tool: tuple[str, ...], run: Run, orders: list[str], tmp_path: Path):
    assets = ["--assets", "packages/orders"] if "sam" in tool else []
    tools = [word for name in tool for word in ("--tool", name)] + assets
    policy = tmp_path / "policy.json"
    written = run("generate", *orders, *tools, "--output", policy)
    assert {line.partition("[")[0] for line in written.err.splitlines()} <= {"escalation"}
    assert written.status == 0
    report = json.loads(run("check", "--role", policy, *orders, *tools, "--format", "json").out)
    assert [report[kind] for kind in ("missing", "excess", "broad", "escape", "unknown")] == [[]] * 5
    without = json.loads(run("check", "--role", policy, *orders, "--format", "json").out)
    assert "cloudformation:ExecuteChangeSet" in {finding["action"] for finding in without["excess"]}
    explained = run("explain", "cloudformation:CreateChangeSet", *orders, *tools).out
    assert (
        f"{ {'cdk': 'cdk deploy', 'sam': 'sam deploy'}.get(tool[0], 'aws cloudformation deploy') } (use)" in explained
    )


def test_a_tool_without_its_bucket_or_a_bucket_without_a_tool_is_refused(run: Run, orders: list[str]):
    for arguments, why in (
        (["--tool", "sam"], "--tool: sam deploy uploads to a bucket; say which with --assets"),
        (["--assets", "packages"], "--assets: is where a tool uploads to; give --tool too"),
        (["--tool", "cdk", "--assets", "Packages"], "'Packages' does not begin with a bucket's name"),
        (["--tool", "terraform"], "argument --tool: invalid choice: 'terraform'"),
    ):
        result = run("generate", *orders, *arguments)
        assert (result.status, result.err.count("\n")) == (2, 1)
        assert why in result.err


NESTED = {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.json"}}}}
SERVICE_ROLE = "arn:aws:iam::123456789012:role/deployer"


def test_a_service_role_passes_itself_as_check_asks_for(run: Run, place: list[str], tmp_path: Path):
    (tmp_path / "outer.json").write_text(json.dumps(NESTED))
    (tmp_path / "inner.json").write_text(json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}))
    app = ["--app", tmp_path / "outer.json", "--stack-name", "shop", *place, "--role-arn", SERVICE_ROLE]

    def statements(*arguments: str) -> list[dict[str, Any]]:
        return json.loads(run("generate", *app, *arguments).out)["Statement"]

    def passing(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in found if "iam:PassRole" in one["Action"]]

    assert passing(statements()) == []
    (own,) = passing(statements("--service-role"))
    assert (own["Sid"], own["Resource"]) == ("PassRolesForCloudFormationStacks", [SERVICE_ROLE])

    def missing(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        policy = {"PolicyName": "deploy", "PolicyDocument": {"Version": "2012-10-17", "Statement": found}}
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        properties = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "Policies": [policy]}
        role = {"Resources": {"Deployer": {"Type": "AWS::IAM::Role", "Properties": properties}}}
        (tmp_path / "role.json").write_text(json.dumps(role))
        return json.loads(run("check", "--role", tmp_path / "role.json", *app, "--format", "json").out)["missing"]

    assert missing(statements("--service-role")) == []
    assert {finding["action"] for finding in missing(statements())} == {"iam:PassRole"}


def test_a_service_role_has_an_arn_and_no_tool(run: Run, orders: list[str]):
    unnamed = run("generate", *orders, "--service-role")
    assert (unnamed.status, "give --role-arn too" in unnamed.err) == (2, True)
    calling = run("generate", *orders, "--service-role", "--role-arn", SERVICE_ROLE, "--tool", "cdk")
    assert (calling.status, "leave --tool out" in calling.err) == (2, True)


def many(path: Path, count: int) -> Path:
    """A template of many queues, each with a long name of its own."""
    queues = {
        f"Queue{n}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{n:04}-{'x' * 60}"}}
        for n in range(count)
    }
    path.write_text(json.dumps({"Resources": queues}))
    return path


def test_what_is_too_large_for_inline_policies_is_split_or_refused(run: Run, place: list[str], tmp_path: Path):
    arguments = ["generate", "--app", many(tmp_path / "many.json", 150), "--stack-name", "s", *place]
    refused = run(*arguments)
    assert refused.status == 2
    assert f"inline policies of a role {LARGEST_INLINE} at most" in refused.err

    split = run(*arguments, "--managed")
    policies: list[dict[str, object]] = json.loads(split.out)
    assert split.status == 0  # which says that together they are proved
    assert len(policies) > 1
    assert all(policy_size(policy) <= LARGEST_MANAGED for policy in policies)

    many(tmp_path / "many.json", 700)
    assert "managed policies of 6144 characters, a role has 10 at most" in run(*arguments, "--managed").err


def test_what_requires_nothing_has_no_policy(run: Run, place: list[str], tmp_path: Path):
    path = tmp_path / "app.yaml"
    path.write_text("Resources: {Metadata: {Type: 'AWS::CDK::Metadata'}}")
    result = run("generate", "--app", path, "--stack-name", "s", *place)
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert "no policy to write" in result.err


def test_what_nothing_is_known_of_has_no_policy_either(run: Run, place: list[str], tmp_path: Path):
    path = tmp_path / "app.yaml"
    path.write_text("Resources: {Mine: {Type: 'My::Own::Type'}}")
    result = run("generate", "--app", path, "--stack-name", "s", *place)
    assert result.status == 2
    assert "it is not known what My::Own::Type needs, so there is no policy to write" in result.err


def test_what_a_policy_cannot_be_generated_for_is_told(run: Run, place: list[str], tmp_path: Path):
    path = tmp_path / "app.yaml"
    path.write_text("Resources: {Mine: {Type: 'My::Own::Type'}, Jobs: {Type: 'AWS::SQS::Queue'}}")
    result = run("generate", "--app", path, "--stack-name", "s", *place)
    assert result.status == 1
    assert result.err.startswith("unknown[My::Own::Type]: `Mine`")
    assert json.loads(result.out)["Statement"]


def test_explain_tells_who_needs_an_action_and_what_grants_it(run: Run, orders: list[str]):
    role = ["--role", "roles.yaml#Deploy", "--parameter", "AppStack=orders"]
    result = run("explain", "SQS:createqueue", *role, *orders)
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert result.status == 0
    assert "sqs:CreateQueue" in lines
    queue = "arn:aws:sqs:eu-west-1:123456789012:orders-jobs-dev"
    granting = "arn:aws:sqs:eu-west-1:123456789012:orders-*"
    assert any(
        line.endswith(f"required sqs:CreateQueue {queue} granted by deploy.Statement[0] (Queues)") for line in lines
    )
    assert f"deploy.Statement[0] (Queues) {granting}" in lines

    missing = run("explain", "events:DescribeRule", *role, *orders).out
    assert "not granted\n" in missing
    assert "Not granted by Deploy" in missing


def test_explain_narrows_to_an_arn(run: Run, orders: list[str]):
    assert "Jobs (" in run("explain", "sqs:CreateQueue", "arn:aws:sqs:*:*:orders-*", *orders).out
    assert "Needed by nothing" in run("explain", "sqs:CreateQueue", "arn:aws:sqs:*:*:shop-*", *orders).out


@pytest.mark.parametrize(
    ("action", "queue", "lines"),
    [
        ("sqs:CreateQueue", "other", ["deploy.Statement[0] (Queues) but its Resource leaves it out"]),
        ("sqs:TagQueue", "orders-jobs", ["deploy.Statement[0] (Queues) but its Action leaves it out"]),
        ("sqs:CreateQueue", "orders-jobs", []),
        ("sqs:TagQueue", "other", []),
    ],
)
def test_explain_tells_what_nearly_grants_a_request(
    action: str, queue: str, lines: list[str], run: Run, orders: list[str]
):
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{queue}"
    role = ["--role", "roles.yaml#Deploy", "--parameter", "AppStack=orders"]
    _, _, nearly = run("explain", action, arn, *role, *orders).out.partition(f"Nearly granted, on {arn}, by\n")
    assert [" ".join(line.split()) for line in nearly.splitlines()] == lines


def test_explain_tells_what_denies_a_request(run: Run, orders: list[str], tmp_path: Path):
    everything = {"Action": "sqs:*", "Resource": "*"}
    policy = tmp_path / "role.json"
    statements = [{"Effect": "Allow", **everything}, {"Sid": "Never", "Effect": "Deny", **everything}]
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    arn = "arn:aws:sqs:eu-west-1:123456789012:orders-jobs"
    told = run("explain", "sqs:CreateQueue", arn, "--role", policy, *orders).out
    assert told.endswith(f"\nDenied, on {arn}, by\n  role.Statement[1] (Never)\n")
    assert "Nearly granted" not in told


def test_explain_tells_what_property_would_need_an_action(run: Run, orders: list[str]):
    result = run("explain", "ec2:DescribeVpcs", *orders).out
    assert "can only be granted on *" in result
    assert "Needed by nothing that is deployed" in result
    lines = [line.split()[:3] for line in result.splitlines() if "when VpcConfig" in line]
    assert lines == [["create", "required", "when"], ["update", "on", "change"]]


def test_explain_without_templates_looks_at_all_types(run: Run, monkeypatch: pytest.MonkeyPatch):
    some = (*type_names()[::50], "AWS::Events::Rule")  # all take some seconds
    monkeypatch.setattr(explanation, "type_names", lambda: some)
    result = run("explain", "events:DescribeRule").out
    assert "Called by CloudFormation for\n  AWS::Events::Rule\n" in result
    assert "CloudFormation calls it for no type" in run("explain", "iam:GenerateServiceLastAccessedDetails").out


def widened(path: Path) -> Path:
    policy = json.loads((SAMPLES / "policy.json").read_text())
    policy["Statement"][0]["Action"] = ["s3:GetObject", "s3:PutObject"]
    path.write_text(json.dumps(policy))
    return path


def test_new_access_is_a_finding_and_lost_access_is_not(run: Run, tmp_path: Path):
    wider = widened(tmp_path / "wider.json")
    gained = run("new-access", "--baseline", "policy.json", "--candidate", wider)
    assert gained.status == 1
    assert (
        "Newly allowed, for example\n  s3:PutObject on arn:aws:s3:::orders/x (by wider.Statement[0] (Read))"
        in gained.out
    )

    lost = run("new-access", "--baseline", wider, "--candidate", "policy.json", "--format", "json")
    assert lost.status == 0
    report = json.loads(lost.out)
    assert report["gained"] == []
    assert [(one["action"], one["resource"]) for one in report["lost"]] == [("s3:PutObject", "arn:aws:s3:::orders/x")]


def test_no_new_access_is_said_only_if_all_is_decided(run: Run, tmp_path: Path):
    for name, tags in (("before", ["owner", "team"]), ("after", ["owner"])):
        condition = {"StringEquals": {"aws:TagKeys": tags}}
        statement = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": condition}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        (tmp_path / f"{name}.json").write_text(json.dumps(policy))
    files = "--baseline", tmp_path / "before.json", "--candidate", tmp_path / "after.json"
    result = run("new-access", *files)
    assert result.status == 1
    assert "No new access." not in result.out
    assert result.out.endswith("Not known whether there is new access: 1 question not decided.\n")

    (doubt,) = json.loads(run("new-access", *files, "--format", "json").out)["undecided"]
    assert (doubt["action"], doubt["direction"], doubt["principal"]) == ("ec2:CreateTags", "gained", None)
    assert "several values of aws:tagkeys" in doubt["reason"]


def test_the_same_role_gains_nothing(run: Run, place: list[str]):
    role = ["roles.yaml#Deploy", "--parameter", "AppStack=orders", *place]
    result = run("new-access", "--baseline", "roles.yaml#Deploy", "--candidate", *role)
    assert (result.status, result.out) == (0, "No new access.\n")


def test_the_version_is_that_of_the_distribution(run: Run):
    assert run("--version") == Result(0, f"leastgrant {leastgrant.__version__}\n", "")
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    assert "version" not in project["project"], "a second version"
    assert Path(leastgrant.__file__).samefile(ROOT / project["tool"]["hatch"]["version"]["path"])
