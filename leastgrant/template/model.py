"""A template: its sections as typed values, their intrinsic functions not yet resolved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.documents.document import Document
    from leastgrant.documents.source import Json, Source
    from leastgrant.template.conditions import Condition
    from leastgrant.template.expression import Expression
    from leastgrant.template.transform import Transform, Unread


class DeletionPolicy(Enum):
    """What becomes of a resource that leaves its stack: `DeletionPolicy` and `UpdateReplacePolicy`."""

    DELETE = "Delete"
    RETAIN = "Retain"
    RETAIN_EXCEPT_ON_CREATE = "RetainExceptOnCreate"
    SNAPSHOT = "Snapshot"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A template parameter; `default` and `allowed_values` are texts, as CloudFormation takes every value."""

    name: str
    type: str
    default: str | None
    allowed_values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as declared. `line` is that of its logical id, `property_lines` those of its properties."""

    logical_id: str
    type: str
    properties: Mapping[str, Expression]
    condition: str | None
    depends_on: tuple[str, ...]
    deletion_policy: DeletionPolicy | None
    update_replace_policy: DeletionPolicy | None
    metadata: Mapping[str, Json]
    line: int | None
    property_lines: Mapping[str, int]

    @property
    def construct_path(self) -> str | None:
        """Where the CDK declared it, `Metadata` `aws:cdk:path`; None if another tool wrote the template."""
        path = self.metadata.get("aws:cdk:path")
        return path if isinstance(path, str) else None


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the stack; `export` is the name others import it by."""

    name: str
    value: Expression
    export: Expression | None
    condition: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A template, checked: every name an expression refers to is declared in it, or may be in what is not read."""

    source: Source
    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, Mapping[str, Mapping[str, Expression]]]
    conditions: Mapping[str, Condition]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Output]
    transforms: tuple[Transform, ...] = ()
    unread: tuple[Unread, ...] = ()
    written: Document | None = None
    """The template before its transforms, if it has any: what they make depends on parameters and the region."""
