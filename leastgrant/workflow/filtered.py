"""Whether a filter lets a name through that IAM patterns take: searched letter by letter, so that the answer is sure.

Source for what a branch or tag may be called: git-check-ref-format(1).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern, PatternTooComplex, Wildcard
from leastgrant.workflow.filters import Piece, one_letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastgrant.workflow.filters import NameFilter

_MOST_STATES = 4_000
_NO_NAME = tuple(map(Pattern.parse, ("/*", "*/", "*//*", "", ".*", "*/.*", "*..*", "*.")))
"""What no branch or tag is called."""
_FORBIDDEN = frozenset(" ~^:?*[\\\x7f")
_TYPICAL = "xyzabcdefghijklmnopqrstuvw0123456789-_"
_WILD = {
    Wildcard.ANY: Piece(re.compile(r".", re.DOTALL), "x", Wildcard.ANY, optional=True, many=True),
    Wildcard.ONE: Piece(re.compile(r".", re.DOTALL), "x", Wildcard.ONE),
    Wildcard.WITHIN: Piece(re.compile(r"[^:]", re.DOTALL), "x", Wildcard.ANY, optional=True, many=True),
    Wildcard.ONE_WITHIN: Piece(re.compile(r"[^:]", re.DOTALL), "x", Wildcard.ONE),
}


@dataclass(frozen=True)
class _Automaton:
    """Pieces that are gone through letter by letter; a state is the set of places that may be reached, as bits."""

    pieces: tuple[Piece, ...]

    def beyond(self, reached: int) -> int:
        """Add the places after pieces that may be left out."""
        for at, piece in enumerate(self.pieces):
            if piece.optional and reached >> at & 1:
                reached |= 1 << (at + 1)
        return reached

    def after(self, reached: int, letter: str) -> int:
        """Return what is reached with one more letter."""
        asked = reached, letter
        if asked not in self._reached:
            once, staying = self.takes(letter)
            self._reached[asked] = self.beyond((reached & once) << 1 | reached & staying)
        return self._reached[asked]

    def takes(self, letter: str) -> tuple[int, int]:
        """Return the pieces that take a letter, and those of them that may take more, as bits."""
        if letter not in self._known:
            taken = [at for at, piece in enumerate(self.pieces) if piece.letter.fullmatch(letter)]
            self._known[letter] = sum(1 << at for at in taken), sum(1 << at for at in taken if self.pieces[at].many)
        return self._known[letter]

    @cached_property
    def _known(self) -> dict[str, tuple[int, int]]:
        return {}

    @cached_property
    def _reached(self) -> dict[tuple[int, str], int]:
        return {}

    def is_at_end(self, reached: int) -> bool:
        """Tell whether what was read is like the pieces."""
        return reached >> len(self.pieces) & 1 == 1


def name_between(names: NameFilter, start: str, inside: Sequence[Pattern], outside: Sequence[Pattern]) -> str | None:
    """Return a shortest name that a filter lets through and the patterns take; None: there is none.

    Args:
        names: The filter of branches or tags.
        start: What comes before the name in a subject.
        inside: Patterns of which the whole subject is.
        outside: Patterns of which it is not.

    Raises:
        PatternTooComplex: the search was given up, and whether there is such a name is not known.
    """
    patterns = (*inside, *outside)
    globs = [_Automaton(glob.pieces) for glob in names.globs]
    others = [_Automaton(tuple(_pieces(pattern))) for pattern in (*patterns, *_NO_NAME)]
    letters = _letters([piece for one in (*globs, *others) for piece in one.pieces])

    def is_found(state: tuple[int, ...]) -> bool:
        at_end = [one.is_at_end(reached) for one, reached in zip((*globs, *others), state, strict=True)]
        of_globs, of_inside = at_end[: len(globs)], at_end[len(globs) : len(globs) + len(inside)]
        return all(of_inside) and not any(at_end[len(globs) + len(inside) :]) and names.accepts_by(of_globs)

    first = tuple(one.beyond(1) for one in globs)
    for number, one in enumerate(others):
        reached = one.beyond(1)
        for letter in start if number < len(patterns) else "":
            reached = one.after(reached, letter)
        first += (reached,)
    return _search((*globs, *others), first, letters, is_found, range(len(globs), len(globs) + len(inside)))


def _search(
    automata: Sequence[_Automaton],
    first: tuple[int, ...],
    letters: str,
    is_found: Callable[[tuple[int, ...]], bool],
    needed: range,
) -> str | None:
    """Walk all states that can be reached, the nearest first."""
    unlike = {tuple(one.takes(letter) for one in automata): letter for letter in reversed(letters)}
    letters = "".join(letter for letter in letters if letter in unlike.values())  # of letters taken alike, the first
    waiting, seen = deque([(first, "")]), {first}
    while waiting:
        state, text = waiting.popleft()
        if is_found(state):
            return text
        for letter in letters:
            after = tuple(one.after(reached, letter) for one, reached in zip(automata, state, strict=True))
            if after not in seen and all(after[at] for at in needed):
                seen.add(after)
                waiting.append((after, text + letter))
        if len(seen) > _MOST_STATES:
            raise PatternTooComplex(f"a filter and patterns have more than {_MOST_STATES} states together")
    return None


def _pieces(pattern: Pattern) -> Iterator[Piece]:
    for token in pattern.tokens:
        if isinstance(token, Wildcard):
            yield _WILD[token]
        else:
            yield from (one_letter(letter, any_case=pattern.any_case) for letter in token)


def _letters(pieces: Sequence[Piece]) -> str:
    """Return letters that stand for all: those that pieces name, and one of those between each two that they name."""
    named = {letter for piece in pieces for letter in piece.bounds}
    named |= {other for letter in named for other in (letter.lower(), letter.upper()) if len(other) == 1}
    between = {chr(ord(letter) + step) for letter in named for step in (-1, 1) if ord(letter) > ord(" ")}
    fresh = next((letter for letter in _TYPICAL if letter not in named), "é")
    usable = (letter for letter in (*sorted(named), *sorted(between - named)) if letter > " ")
    return "".join(dict.fromkeys((fresh, "/", *(letter for letter in usable if letter not in _FORBIDDEN))))
