"""The commands: each reads its inputs, writes its result and returns the exit status.

A command is loaded when it is asked for, as it needs little of what the others do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command that was asked for; returns the exit status."""
    module = import_module(f"leastgrant.cli.commands.{options.command.replace('-', '_')}")
    command: Callable[[Options], int] = module.run
    return command(options)
