"""A resource outside the stack whose name the stack's template will create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ops.orphans.compared import Compared, ImportEffect

if TYPE_CHECKING:
    from ops.stack.fixed_names import FixedName

Json = Mapping[str, Any]

TABLE = "AWS::DynamoDB::Table"


class Importability(Enum):
    """What may be done with an orphan."""

    IMPORTABLE = "importable"
    """Nothing can be lost."""
    DIFFERS = "differs"
    """Something must be changed by hand first."""
    NOT_COMPARED = "not compared"
    """A human must look: resources of this type are not compared."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live resource, compared with its declaration."""

    name: FixedName
    declaration: Json
    """As the synthesised template has it."""
    live: Json
    """The live properties, in the terms of a template; empty if they are not compared."""
    compared: tuple[Compared, ...]
    """Empty: the type is not compared."""

    @property
    def decision(self) -> Importability:
        """By the worst of what was compared."""
        if not self.compared:
            return Importability.NOT_COMPARED
        return Importability.DIFFERS if self.of(ImportEffect.STOPS) else Importability.IMPORTABLE

    def of(self, outcome: ImportEffect) -> tuple[Compared, ...]:
        """Return the comparisons that have this effect."""
        return tuple(one for one in self.compared if one.outcome is outcome)

    @property
    def identifier(self) -> Mapping[str, str]:
        """`ResourceIdentifier` of an import: the primary identifier of the type's schema."""
        return {"TableName": self.name.name}

    @property
    def imported(self) -> Json:
        """The declaration to import it with: as synthesised, but for what the next deployment is to change."""
        properties = dict(self.declaration["Properties"])
        for name in (name for one in self.of(ImportEffect.IN_PLACE) for name in one.covers):
            properties.pop(name, None)
            if name in self.live:
                properties[name] = self.live[name]
        return {**self.declaration, "Properties": properties}
