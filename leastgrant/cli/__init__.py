"""The command line: `python -m leastgrant`."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import parse_arguments
from leastgrant.cli.commands import run
from leastgrant.errors import InputError
from leastgrant.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0 proved, 1 something was found, 2 the input cannot be used.

    Args:
        arguments: Without the program's name; None: those of the process.

    Raises:
        SystemExit: help or the version was asked for, and printed.
    """
    if arguments is None:
        gc.disable()  # there are few cycles, and the process ends anyway: looking for them takes a third of its time
    try:
        return run(parse_arguments(arguments))
    except InputError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # who read the output, such as `head`, has read enough; see "Note on SIGPIPE", Python docs
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BAD_INPUT


def _refuse(problem: str) -> int:
    print(printable(problem), file=sys.stderr)
    return _BAD_INPUT
