"""Exports of the stacks of one account and region, and who imports them.

"Get exported outputs from a deployed CloudFormation stack", AWS CloudFormation User Guide: a name is exported once, and
what is imported can neither be changed nor removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from local_aws.cloudformation.records import Stack
    from local_aws.cloudformation.stack_template import OutputValue


@dataclass(frozen=True)
class Exports:
    """The exports of stacks."""

    stacks: Callable[[], Collection[Stack]] = tuple
    """The stacks that are not deleted."""
    _lock: Lock = field(default_factory=Lock)

    def take(self, stack: Stack, outputs: Sequence[OutputValue]) -> str | None:
        """Give a stack its outputs; or return why it may not have them: of two at once, one is the first."""
        with self._lock:
            problem = self.problem_with(stack, outputs)
            if problem is None:
                stack.outputs = outputs
            return problem

    def values(self) -> Mapping[str, str]:
        """Return what is exported, by name."""
        return {export: value for _, export, value in self.listed()}

    def listed(self) -> list[tuple[Stack, str, str]]:
        """Return what is exported: by which stack, under which name, and its value."""
        return [
            (stack, output.export, output.value)
            for stack in tuple(self.stacks())
            for output in stack.outputs
            if output.export is not None
        ]

    def importers(self, export: str) -> list[Stack]:
        """Return the stacks that import what has this name."""
        return [stack for stack in tuple(self.stacks()) if export in stack.imports]

    def problem_with(self, stack: Stack, after: Sequence[OutputValue]) -> str | None:
        """Return why a stack may not have these outputs; None: it may."""
        theirs = {export: other for other, export, _ in self.listed() if other is not stack}
        new = {output.export: output.value for output in after if output.export is not None}
        for name in new:
            if name in theirs:
                return f"Export with name {name} is already exported by stack {theirs[name].name}. "
        for output in stack.outputs:
            if output.export is None or new.get(output.export) == output.value:
                continue
            users = [other.name for other in self.importers(output.export) if other is not stack]
            if users:
                verb = "update" if output.export in new else "delete"
                return f"Cannot {verb} export {output.export} as it is in use by {', '.join(users)}. "
        return None
