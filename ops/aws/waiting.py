"""Waiting for AWS to get something done."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST, _LONGEST, _GROWTH = 1.0, 10.0, 1.5  # seconds: a change set takes some three, a deployment minutes


def attempts(timeout: float) -> Iterator[None]:
    """Yield at once, then after pauses that grow, until the seconds are over."""
    end, pause = monotonic() + timeout, _FIRST
    yield
    while (left := end - monotonic()) > 0:
        sleep(min(pause, left))
        pause = min(pause * _GROWTH, _LONGEST)
        yield
