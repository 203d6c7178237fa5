"""Text that may hold a secret's value, made fit to be shown."""

from __future__ import annotations

import base64
import html
import json
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, quote_plus

REDACTED = "[the secret]"

_NESTED = 4
"""How deep JSON is written within texts of JSON: Lambda's `body` is one, and what it echoes may be another."""


@dataclass(frozen=True)
class Redaction:
    """A redaction of a secret's value in texts, also as JSON, HTML, a URL or base64 writes it."""

    secret: str

    @cached_property
    def _written(self) -> tuple[str, ...]:
        """The longest first, as one may hold another."""
        # what reads a secret from a file or a header may take off the white space around it
        return tuple(sorted({*_forms(self.secret), *_forms(self.secret.strip())} - {""}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return the text without the secret."""
        for written in self._written:
            text = text.replace(written, REDACTED)
        return text

    def __repr__(self) -> str:
        """Return a text without the secret, so that a traceback may show it."""
        return "Redaction()"


def _forms(secret: str) -> set[str]:
    in_json = [secret]
    for _ in range(_NESTED):
        in_json.append(json.dumps(in_json[-1])[1:-1])
    return {
        *in_json,
        html.escape(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(secret.encode()).decode(),
    }


NOTHING = Redaction("")
"""For what no secret was sent to."""
