"""What is outside the stack, and what would be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.text import counted, printable
from ops.orphans.compared import Outcome
from ops.orphans.orphan import Decision
from ops.terminal.answer import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ops.importing.request import ImportRequest
    from ops.importing.stack import LiveStack
    from ops.orphans.compared import Compared
    from ops.orphans.orphan import Orphan
    from ops.orphans.search import Found
    from ops.terminal.answer import Json


@dataclass(frozen=True, slots=True)
class Plan:
    """The orphans, compared, and the import that `--execute` would ask for."""

    stack: LiveStack
    found: Found
    request: ImportRequest | None
    """None: nothing is imported."""

    @property
    def status(self) -> Status:
        """Good only if there is nothing to do, and nothing that is not known."""
        clear = not self.found.orphans and not self.found.unchecked and self.stack.obstacle is None
        return Status.GOOD if clear else Status.FOUND

    def text(self) -> str:
        """Each orphan with its decision, then what would be done."""
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

    def document(self) -> Mapping[str, Json]:
        """The same as JSON."""
        return {
            "stack": self.stack.name,
            "stack_status": self.stack.status,
            "obstacle": self.stack.obstacle,
            "orphans": [orphan_document(orphan) for orphan in self.found.orphans],
            "unchecked": [str(name) for name in self.found.unchecked],
            "request": _request_document(self.request) if self.request else None,
        }


def _orphan_lines(orphan: Orphan) -> Iterator[str]:
    yield ""
    yield f"{orphan.name}: {orphan.decision.value}"
    if orphan.decision is Decision.NOT_COMPARED:
        yield "  resources of this type are not compared: a human must look, and import it or remove it by hand"
    for outcome in (Outcome.STOPS, Outcome.IN_PLACE):
        for one in orphan.of(outcome):
            yield from _compared_lines(one)
    same = orphan.of(Outcome.SAME)
    if same:
        yield f"  the same: {', '.join(one.property for one in same)}"


def _compared_lines(one: Compared) -> Iterator[str]:
    yield f"  {one.property}: {one.outcome.value}"
    yield f"    live:     {one.live}"
    yield f"    template: {one.template}"
    yield f"    {one.consequence}"


def unchecked_lines(found: Found) -> Iterator[str]:
    """What could not be asked."""
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


def orphan_document(orphan: Orphan) -> Mapping[str, Json]:
    """An orphan as JSON."""
    return {
        "logical_id": orphan.name.logical_id,
        "type": orphan.name.type,
        "name": orphan.name.name,
        "decision": orphan.decision.value,
        "properties": [
            {
                "property": one.property,
                "outcome": one.outcome.value,
                "live": one.live,
                "template": one.template,
                "consequence": one.consequence,
            }
            for one in orphan.compared
        ],
    }


def _request_document(request: ImportRequest) -> Mapping[str, Json]:
    return {
        "change_set": request.name,
        "type": "IMPORT",
        "resources_to_import": [
            {
                "ResourceType": resource["ResourceType"],
                "LogicalResourceId": resource["LogicalResourceId"],
                "ResourceIdentifier": {**resource["ResourceIdentifier"]},
            }
            for resource in request.resources
        ],
    }
