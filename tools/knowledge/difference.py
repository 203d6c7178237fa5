"""What differs between two states of knowledge: needs gained and lost, by type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Calls = frozenset[tuple[str, str, str, str]]
"""Handler, action, tier and the ARN that it is made on."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known, as `tools.knowledge.state` writes it."""

    versions: Mapping[str, str]
    types: Mapping[str, Calls | None]
    """None: nothing is known of what the type's handlers call."""

    @classmethod
    def parse(cls, text: str) -> State:
        """Read what `tools.knowledge.state` prints."""
        read: dict[str, Any] = json.loads(text)
        types = {
            name: None
            if calls is None
            else frozenset((handler, action, tier, arn) for handler, action, tier, arn in calls)
            for name, calls in read["types"].items()
        }
        return cls(read["versions"], types)


def differences(before: State, after: State) -> Iterator[str]:
    """Yield the lines of a report in Markdown: versions, a summary, and each type whose needs are others."""
    for name, version in after.versions.items():
        was = before.versions.get(name, "none")
        yield f"- {name}: {version}" + ("" if was == version else f" (before: {was})")
    known = {name for name, calls in after.types.items() if calls is not None}
    knew = {name for name, calls in before.types.items() if calls is not None}
    changed = {name: lines for name in sorted(known & knew) if (lines := [*_of_type(before, after, name)])}
    yield f"- types whose calls are known: {len(known):,} of {len(after.types):,}"
    yield f"- newly known: {len(known - knew)}; no longer: {len(knew - known)}; with other needs: {len(changed)}"
    for title, names in (("Newly known", known - knew), ("No longer known", knew - known)):
        if names:
            yield f"\n### {title}\n"
            yield from (f"- `{name}`" for name in sorted(names))
    if changed:
        yield "\n### Needs gained and lost\n"
        for name, lines in changed.items():
            yield f"- `{name}`"
            yield from (f"    - {line}" for line in lines)


def _of_type(before: State, after: State, name: str) -> Iterator[str]:
    was, now = (_by_action(state.types[name] or frozenset()) for state in (before, after))
    for handler, action in sorted(now.keys() | was.keys()):
        old, new = was.get((handler, action)), now.get((handler, action))
        if old is None and new is not None:
            yield f"gained: {handler} `{action}` ({_tiers(new)})"
        elif new is None and old is not None:
            yield f"lost: {handler} `{action}` ({_tiers(old)})"
        elif old and new and _tiers(old) != _tiers(new):
            yield f"{handler} `{action}`: {_tiers(old)} before, now {_tiers(new)}"
        elif old != new:
            yield f"{handler} `{action}`: on other ARNs"


def _by_action(calls: Calls) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    found: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
    for handler, action, tier, arn in calls:
        found[handler, action] = found.get((handler, action), frozenset()) | {(tier, arn)}
    return found


def _tiers(calls: frozenset[tuple[str, str]]) -> str:
    return " and ".join(sorted({tier for tier, _ in calls}))
