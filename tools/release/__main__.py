"""`python -m tools.release TAG`: print the notes of a release; 2 if the tag cannot be released."""

from __future__ import annotations

import sys
from pathlib import Path

from leastgrant import __version__
from tools.release import ReleaseError, notes

_CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    try:
        (tag,) = arguments
    except ValueError:
        print("usage: python -m tools.release TAG", file=sys.stderr)
        return 2
    try:
        print(notes(tag, __version__, _CHANGELOG.read_text(encoding="utf-8")), end="")
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
