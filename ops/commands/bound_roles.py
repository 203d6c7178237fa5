"""`python -m ops bound-roles`: put the functions' permissions boundary on their live roles, once a person agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from ops.change_set.asked import Question, ask_and_execute, check_terminal
from ops.change_set.boundary import boundary_update
from ops.change_set.calls import new_name
from ops.errors import OpsError
from ops.stack.state import existing_stack
from ops.stack.template import template_of_stack
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    import argparse

    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult


@dataclass(frozen=True, slots=True)
class NothingToBound:
    """All roles have their boundary."""

    stack: str
    status: ExitStatus = ExitStatus.GOOD

    def text(self) -> str:
        """Say so."""
        return f"{self.stack}: nothing to do, its roles have their boundary\n"

    def document(self) -> NothingToBoundDocument:
        """Return the same as typed values, for JSON."""
        return NothingToBoundDocument(self.stack)


class NothingToBoundDocument(Struct, frozen=True):
    """That there is nothing to do, as JSON."""

    stack: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments of its own."""
    del parser


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Make a change set of the live template with the boundary, show its review, ask, and execute it.

    The deploy role may not do this: it writes to a role with the boundary alone, and cannot take it off again.

    Raises:
        OpsError: there is no terminal to ask at, the stack cannot be updated, or the change set cannot be made,
            executed or followed.
        InputError: a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    del options
    check_terminal("bound-roles")
    stack = existing_stack(account.cloudformation, deployment.app.name)
    if stack.obstacle is not None:
        raise OpsError(stack.obstacle)
    wanted = deployment.app.template["Resources"]
    update = boundary_update(account, stack, template_of_stack(account, stack), wanted)
    if not update.roles:
        return NothingToBound(stack.name)
    name = new_name()
    question = Question(stack.name, "the stack's name", "python -m ops preflight")
    return ask_and_execute(
        account,
        stack.name,
        name,
        question,
        make=lambda: update.create(account, name),
        reviewed=lambda made: update.review(deployment, account, made),
    )
