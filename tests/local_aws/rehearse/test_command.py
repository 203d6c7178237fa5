"""What a rehearsal cannot begin with is one line; what it finds is a table."""

import os
import socket
from pathlib import Path

import pytest

from leastgrant import Assembly, Rehearsal, read_assembly
from local_aws.rehearse import run
from local_aws.rehearse.cdk_cli import CommandError, bootstrap_template, tool_environment
from local_aws.rehearse.outcome import Failure, Outcome, RehearsedResource, Verdict
from local_aws.rehearse.report import report
from tests.conftest import ROOT
from tests.leastgrant.cli.test_rehearse import assembly

CDK = ROOT / "node_modules" / ".bin" / "cdk"


@pytest.fixture
def app(tmp_path: Path) -> Assembly:
    return read_assembly(assembly(tmp_path / "cdk.out", Shop="123456789012/eu-west-1"))


def rehearsal(app: Assembly, **given: object) -> Rehearsal:
    usual: dict[str, object] = {"bootstrap": None, "boundary": None, "ci": None, "transcript": None}
    usual |= {
        "assembly": app,
        "place": app.places[0],
        "execution_policies": {},
        "parameters": {},
        "cdk": CDK,
        "port": 0,
    }
    return Rehearsal(**(usual | given))  # pyright: ignore[reportArgumentType]  (some are wrong on purpose)


def test_a_port_that_is_taken(app: Assembly) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"--port {port}: Address already in use; leave it out"):
            run(rehearsal(app, port=port))


def test_a_transcript_that_cannot_be_written(app: Assembly, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no directory; name a file in one that there is"):
        run(rehearsal(app, transcript=tmp_path / "nowhere" / "t.txt"))


def test_a_cdk_that_is_no_program(app: Assembly, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no program; name the CDK CLI"):
        run(rehearsal(app, cdk=tmp_path / "cdk"))


def test_no_cdk_at_all(app: Assembly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="there is no CDK CLI here; npm install aws-cdk, or name it with --cdk"):
        run(rehearsal(app, cdk=None))


def test_a_cdk_that_prints_no_template(tmp_path: Path) -> None:
    broken = tmp_path / "cdk"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(CommandError, match="bootstrap --show-template: exit status 3: broken"):
        bootstrap_template(broken, tmp_path)


def test_a_stack_of_the_caller_s_own_permissions_needs_them(tmp_path: Path) -> None:
    manifest = assembly(tmp_path / "cdk.out", Shop="123456789012/eu-west-1") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"assumeRoleArn"', '"other"'))
    with pytest.raises(CommandError, match="stack Shop is deployed with the permissions of whoever runs cdk; give"):
        run(rehearsal(read_assembly(manifest.parent)))


def test_the_table_names_what_went_wrong_and_in_whose_words() -> None:
    outcomes = [
        Outcome("deploy", "Shop is created", "ROLLBACK_COMPLETE", Verdict.WRONG),
        Outcome("again", "nothing changes", "not played", Verdict.NOT_PLAYED),
    ]
    said = 'It returned: "no (Service: Sqs, Status Code: 403, Request ID: 1-2)" (RequestToken: 3, X)'
    failures = [Failure("deploy", "Shop/Jobs (AWS::SQS::Queue) CREATE_FAILED", said)]
    resources = [RehearsedResource("Shop", "Jobs", "AWS::SQS::Queue", "real")]
    text = report(outcomes, failures, resources)
    assert ["WRONG", "deploy", "Shop", "is", "created", "ROLLBACK_COMPLETE"] in map(str.split, text.splitlines())
    assert '    It returned: "no (Service: Sqs, Status Code: 403)" (X)' in text
    assert "Resources: 1 real" in text
    assert text.endswith("Rehearsed: 1 of 1 expectation not met, and 1 act not played.\n")


def test_the_table_says_that_all_was_as_expected() -> None:
    text = report([Outcome("deploy", "Shop is created", "CREATE_COMPLETE", Verdict.GOOD)], [], [])
    assert text.endswith("Rehearsed: all 1 expectation met.\n")
    assert "What failed" not in text


def test_the_path_of_a_tool_is_not_the_person_s_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = tool_environment(tmp_path, {"AWS_REGION": "eu-west-1"})
    assert "AWS_PROFILE" not in environment
    assert (environment["HOME"], environment["PATH"]) == (str(tmp_path), os.environ["PATH"])
