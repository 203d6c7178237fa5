"""`python -m ops deploy-role`: update the deploy role's stack, once a person has seen the review and typed its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.change_set.asked import Question, ask_and_execute, check_terminal
from ops.change_set.calls import create_change_set, new_name
from ops.change_set.review import review

if TYPE_CHECKING:
    import argparse

    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from ops.terminal.result import CommandResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments of its own."""
    del parser


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> CommandResult:
    """Make a change set, show its review, ask, and execute it; what is not executed is deleted again.

    Raises:
        OpsError: there is no terminal to ask at, or the change set cannot be made, executed or followed.
        InputError: the assembly or the change set's template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    del options
    check_terminal("deploy-role")
    stack, name = deployment.role_stack, new_name()
    question = Question(deployment.settings.deploy_role_name, "the role's name", "python -m ops simulate")
    return ask_and_execute(
        account,
        stack.name,
        name,
        question,
        make=lambda: create_change_set(account, stack, name),
        reviewed=lambda made: review(deployment, account, made),
    )
