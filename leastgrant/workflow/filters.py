"""The patterns with which a trigger filters branches and tags.

Source: GitHub Docs, "Workflow syntax for GitHub Actions", `on.push.<branches|tags|branches-ignore|tags-ignore>` and
"Filter pattern cheat sheet". `*` stops at a slash, `**` does not; `?` and `+` say how often the letter before them
may stand; `!` takes back what patterns before it let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern, Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PIECES = re.compile(r"\\(?P<escaped>.)|\[(?P<letters>[^\]]+)\]|\*\*+|[*?+]|.", re.DOTALL)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_ALL_BUT_SLASH = re.compile(r"[^/]", re.DOTALL)
_ALL = re.compile(r".", re.DOTALL)


@dataclass(slots=True)
class Piece:
    """A letter of a set, once, or as often as is told."""

    letter: re.Pattern[str]
    sample: str
    token: str | Wildcard
    optional: bool = False
    many: bool = False
    bounds: str = ""
    """The letters that it names: each, and the first and last of a range."""


@dataclass(frozen=True)
class Glob:
    """One pattern of a filter."""

    text: str

    @property
    def negated(self) -> bool:
        """Whether it takes back what patterns before it let through."""
        return self.text.startswith("!")

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What it is made of, in order."""
        pieces: list[Piece] = []
        for match in _PIECES.finditer(self.text.removeprefix("!")):
            text = match[0]
            if text in "?+" and pieces:
                pieces[-1].optional |= text == "?"
                pieces[-1].many |= text == "+"
            else:
                pieces.append(_piece(text, match["escaped"], match["letters"]))
        return tuple(pieces)

    def matches(self, name: str) -> bool:
        """Tell whether a name is like the pattern. Each letter is looked at once, whatever the pattern."""
        reached = self._after({0})
        for letter in name:
            moved: set[int] = set()
            for at in reached:
                if at < len(self.pieces) and self.pieces[at].letter.fullmatch(letter):
                    moved |= {at, at + 1} if self.pieces[at].many else {at + 1}
            reached = self._after(moved)
        return len(self.pieces) in reached

    def _after(self, reached: set[int]) -> set[int]:
        """Add the places after pieces that may be left out."""
        for at, piece in enumerate(self.pieces):
            if at in reached and piece.optional:
                reached.add(at + 1)
        return reached

    @cached_property
    def pattern(self) -> Pattern:
        """An IAM pattern of at least the names that are like it."""
        tokens = (
            [Wildcard.ANY] if p.optional else [p.token, Wildcard.ANY] if p.many else [p.token] for p in self.pieces
        )
        return Pattern(tuple(token for group in tokens for token in group))

    @property
    def sample(self) -> str:
        """A name that is like it."""
        return "".join("" if piece.optional else piece.sample for piece in self.pieces)


def _piece(text: str, escaped: str | None, letters: str | None) -> Piece:
    if text.startswith("**"):
        return Piece(_ALL, "x", Wildcard.ANY, optional=True, many=True)
    if text == "*":
        return Piece(_ALL_BUT_SLASH, "x", Wildcard.ANY, optional=True, many=True, bounds="/")
    if letters:
        return Piece(_one_of(letters), letters[0], Wildcard.ONE, bounds=letters)
    return one_letter(escaped or text)


def one_letter(letter: str, *, any_case: bool = False) -> Piece:
    """Return the piece that is one letter, once."""
    flags = re.DOTALL | (re.IGNORECASE if any_case else re.NOFLAG)
    return Piece(re.compile(re.escape(letter), flags), letter, letter, bounds=letter)


def _one_of(letters: str) -> re.Pattern[str]:
    ranges = (
        re.escape(single) if single else f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low)
        for low, high, single in _RANGE.findall(letters)
    )
    return re.compile(f"[{''.join(ranges)}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NameFilter:
    """Which branches, or which tags, start a run: those that the globs let through or, if `ignoring`, all others."""

    globs: tuple[Glob, ...]
    ignoring: bool = False

    def accepts(self, name: str, *, widened: bool = False) -> bool:
        """Tell whether a branch or tag of this name starts a run; the last pattern that it is like decides.

        If `widened`, what lets a name through is taken as IAM would say it.
        """
        as_iam = [widened and not (glob.negated or self.ignoring) for glob in self.globs]
        return self.accepts_by(
            [g.pattern.matches(name) if wide else g.matches(name) for g, wide in zip(self.globs, as_iam, strict=True)]
        )

    def accepts_by(self, alike: Sequence[bool]) -> bool:
        """Tell whether a name starts a run, by which of the globs it is like."""
        liked = False
        for glob, is_like in zip(self.globs, alike, strict=True):
            if is_like:
                liked = not glob.negated
        return liked != self.ignoring

    def patterns(self) -> Iterator[Pattern]:
        """Yield patterns of at least the names that it accepts; a name that is written out stands for itself."""
        if self.ignoring:
            yield ANY
            return
        for glob in self.globs:
            pattern = glob.pattern
            if not glob.negated and (not pattern.is_literal or self.accepts(glob.sample)):
                yield pattern

    def taken_back(self) -> Iterator[Glob]:
        """Yield those that keep names from starting a run."""
        yield from (glob for glob in self.globs if glob.negated or self.ignoring)

    def samples(self) -> Iterator[str]:
        """Yield names that it accepts, one for each glob if there is."""
        yield from (glob.sample for glob in self.globs if self.accepts(glob.sample))


EVERY = NameFilter((), ignoring=True)
"""No filter: every branch, or every tag."""
