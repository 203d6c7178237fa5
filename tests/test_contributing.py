"""What CONTRIBUTING.md tells to do is that little, and fits the code; `make test-changes` shows that it suffices."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.contributing import NewService


def lines(project: Path) -> dict[Path, list[str]]:
    return {path.relative_to(project): path.read_text().splitlines() for path in project.rglob("stacks/**/*.py")}


def test_a_new_service_is_one_new_file_and_two_lines(tmp_path: Path) -> None:
    for folder in ("settings", "stacks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    before = lines(tmp_path)
    service = NewService.read()
    assert service.path not in before, "the role has this service by now: show another one in CONTRIBUTING.md"
    service.take(tmp_path)
    after = lines(tmp_path)
    assert after.keys() - before.keys() == {service.path}
    (changed,) = (path for path in before if after[path] != before[path])
    assert len([line for line in after[changed] if line not in before[changed]]) == 2
    assert len(after[changed]) == len(before[changed]) + 2
    for check in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *check, "--no-cache", str(service.path), str(changed)]
        done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout
    service.undo(tmp_path)
    assert lines(tmp_path) == before
