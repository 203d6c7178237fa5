"""Serve agents on stdin and stdout, by the Model Context Protocol."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli import parser as cli
from leastgrant.cli.arguments import add_example
from leastgrant.cli.commands.common import PROVED
from leastgrant.cli.confined import Folder

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser


class Options(cli.Options):
    """The arguments of the command."""

    root: Path


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    folder = Folder(options.root)
    if find_spec("mcp") is None:
        raise cli.ArgumentError("leastgrant mcp: the MCP SDK is not installed; run pip install 'leastgrant[mcp]'")
    from leastgrant.cli.agents import serve  # noqa: PLC0415  (its SDK may not be installed)

    serve(folder)
    return PROVED


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant mcp --root ~/shop",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder whose files may be read; none outside of it are, and none are written (default: this one)",
    )
