"""The rehearsal's own parts: variants of an assembly, what counts as gone wrong, and how it begins."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from local_aws import Emulator
from rehearsal.__main__ import main
from rehearsal.assemblies import Variants
from rehearsal.outcome import Basis, Observation, RehearsalFailed
from rehearsal.report import report
from rehearsal.stage import Stage
from settings import Settings


@pytest.fixture
def variants(assembly_directory: Path, tmp_path: Path) -> Variants:
    return Variants(assembly_directory, tmp_path)


def test_a_variant_is_uploaded_under_a_hash_of_its_own(variants: Variants) -> None:
    original = json.loads((variants.original / "DataOps.assets.json").read_text())

    def tagged(template: dict[str, Any]) -> dict[str, Any]:
        return template | {"Description": "another"}

    copy = variants.edited("other", "DataOps", tagged)
    assert json.loads((copy / "DataOps.template.json").read_text())["Description"] == "another"
    hashes = [
        {file["source"]["path"]: name for name, file in assets["files"].items()}
        for assets in (original, json.loads((copy / "DataOps.assets.json").read_text()))
    ]
    changed = {path for path in hashes[0] if hashes[0][path] != hashes[1][path]}
    assert changed == {"DataOps.template.json"}
    url = json.loads((copy / "manifest.json").read_text())["artifacts"]["DataOps"]["properties"]
    assert hashes[1]["DataOps.template.json"] in url["stackTemplateAssetObjectUrl"]
    assert hashes[0]["DataOps.template.json"] not in (copy / "manifest.json").read_text()


@pytest.fixture
def stage(settings: Settings, variants: Variants, tmp_path: Path) -> Stage:
    said: list[str] = []
    return Stage(Emulator(settings.account, settings.region), settings, variants, tmp_path, said.append)


def test_what_did_not_happen_ends_the_rehearsal(stage: Stage) -> None:
    with stage.playing("an act"):
        stage.see("it is day", "it is", good=True)
        with pytest.raises(RehearsalFailed, match="an act: it rains: the sun shines"):
            stage.see("it rains", "the sun shines", good=False)
    assert [outcome.good for outcome in stage.outcomes] == [True, False]


@pytest.mark.parametrize(("good", "verdict"), [(True, "all 2 happened"), (False, "1 of 2 did not happen")])
def test_the_report_says_what_rests_on_what(*, good: bool, verdict: str) -> None:
    text = report(
        [
            Observation("1 An act", "it is rolled back", "UPDATE_ROLLBACK_COMPLETE", True, Basis.CONSEQUENCE),
            Observation("1 An act", "ops says so", "it does", good, Basis.EVIDENCE),
        ],
        12.3,
    )
    assert f"Rehearsed in 12 s: {verdict}" in text
    assert ("WRONG" in text) is not good
    assert "consequence: what follows from leastgrant's model" in text


def test_ids_of_requests_are_left_out_of_the_report() -> None:
    reason = (
        'Resource handler returned message: "denied (Status Code: 403, Request ID: 0a-1b)"'
        " (RequestToken: 0a-1b, HandlerErrorCode: AccessDenied)"
    )
    text = report([Observation("1", "it fails", reason, True, Basis.CONSEQUENCE)], 1)
    assert "denied" in text
    assert "0a-1b" not in text


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Address already in use" in output.err
    assert output.err.endswith("leave --port out to take one that is free\n")
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"--port={port}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--frob"], ["--port", "x"], ["--transcript", "/nowhere/at/all"]])
def test_arguments_that_cannot_be_used(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
