"""Work that reads files of one folder alone, writes none, and asks no network, whatever the files name.

Files are checked where they are named, so that the answer says why; and what a file names in turn, such as a nested
template, where it is opened: the interpreter tells of each opening beforehand ("Audit events table", Python docs).
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator


class OutsideError(InputError):
    """A path leads out of the folder, in one line."""


class Folder:
    """The folder whose files may be read; symbolic links in it lead nowhere."""

    def __init__(self, path: Path) -> None:
        """Take the folder.

        Raises:
            OutsideError: it is none.
        """
        if not path.is_dir():
            raise OutsideError(f"--root {path}: is no folder; give the one whose files may be read")
        self.path = path.resolve()

    def inside(self, text: str) -> str:
        """Return a path below the folder, from the folder on.

        Raises:
            OutsideError: it leads out of it, or through a symbolic link.
        """
        if "\0" in text:
            raise OutsideError("a path holds a zero byte; write it without")
        path = Path(text)
        if ".." in path.parts:
            raise OutsideError(f"{text}: has .. in it; give a path below {self.path}")
        if path.is_absolute() and not path.is_relative_to(self.path):
            raise OutsideError(f"{text}: is outside of {self.path}; give a path below it")
        whole = self.path / path
        for step in (whole, *whole.parents):
            if step == self.path:
                break
            if step.is_symlink():
                raise OutsideError(f"{text}: goes through the symbolic link {step.name}; give what it leads to")
        return str(whole.relative_to(self.path))


_confined = threading.local()
_OWN = tuple(
    f"{os.path.realpath(path)}{os.sep}"
    for path in {sys.prefix, sys.base_prefix, *map(str, Path(__file__).parents[1:2])}
)
"""Where Python and leastgrant itself are, which is read when a part of them is first used."""


@contextmanager
def confined(folder: Folder) -> Generator[None]:
    """Confine this thread to the files of a folder."""
    if not getattr(confined, "watched", False):
        sys.addaudithook(_refuse)
        confined.watched = True  # pyright: ignore[reportFunctionMemberAccess]  (a hook is there for good)
    _confined.folder = f"{folder.path}{os.sep}"
    try:
        yield
    finally:
        _confined.folder = None


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    folder: str | None = getattr(_confined, "folder", None)
    if folder is None:
        return
    if event == "open":
        path, mode, flags = cast("tuple[object, str | None, int]", arguments)
        if isinstance(path, int):
            return
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) or (mode or "r")[0] != "r"
        if writes or not _may_read(path, folder):
            raise PermissionError(1, "is outside of the folder that may be read", str(path))
    elif event in {"os.listdir", "os.scandir"}:
        if not isinstance(arguments[0], int) and not _may_read(arguments[0] or ".", folder):
            raise PermissionError(1, "is outside of the folder that may be read", str(arguments[0]))
    elif event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.rename")):
        raise PermissionError(1, f"{event} is not allowed here")


def _may_read(path: object, folder: str) -> bool:
    real = os.path.realpath(os.fsdecode(cast("str", path)))
    return f"{real}{os.sep}" == folder or real.startswith((folder, *_OWN))
