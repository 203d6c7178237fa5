"""What cannot be used is refused: status 2, one line that says what is wrong, and nothing is written."""

import json
from pathlib import Path

import pytest

from tests.leastgrant.cli.conftest import SAMPLES, Run

PLACE = ["--account", "123456789012", "--region", "eu-west-1"]
APP = ["--app", "queue.json", "--stack-name", "orders", *PLACE]
CHECK = ["check", "--role", "policy.json", *APP]
ROLES = ["check", *APP, "--role"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "leastgrant: the following arguments are required: COMMAND (see leastgrant --help)"),
        (["prove"], "leastgrant: argument COMMAND: invalid choice: 'prove'"),
        (["check", *APP], "leastgrant check: the following arguments are required: --role"),
        ([*CHECK, "--acount", "1"], "leastgrant: unrecognized arguments: --acount 1"),
        ([*CHECK, "--account", "12"], "argument --account: account '12' has not the form of one; it looks like 1234"),
        (
            ["needs", *APP[:-1], "Ireland"],
            "argument --region: region 'Ireland' has not the form of one",
        ),
        (
            ["needs", *APP[:-1], "eu-wset-1"],
            "leastgrant needs: argument --region: there is no region 'eu-wset-1'; did you mean eu-west-1?",
        ),
        ([*CHECK, "--region", "eu-west-2"], "leastgrant check: argument --region: is given twice; keep one"),
        ([*CHECK, "--account", "123456789012"], "argument --account: is given twice; keep one"),
        ([*CHECK, "--output", "a", "--output", "b"], "argument --output: is given twice; keep one"),
        ([*CHECK, *APP[:4]], "--stack-name orders: is given twice; a stack has one template"),
        ([*ROLES, "roles.yaml#Deploy", "--role", "roles.yaml#Deploy"], "--role: two templates are given; keep the one"),
        (
            [*CHECK, "--nested", "Inner"],
            "argument --nested: 'Inner' gives no nested stack a template; write LOGICALID=",
        ),
        ([*CHECK, "--nested", "Inner=queue.json"], "--nested Inner: there is no such nested stack; there are: none"),
        ([*CHECK, *["--nested", "A=queue.json"] * 2], "--nested: one is given twice; keep one file"),
        ([*CHECK, *["--export", "A=b"] * 2], "--export: one is given twice; keep one value"),
        ([*CHECK, "--format", "pdf"], "argument --format: invalid choice: 'pdf'"),
        ([*CHECK, "--namespace", "orders-*"], "argument --namespace: 'orders-*' is not an ARN; write * or arn:"),
        ([*CHECK, "--namespace", "arn:s3:::orders/*"], "argument --namespace: 'arn:s3:::orders/*' matches no ARN"),
        ([*CHECK, "--parameter", "Stage"], "argument --parameter: 'Stage' gives no parameter a value; write KEY=VALUE"),
        ([*CHECK, "--parameter", "X=1"], "--parameter X: no template declares it; declared are: none"),
        (
            ["needs", *PLACE, "--app", "orders.yaml", "--stack-name", "a", *["--parameter", "Stage=dev"] * 2],
            "--parameter: one is given twice; keep one value",
        ),
        (
            ["needs", *PLACE, "--app", "orders.yaml", "--stack-name", "a", "--parameter", "Stage=test"],
            "orders.yaml:3: Parameters.Stage: may not be 'test'; AllowedValues are: dev, prod",
        ),
        (
            [*CHECK, "--stack-name", "b"],
            "--stack-name: there are 2 for 1 of --app; give one for each, in the same order",
        ),
        ([*CHECK, "--app", "sam.yaml", "--stack-name", "b"], "sam.yaml: SAM refuses it: Resource with id [Api] is inv"),
        ([*ROLES, "roles.yaml"], "roles.yaml: has 2 roles; name one of its roles with '#LogicalId'"),
        ([*ROLES, "roles.yaml#Third"], "roles.yaml: has no role 'Third'; name one"),
        ([*ROLES, "roles.yaml#Deploy"], "give the account, region and parameters it depends on"),
        ([*ROLES, "queue.json"], "queue.json: has 0 roles"),
        ([*ROLES, "policy.json#Deploy"], "policy.json: is a policy, which has no Deploy; leave #Deploy out"),
        ([*ROLES, ""], "a role's file has an empty name"),
        ([*ROLES, "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file or directory"),
        ([*ROLES, "."], "orders.yaml: is no policy; a folder of policies holds policies alone"),
        (["explain", "events:DescribeRules"], "IAM has no action 'events:DescribeRules'; did you mean events:Desc"),
        (["explain", "zzzz:A"], "IAM has no action 'zzzz:A'; write service:Name"),
        (
            ["explain", "mising"],
            "leastgrant explain: 'mising' is no action and no finding; write service:Name, or one",
        ),
        (["explain", "mising[sqs:A]"], "leastgrant explain: 'mising[sqs:A]' is no action and no finding"),
        ([*CHECK, "--acknowledge", "excess[x]"], "'excess[x]' gives no finding a reason; write ID=REASON"),
        ([*CHECK, "--acknowledge", "excess[x=y]"], "'excess[x=y]' gives no finding a reason; write ID=REASON"),
        ([*CHECK, "--acknowledge", "excess[x]= "], "'excess[x]= ' gives no finding a reason; write ID=REASON"),
        ([*CHECK, "--acknowledge", "excess[x=y]=so"], "--acknowledge: excess[x=y] is acknowledged, but there is no"),
        ([*CHECK, *["--acknowledge", "excess[x]=so"] * 2], "--acknowledge: a finding is given twice; keep one reason"),
        (
            [*CHECK, *["--managed-policy", "arn:aws:iam::123456789012:policy/x=x.json"] * 2],
            "--managed-policy: one is given twice; keep one file",
        ),
        (
            [*CHECK, "--trusted-subject", "repo:a/b:*"],
            "--trusted-subject: --role is a policy, which says nothing of trust",
        ),
        ([*CHECK, "--output", "."], "--output .: cannot be written: Is a directory"),
        ([*CHECK, "--output", "no/folder"], "--output no/folder: cannot be written: No such file or directory"),
    ],
)
def test_arguments(arguments: list[str], line: str, run: Run):
    result = run(*arguments)
    assert (result.status, result.out) == (2, "")
    assert line in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "must be a map, and is None"),
        (b"\x89PNG\r\n\x1a\n\xff", "byte 0 is not UTF-8"),
        (b"just text", "must be a map, and is 'just text'"),
        (b"[1, 2]", "item 0 is no policy; a list of policies holds policies alone"),
        (b'{"Resources": {}', "not valid JSON"),
        (b"Resources: !!python/object:os.system {}", "unknown tag"),
        (b"a: &x [1]\nb: *x\n", "stands for another value"),
        (b"Resources: {}", "has no Resources"),
        (b"Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref B}}}", "B"),
        (b'{"Version": "2012-10-17", "Statement": []}', "the list is empty"),
        (b'{"Statement": [{"Effect": "Allow", "Action": "*"}]}', "role.Statement[0]: Resource is missing"),
        (b'{"Statement": [{"Effect": "Allow", "Action": "s3", "Resource": "*"}]}', "'s3' is not an action"),
    ],
)
def test_files(content: bytes, problem: str, run: Run, tmp_path: Path):
    path = tmp_path / "role"
    path.write_bytes(content)
    result = run(*ROLES, path, "--output", tmp_path / "out")
    assert result.status == 2
    assert result.err.startswith(f"{path}:")
    assert problem in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_policy_within_a_template_is_named_with_its_file(run: Run, tmp_path: Path):
    path = tmp_path / "bad.yaml"
    role = (SAMPLES / "roles.yaml").read_text()
    path.write_text(
        role.replace("Effect: Allow\n                Action: [", "Effect: Permit\n                Action: [")
    )
    result = run(*ROLES, f"{path}#Deploy", "--parameter", "AppStack=orders")
    assert result.err == f"{path}: deploy.Statement[0].Effect: 'Permit' is not an effect; write Allow or Deny\n"
    assert result.status == 2


