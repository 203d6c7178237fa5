"""What is written for a shell completes the commands, their options, values and files."""

import shutil
import subprocess
from pathlib import Path

import pytest

from leastgrant.cli.commands.completion import SHELLS
from leastgrant.cli.parser import COMMANDS
from tests.leastgrant.cli.conftest import SAMPLES, Run

ASK = """
source "$1"; shift
complete=$(complete -p leastgrant | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
$complete leastgrant "${@: -1}" "${@: -2:1}"
echo "${COMPREPLY[*]}"
"""


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["d"], "denied diff"),
        (["check", "--trusted-s"], "--trusted-subject"),
        (["check", "--format", ""], "text json markdown sarif html"),
        (["needs", "--format", ""], "text json"),
        (["check", "--role", "le"], "least.json"),
        (["fleet", "../sam"], "../samples"),
        (["completion", "z"], "zsh"),
    ],
)
def test_bash_completes_what_is_typed(words: list[str], completed: str, run: Run, tmp_path: Path):
    script = tmp_path / "completion"
    script.write_text(run("completion", "bash").out)
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(  # noqa: S603  (ours)
        [bash, "-c", ASK, "bash", script, "leastgrant", *words], cwd=SAMPLES, capture_output=True, check=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == (completed, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_told_of_all_commands(shell: str, run: Run):
    result = run("completion", shell)
    assert (result.status, result.err) == (0, "")
    assert [name for name in COMMANDS if name not in result.out] == []
    assert "trusted-provider" in result.out


def missing(_: str) -> None:
    """Find no package."""


def test_without_what_writes_it_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leastgrant.cli.commands.completion.find_spec", missing)
    result = run("completion", "bash")
    assert (result.status, result.out) == (2, "")
    assert result.err == "leastgrant completion: shtab is not installed; run pip install 'leastgrant[completion]'\n"


def test_another_shell_is_refused(run: Run):
    result = run("completion", "ksh")
    assert result.status == 2
    assert "argument SHELL: invalid choice: 'ksh'" in result.err
