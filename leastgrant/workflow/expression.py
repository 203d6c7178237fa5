"""GitHub's expressions, worked out as far as is known before the run.

An expression has not one value but all that it may have: a text that is not known is the pattern `*`. So what is
worked out is never too little, and what depends on the run stays visible.

Source: GitHub Docs, "Evaluate expressions in workflows and actions": literals, operators, truth, functions.

A plain scalar of YAML is kept as its text, so `1` of a matrix may be a number or a text here. Where that would decide a
comparison, both answers are given.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from math import inf, isnan, nan, prod
from typing import TYPE_CHECKING, TypeAlias, cast

from leastgrant.iam.pattern import ANY, Pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """An object, by its keys in lower case."""

    values: tuple[tuple[str, Atom], ...]


Atom: TypeAlias = "Pattern | float | bool | Items | Members | None"
"""A text, a number, a boolean, a list, an object or null."""
Values: TypeAlias = "tuple[Atom, ...]"
"""All that an expression may be."""
Lookup: TypeAlias = "Callable[[tuple[str, ...]], Values]"
"""What a context holds at a path, such as `("matrix", "stage")`."""

UNKNOWN: Values = (ANY,)
EITHER: Values = (True, False)
_MOST = 64  # values of an expression; more are taken as unknown
_DEEPEST = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\],.*]))"
)
_MARKS = re.compile(r"'|\}\}")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PREFIXED = re.compile(r"0x[0-9A-Fa-f]+|0o[0-7]+")
_PERHAPS_FALSE = frozenset({"false", "null", "~"})
_PERHAPS_NO_TEXT = _PERHAPS_FALSE | {"true"}


class _SyntaxError(Exception):
    """Not an expression that is understood."""


def texts(text: str, lookup: Lookup) -> tuple[Pattern, ...]:
    """Return all texts that `text` may be once its `${{ }}` are worked out."""
    pieces = [
        [Pattern.literal(piece)] if expression is None else [_as_text(value) for value in evaluate(expression, lookup)]
        for piece, expression in _split(text)
    ]
    found = [_joined(parts) for parts in islice(product(*pieces), _MOST + 1)]
    if len(found) > _MOST:
        found = [_joined([piece[0] if len(piece) == 1 else ANY for piece in pieces])]
    return tuple(dict.fromkeys(found))


def condition(text: str, lookup: Lookup) -> Values:
    """Return what an `if` may be; it is an expression, with `${{ }}` or without."""
    pieces = _split(text)
    if len(pieces) == 1:
        piece, expression = pieces[0]
        return evaluate(piece if expression is None else expression, lookup)
    return texts(text, lookup)


def may_be_true(values: Values) -> bool:
    """Tell whether one of the values counts as true."""
    return any(_truth(value) is not False for value in values)


def evaluate(expression: str, lookup: Lookup) -> Values:
    """Evaluate an expression to all that it may be; unknown if it is not understood."""
    try:
        parser = _ExpressionParser(_tokens(expression), lookup)
        values = parser.either(0)
        parser.end()
    except _SyntaxError:
        return UNKNOWN
    return tuple(dict.fromkeys(values)) if len(values) <= _MOST else UNKNOWN


def _split(text: str) -> list[tuple[str, str | None]]:
    """Split the text in pieces, each plain or an expression."""
    pieces: list[tuple[str, str | None]] = []
    at = 0
    while (begin := text.find("${{", at)) >= 0:
        end = _end(text, begin + 3)
        if end is None:
            break
        if begin > at:
            pieces.append((text[at:begin], None))
        pieces.append((text[begin:end], text[begin + 3 : end - 2]))
        at = end
    return [*pieces, (text[at:], None)] if text[at:] or not pieces else pieces


def _end(text: str, begin: int) -> int | None:
    """Find where the expression that begins there ends: after the first `}}` that is in no string."""
    is_in_string = False
    for mark in _MARKS.finditer(text, begin):
        if mark[0] == "'":
            is_in_string = not is_in_string
        elif not is_in_string:
            return mark.end()
    return None


def _joined(parts: Iterable[Pattern]) -> Pattern:
    return Pattern(tuple(token for part in parts for token in part.tokens))


def _as_text(value: Atom) -> Pattern:
    if isinstance(value, Pattern):
        return value
    if isinstance(value, float):
        return Pattern.literal(f"{value:.15g}")
    if isinstance(value, (Items, Members)):
        return Pattern.literal("Array" if isinstance(value, Items) else "Object")
    return Pattern.literal("" if value is None else str(value).lower())


@lru_cache(maxsize=1024)
def _tokens(expression: str) -> tuple[tuple[str, str], ...]:
    tokens: list[tuple[str, str]] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _SyntaxError
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tuple(tokens)


class _ExpressionParser:
    """A parser that reads the tokens once, from the left, each rule of the grammar a method."""

    def __init__(self, tokens: Sequence[tuple[str, str]], lookup: Lookup) -> None:
        self._tokens = tokens
        self._lookup = lookup
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _SyntaxError

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, *signs: str) -> str | None:
        kind, text = self._next()
        if kind != "sign" or text not in signs:
            return None
        self._at += 1
        return text

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            raise _SyntaxError

    def either(self, depth: int) -> Values:
        values = self._both(depth)
        while self._take("||"):
            values = _or(values, self._both(depth))
        return values

    def _both(self, depth: int) -> Values:
        values = self._compared(depth)
        while self._take("&&"):
            values = _and(values, self._compared(depth))
        return values

    def _compared(self, depth: int) -> Values:
        values = self._negated(depth)
        while sign := self._take("==", "!=", "<", ">", "<=", ">="):
            other = self._negated(depth)
            equal = _equal(values, other) if sign in ("==", "!=") else EITHER
            values = tuple(not value for value in equal) if sign == "!=" else equal
        return values

    def _negated(self, depth: int) -> Values:
        if depth > _DEEPEST:
            raise _SyntaxError
        if self._take("!"):
            truths = {_truth(value) for value in self._negated(depth + 1)}
            return tuple(result for result in EITHER if (not result) in truths or None in truths)
        return self._primary(depth)

    def _primary(self, depth: int) -> Values:
        if self._take("("):
            values = self.either(depth + 1)
            self._expect(")")
            return self._of(values, depth)
        kind, text = self._next()
        self._at += 1
        if kind == "string":
            return (Pattern.literal(text[1:-1].replace("''", "'")),)
        if kind == "number":
            return (float(text),)
        if kind != "name":
            raise _SyntaxError
        if text in _WORDS:
            return (_WORDS[text],)
        if self._take("("):
            return self._call(text, depth)
        paths: list[tuple[str, ...]] | None = [(text.lower(),)]
        for keys in self._keys(depth):
            found = [(*path, key) for path in paths or () for key in keys or ()]
            paths = found if paths is not None and keys is not None and len(found) <= _MOST else None
        return UNKNOWN if paths is None else tuple(value for path in paths for value in self._lookup(path))

    def _call(self, name: str, depth: int) -> Values:
        arguments: list[Values] = []
        while not self._take(")"):
            arguments.append(self.either(depth + 1))
            if not self._take(","):
                self._expect(")")
                break
        return self._of(_called(name.lower(), arguments), depth)

    def _of(self, values: Values, depth: int) -> Values:
        """Return what is at the keys that follow, of lists and objects that are known."""
        for keys in self._keys(depth):
            pairs = None if keys is None or len(values) * len(keys) > _MOST else list(product(values, keys))
            values = UNKNOWN if pairs is None else tuple(_member(value, key) for value, key in pairs)
        return values

    def _keys(self, depth: int) -> Iterator[tuple[str, ...] | None]:
        """Yield what each key that follows may be, in lower case; None where it is not known."""
        while sign := self._take(".", "["):
            if sign == "[":
                values = UNKNOWN if self._take("*") else self.either(depth + 1)
                self._expect("]")
                known = [_plain(one) for one in map(_as_text, values) if one.is_literal]
                yield tuple(one.lower() for one in known) if len(known) == len(values) else None
                continue
            kind, text = self._next()
            self._at += 1
            yield (text.lower(),) if kind == "name" else None


def _member(value: Atom, key: str) -> Atom:
    if isinstance(value, Members):
        return dict(value.values).get(key)
    if isinstance(value, Items):
        return value.values[int(key)] if key.isdecimal() and int(key) < len(value.values) else None
    return ANY if isinstance(value, Pattern) and not value.is_literal else None


_WORDS: dict[str, float | bool | None] = {"true": True, "false": False, "null": None, "NaN": nan, "Infinity": inf}


def _truth(value: Atom) -> bool | None:
    """Tell whether a value counts as true; None if it may or may not."""
    if isinstance(value, (Items, Members)):
        return True
    if not isinstance(value, Pattern):
        return bool(value) and not isnan(value)
    if value.is_literal:
        text = _plain(value)
        is_no_text_false = text.lower() in _PERHAPS_FALSE or (text != "" and _number(value) == 0)
        return None if is_no_text_false else text != ""
    return True if value.head or value.tail else None


def _or(left: Values, right: Values) -> Values:
    kept = tuple(value for value in left if _truth(value) is not False)
    return kept if all(_truth(value) for value in left) else (*kept, *right)


def _and(left: Values, right: Values) -> Values:
    falsy = tuple(_least(value) for value in left if _truth(value) is not True)
    return (*falsy, *right) if may_be_true(left) else falsy


def _least(value: Atom) -> Atom:
    """Return what a value is when it does not count as true."""
    return Pattern.literal("") if isinstance(value, Pattern) and not value.is_literal else value


def _equal(left: Values, right: Values) -> Values:
    found = {result for one, other in islice(product(left, right), _MOST) for result in _same(one, other)}
    return tuple(result for result in EITHER if result in found) if len(left) * len(right) <= _MOST else EITHER


def _same(one: Atom, other: Atom) -> Values:
    """Compare two values: texts without regard to case; what is of different types as numbers."""
    if not isinstance(one, Pattern) or not isinstance(other, Pattern):
        if _is_open(one) or _is_open(other):
            return EITHER
        return (_number(one) == _number(other),)
    first, second = (Pattern.parse(_folded(str(pattern))) for pattern in (one, other))
    if first.is_literal and second.is_literal:
        return EITHER if first != second and _number(first) == _number(second) else (first == second,)
    apart = first.is_literal and not second.matches(_plain(first))
    apart |= second.is_literal and not first.matches(_plain(second))
    return (False,) if apart else EITHER


def _is_open(value: Atom) -> bool:
    """Tell whether the number that a value is made is not known: it is not known itself, or may be no text."""
    return isinstance(value, Pattern) and (not value.is_literal or _plain(value).lower() in _PERHAPS_NO_TEXT)


def _number(value: Atom) -> float:
    """Make a value the number by which GitHub compares it with one of another type; NaN equals nothing."""
    if isinstance(value, (Items, Members)):
        return nan
    if not isinstance(value, Pattern):
        return float(value or 0)
    text = _plain(value).strip()
    if not text:
        return 0.0
    if _PREFIXED.fullmatch(text):
        return float(int(text, 0))
    return float(text) if _NUMBER.fullmatch(text) else nan


def _folded(text: str) -> str:
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


def _plain(pattern: Pattern) -> str:
    return "".join(token for token in pattern.tokens if isinstance(token, str))


def _starts(text: Pattern, part: str) -> bool | None:
    head = text.head
    if head.startswith(part):
        return True
    return None if part.startswith(head) and not text.is_literal else False


def _ends(text: Pattern, part: str) -> bool | None:
    tail = text.tail
    if tail.endswith(part):
        return True
    return None if part.endswith(tail) and not text.is_literal else False


def _contains(text: Pattern, part: str) -> bool | None:
    if any(part in token for token in text.tokens if isinstance(token, str)) or not part:
        return True
    return False if text.is_literal else None


_TESTS: Mapping[str, Callable[[Pattern, str], bool | None]] = {
    "startswith": _starts,
    "endswith": _ends,
    "contains": _contains,
}


def _called(name: str, arguments: Sequence[Values]) -> Values:
    """Call a function for each combination of values that its arguments may have."""
    if name in ("always", "success", "failure", "cancelled"):
        return (True,) if name == "always" else EITHER
    if prod(map(len, arguments)) > _MOST:
        return EITHER if name in _TESTS else UNKNOWN
    found = (value for given in product(*arguments) for value in _worked_out(name, given))
    return tuple(dict.fromkeys(found))


def _worked_out(name: str, given: Sequence[Atom]) -> Values:
    match name, *given:
        case ("contains", Items() as items, looked_for):
            found = [_same(one, looked_for) for one in items.values]
            return (True,) if (True,) in found else EITHER if EITHER in found else (False,)
        case ("startswith" | "endswith" | "contains", text, part):
            return _tested(name, _as_text(text), _as_text(part))
        case ("fromjson", Pattern() as text) if text.is_literal:
            return _from_json(_plain(text))
        case ("join", Items() as items, *separator) if len(separator) <= 1:
            between = _as_text(separator[0]) if separator else Pattern.literal(",")
            pieces = [piece for one in items.values for piece in (between, _as_text(one))]
            return (_joined(pieces[1:]),)
        case ("format", Pattern() as text, *values) if text.is_literal:
            return _formatted(_plain(text), list(map(_as_text, values)))
        case _:
            return UNKNOWN


def _tested(name: str, text: Pattern, part: Pattern) -> Values:
    lower = Pattern.parse(str(text).lower())
    result = _TESTS[name](lower, _plain(part).lower()) if part.is_literal else None
    return EITHER if result is None else (result,)


_HOLES = re.compile(r"\{\{|\}\}|\{(\d+)\}")


def _formatted(text: str, values: Sequence[Pattern]) -> Values:
    parts: list[Pattern] = []
    at = 0
    for hole in _HOLES.finditer(text):
        parts.append(Pattern.literal(text[at : hole.start()]))
        at = hole.end()
        if hole[1] is None:
            parts.append(Pattern.literal(hole[0][0]))
        elif len(hole[1]) > 3 or int(hole[1]) >= len(values):  # noqa: PLR2004  (GitHub stops the run)
            return UNKNOWN
        else:
            parts.append(values[int(hole[1])])
    return (_joined([*parts, Pattern.literal(text[at:])]),)


def _from_json(text: str) -> Values:
    try:
        return (_atom(json.loads(text)),)
    except (ValueError, RecursionError):
        return UNKNOWN


def _atom(value: object) -> Atom:
    match value:
        case None | bool():
            return value
        case int() | float():
            return float(value)
        case str():
            return Pattern.literal(value)
        case list():
            return Items(tuple(map(_atom, cast("list[object]", value))))
        case dict():
            members = cast("dict[str, object]", value)
            return Members(tuple((key.lower(), _atom(one)) for key, one in members.items()))
        case _:
            return ANY
