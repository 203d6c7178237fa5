"""How requirements are installed: where uv is told to look, and who installs when it cannot."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import install

LISTING = """\
:env:.cert='/etc/own.pem'
:env:.find-links='/wheels'
global.cert='/etc/old.pem'
global.extra-index-url='file:///one/simple\\nfile:///two/simple'
global.index-url='http://mirror/simple'
install.index-url='http://install/simple'
list.format='json'
"""


def test_a_variable_overrules_the_files_and_install_overrules_global() -> None:
    assert install.pip_settings(LISTING) == {
        "cert": "/etc/own.pem",
        "find-links": "/wheels",
        "extra-index-url": "file:///one/simple\nfile:///two/simple",
        "index-url": "http://install/simple",
    }


def test_uv_looks_where_pip_would() -> None:
    assert install.uv_options(install.pip_settings(LISTING), {}) == [
        "--system-certs",
        *("--default-index", "http://install/simple"),
        *("--index", "file:///one/simple"),
        *("--index", "file:///two/simple"),
        *("--find-links", "/wheels"),
        *("--cert", "/etc/own.pem"),
        *("--index-strategy", "unsafe-best-match"),
    ]


@pytest.mark.parametrize("value", ["1", "true", "Yes", "on"])
def test_no_index_is_passed_on(value: str) -> None:
    assert install.uv_options({"no-index": value}, {}) == ["--system-certs", "--no-index"]
    assert install.uv_options({"no-index": "false"}, {}) == ["--system-certs"]


def test_a_variable_of_uv_stands() -> None:
    assert install.uv_options({"index-url": "http://pip/simple"}, {"UV_INDEX_URL": "http://uv/simple"}) == [
        "--system-certs"
    ]
    assert install.uv_environment({"proxy": "http://pip:1"}, {"https_proxy": "http://uv:1"}) == {
        "https_proxy": "http://uv:1",
        "HTTP_PROXY": "http://pip:1",
    }


def test_what_has_no_option_is_a_variable() -> None:
    settings = {"proxy": "http://proxy:3128", "client-cert": "/me.pem", "default-timeout": "180"}
    assert install.uv_environment(settings, {}) == {
        "HTTPS_PROXY": "http://proxy:3128",
        "HTTP_PROXY": "http://proxy:3128",
        "SSL_CLIENT_CERT": "/me.pem",
        "UV_HTTP_TIMEOUT": "180",
    }


def test_the_ca_of_requests_is_uvs_unless_pip_names_one() -> None:
    bundle = {"REQUESTS_CA_BUNDLE": "/own.pem"}
    assert install.uv_environment({}, bundle)["SSL_CERT_FILE"] == "/own.pem"
    assert "SSL_CERT_FILE" not in install.uv_environment({"cert": "/pip.pem"}, bundle)
    assert install.uv_environment({}, {**bundle, "SSL_CERT_FILE": "/uv.pem"})["SSL_CERT_FILE"] == "/uv.pem"


def test_uv_is_pinned() -> None:
    assert install.pinned_uv((ROOT / install.UV_REQUIREMENTS).read_text())
    assert install.pinned_uv("uvloop==1.0\n") is None


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls"


def stand_in(path: Path, calls: Path, body: str) -> Path:
    """A program that writes down its name and arguments, and then does as it is told."""
    path.write_text(f'#!/bin/sh\necho "{path.name} $*" >> "{calls}"\n{body}\n')
    path.chmod(0o755)
    return path


def installed_by(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, *, uv: str, pip: str
) -> tuple[int, list[str]]:
    monkeypatch.setattr(install, "UV", stand_in(tmp_path / "uv", calls, uv))
    monkeypatch.setattr(install, "PIP", (str(stand_in(tmp_path / "pip", calls, pip)),))
    monkeypatch.setattr(install, "_installed_uv", lambda: None)
    status = install.main(["some.txt", "--no-deps"])
    return status, [line for line in calls.read_text().splitlines() if not line.startswith("pip config")]


def test_pip_brings_uv_and_uv_installs(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, called = installed_by(tmp_path, calls, monkeypatch, uv="exit 0", pip="exit 0")
    assert status == 0
    bring, use = called
    assert bring.startswith("pip install -qq ")
    assert bring.endswith("--require-hashes --requirement requirements-uv.txt")
    assert use.startswith("uv pip install --python ")
    assert use.endswith("--require-hashes --requirement some.txt --no-deps")


@pytest.mark.parametrize(
    ("uv", "pip"),
    [
        ("exit 1", "exit 0"),  # uv finds nothing
        ("exit 0", 'case "$*" in *uv.txt*) exit 1;; esac'),  # there is no uv to be had
    ],
)
def test_pip_installs_where_uv_cannot(  # noqa: PLR0917  (fixtures)
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], uv: str, pip: str
) -> None:
    status, called = installed_by(tmp_path, calls, monkeypatch, uv=uv, pip=pip)
    assert status == 0
    assert called[-1].startswith("pip install ")
    assert called[-1].endswith("--require-hashes --requirement some.txt --no-deps")
    assert "uv cannot install some.txt here; pip tries, which takes longer ..." in capsys.readouterr().err


def test_where_neither_can_the_last_line_says_where_to_read(
    tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = installed_by(tmp_path, calls, monkeypatch, uv="exit 1", pip="exit 1")
    assert status == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "some.txt cannot be installed, see above; docs/setup.md tells how to name a proxy, a mirror or a CA"
    )
