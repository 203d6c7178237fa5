"""The versions that are pinned by hand: in pyproject.toml, package.json and the workflows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HELD: Final = {"moto": "the emulator is built on seams of this version; look at them, and move it by hand"}
"""Packages that are not moved, with the reason."""


class PinSource(Enum):
    """Who knows which versions there are."""

    PIP = "pip"
    NPM = "npm"
    GIT = "git"


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that is pinned."""

    source: PinSource
    name: str
    """The package, or the action's `OWNER/REPOSITORY`."""
    version: str
    commit: str | None = None
    """The commit that an action is pinned to."""


_PATTERNS: Final[Mapping[PinSource, re.Pattern[str]]] = {
    PinSource.PIP: re.compile(r'"(?P<name>[\w-]+)(?:\[[\w,-]+\])?==(?P<version>[\w.]+)"'),
    PinSource.NPM: re.compile(r'"(?P<name>[\w@/.-]+)": "(?P<version>\d[\w.-]*)"'),
    PinSource.GIT: re.compile(
        r"uses: (?P<name>[\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(?P<commit>[0-9a-f]{40}) # (?P<version>v[\w.]+)"
    ),
}


def source_of(path: str) -> PinSource:
    """Return who knows the versions of what a file pins."""
    if path.endswith("pyproject.toml"):
        return PinSource.PIP
    return PinSource.NPM if path.endswith("package.json") else PinSource.GIT


def pins(text: str, source: PinSource) -> Iterator[Pin]:
    """Yield the pins in a file, but for those that are held."""
    for match in _PATTERNS[source].finditer(text):
        found = match.groupdict()
        if found["name"] not in HELD:
            yield Pin(source, found["name"], found["version"], found.get("commit"))


def moved(text: str, source: PinSource, to: Mapping[Pin, Pin]) -> str:
    """Move pins in a file; all else stays as it is."""

    def replaced(match: re.Match[str]) -> str:
        found = match.groupdict()
        old = Pin(source, found["name"], found["version"], found.get("commit"))
        new = to.get(old, old)
        start = match.start()
        line = match[0]
        for group, value in (("version", new.version), ("commit", new.commit)):  # the version is the last in the line
            if group in found and value is not None:
                begin, end = match.start(group) - start, match.end(group) - start
                line = line[:begin] + value + line[end:]
        return line

    return _PATTERNS[source].sub(replaced, text)


def tagged(listing: str) -> dict[str, str]:
    """Read the tags that `git ls-remote --tags` lists, each with its commit: of a tag with a message, its target."""
    found: dict[str, str] = {}
    for line in listing.splitlines():
        commit, _, ref = line.partition("\t")
        found[ref.removeprefix("refs/tags/")] = commit
    return {tag: found.get(f"{tag}^{{}}", commit) for tag, commit in found.items() if not tag.endswith("^{}")}


def locked(text: str) -> dict[str, str]:
    """Read the versions in a requirements file."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))
