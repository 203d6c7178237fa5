"""To be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.error import OpsError

if TYPE_CHECKING:
    import argparse

    from ops.account import Account
    from ops.answer import Answer
    from ops.deployment import Deployment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None yet."""
    del parser


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> Answer:
    """Not yet."""
    del deployment, account, options
    raise OpsError("not written yet")
