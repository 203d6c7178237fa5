"""A result is written whole or not at all."""

import os
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from leastgrant.cli.output import write
from tests.leastgrant.cli.conftest import SAMPLES, Run


def test_a_file_is_replaced(tmp_path: Path):
    path = tmp_path / "out"
    path.write_text("old and longer")
    write("new", path)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


def test_a_file_is_kept_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, queue: list[str]):
    path = tmp_path / "out"
    path.write_text("old")

    def full(self: Path, *_: object, **__: object) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    result = run("needs", *queue, "--output", path)
    assert (result.status, result.err) == (2, f"--output {path}: cannot be written: No space left on device\n")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


def test_a_caller_may_collect_it():
    with redirect_stdout(StringIO()) as collected:
        write("new", None)
    assert collected.getvalue() == "new"


def test_a_link_stays_a_link(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "out")
    write("new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out").read_text() == "new"


def test_a_pipe_is_written_to_and_stays(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write("new", pipe)
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert pipe.is_fifo()


NEEDS = "needs --app orders.yaml --stack-name s --account 123456789012 --region eu-west-1"


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in a shell, in the folder of the samples."""
    environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parents[3]), "PYTHON": sys.executable}
    words = ["/bin/sh", "-c", command]
    return subprocess.run(words, cwd=SAMPLES, env=environment, capture_output=True, check=False)  # noqa: S603  (ours)


def test_a_reader_that_has_read_enough_is_no_error():
    assert shell(f"$PYTHON -m leastgrant {NEEDS} | true").stderr == b""


def test_what_a_terminal_cannot_show_is_escaped(tmp_path: Path):
    app = tmp_path / "app.yaml"
    app.write_text("Resources: {Größe: {Type: 'AWS::SQS::Queue'}}", encoding="utf-8")
    arguments = NEEDS.replace("orders.yaml", str(app))
    result = shell(f"PYTHONIOENCODING=ascii $PYTHON -m leastgrant {arguments}")
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"Gr\\xf6\\xdfe (AWS::SQS::Queue)" in result.stdout
