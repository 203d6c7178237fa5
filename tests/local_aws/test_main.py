"""`python -m local_aws` runs until it is ended, and prints what another tool needs."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.__main__ import main
from tests.conftest import ROOT


def test_it_runs_until_it_is_interrupted_and_is_used_with_what_it_prints() -> None:
    command = [sys.executable, "-m", "local_aws", "--account", "210987654321", "--region", "eu-north-1"]
    running = subprocess.Popen(  # noqa: S603  (our own)
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stderr is not None
    try:
        assert re.match(r"Listens on http://localhost:\d+ until Ctrl-C", running.stderr.readline())
        exports = [running.stdout.readline() for _ in range(5)]
        given = dict(line.removeprefix("export ").rstrip().split("=", 1) for line in exports)
        asked = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
        said = subprocess.run(  # noqa: S603  (our own)
            [sys.executable, "-c", asked],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        running.send_signal(signal.SIGINT)
        _, problem = running.communicate()
    assert (said.stdout, given["AWS_DEFAULT_REGION"]) == ("arn:aws:iam::210987654321:user/operator\n", "eu-north-1")
    assert (running.returncode, problem) == (0, "")


def test_an_account_is_kept_in_a_folder(tmp_path: Path) -> None:
    def started() -> tuple[subprocess.Popen[str], dict[str, str]]:
        command = [sys.executable, "-m", "local_aws", "--state", str(tmp_path / "account")]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  (our own)
        assert running.stdout is not None
        exports = [running.stdout.readline() for _ in range(5)]
        return running, dict(line.removeprefix("export ").rstrip().split("=", 1) for line in exports)

    def queues(given: dict[str, str], asked: str) -> str:
        said = subprocess.run(  # noqa: S603  (our own)
            [sys.executable, "-c", f"import boto3; print(boto3.client('sqs').{asked})"],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=True,
        )
        return said.stdout

    running, given = started()
    try:
        queues(given, "create_queue(QueueName='orders')")
    finally:
        running.kill()
        running.communicate()
    running, again = started()
    try:
        assert again["AWS_ACCESS_KEY_ID"] == given["AWS_ACCESS_KEY_ID"]
        assert "/orders" in queues(again, "list_queues()['QueueUrls']")
    finally:
        running.kill()
        running.communicate()


def test_a_folder_that_cannot_be_used_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("{}\n")
    with pytest.raises(SystemExit) as caught:
        main(["--state", str(tmp_path)])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"--state: {tmp_path}/journal.jsonl, line 1: no record of a journal; begin in another folder" in line


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as caught:
        main(["--port", str(taken.getsockname()[1])])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("python -m local_aws: --port ")
    assert "Address already in use; leave it out to take one that is free" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "argument --port: must be 0 to 65535, not 70000"),
        (["--account", "12"], "12"),
        (["--region", "Europe"], "Europe"),
        (["--host", "0.0.0.0"], "unrecognized arguments: --host"),  # noqa: S104  (is refused)
    ],
)
def test_what_cannot_be_used_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
