"""Text that templates and policies have a say in, made fit to be shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Span(NamedTuple):
    """A part of a sentence: words, or something to be set as code, such as an action or an ARN."""

    text: str
    is_code: bool = False


_WORD = re.compile(r"`(?P<quoted>[^`]+)`|(?P<open>[(\"]*)(?P<word>[^\s`]+?)(?P<close>[.,;:)\"]*)(?=[\s`]|$)|\s+|`")
_TECHNICAL = re.compile(r"[^\w.,;()'\"-]|_|\d-|\.\w")


def spans(sentence: str) -> Iterator[Span]:
    """Split a finding's sentence into spans; what is between backticks, or no plain word, is code."""
    for match in _WORD.finditer(printable(sentence)):
        quoted, word = match["quoted"], match["word"]
        if quoted or (word and _TECHNICAL.search(word)):
            parts = Span(match["open"] or ""), Span(quoted or word, is_code=True), Span(match["close"] or "")
            yield from (part for part in parts if part.text)
        else:
            yield Span(match[0])


def printable(text: str) -> str:
    """Write control characters, and those that turn the writing direction, as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: `1 call`, `1,200 calls`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def upper_first(sentence: str) -> str:
    """Put the sentence's first letter in upper case, unless a name begins it."""
    first = next(spans(sentence), None)
    return sentence if first is None or first.is_code else sentence[:1].upper() + sentence[1:]


def shown_values(values: Iterable[str]) -> str:
    """Write the values of a context key, an empty text as `empty`; `absent`, if there are none."""
    return " and ".join(value or "empty" for value in values) or "absent"


def context_text(context: Mapping[str, Iterable[str]]) -> str:
    """Write what is known of a request's condition keys, to stand after the request."""
    return "".join(f", {key} {shown_values(values)}" for key, values in context.items())


def first_few(names: Sequence[str], noun: str, most: int = 3) -> str:
    """List the names; of many the first, and how many others there are."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {counted(left, f'other {noun}')}" if left > 0 else "")
