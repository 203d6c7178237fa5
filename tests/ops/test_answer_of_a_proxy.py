"""What answers is not always AWS: a proxy's page of HTML is one line too."""

import pytest
from botocore.parsers import ResponseParserError

from ops import cli
from ops.terminal.answer import Answer, Status


def test_an_answer_that_is_no_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(options: object) -> Answer:
        del options
        raise ResponseParserError(f"Unable to parse response, invalid XML received:\n{'<html>' * 100}")

    monkeypatch.setattr(cli, "_answer", answer)
    assert cli.main(["watch"]) == Status.PROBLEM
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("ops: what answered is not AWS, perhaps a proxy: Unable to parse response")
    assert output.err.count("\n") == 1
