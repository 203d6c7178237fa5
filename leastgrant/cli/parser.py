"""The commands, and the parser of their arguments; what a command takes, its own module declares.

Of the commands, only the one that is asked for is loaded.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, cast

from leastgrant import __version__
from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMANDS: Final[Mapping[str, str]] = {
    "check": "prove a role against the templates deployed with it",
    "needs": "list what CloudFormation calls for templates, with the source of each fact",
    "generate": "write the least policy that grants every required need",
    "explain": "say who needs an action and why, what would need it, and which statements grant it; or what a finding "
    "means",
    "denied": "say what a denied call is for, which layer refused it, and what grants it",
    "new-access": "show what a candidate role allows that a baseline does not, and what it no longer allows",
    "reach": "say what a role can do to the data of the templates, and to itself",
    "workflow": "prove that GitHub workflows, or a GitLab pipeline, and a role's trust policy fit each other",
    "cdk": "prove the roles that a CDK app is deployed through, or write the least policies of its execution roles",
    "chain": "prove the roles that templates are deployed through, or write the least policies of their execution role",
    "diff": "show who gains and loses what between two synthesised states of a CDK app, and why",
    "trail": "hold CloudTrail's events against what templates need and a role grants",
    "fleet": "prove all roles of accounts against all stacks: a table of roles by excess, open ways and missing",
    "mcp": "serve agents on stdin and stdout, by the Model Context Protocol; takes leastgrant[mcp]",
    "rehearse": "deploy a CDK app on this machine, with its roles: what is refused, and what a rollback leaves",
    "demo": "play what leastgrant does, on an example of its own",
    "completion": "write what completes the commands and their arguments in a shell; takes leastgrant[completion]",
}
"""What each command is for; its module in `leastgrant.cli.commands` has its name."""


class ArgumentError(InputError):
    """The arguments cannot be used, in one line."""


class Options(argparse.Namespace):
    """What was given to a command; its module says what else there is."""

    command: str
    format: str = "text"
    output: Path | None = None

    def check(self) -> None:
        """Refuse values that do not fit each other.

        Raises:
            ArgumentError: they do not.
        """


class Command(Protocol):
    """The module of a command."""

    Options: type[Options]

    def add_arguments(self, parser: Parser, /) -> None:
        """Declare what the command takes."""
        ...

    def run(self, options: Options, /) -> int:
        """Run the command; returns the exit status."""
        ...


def command(name: str) -> Command:
    """Load the module of a command, which is one of `COMMANDS`."""
    return cast("Command", import_module(f"leastgrant.cli.commands.{name.replace('-', '_')}"))


def parse_arguments(arguments: Sequence[str] | None) -> Options:
    """Parse the arguments; None: those of the process.

    Raises:
        ArgumentError: they cannot be used.
        SystemExit: help or the version was asked for, and printed.
    """
    given = sys.argv[1:] if arguments is None else arguments
    asked = next((argument for argument in given if not argument.startswith("-")), None)  # --version takes no value
    options = command(asked).Options() if asked in COMMANDS else Options()
    parser([asked] if asked in COMMANDS else []).parse_args(given, namespace=options)
    options.check()
    return options


def run_command(options: Options) -> int:
    """Run the command that was asked for; returns the exit status."""
    return command(options.command).run(options)


def parser(loaded: Sequence[str]) -> Parser:
    """Make the parser; of the arguments of commands, it knows those of the ones that are loaded."""
    made = Parser(
        prog="leastgrant",
        description="Prove, before the deployment, that a role grants everything CloudFormation will call for your "
        "templates, and nothing else. No AWS credentials are needed: everything is read from files.",
        epilog="Exit status: 0 proved, 1 something was found, 2 the input cannot be used (stderr says why).",
    )
    made.add_argument("--version", action="version", version=f"leastgrant {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        of_command = commands.add_parser(
            name,
            help=purpose,
            description=f"{purpose[0].upper()}{purpose[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name in loaded:
            command(name).add_arguments(of_command)
    return made


class _Once(argparse.Action):
    """An argument given once; a second value, by which the first would silently be forgotten, is refused."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        given: set[str] = namespace.__dict__.setdefault("given", set())
        if option_string is not None and self.dest in given:
            parser.error(f"argument {option_string}: is given twice; keep one")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and which takes an argument once."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.register("action", None, _Once)

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments.

        Raises:
            ArgumentError: always.
        """
        raise ArgumentError(f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)")
