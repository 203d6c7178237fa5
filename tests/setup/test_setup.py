"""The project set up anew from the registries, in fresh copies: `make test-setup`, minutes."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import ROOT

PYTHONS = os.environ.get("PYTHONS", sys.executable).split()


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A copy of what git knows, or would, in a folder with a space in its name."""
    directory = tmp_path / "a project"
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603  (git)
    for file in files.stdout.splitlines():
        if (ROOT / file).is_file():
            (directory / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, directory / file)
    subprocess.run(["git", "init", "--quiet"], cwd=directory, check=True)  # noqa: S607
    return directory


def make(
    directory: Path, target: str, variables: Mapping[str, str] | None = None, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run make as a shell outside of any make or environment would."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    caches = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "CDK_HOME")
    kept = {name: value for name, value in inherited.items() if name not in {*caches, "HOME"}}
    return subprocess.run(  # noqa: S603  (this Makefile)
        ["make", "--no-print-directory", target, f"PYTHON={python}"],  # noqa: S607
        cwd=directory,
        env={**kept, "HOME": "/dev/null/no home", **(variables or {})},
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_a_synthesis_in_a_path_with_a_space_and_without_a_home(fresh: Path, python: str) -> None:
    ran = make(fresh, "synth", python=python)
    assert ran.returncode == 0, ran.stderr
    assert "Downloading aws-cdk-lib" in ran.stderr
    assert "uv cannot" not in ran.stderr
    assert "WARNING" not in ran.stderr
    assert "Validations" in ran.stdout
    untracked = ["git", "status", "--porcelain", "--ignored"]
    status = subprocess.run(untracked, cwd=fresh, capture_output=True, check=True, text=True).stdout  # noqa: S603  (git)
    made = {line[3:].partition("/")[0] for line in status.splitlines() if line.startswith("!!")}
    assert {".venv", "node_modules", "cdk.out"} <= made
    make(fresh, "clean")
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize("python", PYTHONS)
def test_the_test_tools_install(fresh: Path, python: str) -> None:
    ran = make(fresh, ".venv/.dev", python=python)
    assert ran.returncode == 0, ran.stderr
    assert "uv cannot" not in ran.stderr


class Proxy(ThreadingHTTPServer):
    """A forward proxy for TLS, which keeps whom it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.asked: set[str] = set()


class Tunnel(BaseHTTPRequestHandler):
    def do_CONNECT(self) -> None:
        assert isinstance(self.server, Proxy)
        self.server.asked.add(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            back = Thread(target=passed_on, args=(there, self.connection), daemon=True)
            back.start()
            passed_on(self.connection, there)
            back.join()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name in the base class)
        """Say nothing."""


def passed_on(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone
        source.close()
        to.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_pip_uv_and_npm_go_through_a_proxy(fresh: Path, proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.server_port}"
    variables = {"HTTPS_PROXY": url, "NO_PROXY": "127.0.0.1,localhost"}
    with_python = make(fresh, ".venv/.app", variables)
    assert with_python.returncode == 0, with_python.stderr
    assert "uv cannot" not in with_python.stderr
    indexes, proxy.asked = proxy.asked, set()
    with_npm = make(fresh, "node_modules/.cli", variables)
    assert with_npm.returncode == 0, with_npm.stderr
    assert indexes
    assert proxy.asked - indexes


@pytest.fixture
def mirror(fresh: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A folder with the wheels of requirements files, and a pip.conf beside it by which pip asks no registry."""

    def made(*files: str) -> Path:
        wheels = tmp_path / "wheels"
        for file in files:
            command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes"]
            subprocess.run([*command, "--dest", str(wheels), "--requirement", file], cwd=fresh, check=True)  # noqa: S603
        configuration = tmp_path / "pip.conf"
        configuration.write_text("[global]\nno-index = true\n")
        return configuration

    return made


def offline(configuration: Path) -> dict[str, str]:
    """Variables with which pip reads this configuration alone, and no registry can be reached."""
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    return {"PIP_CONFIG_FILE": str(configuration), "PIP_FIND_LINKS": str(configuration.parent / "wheels"), **nowhere}


def test_uv_installs_from_where_pip_looks(fresh: Path, mirror: Callable[..., Path]) -> None:
    """And the size that is said is that of the files."""
    configuration = mirror("requirements-uv.txt", "requirements.txt")
    ran = make(fresh, ".venv/.app", offline(configuration))
    assert ran.returncode == 0, ran.stderr
    assert "uv cannot" not in ran.stderr
    said = re.search(r"once; (\d+) MB to download", ran.stdout)
    assert said is not None
    size = sum(file.stat().st_size for file in (configuration.parent / "wheels").iterdir()) / 1_000_000
    assert int(said[1]) == pytest.approx(size, rel=0.2)


def test_pip_installs_where_a_mirror_lacks_uv(fresh: Path, mirror: Callable[..., Path]) -> None:
    ran = make(fresh, ".venv/.app", offline(mirror("requirements.txt")))
    assert ran.returncode == 0, ran.stderr
    assert "uv cannot install requirements.txt here; pip tries, which takes longer ..." in ran.stderr


def test_where_nothing_can_be_reached_the_last_line_says_where_to_read(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nretries = 0\n")
    ran = make(fresh, ".venv/.app", offline(configuration))
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-2].startswith("requirements.txt cannot be installed, see above; docs/setup.md ")
