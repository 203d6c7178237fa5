"""Text that may hold a secret's value, made fit to be shown."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REDACTED = "[the secret]"

_NESTED = 4
"""How deep JSON is written within texts of JSON: Lambda's `body` is one, and what it echoes may be another."""
_PART: Final = 6
"""So many characters of the secret in a row are hidden also without the rest, as where a text was cut."""
_WRITTEN_PART: Final = 12
"""The same, of a form in which a character may be written as several: `&quot;` alone is no part of a secret."""
_LEAST_BASE64: Final = 4
"""Fewer characters of base64 are in any text: a secret that has no more is hidden only as a whole."""
_BREAK: Final = re.compile(r"\s|\\[rn]|=(?=\r?\n)")
"""What a text may be broken by, also as JSON writes it or quoted-printable does: it does not count."""
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


@dataclass(frozen=True)
class Redaction:
    """A redaction of a secret's value, and of long parts of it, in texts.

    Also as JSON, HTML, a URL, hexadecimal or base64 writes it, within other text too (as Basic authentication does:
    base64 of `USER:SECRET`), and broken over lines.
    """

    secret: str

    @cached_property
    def _parts(self) -> Mapping[int, set[str]]:
        """What is hidden, by its length."""
        parts: dict[int, set[str]] = {}
        # what reads a secret from a file or a header may take off the white space around it
        for secret in dict.fromkeys((self.secret, self.secret.strip())):
            _add(parts, secret, _PART)
            for form in _forms(secret):
                _add(parts, form, _WRITTEN_PART)
        return parts

    @cached_property
    def _base64_parts(self) -> Mapping[int, set[str]]:
        parts: dict[int, set[str]] = {}
        for secret in dict.fromkeys((self.secret, self.secret.strip())):
            for form in _base64_forms(secret):
                _add(parts, form, _WRITTEN_PART)
        return parts

    def __call__(self, text: str) -> str:
        """Return the text without the secret."""
        written, places = _without_breaks(text)
        hidden = {place for start, end in _found(written, self._parts) for place in range(start, end)}
        for start, end in _found(written, self._base64_parts):
            hidden |= {*range(start, end), *_around(written, places, start, end)}
        return "".join(_shown(text, places, hidden))

    def __repr__(self) -> str:
        """Return a text without the secret, so that a traceback may show it."""
        return "Redaction()"


def _add(parts: dict[int, set[str]], form: str, least: int) -> None:
    written, _ = _without_breaks(form)
    length = min(least, len(written))
    if length:
        parts.setdefault(length, set()).update(written[at : at + length] for at in range(len(written) - length + 1))


def _without_breaks(text: str) -> tuple[str, list[int]]:
    """Return the text without what it may be broken by, and where each character of it was."""
    breaks = {place for found in _BREAK.finditer(text) for place in range(*found.span())}
    places = [place for place in range(len(text)) if place not in breaks]
    return "".join(text[place] for place in places), places


def _found(text: str, parts: Mapping[int, set[str]]) -> Iterator[tuple[int, int]]:
    for length, texts in parts.items():
        for start in range(len(text) - length + 1):
            if text[start : start + length] in texts:
                yield start, start + length


def _around(written: str, places: list[int], start: int, end: int) -> Iterator[int]:
    """Yield the characters of base64 next to a part: they hold bits of the secret too."""
    for steps, last in (((start - 1,), start), ((end, end + 1), end - 1)):
        beside = last
        for place in steps:
            if (
                not 0 <= place < len(written)
                or abs(places[place] - places[beside]) != 1
                or written[place] not in _BASE64
            ):
                break
            yield place
            beside = place


def _shown(text: str, places: list[int], hidden: set[int]) -> Iterator[str]:
    shown = 0
    for start, end in _runs(hidden):
        yield text[shown : places[start]]
        yield REDACTED
        shown = places[end] + 1
    yield text[shown:]


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each row of numbers."""
    start = last = None
    for number in sorted(numbers):
        if start is None or last is None:
            start = number
        elif number != last + 1:
            yield start, last
            start = number
        last = number
    if start is not None and last is not None:
        yield start, last


def _forms(secret: str) -> Iterator[str]:
    for ascii_alone in (True, False):
        in_json = secret
        for _ in range(_NESTED):
            in_json = json.dumps(in_json, ensure_ascii=ascii_alone)[1:-1]
            yield in_json
            yield in_json.replace("/", "\\/")
    yield html.escape(secret)
    yield html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    for in_url in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield in_url
        yield re.sub("%..", lambda found: found[0].lower(), in_url)
        yield quote(in_url, safe="")
    octets = [f"{octet:02x}" for octet in secret.encode()]
    for between in ("", ":", "-", "%", "\\x"):
        yield between.join(octets)
        yield between.join(octet.upper() for octet in octets)


def _base64_forms(secret: str) -> Iterator[str]:
    """Yield how base64 writes a secret wherever it begins in what is encoded: what is its alone."""
    octets = secret.encode()
    yield base64.b64encode(octets).decode()
    yield base64.urlsafe_b64encode(octets).decode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets).decode().rstrip("=")
        first = -(-before * 8 // 6)  # the characters before hold bits of what is before the secret
        last = (before + len(octets)) * 8 // 6  # the one after may hold bits of what follows
        alone = encoded[first:last]
        if len(alone) < _LEAST_BASE64:
            continue
        yield alone
        yield alone.translate(str.maketrans("+/", "-_"))


NOTHING = Redaction("")
"""For what no secret was sent to."""
