"""The import to ask of CloudFormation: the stack's own template, with the orphans and nothing else added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from leastgrant.template import TemplateError
from ops.change_set.calls import LARGEST_BODY
from ops.errors import OpsError
from ops.stack.template import placed_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ResourceToImportTypeDef

    from ops.orphans.orphan import Orphan
    from ops.project.placed_template import PlacedTemplate
    from ops.stack.state import StackState

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What becomes an IMPORT change set."""

    stack: StackState
    template: PlacedTemplate
    orphans: tuple[Orphan, ...]

    @property
    def body(self) -> str:
        """The template as it is sent; the same template is always the same text."""
        return json.dumps(self.template.tree, separators=(",", ":"))

    @property
    def resources(self) -> Sequence[ResourceToImportTypeDef]:
        """`ResourcesToImport`."""
        return [
            {
                "ResourceType": orphan.name.type,
                "LogicalResourceId": orphan.name.logical_id,
                "ResourceIdentifier": orphan.identifier,
            }
            for orphan in self.orphans
        ]

    @property
    def name(self) -> str:
        """The change set's name, by what it asks for: a second run knows what an earlier one has left behind."""
        asked = json.dumps([self.body, self.resources, [*self.stack.parameters], dict(self.stack.tags)], sort_keys=True)
        return f"ops-reconcile-{sha256(asked.encode()).hexdigest()[:12]}"


def import_request(stack: StackState, current: PlacedTemplate, orphans: Sequence[Orphan]) -> ImportRequest:
    """Make the request to import orphans into a stack with this template.

    Raises:
        OpsError: an orphan refers to what the stack does not have, or to have it takes a larger request than
            CloudFormation takes.
    """
    for orphan in orphans:
        if orphan.name.logical_id in current.resources:
            raise OpsError(f"{orphan.name}: {stack.name} has another resource under that logical id: a human must look")
    imported = {orphan.name.logical_id: orphan.imported for orphan in orphans}
    tree = {**current.tree, "Resources": {**current.resources, **imported}}
    request = ImportRequest(stack, _standing_alone(stack, tree, current), tuple(orphans))
    if len(request.body.encode()) > LARGEST_BODY:
        raise OpsError(
            f"the template of {stack.name} with what is to be imported has {len(request.body.encode()):,} bytes, and"
            f" CloudFormation takes {LARGEST_BODY:,} in a request: import by hand, with the template in a bucket"
        )
    return request


def _standing_alone(stack: StackState, tree: Json, current: PlacedTemplate) -> PlacedTemplate:
    try:
        name = f"{stack.name} with what is to be imported"
        return placed_template(tree, name, current.environment, current.parameters)
    except TemplateError as error:
        raise OpsError(f"{error}; what is imported can refer only to what the stack has: a human must look") from None
