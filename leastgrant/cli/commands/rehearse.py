"""Play a CDK app's deployment on this machine, by what is installed for it: `leastgrant[rehearse]`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.assembly import Assembly, Place, read_assembly
from leastgrant.cli.arguments import add_example
from leastgrant.cli.chain_arguments import AppOptions, add_app
from leastgrant.cli.chain_inputs import ExecPolicy, attached_documents, ci_role
from leastgrant.cli.inputs import read_policy
from leastgrant.cli.parser import ArgumentError
from leastgrant.documents.document import read_file
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.rehearsal import ENTRY_POINTS, NamedPolicy, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastgrant.cli.parser import Parser

NAME = "rehearse"
IN_A_CHECKOUT = "local_aws.rehearse"
"""The module that is taken where nothing is installed, so that no entry point tells of it."""
_ACCOUNT, _REGION = "123456789012", "us-east-1"
"""Where a stack goes that states no environment, unless it is said."""


class Options(AppOptions):
    """The arguments of the command."""

    cdk_environment: str | None = None
    cdk: Path | None = None
    port: int = 0
    transcript: Path | None = None


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    play = _player()
    app = read_assembly(options.assembly, account=options.account or _ACCOUNT, region=options.region or _REGION)
    assembly, place = _of_one_place(app, options.cdk_environment)
    given = [ExecPolicy.read(environment, path, app) for environment, path in options.exec_policy]
    return play(
        Rehearsal(
            assembly=assembly,
            place=place,
            execution_policies=dict(_execution_policies(assembly, place, given)),
            bootstrap=options.bootstrap,
            parameters=dict(options.parameter),
            boundary=None if options.boundary is None else _boundary(options.boundary),
            ci=ci_role(options)[0],
            cdk=options.cdk,
            port=options.port,
            transcript=options.transcript,
        )
    )


def _player() -> Callable[[Rehearsal], int]:
    """Find what plays: by its entry point, or in a checkout that is not installed, by its name.

    Raises:
        ArgumentError: there is none, or it lacks what it needs.
    """
    try:
        for found in entry_points(group=ENTRY_POINTS, name=NAME):
            return found.load()
        if find_spec(IN_A_CHECKOUT.partition(".")[0]) is not None:
            return import_module(IN_A_CHECKOUT).run
    except ModuleNotFoundError as error:
        raise ArgumentError(f"leastgrant rehearse: there is no {error.name}; {_INSTALL}") from None
    raise ArgumentError(f"leastgrant rehearse: nothing that plays a deployment is installed; {_INSTALL}")


_INSTALL = "install leastgrant[rehearse]"


def _of_one_place(assembly: Assembly, wanted: str | None) -> tuple[Assembly, Place]:
    """Return the stacks of one environment: of that which is asked for, or of the only one.

    Raises:
        ArgumentError: there is no such environment, or it is not said which.
    """
    places = {str(place): place for place in assembly.places}
    known = ", ".join(places)
    if wanted is None and len(places) > 1:
        problem = f"the app has {len(places)} environments ({known}), and a rehearsal has one"
        raise ArgumentError(f"{assembly.folder}: {problem}; give --environment")
    place = assembly.places[0] if wanted is None else places.get(wanted)
    if place is None:
        raise ArgumentError(f"--environment {wanted}: the app has no such environment; it has {known}")
    return replace(assembly, stacks=tuple(stack for stack in assembly.stacks if stack.place == place)), place


def _execution_policies(
    assembly: Assembly, place: Place, given: Sequence[ExecPolicy]
) -> Iterator[tuple[str, tuple[NamedPolicy, ...]]]:
    """Yield the policies of each bootstrap stack's execution role.

    Raises:
        ArgumentError: some are given, and none of them are of this environment.
    """
    for qualifier in dict.fromkeys(stack.qualifier or DEFAULT_QUALIFIER for stack in assembly.stacks):
        documents = attached_documents(given, place, qualifier)
        if given and not documents:
            raise ArgumentError(f"--exec-policy: there are no policies of {place} (qualifier {qualifier})")
        if documents:
            yield qualifier, tuple(NamedPolicy(name, document) for name, document in documents.items())


def _boundary(path: Path) -> NamedPolicy:
    read_policy(path)  # says what is wrong with it
    return NamedPolicy(path.stem, read_file(path).tree)


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(parser, "leastgrant rehearse cdk.out --exec-policy policies")
    add_app(parser)
    parser.add_argument(
        "--ci-role",
        action="append",
        default=[],
        metavar="ROLE[#LogicalId]",
        help="the role that runs cdk, as check takes --role (default: one that may assume the roles of the app)",
    )
    parser.add_argument(
        "--environment",
        dest="cdk_environment",
        metavar="ACCOUNT/REGION",
        help="the environment whose stacks are deployed, if the app has several",
    )
    parser.add_argument(
        "--cdk", type=Path, metavar="FILE", help="the CDK CLI (default: the one in node_modules, or on the path)"
    )
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="of localhost, for the AWS (default: any that is free)"
    )
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="a file for what every command printed")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"must be 0 to {_LAST_PORT}, not {text}")
    return int(text)


_LAST_PORT = 65_535
