"""Dynamic references of a resource: values that CloudFormation reads from another service when it deploys.

Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFERENCE = re.compile(r"\{\{resolve:(?P<service>[a-z-]+)(?::(?P<key>[^{}]*)(?P<closed>\}\})?)?")


@dataclass(frozen=True, slots=True)
class DynamicReference:
    """One reference. `key` is what it names, with version and JSON key if there are any; None: not written out."""

    service: str
    key: str | None


def dynamic_references(expression: object) -> Iterator[DynamicReference]:
    """Yield the references in a property's expression, in all branches of conditions."""
    if isinstance(expression, str):
        for found in _REFERENCE.finditer(expression):
            yield DynamicReference(found["service"], found["key"] if found["closed"] else None)
    elif isinstance(expression, tuple):
        for item in cast("tuple[object, ...]", expression):
            yield from dynamic_references(item)
    elif isinstance(expression, Mapping):
        for item in cast("Mapping[str, object]", expression).values():
            yield from dynamic_references(item)
    elif is_dataclass(expression) and not isinstance(expression, type):
        for field in fields(expression):
            yield from dynamic_references(getattr(expression, field.name))
