"""What was imported, and that nothing of it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from leastgrant.text import counted, printable
from ops.importing.plan import OrphanDocument, orphan_members, unchecked_lines
from ops.orphans.compared import ImportEffect
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.importing.census import Census
    from ops.importing.request import ImportRequest
    from ops.orphans.orphan import Orphan
    from ops.orphans.search import FoundOrphans


@dataclass(frozen=True, slots=True)
class Imported:
    """A table that was imported, with what it held before and after."""

    orphan: Orphan
    owned: bool
    """Whether the stack has it now."""
    before: Census
    after: Census

    @property
    def good(self) -> bool:
        """Whether it is the stack's, and holds what it held."""
        return self.owned and self.before == self.after

    def __str__(self) -> str:
        """Write it in words."""
        if not self.owned:
            return "NOT in the stack, though CloudFormation says that the import is complete: escalate"
        if self.before == self.after:
            return f"in the stack, as it was: {self.after}"
        return f"in the stack, but NOT as it was: {self.before} before, {self.after} after; does somebody write to it?"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What an import has come to."""

    request: ImportRequest
    imported: tuple[Imported, ...]
    found: FoundOrphans
    """As it was before."""

    @property
    def status(self) -> ExitStatus:
        """Good only if every table is the stack's and as it was, and nothing else is not known."""
        good = all(one.good for one in self.imported) and not self.found.unchecked
        return ExitStatus.GOOD if good else ExitStatus.FOUND

    def text(self) -> str:
        """Return each table, then what the next deployment changes of it."""
        resources = counted(len(self.imported), "resource")
        rows = [(one.orphan.name.logical_id, one.orphan.name.name, str(one)) for one in self.imported]
        lines = [
            f"{self.request.stack.name}: imported {resources} with the change set {self.request.name}",
            *table(("resource", "name", "what became of it"), rows),
            *map(printable, (*self._changes(), *unchecked_lines(self.found))),
        ]
        return "\n".join(lines) + "\n"

    def _changes(self) -> Iterator[str]:
        changes = [(orphan.name, one) for orphan in self.request.orphans for one in orphan.of(ImportEffect.IN_PLACE)]
        if changes:
            yield ""
            yield "Imported as it is live; the next deployment changes"
        for name, one in changes:
            yield f"  {name.name}: {one.property} from {one.live} to {one.template}"

    def document(self) -> ReconciliationDocument:
        """Return the same as typed values, for JSON."""
        return ReconciliationDocument(
            stack=self.request.stack.name,
            change_set=self.request.name,
            imported=tuple(
                ImportedDocument(
                    *orphan_members(one.orphan),
                    one.owned,
                    one.before.items,
                    one.after.items,
                    one.before.digest,
                    one.after.digest,
                )
                for one in self.imported
            ),
            unchecked=tuple(map(str, self.found.unchecked)),
        )


class ImportedDocument(OrphanDocument, frozen=True):
    """A table that was imported, as JSON."""

    in_stack: bool
    items_before: int
    items_after: int
    keys_before: str
    keys_after: str


class ReconciliationDocument(Struct, frozen=True):
    """What an import has come to, as JSON."""

    stack: str
    change_set: str
    imported: tuple[ImportedDocument, ...]
    unchecked: tuple[str, ...]
