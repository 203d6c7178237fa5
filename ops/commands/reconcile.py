"""`python -m ops reconcile`: what is left outside the app's stack, and taking it over as it is."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ops.aws.errors import CALL_ERRORS, explained
from ops.change_set.calls import NoSuchChangeSetError
from ops.errors import OpsError
from ops.importing.census import take_census
from ops.importing.change_set import execute, follow, prepare, review_import
from ops.importing.plan import Plan
from ops.importing.request import import_request
from ops.importing.result import Imported, Reconciliation
from ops.importing.stack import await_stack, import_target
from ops.orphans.orphan import Importability
from ops.orphans.search import find_orphans
from ops.stack.resources import owned_by
from ops.stack.template import template_of_stack
from ops.terminal.interruption import interruptible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.importing.census import Census
    from ops.importing.request import ImportRequest
    from ops.orphans.orphan import Orphan
    from ops.project.deployment import Deployment
    from ops.stack.state import StackState
    from ops.terminal.result import CommandResult

_QUARTER_OF_AN_HOUR = 900.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether to carry it out, and how long to wait."""
    parser.add_argument("--execute", action="store_true", help="import what can be imported without a loss")
    parser.add_argument(
        "--timeout", type=_seconds, default=_QUARTER_OF_AN_HOUR, metavar="S", help="wait at most S seconds (900)"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Compare, and with `--execute` import.

    Raises:
        OpsError: there is no stack to import into, or the import cannot be made, executed or followed.
        InputError: a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    if not options.execute:
        return plan_import(deployment, account, import_target(account, deployment.app.name))
    plan = plan_import(deployment, account, await_stack(account, deployment.app.name, options.timeout))
    return plan if plan.request is None else carry_out(deployment, account, plan, plan.request, options.timeout)


def plan_import(deployment: Deployment, account: Account, stack: StackState) -> Plan:
    """Plan the import of everything that is outside; of nothing, if a part of it is not importable.

    Raises:
        InputError: the import cannot be asked for, or a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    current = template_of_stack(account, stack)  # first: what another run imports meanwhile is then no orphan
    found = find_orphans(account, deployment.app)
    if not found.orphans or any(orphan.decision is not Importability.IMPORTABLE for orphan in found.orphans):
        return Plan(stack, found, None)
    return Plan(stack, found, import_request(stack, current, found.orphans))


def carry_out(
    deployment: Deployment, account: Account, plan: Plan, request: ImportRequest, timeout: float
) -> Reconciliation:
    """Import, and compare what the tables hold before and after. Interrupted anywhere, it can be run again.

    Raises:
        InputError: the change set cannot be made, is not safe, or was not carried out, or a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    name = request.name
    with interruptible(
        lambda: f"nothing was imported; the change set {name} may be left, not executed: run this again, which finds it"
    ):
        _say(f"preparing the change set {name}")
        change_set = _reviewed(deployment, account, request)
        _say("it imports what it should, and does nothing else; counting the items")
        before = [(orphan, take_census(account, orphan.name.name)) for orphan in request.orphans]
        for orphan, census in before:
            _say(f"  {orphan.name.name}: {census}")
    with interruptible(
        lambda: f"the import {name} may have begun, and goes on by itself: run this again to see its end"
    ):
        _say("executing it")
        execute(account, change_set)
        follow(account, change_set, timeout)
    _say("it is executed; counting the items again")
    with interruptible(lambda: "the import is carried out; what it imported was not counted again"):
        return _counted(account, plan, request, before)


def _reviewed(deployment: Deployment, account: Account, request: ImportRequest) -> ChangeSet:
    try:
        change_set = prepare(account, request)
        review_import(deployment, account, request, change_set)
    except NoSuchChangeSetError as error:
        raise OpsError(f"{error}; another run was quicker, and this one imported nothing: run this again") from None
    return change_set


def _counted(
    account: Account, plan: Plan, request: ImportRequest, before: list[tuple[Orphan, Census]]
) -> Reconciliation:
    try:
        imported = tuple(_verified(account, request.stack.name, before))
    except CALL_ERRORS as error:
        counted = ", ".join(f"{orphan.name.name}: {census}" for orphan, census in before)
        raise OpsError(
            f"{explained(error)}; the import is carried out, and what it imported could not be counted again: count it"
            f" by hand (before: {counted})"
        ) from None
    return Reconciliation(request, imported, plan.found)


def _verified(account: Account, stack: str, before: list[tuple[Orphan, Census]]) -> Iterator[Imported]:
    owned = owned_by(account.cloudformation, stack)
    for orphan, census in before:
        is_owned = orphan.name.name in owned.get(orphan.name.type, ())
        yield Imported(orphan, is_owned, census, take_census(account, orphan.name.name))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