def test_patterns_too_complex_to_compare_are_refused(run: Run, tmp_path: Path):
    """Nine pigeons in eight holes: whether the policy covers the use is too hard to decide."""
    pairs = [(i, j) for i in range(9) for j in range(8)]
    homeless = [{(i, j): "" for j in range(8)} for i in range(9)]
    crowded = [{(i, j): "?*", (k, j): "?*"} for j in range(8) for i in range(9) for k in range(i)]
    objects = ["".join(cover.get(pair, "*") + "," for pair in pairs) for cover in (*homeless, *crowded)]
    policy, uses = tmp_path / "policy.json", tmp_path / "uses.json"
    resources = [f"arn:aws:s3:::orders/{name}" for name in objects]
    policy.write_text(json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}]}))
    use = {"name": "n", "reason": "r", "actions": ["s3:GetObject"], "resources": [f"arn:aws:s3:::orders/{'*,' * 72}"]}
    uses.write_text(json.dumps([use]))
    result = run(*ROLES, policy, "--uses", uses)
    assert (result.status, result.out) == (2, "")
    assert result.err == "comparing the patterns takes more than 262144 steps; write fewer wildcards\n"


@pytest.mark.parametrize("command", [[], ["check"], ["needs"], ["generate"], ["explain"], ["new-access"]])
def test_help_is_there_for_each_command(command: list[str], run: Run, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        run(*command, "--help")
    assert exit_.value.code == 0
    assert "usage: leastgrant" in capsys.readouterr().out
