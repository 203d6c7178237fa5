"""In what two syntheses differ: templates, needs, findings."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

State: TypeAlias = "dict[str, dict[str, list[str]]]"
"""By kind (templates, needs, findings), then by what it is of, its lines; as `upgrade.state` writes it."""

_KINDS = ("templates", "needs", "findings")
_CONTEXT = 2


def differences(before: State, after: State) -> list[str]:
    """List what changed, kind by kind; each kind says so if nothing did."""
    lines: list[str] = []
    for kind in _KINDS:
        changed = [
            line
            for name in sorted({*before[kind], *after[kind]})
            for line in _difference(kind, name, before[kind].get(name, []), after[kind].get(name, []))
        ]
        lines += [f"{kind}: {'changed' if changed else 'unchanged'}", *(f"  {line}" for line in changed)]
    return lines


def _difference(kind: str, name: str, before: list[str], after: list[str]) -> Iterator[str]:
    if before == after:
        return
    yield name
    if kind == "templates":
        yield from list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))[2:]
        return
    gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    yield from (f"- {line}" for line in sorted(gone.elements()))
    yield from (f"+ {line}" for line in sorted(new.elements()))


def read_state(text: str) -> State:
    """Read what this module has written."""
    return cast("State", json.loads(text))
