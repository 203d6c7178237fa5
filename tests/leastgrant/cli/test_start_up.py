"""What a command loads: no more than it needs, as it is started all day."""

import subprocess
import sys

import pytest

from leastgrant.cli import main
from leastgrant.cli.parser import COMMANDS
from tests.conftest import ROOT

OF_OTHERS = {
    "leastgrant.proof.generation",
    "leastgrant.proof.new_access",
    "leastgrant.proof.prove",
    "leastgrant.report.html",
    "leastgrant.report.sarif",
    "leastgrant.workflow",
}


def loaded(*commands: str) -> set[str]:
    imports = ", ".join(f"leastgrant.cli.commands.{command}" for command in commands)
    code = f"import sys, leastgrant.cli, {imports}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    return set(done.stdout.split())


def test_needs_load_nothing_of_other_commands():
    assert not OF_OTHERS & loaded("needs")
    assert loaded("check", "generate", "new_access", "workflow") >= OF_OTHERS


def modules_after(*arguments: str) -> set[str]:
    code = "from leastgrant.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\nprint(*sys.modules)"
    command = [sys.executable, "-c", f"import sys; {code}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    return set(done.stdout.splitlines()[-1].split())


def test_the_version_is_told_without_what_the_commands_load():
    modules = modules_after("--version")
    assert "leastgrant.cli" in modules
    assert not {"argparse", "leastgrant.cli.parser", "leastgrant.knowledge", "yaml"} & modules


def test_help_is_shown_without_what_the_commands_load():
    modules = modules_after("--help")
    assert "leastgrant.cli.parser" in modules
    assert not {"leastgrant.cli.arguments", "leastgrant.knowledge", "leastgrant.template", "yaml"} & modules


def test_of_the_commands_only_the_one_that_is_asked_for_is_loaded():
    modules = modules_after("needs", "--help")
    commands = {name for name in modules if name.startswith("leastgrant.cli.commands.")}
    assert commands == {"leastgrant.cli.commands.needs", "leastgrant.cli.commands.common"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_module_that_declares_its_arguments(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    out = capsys.readouterr().out
    assert out.startswith(f"usage: leastgrant {name} ")
    assert "example:\n  leastgrant" in out
