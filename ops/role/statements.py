"""What differs between two policy documents, statement by statement."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ops.role.documents import Document


class ChangeKind(Enum):
    """What becomes of a statement from one document to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class StatementChange:
    """A statement that is not the same in both documents."""

    kind: ChangeKind
    statement: str
    """Its Sid; else its number in its document, from 1."""
    lines: tuple[str, ...]
    """What is added to it (`+`) and taken from it (`-`), an element and a value on each line."""


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    elements: Mapping[str, frozenset[str]]


def statement_changes(before: Document, after: Document) -> list[StatementChange]:
    """Return the statements that say something else; how they are written and in which order does not count.

    Both documents are valid policies. Statements are the same by their Sid; without one, by what they say.
    """
    one, other = _statements(before), _statements(after)
    if _version(before) != _version(after):
        lines = (f"- Version {_version(before)}", f"+ Version {_version(after)}")
        return [StatementChange(ChangeKind.CHANGED, "the document", lines), *_changes(one, other)]
    return _changes(one, other)


def _version(document: Document) -> str:
    return str(document.get("Version", "2008-10-17"))


def _changes(before: Mapping[object, _Statement], after: Mapping[object, _Statement]) -> list[StatementChange]:
    changes: list[StatementChange] = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            changes.append(StatementChange(ChangeKind.ADDED, new.name, tuple(_lines({}, new.elements))))
        elif new is None and old is not None:
            changes.append(StatementChange(ChangeKind.REMOVED, old.name, tuple(_lines(old.elements, {}))))
        elif old is not None and new is not None and (lines := tuple(_lines(old.elements, new.elements))):
            changes.append(StatementChange(ChangeKind.CHANGED, new.name, lines))
    return changes


def _lines(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for element in dict.fromkeys((*before, *after)):
        old = {_folded(element, value): value for value in before.get(element, frozenset())}
        new = {_folded(element, value): value for value in after.get(element, frozenset())}
        yield from (f"- {element} {old[key]}" for key in sorted(old.keys() - new.keys()))
        yield from (f"+ {element} {new[key]}" for key in sorted(new.keys() - old.keys()))


def _folded(element: str, value: str) -> str:
    return value.lower() if element in ("Action", "NotAction") else value  # IAM ignores the case of actions


def _statements(document: Document) -> dict[object, _Statement]:
    """Map the statements by what tells them apart; the same statement twice is two statements."""
    found: dict[object, _Statement] = {}
    seen: Counter[object] = Counter()
    for number, statement in enumerate(_listed(document["Statement"]), start=1):
        elements = {key: frozenset(_values(value)) for key, value in statement.items() if key != "Sid"}
        sid = statement.get("Sid")
        key = sid or frozenset(
            (element, frozenset(_folded(element, value) for value in values)) for element, values in elements.items()
        )
        seen[key] += 1
        found[key, seen[key]] = _Statement(sid or f"statement {number}", elements)
    return found


def _values(value: Any) -> Iterator[str]:
    """Yield an element's values, each as one text: `Federated arn:...`, `StringEquals aws:tag ["a", "b"]`."""
    if isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from (f"{key} {text}" for text in _values(inner))
    else:
        yield from (item if isinstance(item, str) else json.dumps(item) for item in _listed(value))


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
