"""What `leastgrant cdk` cannot use it refuses: status 2, one line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.leastgrant.bootstrap import write_bootstrap
from tests.leastgrant.cli.conftest import Run

POLICY = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
OF_QUEUE = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}
OF_USERS = {"Statement": {"Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*"}}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--stack", "Other"], "--stack Other: the app has no such stack; it has Shop"),
        (["--exec-policy", "111111111111=policy.json"], "--exec-policy 111111111111: the app has no such environment"),
        (["--exec-policy", "none.json"], "none.json: cannot be read"),
        (["--exec-policy", "queue.json"], "is no policy, and declares no AWS::IAM::ManagedPolicy; give one of these"),
        (["--exec-policy", "empty"], "empty: has no policies; give a folder of .json or .yaml files"),
        (["--exec-policy", "users.json"], "users.json: users.Statement[0]: unknown key 'Principal'"),
        (["--parameter", "Qualifier=x"], "--parameter: is one of the bootstrap template; give that with --bootstrap"),
        (["--bootstrap", "boot.json", "--parameter", "X=x"], "--parameter X: boot.json declares CloudFormation"),
        (["--bootstrap", "boot.json", *["--parameter", "Qualifier=x"] * 2], "--parameter: one is given twice"),
        (["--bootstrap", "policy.json"], "has no Resources"),
        (["--account-details", "policy.json"], "has no RoleDetailList"),
        (["--boundary", "queue.json"], "queue.json: queue: unknown key 'Resources'"),
        (["--scp", "queue.json"], "queue.json: declares no policy of the organisation; those are AWS::Organizations"),
        (["--scp", "users.json"], "users.json: users.Statement[0]: unknown key 'Principal'"),
        (["--rcp", "users.json"], 'users.json: users.Statement[0]: Principal must be "*" in a resource control policy'),
        (["--ci-role-arn", "ci"], "argument --ci-role-arn: 'ci' is no role's ARN"),
        (["--link", "all"], "argument --link: invalid choice: 'all'"),
        (["--generate", "policy.json"], "--generate policy.json: cannot be made: File exists"),
    ],
)
def test_it_is_refused_in_one_line(
    *,
    run: Run,
    cdk_apps: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    problem: str,
):
    files = {"policy": POLICY, "queue": OF_QUEUE, "users": OF_USERS}
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    write_bootstrap(tmp_path / "boot.json")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    result = run("cdk", cdk_apps["one"], *arguments)
    assert (result.status, result.out) == (2, "")
    assert problem in result.err
    assert result.err.count("\n") == 1


def test_policies_of_organisations_are_read_from_their_templates(run: Run, cdk_apps: dict[str, Path], tmp_path: Path):
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]}
    for kind, key in {
        "AWS::Organizations::Policy": "Content",
        "OC::ORG::ServiceControlPolicy": "PolicyDocument",
    }.items():
        scp = tmp_path / "scp.json"
        scp.write_text(json.dumps({"Resources": {"NoQueues": {"Type": kind, "Properties": {key: deny}}}}))
        policy = tmp_path / "all.json"
        policy.write_text(json.dumps(POLICY))
        asked = ["--exec-policy", policy, "--scp", scp, "--link", "execution", "--only", "missing"]
        result = run("cdk", cdk_apps["one"], *asked)
        assert "what NoQueues.Statement[0] denies" in " ".join(result.out.split()), result.out


@pytest.mark.slow
def test_policies_that_are_too_many_are_refused_with_what_to_do(run: Run, cdk_apps: dict[str, Path], tmp_path: Path):
    app = tmp_path / "app"
    shutil.copytree(cdk_apps["one"], app)
    queue = {"Type": "AWS::SQS::Queue"}
    queues = {f"Q{number}{'x' * 60}": queue for number in range(600)}
    (app / "Shop.template.json").write_text(json.dumps({"Resources": queues}))
    result = run("cdk", app, "--generate", tmp_path / "policies")
    assert (result.status, result.out) == (2, "")
    assert "managed policies of 6144 characters, a role has 10 at most" in result.err
    assert result.err.endswith("or give --room types, which names less\n")
    assert not (tmp_path / "policies").exists(), "nothing is half-written"
    assert run("cdk", app, "--generate", tmp_path / "policies", "--room", "types").status == 0
