"""What a confined thread may do: read one folder, and nothing else."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from leastgrant.cli.confined import Folder, OutsideError, confined


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "root" / "inner").mkdir(parents=True)
    (tmp_path / "root" / "a.json").write_text("{}")
    (tmp_path / "outside.json").write_text("{}")
    (tmp_path / "root" / "link.json").symlink_to(tmp_path / "outside.json")
    return Folder(tmp_path / "root")


def test_what_is_inside_is_read(folder: Folder):
    with confined(folder):
        assert (folder.path / "a.json").read_text() == "{}"
        assert len([*folder.path.iterdir()]) == 3


REFUSED: dict[str, Callable[[Path], object]] = {
    "outside": lambda root: (root.parent / "outside.json").read_text(),
    "up": lambda root: (root / ".." / "outside.json").read_text(),
    "through a link": lambda root: (root / "link.json").read_text(),
    "a folder outside": lambda root: [*root.parent.iterdir()],
    "a sibling that begins alike": lambda root: Path(f"{root}2").open().close(),
    "written": lambda root: (root / "a.json").write_text("x"),
    "made": lambda root: (root / "new.json").touch(),
    "appended": lambda root: (root / "a.json").open("a").close(),
    "opened by number": lambda root: os.open(root / "new.json", os.O_CREAT | os.O_RDWR),
    "removed": lambda root: (root / "a.json").unlink(),
    "renamed": lambda root: (root / "a.json").rename(root / "b.json"),
    "connected": lambda _: socket.create_connection(("127.0.0.1", 9)),
    "started": lambda _: subprocess.run([sys.executable, "-V"], check=False),
}


@pytest.mark.parametrize("name", REFUSED)
def test_all_else_is_refused(name: str, folder: Folder):
    (folder.path.parent / "root2").write_text("{}")
    with confined(folder), pytest.raises(PermissionError):
        REFUSED[name](folder.path)
    assert (folder.path / "a.json").read_text() == "{}"
    assert not (folder.path / "new.json").exists()


def test_another_thread_and_what_follows_are_free(folder: Folder):
    read: list[str] = []
    with confined(folder):
        other = threading.Thread(target=lambda: read.append((folder.path.parent / "outside.json").read_text()))
        other.start()
        other.join()
    assert read == ["{}"]
    assert (folder.path.parent / "outside.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../outside.json", "has .. in it"),
        ("/etc/passwd", "is outside of"),
        ("link.json", "symbolic link"),
        ("a\0b", "zero"),
    ],
)
def test_a_path_that_leads_out_is_refused(path: str, problem: str, folder: Folder):
    with pytest.raises(OutsideError, match=problem):
        folder.inside(path)


def test_a_path_inside_is_told_from_the_folder_on(folder: Folder):
    assert folder.inside("inner/x.json") == str(Path("inner/x.json"))
    assert folder.inside(str(folder.path / "a.json")) == "a.json"
