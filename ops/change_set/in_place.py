"""The rules on what a change does to a resource that stays: by property and direction (`ops.change_set.classed`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ops.change_set.change_set import ResourceAction
from ops.change_set.classed import CLASSED
from ops.change_set.edits import Gap, edits
from ops.change_set.verdict import ReviewVerdict, Ruling
from ops.stack.resource_types import grants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ops.change_set.change_set import DescribedChange
    from ops.change_set.classed import PropertyClass
    from ops.change_set.edits import PropertyEdit, Value

_WHERE: Final = "class it in ops/change_set/classed.py"
_MOST: Final = 80  # characters of a value
_JUDGED: Final = frozenset({ResourceAction.ADD, ResourceAction.MODIFY})
"""Of other actions, other rules say enough."""


def rulings(change: DescribedChange, others: Sequence[DescribedChange], *, compared: bool) -> Iterator[Ruling]:
    """Yield what is to be said of each part of a resource that changes in place; nothing, if all is safe.

    Args:
        change: The change of the resource.
        others: All changes of the change set.
        compared: Whether its template was compared with the reviewed one.
    """
    if change.action not in _JUDGED:
        return
    classes = CLASSED.get(change.type)
    if classes is None:
        why = f"what a change of {change.type} destroys or exposes is not known: {_WHERE}"
        yield Ruling(ReviewVerdict.HUMAN, why)
        return
    for edit in edits(change, others) if change.action is ResourceAction.MODIFY else ():
        yield from _of_edit(edit, change.type, classes, compared=compared)


def _of_edit(
    edit: PropertyEdit, type_name: str, classes: Mapping[str, PropertyClass], *, compared: bool
) -> Iterator[Ruling]:
    found = _classes_of(edit.pattern, classes)
    if not found:
        why = f"{edit or 'properties'}: what a change of it destroys or exposes is not known: {_WHERE}"
        yield Ruling(ReviewVerdict.HUMAN, why)
    for one in found:
        if one.compared:
            if not compared and not grants(type_name):  # of those that grant, the judgement says so itself
                yield Ruling(one.verdict, f"{edit}: {one.what}")
        elif not one.is_safe(edit.before, edit.after):
            yield Ruling(one.verdict, f"{edit}: {one.what}{_shown(edit) if one.shown else ''}")


def _classes_of(pattern: str, classes: Mapping[str, PropertyClass]) -> Sequence[PropertyClass]:
    """Return the class of a path: its own, or the nearest above it; or those of all under it, if it has none."""
    parts = pattern.split("/")
    for length in range(len(parts), 0, -1):
        if found := classes.get("/".join(parts[:length])):
            return (found,)
    return tuple(dict.fromkeys(one for path, one in classes.items() if not pattern or path.startswith(f"{pattern}/")))


def _shown(edit: PropertyEdit) -> str:
    return f" ({_words(edit.before)} to {_words(edit.after)})"


def _words(value: Value) -> str:
    match value:
        case str():
            return value
        case Gap():
            return value.value
        case _:
            text = json.dumps(value, default=lambda gap: gap.value)
            return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."
