"""The expressions of `rules:if` and `only:variables`, worked out as far as the variables are known.

Source: GitLab Docs, "CI/CD YAML syntax reference", `rules:if`, and "CI/CD variable expressions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.workflow.gitlab.names import NamesLike, names_like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEEPEST = 40
_LEXEME = re.compile(
    r"\s*(?:(?P<variable>\$\{\w+\}|\$\w+|%\w+%)|(?P<string>\"[^\"]*\"|'[^']*')|(?P<null>null\b)"
    r"|(?P<regex>/(?:\\.|[^/\\\n])+/[a-zA-Z]*)|(?P<operator>==|!=|=~|!~)|(?P<and>&&)|(?P<or>\|\|)|(?P<open>\()|(?P<close>\)))"
)
_SLASHED = re.compile(r"/(.*)/([a-zA-Z]*)", re.DOTALL)


class Unknown(Enum):
    """A value that is not known before the pipeline."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class RefName:
    """The name of a branch or tag; unless it is exact, it stands for all that no pattern tells from it."""

    text: str
    is_exact: bool


Value: TypeAlias = "str | RefName | Unknown | None"
"""None: the variable is not set."""
Lookup: TypeAlias = "Callable[[str], Value]"


@dataclass(frozen=True, slots=True)
class _Operand:
    variable: str | None = None
    text: str | None = None
    """None, without a variable: `null`."""

    def value(self, lookup: Lookup) -> Value:
        return self.text if self.variable is None else lookup(self.variable)


@dataclass(frozen=True, slots=True)
class _Comparison:
    left: _Operand
    operator: str | None = None
    """None: whether the left is set and not empty."""
    right: _Operand | None = None


@dataclass(frozen=True, slots=True)
class _Junction:
    is_and: bool
    left: _Expression
    right: _Expression


_Expression: TypeAlias = "_Comparison | _Junction"


def holds(text: str, lookup: Lookup) -> bool | None:
    """Tell whether an expression is true; None: that cannot be told."""
    parsed = _parsed(text)
    return None if parsed is None else _holds(parsed, lookup)


def variables_in(text: str) -> tuple[str, ...]:
    """Return the variables that an expression reads."""
    return tuple(dict.fromkeys(re.findall(r"\$\{?(\w+)", text)))


_OF_REF = frozenset({"CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_COMMIT_REF_NAME", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"})


def names_in(text: str, lookup: Lookup) -> Iterator[str | NamesLike]:
    """Yield the texts and expressions that an expression compares a branch or tag with."""
    parsed = _parsed(text)
    for one in _comparisons(parsed) if parsed is not None else ():
        operands = [one.left] if one.right is None else [one.left, one.right]
        if any(operand.variable in _OF_REF for operand in operands):
            for value in (operand.value(lookup) for operand in operands):
                if isinstance(value, str):
                    yield _regex(value) if one.operator in ("=~", "!~") else value


def _comparisons(expression: _Expression) -> Iterator[_Comparison]:
    if isinstance(expression, _Comparison):
        yield expression
    else:
        yield from _comparisons(expression.left)
        yield from _comparisons(expression.right)


def _holds(expression: _Expression, lookup: Lookup) -> bool | None:
    if isinstance(expression, _Comparison):
        return _compared(expression, lookup)
    left, right = _holds(expression.left, lookup), _holds(expression.right, lookup)
    decides = not expression.is_and
    if decides in (left, right):
        return decides
    return None if None in (left, right) else not decides


def _compared(one: _Comparison, lookup: Lookup) -> bool | None:
    left = one.left.value(lookup)
    if left is UNKNOWN:
        return None
    if one.right is None:
        return bool(left.text if isinstance(left, RefName) else left)
    right = one.right.value(lookup)
    if right is UNKNOWN:
        return None
    if one.operator in ("=~", "!~"):
        found = False if left is None or right is None else _matched(left, right)
        return found if found is None or one.operator == "=~" else not found
    return (_text(left) == _text(right)) is (one.operator == "==")


def _text(value: Value) -> str | None:
    return value.text if isinstance(value, RefName) else value if isinstance(value, str) else None


def _matched(left: Value, right: Value) -> bool | None:
    names = _regex(_text(right) or "")
    if isinstance(left, RefName) and not left.is_exact:
        return names.matches_any_like(left.text)
    return names.matches(_text(left) or "")


def _regex(text: str) -> NamesLike:
    slashed = _SLASHED.fullmatch(text)
    return names_like(slashed[1].replace("\\/", "/"), slashed[2]) if slashed else names_like(re.escape(text))


@lru_cache(maxsize=1024)
def _parsed(text: str) -> _Expression | None:
    parser = _Parser(text)
    found = parser.junction(0)
    return found if parser.at_end else None


class _Parser:
    """A parser of an expression: `&&` binds closer than `||`."""

    def __init__(self, text: str) -> None:
        self.lexemes: list[tuple[str, str]] = []
        at = 0
        while match := _LEXEME.match(text, at):
            kind = match.lastgroup or ""
            self.lexemes.append((kind, match[kind]))
            at = match.end()
        self.is_read = not text[at:].strip()
        self.at = 0

    @property
    def at_end(self) -> bool:
        return self.is_read and self.at == len(self.lexemes)

    def _next(self, *kinds: str) -> str | None:
        if self.at < len(self.lexemes) and self.lexemes[self.at][0] in kinds:
            self.at += 1
            return self.lexemes[self.at - 1][1]
        return None

    def junction(self, depth: int, *, is_and: bool = False) -> _Expression | None:
        def part() -> _Expression | None:
            return self._one(depth) if is_and else self.junction(depth, is_and=True)

        found = part()
        while found is not None and self._next("and" if is_and else "or"):
            right = part()
            found = None if right is None else _Junction(is_and, found, right)
        return found

    def _one(self, depth: int) -> _Expression | None:
        if depth > _DEEPEST:
            return None
        if self._next("open"):
            inner = self.junction(depth + 1)
            return inner if self._next("close") else None
        left = self._operand()
        operator = self._next("operator") if left else None
        right = self._operand() if operator else None
        if left is None or (operator is not None and right is None):
            return None
        return _Comparison(left, operator, right)

    def _operand(self) -> _Operand | None:
        if variable := self._next("variable"):
            return _Operand(variable.strip("${}%"))
        if string := self._next("string"):
            return _Operand(text=string[1:-1])
        if regex := self._next("regex"):
            return _Operand(text=regex)
        return _Operand() if self._next("null") else None
