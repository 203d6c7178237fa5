"""The command `reach`: a table, or JSON, of what a role can do to data and to itself."""

import json
from pathlib import Path

from tests.leastgrant.cli.conftest import Run


def _policy(folder: Path, *statements: dict[str, object]) -> Path:
    path = folder / "deploy.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}))
    return path


QUEUE: dict[str, object] = {"Action": ["sqs:ReceiveMessage", "sqs:PurgeQueue"], "Resource": "arn:aws:sqs:*:*:*"}


def test_what_can_be_done_is_told_by_statement(run: Run, queue: list[str], tmp_path: Path):
    result = run("reach", "--role", _policy(tmp_path, QUEUE), *queue)
    assert result.status == 0
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert "read yes sqs:ReceiveMessage: deploy.Statement[0]" in lines
    assert "destroy yes sqs:PurgeQueue: deploy.Statement[0]" in lines
    assert "write no" in lines


def test_json_has_the_same(run: Run, queue: list[str], tmp_path: Path):
    report = json.loads(run("reach", "--role", _policy(tmp_path, QUEUE), *queue, "--format", "json").out)
    (resource,) = report["data"]
    assert {access: told["answer"] for access, told in resource["access"].items()} == {
        "read": "yes",
        "write": "no",
        "destroy": "yes",
    }
    assert resource["access"]["read"]["allowed"][0]["statements"] == [{"where": "deploy.Statement[0]", "sid": None}]
    assert {way["state"] for way in report["ways"]} == {"absent"}


def test_what_belongs_besides_is_told_and_open_ways_are(run: Run, queue: list[str], tmp_path: Path):
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/token-*"  # noqa: S105  (a name)
    role = _policy(tmp_path, {"Action": ["secretsmanager:GetSecretValue", "iam:PutRolePolicy"], "Resource": "*"})
    out = run("reach", "--role", role, *queue, "--belongs", secret).out
    assert "secret:shop/token-* (AWS::SecretsManager::Secret) beside the stacks" in out
    assert "role-inline-policy  open" in out


def test_a_role_is_needed(run: Run, queue: list[str]):
    result = run("reach", *queue)
    assert result.status == 2
    assert "--role" in result.err
