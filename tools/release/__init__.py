"""What a release says: the version of its tag, and the changelog's section as notes."""

from __future__ import annotations

import re

VERSION = re.compile(r"v(?P<version>[0-9]+\.[0-9]+\.[0-9]+)")


class ReleaseError(Exception):
    """What keeps a tag from being released, in one line."""


def notes(tag: str, version: str, changelog: str) -> str:
    """Return the changelog's section of a version.

    Args:
        tag: The tag that is released, such as `v1.2.3`.
        version: The version of the distribution.
        changelog: As CHANGELOG.md writes it.

    Raises:
        ReleaseError: the tag is not that of the version, or the changelog has no section of it.
    """
    match = VERSION.fullmatch(tag)
    if match is None:
        raise ReleaseError(f"{tag!r} is no tag of a release; write v1.2.3")
    if match["version"] != version:
        raise ReleaseError(f"{tag} is the tag of {match['version']}, and leastgrant is {version}; tag v{version}")
    section = re.search(
        rf"^## \[{re.escape(version)}\] - [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\n(?P<notes>.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if section is None or not section["notes"].strip():
        raise ReleaseError(f"CHANGELOG.md: no section '## [{version}] - YYYY-MM-DD'; write what the release changes")
    return section["notes"].strip() + "\n"
