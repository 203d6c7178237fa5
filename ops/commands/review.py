"""`python -m ops review STACK`: may this change set be executed?"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.aws.response import read_response
from ops.change_set.calls import await_change_set, create_change_set, delete_change_set, new_name
from ops.change_set.change_set import ChangeSet
from ops.change_set.review import Review, judge, review, stack_names
from ops.change_set.verdict import ReviewVerdict
from ops.errors import OpsError
from ops.terminal.interruption import interruptible
from ops.terminal.result import json_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ops.aws.account import Account
    from ops.project.assembly import SynthesisedStack
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the stack, and where its change set is; without, one is made."""
    parser.add_argument("stack", metavar="STACK", help="the stack's name, as in the settings")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--change-set",
        metavar="NAME",
        help="review this one, of this name or id, and the code that was uploaded for it",
    )
    which.add_argument(
        "--file", type=Path, metavar="FILE", help="what 'aws cloudformation describe-change-set' printed"
    )
    parser.add_argument("--document", type=Path, metavar="FILE", help="write the review to this file too, as JSON")
    which.add_argument("--delete", action="store_true", help="delete the change set that is made, once reviewed")


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Review the change set that is named, kept in a file, or made for it.

    Raises:
        OpsError: the stack is none of the settings', or the change set cannot be read or made.
        InputError: as `review`.
        BotoCoreError, ClientError: as any call.
    """
    found = _review(deployment, account, options)
    if options.document is not None:
        _write(options.document, json_of(found))
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OpsError(f"--document: {path}: cannot be written: {error.strerror}") from None


def _review(deployment: Deployment, account: Account, options: argparse.Namespace) -> Review:
    stack = _named(deployment, options.stack)
    if options.file is not None:
        return judge(deployment, stack.name, read_response(options.file, ChangeSet), None)
    if options.change_set is not None:
        found = review(deployment, account, await_change_set(account, stack.name, options.change_set), uploaded=True)
        return replace(found, next=tuple(_by_id(found, deployment)))
    return _of_new(deployment, account, stack, delete=options.delete)


def _by_id(found: Review, deployment: Deployment) -> Iterator[str]:
    """Say how to execute what was reviewed, and nothing that has taken its name meanwhile."""
    change_set = found.change_set
    if found.verdict is ReviewVerdict.SAFE and change_set.changes and change_set.stack == deployment.app.name:
        yield f"To execute it: python -m ops execute {change_set.stack} --change-set {change_set.id}"


def _named(deployment: Deployment, name: str) -> SynthesisedStack:
    if name not in stack_names(deployment):
        raise OpsError(f"{name!r} is no stack of the settings: name {' or '.join(stack_names(deployment))}")
    return deployment.stack(name)


def _of_new(deployment: Deployment, account: Account, stack: SynthesisedStack, *, delete: bool) -> Review:
    """Make a change set, review it, and leave it unexecuted."""
    name = new_name()
    with interruptible(lambda: _left(account, stack, name, delete=delete)):
        return _made(deployment, account, stack, name, delete=delete)


def _left(account: Account, stack: SynthesisedStack, name: str, *, delete: bool) -> str:
    """Say what is left of a change set when its review is interrupted; one that is not wanted is deleted."""
    where = f"--region {account.settings.region} --stack-name {stack.name} --change-set-name {name}"
    if delete:
        account.cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=name)
        return f"the change set {name} is deleted again, and {stack.name} stays as it is"
    return (
        f"the change set {name} of {stack.name} is left behind, not executed: to delete it, aws cloudformation"
        f" delete-change-set {where}"
    )


def _made(deployment: Deployment, account: Account, stack: SynthesisedStack, name: str, *, delete: bool) -> Review:
    create_change_set(account, stack, name)
    print(f"made the change set {name} of {stack.name}; it changes nothing yet", file=sys.stderr, flush=True)
    change_set = await_change_set(account, stack.name, name)
    found = review(deployment, account, change_set)
    if delete or change_set.empty:
        delete_change_set(account, change_set)
        following = (f"The change set {name} is deleted again.",)
    else:
        following = tuple(_next(found, stack, deployment.settings.region))
    return Review(found.change_set, found.changes, found.rulings, found.comparison, following)


def _next(found: Review, stack: SynthesisedStack, region: str) -> Iterator[str]:
    where = f"--region {region} --stack-name {stack.name} --change-set-name {found.change_set.name}"
    yield f"The change set {found.change_set.name} is not executed."
    if _has_code(stack):
        yield "To go ahead: make deploy (it uploads the code, which this change set takes to be there)"
    elif found.verdict is not ReviewVerdict.REFUSED:
        yield f"To go ahead: aws cloudformation execute-change-set {where}"
    yield f"To delete it: aws cloudformation delete-change-set {where}"


def _has_code(stack: SynthesisedStack) -> bool:
    return any("S3Key" in one.get("Properties", {}).get("Code", {}) for one in stack.resources.values())
