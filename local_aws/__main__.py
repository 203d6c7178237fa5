"""An AWS account on this machine, until Ctrl-C; for the AWS CLI, SDKs, the CDK CLI, SAM or Terraform."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final, NoReturn

from leastgrant import Environment
from local_aws.emulator import Emulator
from local_aws.state import StateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_GOOD, _PROBLEM = 0, 2
_LAST_PORT: Final = 65_535
_STARTED: Final = "Listens on {endpoint} until Ctrl-C; these are an administrator's credentials, of this account alone."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_PROBLEM, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0: it was ended; 2: it could not begin.

    Raises:
        SystemExit: the arguments cannot be used, as standard error says, or help was asked for.
    """
    parser = _Parser(prog="python -m local_aws", description=__doc__, allow_abbrev=False)
    parser.add_argument("--account", default="123456789012", metavar="ID", help="12 digits (default: %(default)s)")
    parser.add_argument("--region", default="us-east-1", metavar="R", help="such as eu-west-1 (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=0, help="of localhost; nobody else can reach it (default: any that is free)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="a folder to keep the account in, also through `kill -9` (default: it is gone when this ends)",
    )
    options = parser.parse_args(arguments)
    try:
        Environment(region=options.region, account=options.account)
    except ValueError as error:
        parser.error(str(error))
    with ExitStack() as running:
        try:
            aws = running.enter_context(Emulator(options.account, options.region, options.port, options.state))
        except OSError as error:
            problem = os.strerror(error.errno or 0)
            parser.error(f"--port {options.port}: {problem}; leave it out to take one that is free")
        except StateError as error:
            parser.error(f"--state: {error}")
        ended = _ending()
        for name, value in {**aws.environment(aws.operator), "AWS_DEFAULT_REGION": aws.region}.items():
            print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        print(_STARTED.format(endpoint=aws.endpoint), file=sys.stderr, flush=True)
        ended.wait()
    return _GOOD


def _ending() -> Event:
    """Return what is set when the process is told to end, by Ctrl-C or by `kill`."""
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ended


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"must be 0 to {_LAST_PORT}, not {text}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
