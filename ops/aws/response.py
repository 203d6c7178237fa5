"""A response of AWS, live or kept in a file, read key by key; what is not as expected is one line that names it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from ops.errors import OpsError

if TYPE_CHECKING:
    from enum import Enum
    from pathlib import Path

    Member = TypeVar("Member", bound=Enum)


@dataclass(frozen=True, slots=True)
class Part:
    """An object of a response, and where it is. A key that is null counts as absent, as the AWS CLI prints it."""

    source: str
    """The file or the operation."""
    path: str
    members: Mapping[str, object]

    def where(self, key: str) -> str:
        """The place of a key, for messages."""
        return f"{self.source}: {self.path}.{key}" if self.path else f"{self.source}: {key}"

    def optional_text(self, key: str) -> str | None:
        """A text, or None.

        Raises:
            OpsError: it is something else.
        """
        value = self.members.get(key)
        if value is None or isinstance(value, str):
            return value
        raise OpsError(f"{self.where(key)}: must be text, not {type(value).__name__}")

    def text(self, key: str) -> str:
        """A text that must be there.

        Raises:
            OpsError: it is missing, empty or something else.
        """
        value = self.optional_text(key)
        if not value:
            raise OpsError(f"{self.where(key)}: missing; it must be text")
        return value

    def optional_member(self, key: str, kind: type[Member]) -> Member | None:
        """A member of an enum by its value, or None.

        Raises:
            OpsError: there is no such member: what is not known cannot be judged.
        """
        value = self.optional_text(key)
        return None if value is None else self._member(self.where(key), value, kind)

    def member(self, key: str, kind: type[Member]) -> Member:
        """A member of an enum that must be there.

        Raises:
            OpsError: it is missing or not known.
        """
        return self._member(self.where(key), self.text(key), kind)

    def members_of(self, key: str, kind: type[Member]) -> tuple[Member, ...]:
        """A list of members of an enum; empty if absent.

        Raises:
            OpsError: it is no list, or one is not known.
        """
        items = enumerate(self._items(key))
        return tuple(self._member(f"{self.where(key)}[{number}]", item, kind) for number, item in items)

    def part(self, key: str) -> Part:
        """An object that must be there.

        Raises:
            OpsError: it is missing or something else.
        """
        return self._part(key, self.members.get(key))

    def parts(self, key: str) -> tuple[Part, ...]:
        """A list of objects; empty if absent.

        Raises:
            OpsError: it is something else.
        """
        return tuple(self._part(f"{key}[{number}]", item) for number, item in enumerate(self._items(key)))

    def _part(self, key: str, value: object) -> Part:
        if not isinstance(value, Mapping):
            raise OpsError(f"{self.where(key)}: {'missing; it ' if value is None else ''}must be an object")
        path = f"{self.path}.{key}" if self.path else key
        return Part(self.source, path, cast("Mapping[str, object]", value))

    def _items(self, key: str) -> list[object]:
        value = self.members.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise OpsError(f"{self.where(key)}: must be a list")
        return cast("list[object]", value)

    @staticmethod
    def _member(where: str, value: object, kind: type[Member]) -> Member:
        for member in kind:
            if member.value == value:
                return member
        known = ", ".join(str(member.value) for member in kind)
        raise OpsError(f"{where}: {value!r} is not known, so it cannot be judged (known: {known})")


def read_response(path: Path) -> Part:
    """The response in a JSON file, as the AWS CLI prints it.

    Raises:
        OpsError: the file cannot be read, or is no JSON object.
    """
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OpsError(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise OpsError(f"{path}: nested too deep to be a response of AWS") from None
    except ValueError as error:
        raise OpsError(f"{path}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise OpsError(f"{path}: must be an object, as 'aws cloudformation describe-change-set' prints it")
    return Part(str(path), "", cast("Mapping[str, object]", document))
