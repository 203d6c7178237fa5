"""What the terminal can show, by the conventions that tools share."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def has_colour(output: Path | None) -> bool:
    """Tell whether to write colours: to a terminal, unless `NO_COLOR` is set; with `FORCE_COLOR` to a pipe too.

    Sources: no-color.org and force-color.org, where an empty value counts as none; `FORCE_COLOR=0` is that of Node.
    """
    if output is not None or os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    return forced != "0" if forced else _is_terminal()


def has_links(output: Path | None) -> bool:
    """Tell whether to write links: to a terminal that is not known to show them as text.

    `FORCE_HYPERLINK` decides it, as other tools take it. Most terminals that know no OSC 8 pass over it; those of
    Linux's console and of CI's logs do not.
    """
    forced = os.environ.get("FORCE_HYPERLINK")
    if output is not None or forced:
        return output is None and forced != "0"
    return _is_terminal() and os.environ.get("TERM") != "linux" and not os.environ.get("CI")


def width(output: Path | None) -> int | None:
    """Return the terminal's columns; None: it is not written to one."""
    return shutil.get_terminal_size().columns if output is None and sys.stdout.isatty() else None


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
