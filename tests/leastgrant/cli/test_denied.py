"""`leastgrant denied`: a pasted denial, explained."""

import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from leastgrant.cli import main as leastgrant
from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

CALLER = "arn:aws:sts::123456789012:assumed-role/deployer/session"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders-jobs-dev"
TOLD = f"User: {CALLER} is not authorized to perform: sqs:CreateQueue on resource: {QUEUE}"
APP = ["--template", "orders.yaml", "--stack-name", "orders"]


def answers(run: Run, *arguments: object) -> list[dict[str, Any]]:
    result = run("denied", *arguments, "--json")
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)["denials"]


def test_the_document_shows_what_it_prints(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "denied.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```console\n\$ python -m leastgrant (.*?)\n```", text, re.DOTALL)
    command, _, shown = block.partition("--stack-name shop\n")
    leastgrant(shlex.split(command.replace("\\\n", " ") + "--stack-name shop"))
    assert capsys.readouterr().out.rstrip() == shown


def test_an_argument_a_file_and_standard_input_are_read_alike(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "denial.txt"
    path.write_text(TOLD, encoding="utf-8-sig")
    expected = answers(run, TOLD, *APP)
    assert answers(run, path, *APP) == expected
    for arguments in ([], ["-"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TOLD.encode())))
        assert answers(run, *arguments, *APP) == expected


def test_what_it_is_for_and_what_grants_it(run: Run) -> None:
    (found,) = answers(run, TOLD, *APP)
    assert (found["action"], found["resource"], found["layer"]) == ("sqs:CreateQueue", QUEUE, None)
    assert (found["need"]["logical_id"], found["need"]["operation"]) == ("Jobs", "create")
    assert found["statement"] == {
        "Sid": "CreateSQSQueues",
        "Effect": "Allow",
        "Action": ["sqs:CreateQueue"],
        "Resource": [QUEUE],
    }
    assert "iam.PolicyStatement(" in found["cdk"]


def test_the_code_for_cdk_makes_the_statement(run: Run) -> None:
    told = f"User: {CALLER} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/w"
    (found,) = answers(run, told, "--template", ROOT / "tests/leastgrant/cli/samples/queue.json")
    made: list[dict[str, Any]] = []

    class Statement:
        def __init__(self, **arguments: Any) -> None:
            made.append(arguments)

    class Iam:
        PolicyStatement = Statement

    class Role:
        def add_to_policy(self, _: Statement) -> None: ...

    exec(found["cdk"], {"iam": Iam, "role": Role()})  # noqa: S102  (what the user is to paste)
    (arguments,) = made
    assert arguments["actions"] == found["statement"]["Action"]
    assert arguments["resources"] == found["statement"]["Resource"]


def test_the_place_is_that_of_the_arguments_or_else_of_the_message(run: Run) -> None:
    (found,) = answers(run, TOLD, "--template", "orders.yaml", "--stack-name", "orders", "--account", "999999999999")
    assert found["need"] is None
    (found,) = answers(run, TOLD, "--template", "orders.yaml")
    assert found["need"]["resource"] == "arn:aws:sqs:eu-west-1:123456789012:*-jobs-dev"


def test_the_stack_is_that_of_the_event(run: Run) -> None:
    event = {"StackName": "orders", "LogicalResourceId": "Jobs", "ResourceStatusReason": TOLD}
    (found,) = answers(run, json.dumps({"StackEvents": [event]}), "--template", "orders.yaml")
    assert found["need"]["resource"] == QUEUE


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (f"{TOLD} because no permissions boundary allows the sqs:CreateQueue action", ["boundary.add_statements("]),
        (
            f"{TOLD} because no resource-based policy allows the sqs:CreateQueue action",
            [
                '        "AWS": "arn:aws:iam::123456789012:role/deployer"',
                "resource.add_to_resource_policy(",
                'principals=[iam.ArnPrincipal("arn:aws:iam::123456789012:role/deployer")],',
            ],
        ),
        (
            f"{TOLD} with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
            ["(arn:aws:organizations::1:policy/o-1/p-1), which denies it", "no grant helps against an explicit deny"],
        ),
        (
            "API: ec2:CreateVpc You are not authorized. Encoded authorization failure message: abc-_1",
            ["aws sts decode-authorization-message", "Refused by  not told; most often the caller's policies"],
        ),
        ("Access Denied (Service: S3, Status Code: 403", ["a call to s3, which the message does not name"]),
        (
            "CREATE_FAILED | AWS::Lambda::Function | Fn not authorized to perform: iam:PassRole",
            ["Made for    Fn (AWS::Lambda::Function)", "Because     when Role"],
        ),
        ("API: sqs:CreateQueue Access Denied", ["narrow its Resource, as the message does not say what it was on"]),
    ],
)
def test_the_answer_fits_the_layer(run: Run, message: str, lines: list[str]) -> None:
    result = run("denied", message)
    assert result.status == 0
    out = " ".join(result.out.split())  # however it is wrapped
    assert [line for line in lines if " ".join(line.split()) not in out] == []


def test_a_deny_has_no_statement(run: Run) -> None:
    (found,) = answers(run, f"{TOLD} with an explicit deny")
    assert (found["statement"], found["cdk"]) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["hello world"], "this tells of no denied call; expected what AWS said: an event or a log of CloudFormation"),
        (["nowhere.txt"], "nowhere.txt: cannot be read: No such file or directory; expected what AWS said"),
        (["."], ".: cannot be read: Is a directory; expected what AWS said"),
        (["x" * 5000], "cannot be read: File name too long"),
        ([TOLD, "--template", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        ([TOLD, *APP, "--stack-name", "b"], "--stack-name: there are 2 for 1 of --app"),
        ([TOLD, "--format", "html"], "argument --format: invalid choice: 'html'"),
    ],
)
def test_what_cannot_be_used_is_one_line(run: Run, arguments: list[str], line: str) -> None:
    result = run("denied", *arguments)
    assert (result.status, result.out) == (2, "")
    assert line in result.err
    assert result.err.count("\n") == 1


def test_nothing_is_waited_for_at_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    result = run("denied")
    assert (result.status, result.out) == (2, "")
    assert "nothing is pasted: give the message, a file or standard input" in result.err


def test_what_is_too_large_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)
    result = run("denied", path)
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert "is larger than 16 MiB" in result.err
