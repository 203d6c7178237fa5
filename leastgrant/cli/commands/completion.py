"""Write what completes the commands and their arguments in a shell."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, cast

from leastgrant.cli import parser as cli
from leastgrant.cli.arguments import add_example
from leastgrant.cli.commands.common import PROVED
from leastgrant.cli.output import write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from leastgrant.cli.parser import Parser

SHELLS: Final = ("bash", "zsh", "fish")
_FOLDERS: Final = {"DIR", "CDK_OUT", "OLD_CDK_OUT", "NEW_CDK_OUT"}
_FILES: Final = {"FILE", "MESSAGE|FILE", "ROLE[#LogicalId]", "TEMPLATE", "TRAIL", "WORKFLOW", "[ENVIRONMENT=]FILE"}
"""Arguments that files complete, by their metavar."""


class Options(cli.Options):
    """The arguments of the command."""

    shell: str


def run(options: Options) -> int:
    """Run the command; returns the exit status.

    Raises:
        ArgumentError: shtab, which writes it, is not installed.
    """
    if find_spec("shtab") is None:
        raise cli.ArgumentError(
            "leastgrant completion: shtab is not installed; run pip install 'leastgrant[completion]'"
        )
    import shtab  # noqa: PLC0415  (it may not be installed)

    parser = cli.parser([*cli.COMMANDS])
    for action in _actions(parser):
        completed = shtab.DIRECTORY if action.metavar in _FOLDERS else shtab.FILE if action.metavar in _FILES else None
        if completed is not None:
            action.complete = completed  # pyright: ignore[reportAttributeAccessIssue]  (where shtab looks for it)
    write(f"{shtab.complete(parser, options.shell).rstrip()}\n", None)
    return PROVED


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]  (argparse has no public name for them)
        yield action
        of_commands = cast("object", action.choices)
        if isinstance(of_commands, dict):
            for one in cast("dict[str, argparse.ArgumentParser]", of_commands).values():
                yield from _actions(one)


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant completion bash > ~/.local/share/bash-completion/completions/leastgrant\n"
        "  leastgrant completion zsh > ~/.zfunc/_leastgrant\n"
        "  leastgrant completion fish > ~/.config/fish/completions/leastgrant.fish",
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"the shell: {', '.join(SHELLS)}")
