"""What a part of the deployed app replied, and asking again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leastgrant.text import printable
from ops.app.redaction import NOTHING, Redaction

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER_ERROR: Final = 500
"""From this status on, it is not the request that is wrong."""

_LONGEST_PAUSE: Final = 8.0
_EXCERPT: Final = 160


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came back, and what is wrong with it."""

    said: str
    """The status, or why there is none."""
    excerpt: str = ""
    """The beginning of the body, without the secret."""
    fault: str | None = None
    again: bool = False
    """A cold start may be the reason: ask again."""
    attempts: int = 1


def retry(probe: Callable[[], ProbeResult], attempts: int, pause: Callable[[float], None]) -> ProbeResult:
    """Ask until there is a reply that asking again would not change; wait longer each time."""
    for number in range(1, attempts):
        result = probe()
        if not result.again:
            return replace(result, attempts=number)
        pause(min(2.0 ** (number - 1), _LONGEST_PAUSE))
    return replace(probe(), attempts=attempts)


def excerpt(body: str, redact: Redaction = NOTHING) -> str:
    """Return the beginning of a body on one line, the secret taken out before it is cut."""
    text = " ".join(redact(body).split())
    return printable(text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} ...")
