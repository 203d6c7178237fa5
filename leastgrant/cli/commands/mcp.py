"""Serve agents on stdin and stdout, by the Model Context Protocol."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands import run as run_command
from leastgrant.cli.commands.common import PROVED
from leastgrant.cli.confined import Folder

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    folder = Folder(options.root)
    if find_spec("mcp") is None:
        raise ArgumentError("leastgrant mcp: the MCP SDK is not installed; run pip install 'leastgrant[mcp]'")
    from leastgrant.cli.agents import serve  # noqa: PLC0415  (its SDK may not be installed)

    serve(folder, run_command)
    return PROVED
