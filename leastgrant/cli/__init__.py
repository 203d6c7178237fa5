"""The command line: `python -m leastgrant`."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from leastgrant import __version__
from leastgrant.errors import InputError
from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from leastgrant.cli.parser import Options

__all__ = ["main"]

_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0 proved, 1 something was found, 2 the input cannot be used.

    Args:
        arguments: Without the program's name; None: those of the process.

    Raises:
        SystemExit: help was asked for, and printed.
    """
    if [*(sys.argv[1:] if arguments is None else arguments)] == ["--version"]:
        print(f"leastgrant {__version__}")
        return 0
    if arguments is None:
        gc.disable()  # there are few cycles, and the process ends anyway: looking for them takes a third of its time
    try:
        parse_arguments: Callable[[Sequence[str] | None], Options] = _of("parser").parse_arguments
        run: Callable[[Options], int] = _of("parser").run_command
        return run(parse_arguments(arguments))
    except InputError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # who read the output, such as `head`, has read enough; see "Note on SIGPIPE", Python docs
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BAD_INPUT


def _of(module: str) -> ModuleType:
    """Load a module of the command line: not before it is asked for, as the version is told without any."""
    return import_module(f"leastgrant.cli.{module}")


def _refuse(problem: str) -> int:
    print(printable(problem), file=sys.stderr)
    return _BAD_INPUT
