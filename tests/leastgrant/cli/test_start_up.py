"""What a command loads: no more than it needs, as it is started all day."""

import subprocess
import sys

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


def test_the_version_is_told_without_what_the_commands_load():
    code = "import sys; from leastgrant.cli import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    modules = done.stdout.split()
    assert "leastgrant.cli" in modules
    assert not {"argparse", "leastgrant.cli.arguments", "leastgrant.knowledge", "yaml"} & {*modules}
