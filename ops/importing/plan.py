"""What is outside the stack, and what would be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from leastgrant.text import counted, printable
from ops.orphans.compared import ImportEffect
from ops.orphans.orphan import Importability
from ops.terminal.result import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.importing.request import ImportRequest
    from ops.orphans.compared import Compared
    from ops.orphans.orphan import Orphan
    from ops.orphans.search import FoundOrphans
    from ops.stack.state import StackState


@dataclass(frozen=True, slots=True)
class Plan:
    """The orphans, compared, and the import that `--execute` would ask for."""

    stack: StackState
    found: FoundOrphans
    request: ImportRequest | None
    """None: nothing is imported."""

    @property
    def status(self) -> ExitStatus:
        """Good only if there is nothing to do, and nothing that is not known."""
        clear = not self.found.orphans and not self.found.unchecked and self.stack.obstacle is None
        return ExitStatus.GOOD if clear else ExitStatus.FOUND

    def text(self) -> str:
        """Return each orphan with its decision, then what would be done."""
        lines = [
            self._headline(),
            *(line for orphan in self.found.orphans for line in _orphan_lines(orphan)),
            *unchecked_lines(self.found),
            *self._next(),
        ]
        return "\n".join(map(printable, lines)) + "\n"

    def _headline(self) -> str:
        orphans = self.found.orphans
        if not orphans:
            return f"{self.stack.name}: nothing that its template names is outside it"
        return f"{self.stack.name}: {counted(len(orphans), 'resource')} outside it, with a name that it will create"

    def _next(self) -> Iterator[str]:
        if self.stack.obstacle is not None:
            yield ""
            yield f"Nothing can be imported now: {self.stack.obstacle}"
        elif self.request is not None:
            yield from _request_lines(self.request)
        elif self.found.orphans:
            yield ""
            yield "Nothing will be imported before a human has seen to each that is not importable."

    def document(self) -> PlanDocument:
        """Return the same as typed values, for JSON."""
        return PlanDocument(
            stack=self.stack.name,
            stack_status=self.stack.status,
            obstacle=self.stack.obstacle,
            orphans=tuple(OrphanDocument(*orphan_members(orphan)) for orphan in self.found.orphans),
            unchecked=tuple(map(str, self.found.unchecked)),
            request=_request_document(self.request) if self.request else None,
        )


class PropertyDocument(Struct, frozen=True):
    """A property compared, as JSON."""

    property: str
    outcome: ImportEffect
    live: str
    template: str
    consequence: str


class OrphanDocument(Struct, frozen=True):
    """An orphan, as JSON."""

    logical_id: str
    type: str
    name: str
    decision: Importability
    properties: tuple[PropertyDocument, ...]


class ResourceToImport(Struct, frozen=True, rename="pascal"):
    """A resource of an import, as `CreateChangeSet` takes it."""

    resource_type: str
    logical_resource_id: str
    resource_identifier: Mapping[str, str]


class ImportDocument(Struct, frozen=True):
    """What is asked of CloudFormation, as JSON."""

    change_set: str
    type: str
    resources_to_import: tuple[ResourceToImport, ...]


class PlanDocument(Struct, frozen=True):
    """A plan, as JSON."""

    stack: str
    stack_status: str
    obstacle: str | None
    orphans: tuple[OrphanDocument, ...]
    unchecked: tuple[str, ...]
    request: ImportDocument | None


def _orphan_lines(orphan: Orphan) -> Iterator[str]:
    yield ""
    yield f"{orphan.name}: {orphan.decision.value}"
    if orphan.decision is Importability.NOT_COMPARED:
        yield "  resources of this type are not compared: a human must look, and import it or remove it by hand"
    for outcome in (ImportEffect.STOPS, ImportEffect.IN_PLACE):
        for one in orphan.of(outcome):
            yield from _compared_lines(one)
    same = orphan.of(ImportEffect.SAME)
    if same:
        yield f"  the same: {', '.join(one.property for one in same)}"


def _compared_lines(one: Compared) -> Iterator[str]:
    yield f"  {one.property}: {one.outcome.value}"
    yield f"    live:     {one.live}"
    yield f"    template: {one.template}"
    yield f"    {one.consequence}"


def unchecked_lines(found: FoundOrphans) -> Iterator[str]:
    """Yield what could not be asked."""
    if found.unchecked:
        yield ""
        yield from (f"not checked: {name}" for name in found.unchecked)


def _request_lines(request: ImportRequest) -> Iterator[str]:
    yield ""
    yield "With --execute: a change set is made, reviewed, and if it does nothing else, executed"
    yield f"  {request.name}: ChangeSetType IMPORT, the template of {request.stack.name} and what it imports"
    for resource in request.resources:
        identifier = ", ".join(f"{key}={value}" for key, value in resource["ResourceIdentifier"].items())
        yield f"  {resource['LogicalResourceId']} ({resource['ResourceType']}): {identifier}"
    yield "The items and their keys are counted before and after. No table is changed, made or deleted."


def orphan_members(orphan: Orphan) -> tuple[str, str, str, Importability, tuple[PropertyDocument, ...]]:
    """Return the members of an orphan's document, in order."""
    properties = tuple(
        PropertyDocument(one.property, one.outcome, one.live, one.template, one.consequence) for one in orphan.compared
    )
    return orphan.name.logical_id, orphan.name.type, orphan.name.name, orphan.decision, properties


def _request_document(request: ImportRequest) -> ImportDocument:
    resources = tuple(
        ResourceToImport(one["ResourceType"], one["LogicalResourceId"], one["ResourceIdentifier"])
        for one in request.resources
    )
    return ImportDocument(request.name, "IMPORT", resources)
