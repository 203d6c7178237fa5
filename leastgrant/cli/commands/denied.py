"""Explain a denied call: what it is for, what refused it, and what grants it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from leastgrant.cli.arguments import RoleOptions, add_deployed, add_example, add_output, add_role
from leastgrant.cli.commands.common import PROVED, all_needs
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.terminal import width
from leastgrant.denial.explanation import account_of, explained, region_of
from leastgrant.denial.pasted import EXPECTED, denials_in
from leastgrant.documents.document import LARGEST
from leastgrant.report.denial import denial_json, denial_text
from leastgrant.template.environment import PARTITION_OF

if TYPE_CHECKING:
    from leastgrant.cli.parser import Parser
    from leastgrant.denial.message import Denial


class Options(RoleOptions):
    """The arguments of the command."""

    message: str | None = None


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    denials = denials_in(_pasted(options.message))
    _place_by(denials[0], options)
    inputs = read_inputs(options, *([options.role] if options.role else []), unnamed=True)
    needs, _ = all_needs(options, inputs)
    (role,) = inputs.roles or (None,)
    found = [explained(denial, needs, role) for denial in denials]
    text = denial_json(found) if options.format == "json" else denial_text(found, width(options.output))
    write(text, options.output)
    return PROVED


def _pasted(message: str | None) -> str:
    """Return what was pasted: as an argument, in the file that the argument names, or on standard input."""
    if message is None or message == "-":
        if message is None and sys.stdin.isatty():
            raise ArgumentError(f"nothing is pasted: give the message, a file or standard input; {EXPECTED}")
        return _read(sys.stdin.buffer, "standard input")
    if any(letter.isspace() for letter in message.strip()) or message.lstrip()[:1] in ("{", "["):
        return message
    try:
        with Path(message).open("rb") as file:
            return _read(file, message)
    except OSError as error:
        raise ArgumentError(f"{message}: cannot be read: {error.strerror}; {EXPECTED}") from None


def _read(file: IO[bytes], name: str) -> str:
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ArgumentError(f"{name}: is larger than {LARGEST >> 20} MiB; give the part that tells of the denial")
    return content.decode("utf-8-sig", "replace")


def _place_by(denial: Denial, options: Options) -> None:
    """Take the account and region from the message, where the arguments do not give them."""
    options.account = options.account or account_of(denial)
    if options.region is None and region_of(denial) in PARTITION_OF:
        options.region = region_of(denial)
    if not options.stack_name and len(options.app) == 1 and denial.failed.stack:
        options.stack_name = [denial.failed.stack]


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant denied 'User: ... is not authorized to perform: events:DescribeRule on resource: ...'\n"
        "  cdk deploy 2>&1 | leastgrant denied --template app.yaml --role role.yaml --stack-name shop",
    )
    parser.add_argument(
        "message",
        nargs="?",
        metavar="MESSAGE|FILE",
        help="what AWS said, or the file that has it: a message of the AWS CLI, an SDK or CloudFormation, a log of a "
        "deployment, CloudFormation's or CloudTrail's events as JSON, a decoded authorization message (default: "
        "standard input)",
    )
    add_role(parser, required=False)
    add_deployed(parser, required=False)
    add_output(parser, ("text", "json"))
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="as --format json")
