"""Colours and links by the conventions that tools share."""

import shlex
from pathlib import Path

import pytest

from leastgrant.cli import main
from leastgrant.cli.terminal import has_colour, has_links, width
from leastgrant.report.kinds import page_of
from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import Run

VARIABLES = ("NO_COLOR", "FORCE_COLOR", "FORCE_HYPERLINK", "TERM", "CI", "COLUMNS")


@pytest.mark.parametrize(
    ("on_terminal", "environment", "colour", "links"),
    [
        (True, {}, True, True),
        (False, {}, False, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (True, {"NO_COLOR": ""}, True, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, True),
        (False, {"FORCE_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": ""}, False, False),
        (True, {"FORCE_COLOR": "0"}, False, True),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "linux"}, True, False),
        (True, {"CI": "true"}, True, False),
        (False, {"FORCE_HYPERLINK": "1"}, False, True),
        (True, {"FORCE_HYPERLINK": "0"}, True, False),
    ],
)
def test_the_conventions(
    on_terminal: bool, environment: dict[str, str], colour: bool, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: on_terminal)
    assert (has_colour(None), has_links(None)) == (colour, links)
    assert (has_colour(Path("out")), has_links(Path("out")), width(Path("out"))) == (False, False, None)


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert width(None) == 77
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert width(None) is None


def test_a_finding_is_a_link_to_its_page(run: Run, place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["check", "--role", "policy.json", "--app", "orders.yaml", "--stack-name", "orders", *place]
    plain = run(*arguments).out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    linked = run(*arguments).out
    assert f"\x1b]8;;{page_of('missing')}\x1b\\missing[" in linked
    monkeypatch.delenv("FORCE_HYPERLINK")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in run(*arguments).out


PLACE = "--account 123456789012 --region eu-west-1"
DEPLOYED = f"--app app.yaml --stack-name shop {PLACE}"
DENIAL = (
    "User: arn:aws:sts::123456789012:assumed-role/deployer/gh is not authorized to perform: events:DescribeRule "
    "on resource: arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-1VUFLZR5PHGXL"
)


@pytest.mark.parametrize("columns", [60, 80, 140])
@pytest.mark.parametrize(
    "command",
    [
        f"check --role role.yaml {DEPLOYED}",
        f"needs {DEPLOYED}",
        f"explain events:DescribeRule --role role.yaml {DEPLOYED}",
        "explain missing",
        "explain sns:Publish",
        f"reach --role role.yaml {DEPLOYED}",
        f"denied '{DENIAL}' --role role.yaml {DEPLOYED}",
        f"new-access --baseline role.yaml --candidate role.yaml {PLACE}",
        f"trail trail.json --role role.yaml {DEPLOYED}",
        "fleet fleet --account-details account.json",
        f"workflow --role role.yaml {PLACE} --repository acme/shop --default-branch main deploy.yml",
    ],
    ids=lambda command: str(command).partition(" ")[0],
)
def test_text_fits_the_terminal(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / "docs" / "examples")
    monkeypatch.setenv("COLUMNS", str(columns))
    for name, value in (("NO_COLOR", "1"), ("FORCE_HYPERLINK", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(shlex.split(command)) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > columns and not is_copied(line, columns)] == []


def is_copied(line: str, columns: int) -> bool:
    """Tell whether a line is JSON or code, or has a word that is not broken: an ARN, or a finding's id."""
    text = line.strip()
    return text.endswith(("]", '"', "],", '",', ")")) or max(map(len, text.split())) > columns - 20
