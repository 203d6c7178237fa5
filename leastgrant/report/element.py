"""HTML, built so that text cannot become markup."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from leastgrant.text import printable, spans

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Html:
    """Markup; a plain string is text, and is escaped wherever it joins markup."""

    markup: str


NOTHING = Html("")


def element(name: str, *content: Html | str, **attributes: str | int | bool) -> Html:
    """Make an element; `class_` is `class`, `aria_label` is `aria-label`, an attribute that is True has no value."""
    written = "".join(
        f" {key.strip('_').replace('_', '-')}" + ("" if value is True else f'="{_escaped(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    return Html(f"<{name}{written}>{joined(content).markup}</{name}>")


def joined(parts: Iterable[Html | str]) -> Html:
    """Join markup and text, one after the other."""
    return Html("".join(part.markup if isinstance(part, Html) else _escaped(part) for part in parts))


def code(text: str) -> Html:
    """Set text as code."""
    return element("code", text)


def sentence(text: str) -> Html:
    """Set a sentence with its names as code."""
    return joined(code(span.text) if span.is_code else span.text for span in spans(text))


def _escaped(text: str) -> str:
    return escape(printable(text), quote=True)
