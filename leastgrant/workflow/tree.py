"""A workflow file's tree, each value with the line it is on, and errors that point into the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.documents.source import shown
from leastgrant.errors import InputError
from leastgrant.text import printable

if TYPE_CHECKING:
    from leastgrant.documents.source import Path

Content: TypeAlias = "str | tuple[Node, ...] | Mapping[str, Node] | None"
"""Text, null, a list or a map. Numbers and booleans are the text that they are written as."""


class WorkflowError(InputError):
    """A workflow that cannot be used, in one line: file, line, key, what is wrong and what to do."""

    def __init__(self, file: str, line: int | None, path: Path, problem: str) -> None:
        """Join the parts; `problem` names the fault and the remedy."""
        where = [file if line is None else f"{file}:{line}", *([shown(path)] if path else [])]
        super().__init__(printable(": ".join([*where, problem])))


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a workflow file."""

    file: str
    line: int
    """Of its key, or of the item of a list."""
    path: Path
    content: Content

    def error(self, problem: str) -> WorkflowError:
        """Make the error for `problem` here."""
        return WorkflowError(self.file, self.line, self.path, problem)

    def get(self, key: str) -> Node | None:
        """Return the value of a key of a map; None if there is no such key, or if it is null.

        Raises:
            WorkflowError: this is not a map.
        """
        found = self.map().get(key)
        return None if found is None or found.content is None else found

    def map(self) -> Mapping[str, Node]:
        """Return the keys and values; null is an empty map.

        Raises:
            WorkflowError: this is not a map.
        """
        if self.content is None:
            return {}
        if isinstance(self.content, Mapping):
            return self.content
        raise self.error(f"expected a map of keys and values, not {self.kind}")

    def items(self) -> tuple[Node, ...]:
        """Return the items of a list; null is an empty list.

        Raises:
            WorkflowError: this is not a list.
        """
        if self.content is None:
            return ()
        if isinstance(self.content, tuple):
            return self.content
        raise self.error(f"expected a list, not {self.kind}")

    def several(self) -> tuple[Node, ...]:
        """Return the items of a list, or one text alone.

        Raises:
            WorkflowError: this is a map.
        """
        return (self,) if isinstance(self.content, str) else self.items()

    @property
    def text(self) -> str:
        """The text; null is empty.

        Raises:
            WorkflowError: this is a list or a map.
        """
        if self.content is None:
            return ""
        if isinstance(self.content, str):
            return self.content
        raise self.error(f"expected text, not {self.kind}")

    @property
    def kind(self) -> str:
        """What it is, for messages."""
        if isinstance(self.content, tuple):
            return "a list"
        return "a map" if isinstance(self.content, Mapping) else "text"
