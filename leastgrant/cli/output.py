"""Writing results: to stdout, or to a file that is either the old one or the whole new one."""

from __future__ import annotations

import os
import sys
from textwrap import wrap
from typing import TYPE_CHECKING

from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.terminal import width

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write(text: str, path: Path | None, option: str = "--output") -> None:
    """Write a result; None: to stdout.

    Args:
        text: The result.
        path: The file that an option names.
        option: Which one.

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
        raise ArgumentError(f"{option} {path}: cannot be written: {error.strerror}") from None


def write_lines(lines: Iterable[str], path: Path | None) -> None:
    """Write lines of text; on a terminal that is narrower, one is wrapped under its own beginning, between words.

    Raises:
        ArgumentError: the file cannot be written.
    """
    columns = width(path)
    fitting = lines if columns is None else (part for line in lines for part in _fitting(line, columns))
    write("\n".join(fitting) + "\n", path)


def _fitting(line: str, columns: int) -> list[str]:
    if len(line) <= columns:
        return [line]
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    return wrap(
        text,
        columns,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _replace(path: Path, text: str) -> None:
    """Write the file whole: a program that reads it at any moment finds the old text or the new."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
