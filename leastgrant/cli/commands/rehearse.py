"""Play a CDK app's deployment on this machine, by what is installed for it: `leastgrant[rehearse]`."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING

from leastgrant.assembly import Assembly, Place, read_assembly
from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.chain_inputs import ExecPolicy, attached_documents, ci_role
from leastgrant.cli.inputs import read_policy
from leastgrant.documents.document import read_file
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.rehearsal import ENTRY_POINTS, NamedPolicy, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from leastgrant.cli.arguments import Options

NAME = "rehearse"
IN_A_CHECKOUT = "local_aws.rehearse"
"""The module that is taken where nothing is installed, so that no entry point tells of it."""
_ACCOUNT, _REGION = "123456789012", "us-east-1"
"""Where a stack goes that states no environment, unless it is said."""


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
