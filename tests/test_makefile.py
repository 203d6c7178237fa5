"""How the Makefile sets the project up, with stand-ins for Python and npm: nothing is installed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

CACHES = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "CDK_HOME")
NPM = '#!/bin/sh\nmkdir -p "$npm_config_cache" && env > "$npm_config_cache/npm" && mkdir -p node_modules/.bin\n'
PYTHON = f"""\
#!/bin/sh
case "$*" in
    *version_info*) echo 3.11 ;;
    *"-m venv --clear"*) rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python && printf '%s' '{NPM}' > .venv/bin/npm && chmod +x .venv/bin/npm ;;
    *tools.install*) echo "$*" >> installed && env > environment ;;
esac
"""  # noqa: E501  (a script's line)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What installation needs of the project, in a folder with a space in its name."""
    directory = tmp_path / "a project"
    directory.mkdir()
    for file in ("Makefile", ".npmrc", *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / file, directory)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / file, directory)
    return directory


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def make(
    project: Path, target: str, python: Path | str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": "/dev/null/no home"}  # not even root can make that folder
    command = ["make", "--no-print-directory", target, f"PYTHON={python}"]
    return subprocess.run(  # noqa: S603  (this Makefile)
        command, cwd=project, env={**kept, **(variables or {})}, capture_output=True, check=False, text=True
    )


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("echo 3.10; exit 1", "Python 3.11 or newer is needed, and '{}' is 3.10: set PYTHON=..."),
        ("exit 127", "Python 3.11 or newer is needed, and '{}' is not there: set PYTHON=..."),
        (
            'case "$*" in *ensurepip*) echo traceback >&2; exit 1 ;; esac',
            "'{}' has no venv and ensurepip; Debian and Ubuntu have them in the package python3-venv",
        ),
    ],
)
def test_a_python_that_will_not_do_is_one_line(project: Path, python: str, said: str) -> None:
    stand_in = program(project / "a python", f"#!/bin/sh\n{python}\n")
    ran = make(project, ".venv/.app", stand_in)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[:-1] == [said.format(stand_in)]  # the last line is make's own
    assert not (project / ".venv").exists()


def test_a_python_that_is_missing_is_one_line(project: Path) -> None:
    ran = make(project, ".venv/.app", "/nowhere/python")
    assert ran.stderr.splitlines()[:-1] == [
        "Python 3.11 or newer is needed, and '/nowhere/python' is not there: set PYTHON=..."
    ]


def test_without_a_home_and_with_a_space_all_caches_are_the_projects(project: Path) -> None:
    """And the project's npm is used, not the machine's."""
    other = program(project / "other" / "npm", "#!/bin/sh\necho another npm >&2\nexit 1\n").parent
    python = program(project / "a python", PYTHON)
    ran = make(project, "node_modules/.cli", python, {"PATH": f"{other}:{os.environ['PATH']}"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (project / "installed").read_text().splitlines() == ["-m tools.install requirements.txt"]
    environment = (project / "environment").read_text().splitlines()
    cache = f"{project}/.venv/.cache/"
    assert [name for name in CACHES if not any(line.startswith(f"{name}={cache}") for line in environment)] == []
    assert (project / ".venv" / ".cache" / "npm" / "npm").is_file()


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_that_someone_chose_is_kept(project: Path, name: str) -> None:
    make(project, ".venv/.app", program(project / "a python", PYTHON), {name: "/of/mine"})
    assert f"{name}=/of/mine" in (project / "environment").read_text().splitlines()


def test_before_a_download_its_size_is_said(project: Path) -> None:
    python = program(project / "a python", PYTHON)
    for target in (".venv/.bench", ".venv/.ops", "node_modules/.cli"):
        ran = make(project, target, python)
        said = [line for line in ran.stdout.splitlines() if line.startswith("Installing ")]
        assert said
        assert [line for line in said if " MB to download) ..." not in line] == []


def test_when_npm_fails_the_last_line_says_where_to_read(project: Path) -> None:
    python = program(project / "a python", PYTHON)
    make(project, ".venv/.app", python)
    program(project / ".venv" / "bin" / "npm", "#!/bin/sh\nexit 1\n")
    ran = make(project, "node_modules/.cli", python)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[:-1] == [
        "npm cannot install package-lock.json, see above; docs/setup.md tells how to name a proxy, a mirror or a CA"
    ]
    assert not (project / "node_modules" / ".cli").exists()


def test_when_its_python_is_gone_the_environment_is_made_anew(project: Path) -> None:
    python = program(project / "a python", PYTHON)
    make(project, ".venv/.app", python)
    (project / ".venv" / "bin" / "python").unlink()
    (project / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    make(project, ".venv/.app", python)
    assert (project / "installed").read_text().count("requirements.txt") == 2
