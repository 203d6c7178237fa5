"""The names of branches and tags that a regular expression of a pipeline matches, as patterns.

Source: GitLab Docs, "CI/CD YAML syntax reference", `rules:if`: expressions are RE2's, between slashes, and match
anywhere unless they are anchored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from leastgrant.iam.pattern import ANY, Pattern, Wildcard

_MOST = 32
"""Alternatives of one expression that are told apart."""
_ATOM = re.compile(
    r"(?P<start>\^|\\A)|(?P<end>\$|\\[zZ])|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDwWsSbB]|\\p\{[^}]*\})"
    r"|(?P<any>\.)|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<or>\|)|\\(?P<escaped>[^\w\s])|(?P<letter>[^\\()\[\]|?*+{}^$.])"
)
_COUNT = re.compile(r"[*+?]\??|\{(\d+)(,\d*)?\}")


@dataclass(frozen=True, slots=True)
class NamesLike:
    """The names that an expression matches."""

    expression: re.Pattern[str] | None
    """None: it is none that can be read."""
    patterns: tuple[Pattern, ...]
    """At least all of them."""
    is_exact: bool
    """Whether the patterns are they and no others."""

    def matches(self, name: str) -> bool | None:
        """Tell whether it matches a name; None: that cannot be told."""
        if self.expression is None or len(name) > _LONGEST:
            return None
        return self.expression.search(name) is not None

    def matches_any_like(self, name: str) -> bool | None:
        """Tell whether it matches names that no pattern tells from this one; None: some, or it cannot be told."""
        if self.is_exact:
            return self.matches(name)
        return None if any(pattern.matches(name) for pattern in self.patterns) else False

    @property
    def widened(self) -> tuple[Pattern, ...]:
        """What IAM can say of them: what each begins with."""
        if self.is_exact:
            return self.patterns
        return tuple(Pattern((pattern.head, Wildcard.ANY)) for pattern in self.patterns)


class _BeyondPatternsError(Exception):
    """The expression says more than patterns can."""


@lru_cache(maxsize=512)
def names_like(text: str, flags: str = "") -> NamesLike:
    """Return the names that an expression, without its slashes, matches."""
    expression = _compiled(text, flags)
    if expression is None:
        return NamesLike(None, (ANY,), is_exact=False)
    reader = _Reader(text)
    try:
        ways = reader.alternatives()
        patterns = tuple(dict.fromkeys(Pattern(_anchored(way), any_case="i" in flags) for way in ways))
    except _BeyondPatternsError:
        return NamesLike(expression, (ANY,), is_exact=False)
    return NamesLike(expression, patterns, is_exact=reader.is_exact)


def _compiled(text: str, flags: str) -> re.Pattern[str] | None:
    """Return the expression; None: it is none, or one that takes Python's engine, unlike RE2, too long."""
    if _COUNTED_GROUP.search(text) or len(_UNBOUNDED.findall(text)) > _MOST_UNBOUNDED:
        return None
    try:
        return re.compile(text, re.IGNORECASE if "i" in flags else 0)
    except (re.error, OverflowError, RecursionError):
        return None


_COUNTED_GROUP = re.compile(r"\)[*+{]")
_UNBOUNDED = re.compile(r"[*+]|,\}")
_MOST_UNBOUNDED = 6
_LONGEST = 100


_Token = str | Wildcard
_Way = tuple[_Token, ...]
_START, _END = "\x02", "\x03"


def _anchored(way: _Way) -> _Way:
    if _START in way[1:] or _END in way[:-1]:
        raise _BeyondPatternsError
    inner = [token for token in way if token not in (_START, _END)]
    before = () if way[:1] == (_START,) else (Wildcard.ANY,)
    after = () if way[-1:] == (_END,) else (Wildcard.ANY,)
    return (*before, *inner, *after)


class _Reader:
    """A reader of an expression, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.is_exact = True

    def alternatives(self) -> list[_Way]:
        """Read what is up to the end, or up to the parenthesis that closes."""
        found: list[_Way] = []
        ways: list[_Way] = [()]
        while self.at < len(self.text):
            atom = _ATOM.match(self.text, self.at)
            if atom is None:
                raise _BeyondPatternsError
            if atom.lastgroup == "close":
                break
            self.at = atom.end()
            if atom.lastgroup == "or":
                found, ways = [*found, *ways], [()]
                continue
            ways = [(*way, *one) for way, one in product(ways, self._counted(self._atom(atom)))]
            if len(found) + len(ways) > _MOST:
                raise _BeyondPatternsError
        return [*found, *ways]

    def _atom(self, atom: re.Match[str]) -> list[_Way]:
        match atom.lastgroup:
            case "open":
                self.depth += 1
                if self.depth > _MOST or self.text.startswith("?", self.at):
                    raise _BeyondPatternsError
                ways = self.alternatives()
                if not self.text.startswith(")", self.at):
                    raise _BeyondPatternsError
                self.at += 1
                self.depth -= 1
                return ways
            case "start":
                return [(_START,)]
            case "end":
                return [(_END,)]
            case "class":
                self.is_exact = False
                return [()] if atom[0] in (r"\b", r"\B") else [(Wildcard.ONE,)]
            case "any":
                return [(Wildcard.ONE,)]
            case _:
                return [(atom["escaped"] or atom["letter"],)]

    def _counted(self, ways: list[_Way]) -> list[_Way]:
        """Read how often what was read may be there."""
        count = _COUNT.match(self.text, self.at)
        if count is None:
            return ways
        self.at = count.end()
        if any(mark in way for way in ways for mark in (_START, _END)):
            raise _BeyondPatternsError
        sign = count[0][0]
        if sign == "?":
            return [*ways, ()]
        is_any = ways == [(Wildcard.ONE,)]
        if sign == "{":
            least, is_fixed = int(count[1]), count[2] is None
            self.is_exact &= is_any and (is_fixed or count[2] == ",")
            if least > _MOST:
                raise _BeyondPatternsError
            return [tuple(Wildcard.ONE for _ in range(least)) + (() if is_fixed and is_any else (Wildcard.ANY,))]
        self.is_exact &= is_any
        return [(Wildcard.ANY,)] if sign == "*" else [(*way, Wildcard.ANY) for way in ways]
