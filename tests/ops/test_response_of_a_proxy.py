"""What answers is not always AWS: a proxy's page of HTML is one line too."""

import pytest
from botocore.parsers import ResponseParserError

from ops import cli
from ops.terminal.result import CommandResult, ExitStatus


def test_a_response_that_is_not_aws_s_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(options: object) -> CommandResult:
        del options
        raise ResponseParserError(f"Unable to parse response, invalid XML received:\n{'<html>' * 100}")

    monkeypatch.setattr(cli, "_run", run)
    assert cli.main(["watch"]) == ExitStatus.PROBLEM
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("ops: what answered is not AWS, perhaps a proxy: Unable to parse response")
    assert output.err.count("\n") == 1
