"""The command line: `python -m ops COMMAND`, for the operator and for the deploy workflow."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

from botocore.exceptions import ClientError

from leastgrant import InputError
from leastgrant.text import printable
from ops.aws.account import open_account, unasked_account
from ops.aws.errors import CALL_ERRORS, explained, is_refused_login
from ops.errors import OpsError
from ops.project.deployment import open_deployment
from ops.role.refused_login import refused_login
from ops.terminal.interruption import InterruptedCommand
from ops.terminal.result import ExitStatus, json_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult


class CommandModule(Protocol):
    """The module of a command, `ops.commands.<name>`; the first line of its text is its help."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""
        ...

    def run(self, deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
        """Run the command, and return its result."""
        ...


COMMANDS: Mapping[str, str] = {
    "preflight": "may the deployment start: stacks, deploy role, leftovers, secrets, bucket",
    "review": "decide whether a change set is safe, needs a human or is refused",
    "execute": "execute the change set of this id, if it is safe and its code is what was sealed",
    "reconcile": "compare what is left outside the app's stack with its template, and import it",
    "deploy-role": "update the deploy role's stack: review, ask a person, execute (for the operator)",
    "bound-roles": "put the functions' permissions boundary on their live roles: review, ask a person, execute",
    "record": "say what the app's stack has now, as live/resources.json records it",
    "simulate": "ask IAM whether the deploy role may do what the deployment needs, and nothing next to it",
    "smoke": "ask the deployed app for its health",
    "verify-code": "ask Lambda whether the functions run the code that was sealed",
    "watch": "follow a running deployment; if it fails, say how to fix it",
}
"""Each command, a module `ops.commands.<name>`, with its help. All are read-only, except `deploy-role`, `bound-roles`,
`execute`, `reconcile --execute`, and `review` without a change set, which makes one that is not executed."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        command = self.prog.removeprefix("ops").strip()
        raise OpsError(f"{command + ': ' if command else ''}{' '.join(message.split())} (see {self.prog} --help)")


def parser_of_commands() -> argparse.ArgumentParser:
    """Return the parser of the command line; what it refuses, it raises as `OpsError`."""
    parser = _Parser(
        prog="ops",
        description="What an operator of DataOps needs against the live account.",
        allow_abbrev=False,  # nothing is executed by half a word
        epilog="Exit status: 0 go on, 1 something was found, 2 there is no answer (stderr says why).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        command.add_argument("--json", action="store_true", help="print JSON, for a machine")
        command.add_argument(
            "--settings", type=Path, default=Path("cdk.json"), metavar="FILE", help="the settings (cdk.json)"
        )
        command.add_argument(
            "--assembly", type=Path, default=Path("cdk.out"), metavar="DIR", help="what 'make synth' made (cdk.out)"
        )
        _module(name).add_arguments(command)
    return parser


def _module(name: str) -> CommandModule:
    return cast("CommandModule", import_module(f"ops.commands.{name.replace('-', '_')}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return the exit status.

    Args:
        arguments: Without the program's name; None: those of the process.

    Raises:
        SystemExit: help was asked for, and printed.
    """
    try:
        options = parser_of_commands().parse_args(arguments)
        result = _run(options)
        _print(json_of(result) if options.json else result.text())
    except InputError as error:
        return _refuse(str(error))
    except CALL_ERRORS as error:
        return _refuse(explained(error))
    except InterruptedCommand as interruption:
        return _refuse(f"interrupted: {interruption}")
    except KeyboardInterrupt:
        return _refuse("interrupted: nothing was changed, and nothing is left behind")
    except BrokenPipeError:  # who read the output, such as `head`, has read enough; see "Note on SIGPIPE", Python docs
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.PROBLEM
    return result.status


def _run(options: Any) -> CommandResult:
    deployment = open_deployment(options.settings, options.assembly)
    try:
        account = unasked_account(deployment.settings) if _asks_nothing(options) else open_account(deployment.settings)
    except ClientError as error:
        if is_refused_login(error):
            raise OpsError(f"{explained(error)}: {refused_login(deployment)}") from None
        raise
    return _module(options.command).run(deployment, account, options)


def _asks_nothing(options: Any) -> bool:
    """Tell whether a file has all that is to be known, so that no credentials are needed."""
    return options.command == "review" and options.file is not None


def _print(text: str) -> None:
    encoding = sys.stdout.encoding
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def _refuse(problem: str) -> int:
    print(f"ops: {printable(problem)}", file=sys.stderr)
    return ExitStatus.PROBLEM
