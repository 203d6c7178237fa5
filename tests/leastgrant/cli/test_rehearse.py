"""`leastgrant rehearse` reads what is to be played, and hands it to whatever is installed that plays it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from leastgrant import Rehearsal
from leastgrant.cli.commands import rehearse
from tests.leastgrant.cli.conftest import Run

POLICY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
ROLE = "arn:${AWS::Partition}:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1"


def assembly(folder: Path, **environments: str) -> Path:
    """An assembly with a stack in each environment."""
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{environment}",
            "properties": {"templateFile": f"{name}.template.json", "assumeRoleArn": ROLE},
        }
        for name, environment in environments.items()
    }
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    for name in environments:
        template = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    return folder


def nothing(name: str) -> None:
    del name


@dataclass(frozen=True)
class Entries:
    """What is installed."""

    found: Iterable[EntryPoint]

    def __call__(self, group: str, name: str) -> Iterable[EntryPoint]:
        assert (group, name) == ("leastgrant.commands", "rehearse")
        return self.found


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Rehearsal]:
    """What is handed over, to somebody who ends with 7."""
    found: list[Rehearsal] = []

    def play(rehearsal: Rehearsal) -> int:
        found.append(rehearsal)
        return 7

    monkeypatch.setattr(rehearse, "_player", lambda: play)
    return found


def test_what_the_arguments_say_is_handed_over(run: Run, tmp_path: Path, played: list[Rehearsal]) -> None:
    app = assembly(tmp_path / "cdk.out", Shop="123456789012/eu-west-1")
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    policy = str(tmp_path / "policy.json")
    result = run("rehearse", str(app), "--exec-policy", policy, "--boundary", policy, "--ci-role", policy)
    assert (result.status, result.err) == (7, "")
    (given,) = played
    assert str(given.place) == "123456789012/eu-west-1"
    assert [one.document for one in given.execution_policies["hnb659fds"]] == [POLICY]
    assert given.boundary is not None
    assert (given.boundary.name, given.boundary.document) == ("policy", POLICY)
    assert given.ci is not None
    assert (given.cdk, given.port, given.transcript, given.bootstrap) == (None, 0, None, None)


def test_a_stack_that_states_no_environment_is_put_somewhere(run: Run, tmp_path: Path, played: list[Rehearsal]) -> None:
    app = assembly(tmp_path / "cdk.out", Shop="unknown-account/unknown-region")
    assert run("rehearse", str(app), "--region", "eu-north-1").status == 7
    assert str(played[0].place) == "123456789012/eu-north-1"


def test_of_several_environments_one_is_chosen(run: Run, tmp_path: Path, played: list[Rehearsal]) -> None:
    app = assembly(tmp_path / "cdk.out", Beta="123456789012/eu-west-1", Prod="210987654321/eu-west-1")
    assert run("rehearse", str(app), "--environment", "210987654321/eu-west-1").status == 7
    assert [stack.name for stack in played[0].assembly.stacks] == ["Prod"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the app has 2 environments (123456789012/eu-west-1, 210987654321/eu-west-1), and a rehearsal has one"),
        (["--environment", "1/2"], "--environment 1/2: the app has no such environment; it has 123456789012/eu-west-1"),
        (["--port", "70000"], "argument --port: must be 0 to 65535, not 70000"),
        (
            ["--environment", "210987654321/eu-west-1", "--exec-policy", "123456789012={policy}"],
            "--exec-policy: there are no policies of 210987654321/eu-west-1 (qualifier hnb659fds)",
        ),
    ],
)
def test_what_cannot_be_played_is_one_line(
    run: Run, tmp_path: Path, played: list[Rehearsal], arguments: list[str], said: str
) -> None:
    app = assembly(tmp_path / "cdk.out", Beta="123456789012/eu-west-1", Prod="210987654321/eu-west-1")
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    given = [argument.format(policy=tmp_path / "policy.json") for argument in arguments]
    result = run("rehearse", str(app), *given)
    assert (result.status, result.out, played) == (2, "", [])
    (line,) = result.err.splitlines()
    assert said in line


def test_without_the_extra_it_is_said_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = assembly(tmp_path / "cdk.out", Shop="123456789012/eu-west-1")
    of_another = EntryPoint("rehearse", "not_installed_anywhere.rehearse:run", "leastgrant.commands")
    entries: dict[str, list[EntryPoint]] = {
        "there is no not_installed_anywhere": [of_another],
        "nothing that plays a deployment is installed": [],
    }
    monkeypatch.setattr(rehearse, "find_spec", nothing)
    for said, found in entries.items():
        monkeypatch.setattr(rehearse, "entry_points", Entries(found))
        result = run("rehearse", str(app))
        assert (result.status, result.out) == (2, "")
        assert result.err == f"leastgrant rehearse: {said}; install leastgrant[rehearse]\n"


def test_in_a_checkout_it_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "entry_points", Entries([]))
    assert rehearse._player().__module__ == "local_aws.rehearse.command"  # pyright: ignore[reportPrivateUsage]
