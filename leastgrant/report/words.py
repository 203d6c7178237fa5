"""Text that templates and policies have a say in, made fit to be shown; and the words for what is found."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from leastgrant.proof.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TITLES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "Missing permission",
        Kind.EXCESS: "Permission that nothing needs",
        Kind.BROAD: "Permission on more than is needed",
        Kind.ESCAPE: "Permission outside the namespaces",
        Kind.ESCALATION: "Way to more permissions",
        Kind.TRUST: "Trust other than declared",
        Kind.UNKNOWN: "Resource that nothing is known of",
        Kind.UNDECIDED: "Question without an answer",
    }
)

EXPLANATIONS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "The deployment will call an action that the role may not call on this resource. "
        "CloudFormation then fails and rolls back. Grant the action on the resource.",
        Kind.EXCESS: "No resource of the templates and no declared use calls what this statement grants. "
        "Take it out, or declare the use that needs it, with its reason.",
        Kind.BROAD: "The action is needed, but not on all the resources that this statement names. "
        "Narrow the resource to what is needed.",
        Kind.ESCAPE: "The statement reaches resources that the role's stacks cannot own. "
        "Narrow the resource to the declared namespaces.",
        Kind.ESCALATION: "With what it may do, the role can get permissions that it was not given. "
        "Close the way with a condition, or take the permission out.",
        Kind.TRUST: "Those who can assume the role are not exactly those declared. "
        "Make the trust policy say what is declared.",
        Kind.UNKNOWN: "It is not known what CloudFormation calls for this resource, so nothing is proved of it. "
        "Declare what it needs as a use, and acknowledge the finding.",
        Kind.UNDECIDED: "Something was not read, decided or asked, so nothing is proved of it. "
        "Give what is missing, or look at it yourself and acknowledge the finding.",
    }
)


class Span(NamedTuple):
    """A part of a sentence: words, or something to be set as code, such as an action or an ARN."""

    text: str
    is_code: bool = False


_WORD = re.compile(r"`(?P<quoted>[^`]+)`|(?P<open>[(\"]*)(?P<word>[^\s`]+?)(?P<close>[.,;:)\"]*)(?=[\s`]|$)|\s+|`")
_TECHNICAL = re.compile(r"[^\w.,;()'\"-]|_|\d-|\.\w")


def spans(sentence: str) -> Iterator[Span]:
    """A finding's sentence in parts; what is between backticks, or no plain word, is code."""
    for match in _WORD.finditer(printable(sentence)):
        quoted, word = match["quoted"], match["word"]
        if quoted or (word and _TECHNICAL.search(word)):
            parts = Span(match["open"] or ""), Span(quoted or word, is_code=True), Span(match["close"] or "")
            yield from (part for part in parts if part.text)
        else:
            yield Span(match[0])


def printable(text: str) -> str:
    """The text with control characters, and those that turn the writing direction, written as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 call`, `1,200 calls`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def upper_first(sentence: str) -> str:
    """The sentence with its first letter in upper case, unless a name begins it."""
    first = next(spans(sentence), None)
    return sentence if first is None or first.is_code else sentence[:1].upper() + sentence[1:]
