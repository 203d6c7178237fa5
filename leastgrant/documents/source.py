"""Where a template's text comes from, and errors that point into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = "tuple[str | int, ...]"

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LOCATED = 4
"""The depth of keys whose lines are kept: a section, a resource, its `Properties`, and each property."""

_LONGEST = 80  # letters of a key or value that a message repeats


class TemplateError(InputError):
    """A template that cannot be used, in one line: file, line, key, what is wrong and what to do."""

    def __init__(self, template: str, line: int | None, path: Path, problem: str) -> None:
        """Join the parts; `problem` names the fault and the remedy."""
        where = [template if line is None else f"{template}:{line}"]
        if path:
            where.append(shown(path))
        super().__init__(_printable(": ".join([*where, problem])))
        self.template = template
        self.line = line
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Source:
    """The name of a template's file and the lines of its outer keys."""

    name: str
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """Return the line, from 1, of the nearest key at or above `path`."""
        for length in range(min(len(path), LOCATED), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None

    def error(self, path: Path, problem: str) -> TemplateError:
        """Make the error for `problem` at `path`."""
        return TemplateError(self.name, self.line(path), path, problem)


def quoted(value: object) -> str:
    """Quote a key or value for a message, on one line and not long."""
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a map"
    return repr(_shortened(value) if isinstance(value, str) else value)


def shown(path: Path) -> str:
    """Write a path for a message: `Resources.Function.Properties.Tags[0].Key`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_shortened(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
