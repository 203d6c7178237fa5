"""The demo prints what its commands print in a shell, keeps nothing, and its picture is the one in the documents."""

import shutil
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from leastgrant.cli.commands.demo import ACTS, EXAMPLES, recorded
from leastgrant.cli.screen import COLUMNS, Scene, svg
from tests.conftest import ROOT
from tests.leastgrant.cli.conftest import SAMPLES, Run
from tests.shell import in_bash

EXAMPLE = ROOT / "leastgrant" / "cli" / "demo"
SVG = "http://www.w3.org/2000/svg"
PICTURE = ROOT / "docs" / "images" / "demo.svg"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_the_one_of_the_documents(name: str):
    assert (EXAMPLE / name).read_text() == (ROOT / "docs" / "examples" / name).read_text()


def test_it_prints_what_a_shell_does(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("COLUMNS", "100")  # what text is wrapped at where there is no terminal
    for name in EXAMPLES:
        shutil.copy(EXAMPLE / name, tmp_path)
    script: list[str] = []
    for act in ACTS:
        script.append(f"cat <<'END'\n# {act.question}\nEND")
        script += [f"cat <<'END'\n$ {command}\nEND\n{command}" for command in act.commands]
        script.append("echo")
    result = run("demo")
    assert (result.status, result.err) == (0, "")
    assert result.out == in_bash(script, tmp_path)
    assert run("demo", "--fast").out == result.out


def test_it_shows_a_missing_permission_a_proof_and_a_denial_explained(run: Run):
    out = run("demo").out
    for told in ("Not proved: 2 missing, 1 excess.", "Proved: every required need (10)", "Denied: events:DescribeRule"):
        assert told in out


def test_nothing_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = {path.name: path.read_bytes() for path in SAMPLES.iterdir()}
    assert run("demo").status == 0
    assert [*tmp_path.iterdir()] == []
    assert Path.cwd() == SAMPLES
    assert {path.name: path.read_bytes() for path in SAMPLES.iterdir()} == names


def test_the_picture_in_the_documents_is_what_it_shows_now():
    assert PICTURE.read_text() == recorded(), "`leastgrant demo --svg docs/images/demo.svg` draws it anew"


def test_the_picture_is_small_whole_and_asks_for_nothing():
    text = PICTURE.read_text()
    assert len(text) < 100_000
    assert "http" not in text.replace(f'xmlns="{SVG}"', "")
    assert [element.tag.partition("}")[2] for element in ET.fromstring(text)][:2] == ["title", "style"]  # noqa: S314  (ours)
    assert max(len("".join(line.itertext())) for line in ET.fromstring(text).iter(f"{{{SVG}}}text")) <= COLUMNS  # noqa: S314
    assert "prefers-color-scheme:dark" in text
    assert "prefers-reduced-motion:reduce" in text


def test_the_picture_is_written_to_the_file(run: Run, tmp_path: Path):
    result = run("demo", "--svg", tmp_path / "demo.svg")
    assert (result.status, result.out) == (0, "")
    assert (tmp_path / "demo.svg").read_text() == recorded()


def test_a_file_that_cannot_be_written_is_refused(run: Run, tmp_path: Path):
    result = run("demo", "--svg", tmp_path / "gone" / "demo.svg")
    assert (result.status, result.out) == (2, "")
    assert result.err == f"--svg {tmp_path}/gone/demo.svg: cannot be written: No such file or directory\n"


def test_scenes_follow_each_other_and_are_escaped():
    scenes = [Scene(("$ a <b>",), ("\x1b[1m\x1b[31mno\x1b[0m &",), 4), Scene(("$ c",), (), 6)]
    text = svg(scenes, "two")
    assert '<tspan class="b r">no</tspan> &amp;</text>' in text
    assert "$ a &lt;b&gt;" in text
    assert ".t0{visibility:hidden;animation:t0 10s step-end infinite}" in text
    assert "@keyframes t1{0%{visibility:hidden}40.00%{visibility:visible}100.00%{visibility:hidden}}" in text
