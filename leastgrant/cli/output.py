"""Writing results: to stdout, or to a file that is either the old one or the whole new one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from leastgrant.cli.parser import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path


def write(text: str, path: Path | None) -> None:
    """Write a result; None: to stdout.

    Raises:
        ArgumentError: the file cannot be written.
    """
    if path is None:
        encoding = sys.stdout.encoding or "utf-8"  # a caller's StringIO has none
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
        return
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, not replaced
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise ArgumentError(f"--output {path}: cannot be written: {error.strerror}") from None


def _replace(path: Path, text: str) -> None:
    """Write the file whole: a program that reads it at any moment finds the old text or the new."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
