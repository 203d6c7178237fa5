"""`python -m ops verify-code`: do the functions run the code that was sealed, and so approved?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from leastgrant.text import printable
from ops.change_set.running_code import running_code
from ops.stack.state import existing_stack
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ops.aws.account import Account
    from ops.change_set.running_code import RunningCode
    from ops.project.deployment import Deployment

_OTHER: Final = (
    "Somebody else's code may run with the functions' roles. Find out who wrote to the bucket or to the function;"
    " to stop it: aws lambda put-function-concurrency --reserved-concurrent-executions 0 (docs/runbook.md, gate 7)."
)


@dataclass(frozen=True, slots=True)
class VerifiedCode:
    """What each function runs."""

    functions: Sequence[RunningCode]

    @property
    def status(self) -> ExitStatus:
        """Good if each runs the sealed code."""
        return ExitStatus.GOOD if all(one.sealed for one in self.functions) else ExitStatus.FOUND

    def text(self) -> str:
        """Return a table of the functions; then, if one runs other code, what that means."""
        rows = [(one.function, "good" if one.sealed else "FOUND", printable(one.said)) for one in self.functions]
        after = [] if self.status is ExitStatus.GOOD else ["", _OTHER]
        return "\n".join([*table(("function", "verdict", "what was found"), rows), *after]) + "\n"

    def document(self) -> VerifiedCodeDocument:
        """Return the same as typed values, for JSON."""
        return VerifiedCodeDocument(
            tuple(RunningCodeDocument(one.function, one.sealed, one.said) for one in self.functions)
        )


class RunningCodeDocument(Struct, frozen=True):
    """What one function runs, as JSON."""

    function: str
    sealed: bool
    found: str


class VerifiedCodeDocument(Struct, frozen=True):
    """What each function runs, as JSON."""

    functions: tuple[RunningCodeDocument, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the settings name the stack."""


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> VerifiedCode:
    """Compare what each function of the app's stack runs with the cloud assembly.

    Raises:
        OpsError: there is no such stack.
        AssemblyError: the asset manifest cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    del options
    existing_stack(account.cloudformation, deployment.app.name)
    return VerifiedCode(tuple(running_code(account, deployment.app)))
