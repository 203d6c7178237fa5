"""The distribution: what it says of itself, and that it runs where nothing of this project is: `make test-package`.

It is built and installed from the registries, into an environment of its own, and run with a home that is not there, a
path that names nothing, and the encodings that Windows and a bare locale have.
"""

import email
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from leastgrant import __version__
from tests.conftest import ROOT

LARGEST = 3 * 1024 * 1024
ASSEMBLY = Path(__file__).parent / "assembly"
TOLD = "User: arn:aws:sts::123456789012:assumed-role/d/s is not authorized to perform: sqs:CreateQueue on resource: *"
PYTHONS = os.environ.get("PYTHONS", sys.executable).split()


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the source distribution, of which the wheel is built."""
    folder = tmp_path_factory.mktemp("dist")
    uv = shutil.which("uv", path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert uv is not None
    subprocess.run([uv, "build", "--quiet", "--out-dir", folder, ROOT], check=True)  # noqa: S603  (this project)
    return folder


@pytest.fixture(scope="module", params=PYTHONS)
def command(dist: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The command of the wheel, installed into an environment of its own."""
    home = tmp_path_factory.mktemp("a place") / "environment"
    (wheel,) = dist.glob("*.whl")
    if request.param == sys.executable:
        venv.create(home, with_pip=True)
    else:
        subprocess.run([request.param, "-m", "venv", home], check=True)  # noqa: S603  (a Python that was named)
    subprocess.run([home / "bin" / "pip", "install", "--quiet", wheel], check=True)  # noqa: S603
    return home / "bin" / "leastgrant"


def run(command: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run it without a home and with a path that names nothing."""
    bare = {"HOME": "/nowhere", "PATH": "/nowhere", "LC_ALL": "C"}
    return subprocess.run(  # noqa: S603  (what was built)
        [command, *arguments], env={**bare, **environment}, input=stdin.encode(), capture_output=True, check=False
    )


def test_the_wheel_is_small_and_has_the_library_alone(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    assert wheel.stat().st_size < LARGEST
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packages = {name.partition("/")[0] for name in names}
    with (ROOT / "pyproject.toml").open("rb") as file:
        packaged = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == {*packaged, f"leastgrant-{__version__}.dist-info"}
    assert "leastgrant/py.typed" in names
    assert [name for name in names if "test" in name] == []


def test_the_metadata_is_complete(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        told = email.message_from_bytes(archive.read(f"leastgrant-{__version__}.dist-info/METADATA"))
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("leastgrant", __version__, "Apache-2.0")
    assert told["Description-Content-Type"] == "text/markdown"
    readme = (ROOT / "leastgrant" / "README.md").read_text(encoding="utf-8")
    assert told.get_payload() == readme
    assert len(readme.splitlines()) <= 50, "more than a screen"
    assert "](" not in readme.replace("](https://", ""), "a link that leads nowhere from the registry's page"
    assert "Typing :: Typed" in (told.get_all("Classifier") or [])
    assert {"cdk", "nag", "sam"} <= {*(told.get_all("Provides-Extra") or [])}
    assert {url.partition(",")[0] for url in told.get_all("Project-URL") or []} >= {"Documentation", "Source", "Issues"}
    of_cdk = [need for need in told.get_all("Requires-Dist") or [] if "extra == 'cdk'" in need]
    assert [need.partition(">")[0] for need in of_cdk] == ["aws-cdk-lib"]


def test_it_tells_its_version(command: Path) -> None:
    done = run(command, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"leastgrant {__version__}\n".encode(), b"")


def test_it_answers_on_a_cdk_app(command: Path, tmp_path: Path) -> None:
    generated = run(command, "cdk", str(ASSEMBLY), "--generate", str(tmp_path / "policies"))
    assert generated.returncode == 0, generated.stderr
    proved = run(
        command, "cdk", str(ASSEMBLY), "--link", "execution", "--exec-policy", str(tmp_path / "policies"),
        "--format", "json",
    )  # fmt: skip
    assert proved.returncode == 0, proved.stderr
    assert json.loads(proved.stdout)["proved"] is True


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["explain", "missing"], b"missing: Missing permission"),
        (["explain", "sqs:CreateQueue"], b"sqs:CreateQueue"),
        (["denied", TOLD], b"Denied: sqs:CreateQueue on *"),
        (["demo", "--fast"], b"# app.yaml has a rule"),
    ],
)
def test_it_explains(command: Path, arguments: Sequence[str], begins: bytes) -> None:
    done = run(command, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(begins)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONUTF8": "1"},
    ],
    ids=["cp1252", "ascii", "bare locale", "utf-8"],
)
def test_names_of_any_letters_are_read_and_shown_under_any_encoding(
    command: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "a füld with spaces 測試"
    folder.mkdir()
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "größe-測試"}}}}
    (folder / "äpp.json").write_text(json.dumps(template, ensure_ascii=False), encoding="utf-8")
    place = ["--stack-name", "shop", "--account", "123456789012", "--region", "eu-west-1"]
    done = run(command, "needs", "--app", str(folder / "äpp.json"), *place, **environment)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    assert b"sqs:CreateQueue" in done.stdout
    wrong = run(command, "needs", "--app", str(folder / "nöne.json"), *place, **environment)
    assert wrong.returncode == 2
    assert b"cannot be read" in wrong.stderr
    assert b"Traceback" not in wrong.stderr
    out = folder / "öut.json"
    written = run(command, "needs", "--app", str(folder / "äpp.json"), *place, "--output", str(out), **environment)
    assert (written.returncode, written.stderr) == (0, b"")
    assert "größe-測試" in out.read_text(encoding="utf-8")
    assert b"\r" not in out.read_bytes()
    told = run(command, "denied", stdin=f"größe: {TOLD}", **environment)
    assert (told.returncode, told.stderr) == (0, b"")
