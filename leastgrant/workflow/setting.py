"""The secret or configuration variable that an expression reads, and the option that says what it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SETTING = re.compile(r"\b(secrets|vars)\.([A-Za-z_]\w*)", re.IGNORECASE)
_WHOLE = re.compile(r"\$\{\{\s*(secrets|vars)\.[A-Za-z_]\w*\s*\}\}", re.IGNORECASE)
_OF_THE_RUN = re.compile(r"\b(steps|needs)\.", re.IGNORECASE)
_OPTIONS = {"secrets": "--secret", "vars": "--variable"}


def option_of(text: str, value: str) -> str | None:
    """Return the option with which the setting that a text reads is declared.

    None: it reads none, or also what only the run tells. The value is that of the whole text; where the text has more
    than the setting, what the setting holds is left open.
    """
    found = _SETTING.search(text)
    if found is None or _OF_THE_RUN.search(text):
        return None
    return f"{_OPTIONS[found[1].lower()]} {found[2]}={value if _WHOLE.fullmatch(text.strip()) else '...'}"


def options_of(texts: Iterable[str], value: str) -> list[str]:
    """Return the options for the settings that texts read, one for each setting."""
    found: dict[str, str] = {}
    for option in filter(None, (option_of(text, value) for text in texts)):
        found.setdefault(option.partition("=")[0], option)
    return list(found.values())
