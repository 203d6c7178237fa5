"""Which version to take: the highest release of the major version that is pinned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Release: TypeAlias = "tuple[int, ...]"

_ACCIDENTS: Final[Mapping[str, frozenset[str]]] = {"aws-cdk": frozenset({"3.0.0"})}
"""Releases that are none: npm calls `aws-cdk` 3.0.0, of April 2025, the latest; it is older than most of 2.x."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The version to take, and what there is beyond it."""

    version: str
    next_major: str | None = None
    """The highest release of a later major version: to go there is a decision, not an upgrade."""


def choose(package: str, pinned: str, published: Iterable[str]) -> Choice:
    """Choose the version to take of those that are published; never an earlier one than is pinned.

    Raises:
        ValueError: what is pinned is no release.
    """
    current = _release(pinned)
    if current is None:
        raise ValueError(f"{package}: {pinned!r} is no release, as 1.2.3 is; pin one")
    known = {
        release: version
        for version in published
        if version not in _ACCIDENTS.get(package, ()) and (release := _release(version))
    }
    same = [release for release in known if release[0] == current[0] and release > current]
    later = [release for release in known if release[0] > current[0]]
    return Choice(known[max(same)] if same else pinned, known[max(later)] if later else None)


def _release(version: str) -> Release | None:
    """Parse a version; None if it is no release, but a candidate for one."""
    match = re.fullmatch(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(map(int, match[1].split("."))) if match else None
