"""Strings of a policy that may hold wildcards and policy variables.

Source: AWS IAM User Guide, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from leastgrant.iam.pattern import Pattern, Wildcard

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""The request's context keys, each with its values; in lower case, as key names are not case-sensitive.

A key with no values is the same as an absent one: IAM tests both as null.
"""


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable: the value of a context key, or a default if the key has not just one value."""

    key: str
    default: str | None

    def value(self, context: Context) -> str | None:
        """Return the variable's value; None if there is none."""
        values = context.get(self.key, ())
        return values[0] if len(values) == 1 else self.default


_PIECES = re.compile(r"\$\{[^{}]*\}|\$\{|[*?]|[^*?$]+|\$")
_PLAIN = re.compile(r"[*?]|[^*?]+")
_VARIABLE = re.compile(r"\$\{(?P<key>[^,'{}*?$:]+:[^,'{}]+)(?:, ?'(?P<default>[^'{}]*)')?\}")
_CHARACTERS = {"${*}": "*", "${?}": "?", "${$}": "$"}


@dataclass(frozen=True, slots=True)
class PolicyString:
    """A string of a policy: text, wildcards and variables."""

    text: str
    tokens: tuple[str | Wildcard | Variable, ...]
    keys: frozenset[str] = field(init=False, compare=False)
    _pattern: Pattern = field(init=False, compare=False, repr=False)
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare what each evaluation would compute again."""
        keys = frozenset(token.key for token in self.tokens if isinstance(token, Variable))
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "_pattern", Pattern(tuple(map(_widened, self.tokens))))
        object.__setattr__(self, "_hash", hash((self.text, self.tokens)))

    def __hash__(self) -> int:
        """Give it, computed once: policies are compared statement by statement, over and over."""
        return self._hash

    @classmethod
    def parse(cls, text: str, *, wildcards: bool, variables: bool) -> PolicyString:
        """Parse a string; what is not told to have a meaning is literal text.

        Raises:
            ValueError: a `${` begins no policy variable.
        """
        pieces = (_PIECES if variables else _PLAIN).findall(text)
        return cls(text, tuple(_token(piece, wildcards=wildcards, variables=variables) for piece in pieces))

    def resolve(self, context: Context) -> Pattern | None:
        """Resolve it to its pattern in a request; None if a variable has no value, as nothing then matches."""
        if not self.keys:
            return self._pattern
        tokens: list[str | Wildcard] = []
        for token in self.tokens:
            value = token.value(context) if isinstance(token, Variable) else token
            if value is None:
                return None
            tokens.append(value)
        return Pattern(tuple(tokens))

    def widened(self) -> Pattern:
        """Return a pattern that includes what this is in any request."""
        return self._pattern


def _widened(token: str | Wildcard | Variable) -> str | Wildcard:
    return Wildcard.ANY if isinstance(token, Variable) else token


def _token(piece: str, *, wildcards: bool, variables: bool) -> str | Wildcard | Variable:
    if piece in "*?":
        return Wildcard(piece) if wildcards else piece
    if not variables or not piece.startswith("${"):
        return piece
    if piece in _CHARACTERS:
        return _CHARACTERS[piece]
    match = _VARIABLE.fullmatch(piece)
    if not match:
        raise ValueError(
            f"{piece!r} is not a policy variable; write ${{key}} or ${{key, 'default'}}, and ${{$}} for a $"
        )
    return Variable(match["key"].strip().lower(), match["default"])
